"""The circuit as data: a recursive netlist in the schema that gdsfactory and SAX share.

A cell holds named instances, nets between two instance ports, and the ports that it shows to its parent. A component
that is itself a cell of the netlist is opened; any other is a device of the PDK. Electrical nets stand beside the
optical ones, under a key of their own, because SAX refuses ports that it has no model for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import networkx

SCHEMA_VERSION = 2

Setting = int | float | str


@dataclass(frozen=True)
class Instance:
    """One use of a component, with the settings that its geometry fixes (`length_nm`), never those a user programs."""

    component: str
    settings: Mapping[str, Setting] = field(default_factory=dict)


class Pin(NamedTuple):
    """A port of an instance: `instance,port` in files. After flattening, `instance` is a whole path.

    A tuple, because a chip has hundreds of thousands of them, and they are keys of every map.
    """

    instance: str
    port: str

    def __str__(self) -> str:
        return f"{self.instance},{self.port}"

    @staticmethod
    def parse(text: str) -> "Pin":
        """The inverse of str(); ValueError where there is not exactly one comma."""
        instance, comma, port = text.partition(",")
        if not comma or not instance or not port or "," in port:
            raise ValueError(f"{text!r} is not a pin; expected instance,port")
        return Pin(instance, port)


@dataclass(frozen=True)
class Cell:
    """One level of the hierarchy. Every net joins two pins; light has no fan-out."""

    instances: Mapping[str, Instance]
    nets: tuple[tuple[Pin, Pin], ...]
    ports: Mapping[str, Pin]


@dataclass(frozen=True)
class Flat:
    """The same circuit with every cell opened. Paths are dotted: `layer1.mesh.mzi_0_0.theta`."""

    leaves: Mapping[str, Instance]
    links: Mapping[Pin, Pin]
    """Both directions: links[a] == b and links[b] == a."""
    ports: Mapping[str, Pin]


class _Opened(NamedTuple):
    """A cell with every cell below it opened; paths start in it."""

    leaves: dict[str, Instance]
    nets: list[tuple[Pin, Pin]]
    ports: dict[str, Pin]


@dataclass(frozen=True)
class Netlist:
    """A whole circuit: its cells by name, which of them is the top, and its electrical nets."""

    top: str
    cells: Mapping[str, Cell]
    electrical: Mapping[str, Mapping[str, tuple[Pin, ...]]] = field(default_factory=dict)
    """Cell to net name to the terminals that one wire joins, as paths from that cell down to a device or a pad. A net
    stands at the lowest cell that holds all of it, so that a chip says once what all its MZIs have in common."""

    def optical(self) -> dict[str, Any]:
        """What `sax.circuit` and gdsfactory read unchanged: a recursive netlist, the top cell first."""
        order = [self.top, *(name for name in self.cells if name != self.top)]
        return {name: _cell_as_dict(self.cells[name]) for name in order}

    def as_dict(self) -> dict[str, Any]:
        """What netlist.yml holds."""
        nets = {
            cell: {name: [str(pin) for pin in pins] for name, pins in wired.items()}
            for cell, wired in self.electrical.items()
        }
        return {"schema": SCHEMA_VERSION, "top": self.top, "cells": self.optical(), "electrical": nets}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Netlist":
        """The inverse of `as_dict`; ValueError where the data is not of this schema."""
        try:
            if data["schema"] != SCHEMA_VERSION:
                raise ValueError(f"netlist schema {data['schema']!r}, expected {SCHEMA_VERSION}; compile it again")
            cells = {name: _cell_from_dict(cell) for name, cell in data["cells"].items()}
            nets = {
                cell: {name: tuple(map(Pin.parse, pins)) for name, pins in wired.items()}
                for cell, wired in data.get("electrical", {}).items()
            }
            return Netlist(data["top"], cells, nets)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a netlist: {error!r}") from error

    @cached_property
    def flat(self) -> Flat:
        """Every cell opened; ValueError where a cell contains itself or a net names a pin that is not there.

        Each distinct cell is opened once; where it is used, only its path is put before what was found.
        """
        opened: dict[str, _Opened] = {}

        def open_cell(name: str, above: tuple[str, ...]) -> _Opened:
            if name in above:
                raise ValueError(f"cell {name} contains itself")
            if name in opened:
                return opened[name]
            cell = self.cells[name]
            leaves: dict[str, Instance] = {}
            nets: list[tuple[Pin, Pin]] = []
            inner: dict[str, _Opened] = {}
            for instance_name, instance in cell.instances.items():
                if instance.component in self.cells:
                    inner[instance_name] = below = open_cell(instance.component, (*above, name))
                    start = f"{instance_name}."
                    leaves |= {start + path: leaf for path, leaf in below.leaves.items()}
                    nets += [(Pin(start + a.instance, a.port), Pin(start + b.instance, b.port)) for a, b in below.nets]
                else:
                    leaves[instance_name] = instance

            def resolve(pin: Pin) -> Pin:
                if pin.instance not in cell.instances:
                    raise ValueError(f"{name}: no instance {pin.instance}")
                below = inner.get(pin.instance)
                if below is None:
                    return pin
                if pin.port not in below.ports:
                    component = cell.instances[pin.instance].component
                    raise ValueError(f"{pin.instance}: {component} has no port {pin.port}")
                path, port = below.ports[pin.port]
                return Pin(f"{pin.instance}.{path}", port)

            nets += [(resolve(a), resolve(b)) for a, b in cell.nets]
            opened[name] = _Opened(leaves, nets, {port: resolve(pin) for port, pin in cell.ports.items()})
            return opened[name]

        top = open_cell(self.top, ())
        links = dict(top.nets) | {b: a for a, b in top.nets}
        if len(links) != 2 * len(top.nets):
            seen = Counter(pin for net in top.nets for pin in net)
            raise ValueError(f"{seen.most_common(1)[0][0]}: two nets on one port")
        return Flat(top.leaves, links, top.ports)

    def cell_at(self, path: str) -> str:
        """Name of the cell that stands at a path (the top at an empty one); KeyError where none does."""
        known = self._cells_at
        if path not in known:
            parent, _, name = path.rpartition(".")
            component = self.cells[self.cell_at(parent)].instances[name].component
            if component not in self.cells:
                raise KeyError(path)
            known[path] = component
        return known[path]

    def device(self, path: str) -> Instance:
        """The device at a path, without opening the whole circuit; KeyError where there is none."""
        parent, _, name = path.rpartition(".")
        return self.cells[self.cell_at(parent)].instances[name]

    @cached_property
    def _cells_at(self) -> dict[str, str]:
        """Paths that were asked for, and the cells there."""
        return {"": self.top}

    def named(self, name: str) -> Iterator[str]:
        """Paths of every instance of that name."""
        holds: dict[str, bool] = {}

        def look(cell: str) -> bool:
            if cell not in holds:
                instances = self.cells[cell].instances
                below = {i.component for i in instances.values() if i.component in self.cells}
                holds[cell] = any([name in instances, *(look(component) for component in below)])
            return holds[cell]

        look(self.top)
        stack = [(self.top, "")]
        while stack:
            cell, prefix = stack.pop()
            for instance_name, instance in self.cells[cell].instances.items():
                if instance_name == name:
                    yield f"{prefix}{name}"
                if holds.get(instance.component):
                    stack.append((instance.component, f"{prefix}{instance_name}."))

    def instances_of(self, cell: str) -> Iterator[str]:
        """Paths of every use of a cell or device, in the order of the netlist."""
        stack = [(self.top, "")]
        while stack:
            name, prefix = stack.pop()
            for instance_name, instance in self.cells[name].instances.items():
                path = f"{prefix}.{instance_name}" if prefix else instance_name
                if instance.component == cell:
                    yield path
                if instance.component in self.cells:
                    stack.append((instance.component, path))

    def graph(self) -> "networkx.Graph":
        """A networkx view of the flat circuit: devices are nodes (`component`), nets are edges (`pins`)."""
        import networkx

        graph = networkx.Graph(name=self.top)
        for path, leaf in self.flat.leaves.items():
            graph.add_node(path, component=leaf.component, **leaf.settings)
        for a, b in self.flat.links.items():
            if (a.instance, a.port) < (b.instance, b.port):
                graph.add_edge(a.instance, b.instance, pins=(str(a), str(b)))
        return graph


def _cell_as_dict(cell: Cell) -> dict[str, Any]:
    instances = {n: {"component": i.component, "settings": dict(i.settings)} for n, i in cell.instances.items()}
    nets = [{"p1": str(a), "p2": str(b)} for a, b in cell.nets]
    return {"instances": instances, "nets": nets, "ports": {name: str(pin) for name, pin in cell.ports.items()}}


def _cell_from_dict(data: Mapping[str, Any]) -> Cell:
    instances = {n: Instance(i["component"], dict(i.get("settings", {}))) for n, i in data["instances"].items()}
    nets = tuple((Pin.parse(net["p1"]), Pin.parse(net["p2"])) for net in data["nets"])
    return Cell(instances, nets, {name: Pin.parse(pin) for name, pin in data["ports"].items()})

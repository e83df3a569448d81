"""GDS to circuit, from geometry alone: what the polygons are, which ports touch, how long the waveguides are.

Nothing but the GDS is read: no gdsfactory metadata, no file beside it. Structure comes from polygons, pins and
instance names; each distinct cell is looked at once, so the cost follows the number of cells and not of devices. Into a
file whose pins were left out for its foundry they are put back first (`layouts.restore`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import klayout.db as kdb

from compiler.netlist import Cell, Instance, Netlist, Pin
from layouts.connect import connect
from layouts.devices import devices
from layouts.frame_check import check_die, take_text
from layouts.geometry import Placed, Transform, turn
from layouts.labels import check_labels, is_labelled
from layouts.nets import PADS, Wired, nets, wire_findings
from layouts.overlap import overlaps
from layouts.polarity import polarity
from layouts.recognise import Kind, Site, fingerprints, recognise
from layouts.restore import is_stripped, restore
from layouts.shorts import shorts
from pdk.contract import Pdk, Port, Role
from pdk.finding import Finding


@dataclass(frozen=True)
class Contact:
    """A terminal of a device, where it is on the chip."""

    instance: str
    terminal: str
    role: str
    x_nm: int
    y_nm: int
    layer: tuple[int, int]


@dataclass(frozen=True)
class Shape:
    """A component as it was drawn: its ports, and the box of a pad."""

    role: Role | None
    layer: tuple[int, int]
    ports: tuple[Port, ...]
    pad_nm: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class Extraction:
    """A circuit read back from a GDS, and everything in the GDS that is not as it should be."""

    netlist: Netlist
    findings: tuple[Finding, ...]
    ports: tuple[Port, ...]
    """The chip's optical ports."""
    wired: Mapping[str, Mapping[str, Wired]]
    """Cell to net to what its wires measure."""
    places: Mapping[str, Mapping[str, Transform]]
    """Cell to instance to its place in that cell."""
    shapes: Mapping[str, Shape]
    """Component to what has been seen of it."""
    stripped: bool = False
    """Whether the file had no pins."""

    @cached_property
    def contacts(self) -> tuple[Contact, ...]:
        """Every terminal of the chip, by path: those of devices where their pins are, those of pads in their middle."""
        wired = {name for name, shape in self.shapes.items() if any(port.kind == "electrical" for port in shape.ports)}
        found = devices(self.netlist, self.places, lambda _, component: component in wired)
        return tuple(_contacts(sorted(found, key=lambda device: device.path), self.shapes))


class NotALayoutError(ValueError):
    """The file is no GDS, or none that can hold a chip."""


def read(path: Path) -> kdb.Layout:
    """Open a GDS or OASIS file. NotALayoutError, in one line, where it is none or has no single top cell."""
    layout = kdb.Layout()
    try:
        layout.read(str(path))
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise NotALayoutError(
            f"{path}: found no GDS that can be read ({reason}); expected one that compile wrote"
        ) from error
    tops = [cell.name for cell in layout.top_cells()]
    if len(tops) != 1:
        raise NotALayoutError(
            f"{path}: found {len(tops)} top cells ({', '.join(tops[:4])}), expected one; export one design"
        )
    if abs(layout.dbu - 0.001) > 1e-9:
        raise NotALayoutError(f"{path}: found a database unit of {layout.dbu} um, expected 0.001; rescale the layout")
    return layout


def extract(path: Path, pdk: Pdk) -> Extraction:
    """The circuit in a GDS. NotALayoutError where the file holds none; what is wrong inside it is in `findings`."""
    layout = read(path)
    top = layout.top_cell()
    stripped = is_stripped(layout, pdk)
    if stripped:
        restore(layout, pdk)
    spelled = take_text(layout, pdk)
    known = fingerprints(pdk)
    sites = _sites(layout)
    kinds = {cell.cell_index(): recognise(cell, sites[cell.cell_index()], pdk, known) for cell in layout.each_cell()}
    findings = [finding for kind in kinds.values() for finding in kind.findings]
    cells: dict[str, Cell] = {}
    places: dict[str, dict[str, tuple[Transform, int]]] = {}
    for cell in layout.each_cell():
        if kinds[cell.cell_index()].component is None:
            cells[cell.name], places[cell.name], wrong = _block(cell, sites[cell.cell_index()], kinds)
            findings += wrong
    if top.name not in cells:
        raise NotALayoutError(f"{path}: found a single device ({top.name}), expected a chip made of instances")
    wired = nets(layout, kinds, pdk)
    electrical = {
        cell: joined
        for cell, found in wired.items()
        if (joined := {name: net.pins for name, net in found.items() if net.pins})
    }
    netlist = Netlist(top.name, cells, electrical)
    shapes = {kind.component: _shape(kind, pdk) for kind in kinds.values() if kind.component}
    spots = {name: {n: at for n, (at, _) in inner.items()} for name, inner in places.items()}
    told = list(devices(netlist, spots, lambda name, component: is_labelled(name, component, pdk)))
    findings += _unknown_layers(layout, pdk)
    findings += wire_findings(wired, {layout.cell(index).name: site for index, site in sites.items()})
    if not stripped or "label" not in pdk.submission.drops:
        findings += check_labels(top, told, pdk)
    findings += polarity(told, pdk)
    findings += overlaps(layout, pdk, places)
    findings += shorts(layout, kinds, pdk)
    shown = tuple(p for p in kinds[top.cell_index()].ports if p.kind == "optical")
    findings += check_die(top, netlist, shown, pdk, spelled=spelled)
    return Extraction(netlist, tuple(findings), shown, wired, spots, shapes, stripped)


def _unknown_layers(layout: kdb.Layout, pdk: Pdk) -> Iterator[Finding]:
    """A layer that the process does not know cannot be checked, and would not be made."""
    known = set(pdk.layers.values())
    for index in layout.layer_indexes():
        info = layout.get_info(index)
        box = layout.top_cell().bbox(index)
        if (info.layer, info.datatype) not in known and not box.empty():
            measured = f"shapes on {info.layer}/{info.datatype} at {box.center().x / 1000}, {box.center().y / 1000} um"
            yield Finding(layout.top_cell().name, "unknown_layer", measured, f"layers of {pdk.name}", "remove them")


def _sites(layout: kdb.Layout) -> dict[int, Site]:
    """For every cell, the path of its first use and the number of its other uses."""
    first: dict[int, str] = {layout.top_cell().cell_index(): ""}
    uses: Counter[int] = Counter({layout.top_cell().cell_index(): 1})
    for index in layout.each_cell_top_down():
        for instance in layout.cell(index).each_inst():
            prefix = f"{first[index]}." if first[index] else ""
            first.setdefault(instance.cell_index, f"{prefix}{instance.property(0)}")
            uses[instance.cell_index] += uses[index]
    return {index: Site(path, uses[index] - 1) for index, path in first.items()}


def _block(
    cell: kdb.Cell, site: Site, kinds: Mapping[int, Kind]
) -> tuple[Cell, dict[str, tuple[Transform, int]], list[Finding]]:
    """Open one block: its instances, their places, its nets."""
    findings: list[Finding] = []
    instances: dict[str, Instance] = {}
    places: dict[str, tuple[Transform, int]] = {}
    inside: dict[Pin, Port] = {}
    for number, instance in enumerate(cell.each_inst()):
        trans = instance.trans
        name, wrong = _name(instance, instances, number, site)
        findings += wrong
        kind = kinds[instance.cell_index]
        child = cell.layout().cell(instance.cell_index).name
        at = Transform(trans.disp.x, trans.disp.y, turn(trans.angle * 90, 0), trans.is_mirror())
        instances[name] = Instance(kind.component or child, dict(kind.settings))
        places[name] = at, instance.cell_index
        for port in kind.ports:
            if port.kind == "optical":
                inside[Pin(name, port.name)] = at.port(port)
    shown = tuple(p for p in kinds[cell.cell_index()].ports if p.kind == "optical")
    found = connect(site, inside, shown)
    return Cell(instances, found.nets, found.ports), places, [*findings, *found.findings]


def _name(instance: kdb.Instance, taken: Mapping[str, Instance], number: int, site: Site) -> tuple[str, list[Finding]]:
    """The instance's name, made unique, and what is wrong with how it is placed."""
    findings = []
    place = site.at(instance.trans.disp.x, instance.trans.disp.y)
    name = instance.property(0)
    if name is None:
        findings.append(Finding(place, "instance_name", "none", "a name in GDS property 0", "name the instance"))
        name = f"unnamed_{number}"
    if name in taken:
        findings.append(Finding(site.inside(name), "duplicate_instance", f"{name} twice", "once", "remove one"))
        name = f"{name}__{number}"
    if instance.is_regular_array():
        findings.append(Finding(place, "array", f"{name} is an array", "single instances", "resolve the array"))
    if instance.is_complex():
        findings.append(Finding(place, "off_grid", f"{name} is turned or scaled", "right angles", "place it anew"))
    return name, findings


def _shape(kind: Kind, pdk: Pdk) -> Shape:
    component = kind.component or ""
    role = pdk.role_of(component)
    pad = pdk.devices[component].bbox_nm if role in PADS else None
    return Shape(role, pdk.layers["pin_electrical"], kind.ports, pad)


def _contacts(devices: list[Placed], shapes: Mapping[str, Shape]) -> Iterator[Contact]:
    for device in devices:
        shape = shapes[device.instance.component]
        for port in shape.ports:
            if port.kind == "electrical":
                here = device.at.port(port)
                x_nm, y_nm = here.x_nm, here.y_nm
                if shape.pad_nm:
                    left, bottom, right, top = device.at.box(shape.pad_nm)
                    x_nm, y_nm = (left + right) // 2, (bottom + top) // 2
                yield Contact(device.path, port.name, shape.role or "?", x_nm, y_nm, shape.layer)

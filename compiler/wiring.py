"""Where light goes from a port of a device, found in the hierarchy as it is: no cell is opened for each of its uses.

    run ── trail of the device's own cell ── out by a port ── trail of the cell around it ── … ── an end
              └─ found once for each distinct cell and port

The walk of `compiler.paths` goes from coupler to coupler; this is what it asks on the way.
"""

from typing import NamedTuple

from compiler.netlist import Cell, Netlist, Pin
from pdk.contract import Pdk, Role


class Hop(NamedTuple):
    """Light passes a device: in by one port, out by another."""

    path: str
    into: str
    out: str


Hops = tuple[Hop, ...]

COUPLERS = (Role.SPLITTER_2X2, Role.COUPLER)
BAR = {"o1": "o4", "o4": "o1", "o2": "o3", "o3": "o2"}
CROSS = {"o1": "o3", "o3": "o1", "o2": "o4", "o4": "o2"}
_THROUGH = {Role.TAP: BAR, Role.BALANCE_TAP: BAR, Role.CROSSING: CROSS}
_TWO_PORT = {"o1": "o2", "o2": "o1"}
_ENDS = (Role.TERMINATION, Role.PHOTODIODE, Role.LOOP_MIRROR, *COUPLERS)


class _Trail(NamedTuple):
    """What light passes in one cell; paths start in the cell."""

    hops: Hops
    end: Pin
    """The pin where its one way ends, or by which it leaves the cell."""
    leaves: str | None
    """The port of the cell that it leaves by; None where it ends inside."""


class Wiring:
    """Follows the nets of one circuit."""

    def __init__(self, netlist: Netlist, pdk: Pdk) -> None:
        """ValueError where a net or a port of a cell names a pin that is not there."""
        self._netlist, self._pdk = netlist, pdk
        self._roles: dict[str, Role | None] = {}
        self._far = {name: _far(name, cell) for name, cell in netlist.cells.items()}
        self._shown = {name: {pin: port for port, pin in cell.ports.items()} for name, cell in netlist.cells.items()}
        self._trails: dict[tuple[str, Pin], _Trail] = {}
        self._ports = {self._inner(netlist.top, pin) for pin in netlist.cells[netlist.top].ports.values()}

    def role(self, path: str) -> Role | None:
        """The role of the device at a path."""
        if path not in self._roles:
            self._roles[path] = self._pdk.role_of(self._netlist.device(path).component)
        return self._roles[path]

    def is_port(self, pin: Pin) -> bool:
        """Whether a pin is a port of the chip."""
        return pin in self._ports

    def link(self, path: str, port: str) -> Pin:
        """The pin that a pin is joined to; ValueError where there is none."""
        parent, _, name = path.rpartition(".")
        pin = Pin(name, port)
        while True:
            cell = self._netlist.cell_at(parent)
            far = self._far[cell].get(pin)
            if far is not None:
                return _below(parent, self._inner(cell, far))
            out = self._shown[cell].get(pin)
            if out is None or not parent:
                raise ValueError(f"{path},{port}: nothing is connected here")
            parent, _, name = parent.rpartition(".")
            pin = Pin(name, out)

    def through(self, pin: Pin) -> Hop | None:
        """The hop that light entering at this pin makes; None where its way ends or divides."""
        return _hop(pin, self.role(pin.instance))

    def run(self, pin: Pin) -> tuple[Hops, Pin]:
        """From an entering pin through all devices with one way, to the pin where that ends or leaves the chip."""
        if pin in self._ports:
            return (), pin
        hops: Hops = ()
        while True:
            parent, _, name = pin.instance.rpartition(".")
            prefix = f"{parent}." if parent else ""
            trail = self._trail(self._netlist.cell_at(parent), Pin(name, pin.port), prefix)
            hops += tuple([Hop(prefix + path, into, out) for path, into, out in trail.hops])
            end = Pin(prefix + trail.end.instance, trail.end.port)
            if trail.leaves is None or end in self._ports:
                return hops, end
            pin = self.link(parent, trail.leaves)

    def _trail(self, cell: str, pin: Pin, prefix: str) -> _Trail:
        """From a pin of an instance of a cell on; `prefix` is for the error of one who asks first."""
        key = (cell, pin)
        if key not in self._trails:
            self._trails[key] = self._follow(cell, pin, prefix)
        return self._trails[key]

    def _follow(self, cell: str, pin: Pin, prefix: str) -> _Trail:
        instances, far, shown = self._netlist.cells[cell].instances, self._far[cell], self._shown[cell]
        hops: list[Hop] = []
        while True:
            component = instances[pin.instance].component
            inner = self._netlist.cells.get(component)
            if inner is not None:
                start = f"{pin.instance}."
                below = self._trail(component, _port(component, inner, pin), prefix + start)
                hops += [Hop(start + path, into, out) for path, into, out in below.hops]
                end = Pin(start + below.end.instance, below.end.port)
                if below.leaves is None:
                    return _Trail(tuple(hops), end, None)
                out = Pin(pin.instance, below.leaves)
            else:
                hop = _hop(pin, self._pdk.role_of(component))
                if hop is None:
                    return _Trail(tuple(hops), pin, None)
                hops.append(hop)
                end = out = Pin(pin.instance, hop.out)
            if out in far:
                pin = far[out]
            elif out in shown:
                return _Trail(tuple(hops), end, shown[out])
            else:
                raise ValueError(f"{prefix}{end}: nothing is connected here")

    def _inner(self, cell: str, pin: Pin) -> Pin:
        """The device's pin behind a pin of an instance, its path from the cell on."""
        component = self._netlist.cells[cell].instances[pin.instance].component
        inner = self._netlist.cells.get(component)
        return pin if inner is None else _below(pin.instance, self._inner(component, _port(component, inner, pin)))


def _far(name: str, cell: Cell) -> dict[Pin, Pin]:
    """For each pin of a cell's nets the one that it faces."""
    far = dict(cell.nets) | {b: a for a, b in cell.nets}
    for pin in (*far, *cell.ports.values()):
        if pin.instance not in cell.instances:
            raise ValueError(f"{name}: no instance {pin.instance}")
    return far


def _port(component: str, cell: Cell, pin: Pin) -> Pin:
    if pin.port not in cell.ports:
        raise ValueError(f"{pin.instance}: {component} has no port {pin.port}")
    return cell.ports[pin.port]


def _below(prefix: str, pin: Pin) -> Pin:
    return Pin(f"{prefix}.{pin.instance}", pin.port) if prefix else pin


def _hop(pin: Pin, role: Role | None) -> Hop | None:
    if role in _ENDS:
        return None
    table = _THROUGH.get(role, _TWO_PORT) if role else _TWO_PORT
    if pin.port not in table:
        raise ValueError(f"{pin}: light cannot pass this port")
    return Hop(pin.instance, pin.port, table[pin.port])

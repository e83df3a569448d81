"""The ways that light takes through a layer, found by following the nets of any netlist of this shape.

The walk starts at the input cells and goes from coupler to coupler. Between two couplers light passes a *segment*: a
chain of devices with one way through (waveguides, bends, phase shifters, taps, crossings). What is found here is what
the tables and the engine are made of, so a circuit read back from a GDS is walked exactly like a designed one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.netlist import Netlist, Pin
from compiler.wiring import BAR, COUPLERS, CROSS, Hop, Hops, Wiring
from pdk.contract import Pdk, Role


@dataclass(frozen=True)
class Coupling:
    """Two rows meet in a 2x2 coupler. `a` and `b` are rows; each goes on along its bar path."""

    path: str
    a: int
    a_in: str
    a_out: str
    b: int
    b_in: str
    b_out: str


@dataclass(frozen=True)
class TapPoint:
    """A photodiode that sees the backward light of one row, just behind a phase shifter."""

    path: str
    """Instance path of the tap block (`layer1.mesh.mzi_0_0.theta_tap`)."""
    shifter: str
    photodiode: str
    stage: int
    row: int
    index: int
    """Position of the tap's hop in the segment of that stage and row."""
    drop: Hops
    """From the tap's port that backward light enters by to the photodiode's port."""


@dataclass(frozen=True)
class InputPath:
    """Where light enters a row. Hops start at the chip's laser port."""

    cell: str
    modulator: str
    source: Hops
    """Laser port to the mesh side of the coupler."""
    monitor: Hops
    """Laser port to the monitor photodiode."""
    backward: Hops
    """Mesh side of the coupler to the photodiode that sees returning light."""


@dataclass(frozen=True)
class OutputPath:
    """Where light leaves a row, and where it is sent back from. Hops start at the row or at the chip's laser port."""

    cell: str
    row: int
    modulator: str
    shifter: str
    detector: Hops
    """Row to photodiode."""
    inject: Hops
    """Laser port to the row, backwards."""
    reflect: Hops
    """Laser port by the loop mirror to the photodiode."""


@dataclass(frozen=True)
class LayerPath:
    """One layer: S coupling stages over R rows. Rows 0 … N − 1 start at the inputs, the others are dark."""

    name: str
    inputs: tuple[InputPath, ...]
    outputs: tuple[OutputPath, ...]
    """The N signal outputs in port order, then the dumps of an SVD layer."""
    segments: tuple[tuple[Hops, ...], ...]
    """(S + 1) x R: what each row passes before stage s; the last leads to the outputs."""
    couplings: tuple[tuple[Coupling, ...], ...]
    taps: tuple[TapPoint, ...]

    @property
    def ports(self) -> int:
        """Number N of signal rows."""
        return len(self.inputs)

    @property
    def rows(self) -> int:
        """Number R of rows, dark ones included."""
        return len(self.segments[0])

    @property
    def dumps(self) -> int:
        """Number of output cells that stand at dump ports."""
        return len(self.outputs) - len(self.inputs)


_OTHER = {"o1": "o2", "o2": "o1", "o3": "o4", "o4": "o3"}


def layer_paths(netlist: Netlist, pdk: Pdk) -> tuple[LayerPath, ...]:
    """The light paths of every layer; ValueError, with the place, where the circuit is not of the expected shape."""
    walk = _Walk(netlist, pdk)
    names = sorted(netlist.cells[netlist.top].instances, key=_natural)
    return tuple(walk.layer(name) for name in names if re.fullmatch(r"layer\d+", name))


def _natural(name: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name))


class _Walk:
    """Follows the light of one circuit."""

    def __init__(self, netlist: Netlist, pdk: Pdk) -> None:
        self.netlist = netlist
        self.wiring = Wiring(netlist, pdk)
        self.role, self.link, self.run = self.wiring.role, self.wiring.link, self.wiring.run

    def backwards(self, pin: Pin) -> tuple[Hops, Pin]:
        """What lies before an entering pin: the hops in the order of the light, and where they begin."""
        hops, start = self.run(self.link(pin.instance, pin.port))
        return tuple(Hop(h.path, h.out, h.into) for h in reversed(hops)), start

    def source(self, pin: Pin) -> Hops:
        """From the laser port to a pin that light enters by, through every splitter of the tree."""
        hops: Hops = ()
        while True:
            at = self.link(pin.instance, pin.port)
            if self.role(at.instance) in COUPLERS:
                left = [p for p in (BAR[at.port], CROSS[at.port]) if not self._is_dead(at.instance, p)]
                if len(left) != 1:
                    raise ValueError(f"{at.instance}: a splitter of the feed tree needs one terminated port")
                hop = Hop(at.instance, left[0], at.port)
            else:
                hop = self.wiring.through(at)
                if hop is None:
                    raise ValueError(f"{at}: no laser behind this port")
                hop = Hop(hop.path, hop.out, hop.into)
            hops = (hop, *hops)
            pin = Pin(hop.path, hop.into)
            if self.wiring.is_port(pin):
                return hops

    def _is_dead(self, path: str, port: str) -> bool:
        return self.role(self.run(self.link(path, port))[1].instance) is Role.TERMINATION

    def layer(self, name: str) -> LayerPath:
        """Walk one layer from its input cells to its output cells."""
        cells = {p.rsplit(".", 1)[0] for p in self.netlist.named("coupler") if p.startswith(f"{name}.")}
        entries = sorted((c for c in cells if c.split(".")[1].startswith("in_")), key=_natural)
        inputs = tuple(self._input(cell) for cell in entries)
        fronts = [self.link(f"{cell}.coupler", "o3") for cell in entries]
        segments: list[list[Hops]] = []
        couplings: list[tuple[Coupling, ...]] = []
        ends: dict[str, int] = {}
        while True:
            moved = [self.run(pin) for pin in fronts]
            segments.append([hops for hops, _ in moved])
            fronts = [pin for _, pin in moved]
            waiting = {}
            for row, pin in enumerate(fronts):
                if pin.instance.rsplit(".", 1)[0] in cells:
                    ends[pin.instance.rsplit(".", 1)[0]] = row
                else:
                    waiting[pin] = row
            if not waiting:
                break
            self._add_dark_rows(waiting, fronts, segments)
            stage = tuple(self._meet(waiting))
            if not stage:
                raise ValueError(f"{next(iter(waiting))}: light waits for a partner that never comes")
            for c in stage:
                fronts[c.a], fronts[c.b] = self.link(c.path, c.a_out), self.link(c.path, c.b_out)
            couplings.append(stage)
        padded = tuple(tuple(stage) + ((),) * (len(fronts) - len(stage)) for stage in segments)
        order = sorted(ends, key=lambda c: (c.split(".")[1].startswith("dump"), _natural(c)))
        outputs = tuple(self._output(cell, ends[cell]) for cell in order)
        return LayerPath(name, inputs, outputs, padded, tuple(couplings), tuple(self._taps(padded)))

    def _add_dark_rows(self, waiting: dict[Pin, int], fronts: list[Pin], segments: list[list[Hops]]) -> None:
        """Where a coupler's other input leads back to a termination, a row without light joins."""
        for pin in list(waiting):
            partner = Pin(pin.instance, _OTHER[pin.port])
            if partner in waiting:
                continue
            hops, start = self.backwards(partner)
            if self.role(start.instance) is Role.TERMINATION:
                for stage in segments[:-1]:
                    stage += [()] * (len(fronts) - len(stage))
                segments[-1].append(hops)
                waiting[partner] = len(fronts)
                fronts.append(partner)

    def _meet(self, waiting: dict[Pin, int]) -> Iterator[Coupling]:
        for pin, row in waiting.items():
            partner = Pin(pin.instance, _OTHER[pin.port])
            if self.role(pin.instance) in COUPLERS and partner in waiting and row < waiting[partner]:
                other = waiting[partner]
                yield Coupling(pin.instance, row, pin.port, BAR[pin.port], other, partner.port, BAR[partner.port])

    def _taps(self, segments: tuple[tuple[Hops, ...], ...]) -> Iterator[TapPoint]:
        for stage, rows in enumerate(segments):
            for row, hops in enumerate(rows):
                shifter = ""
                for index, hop in enumerate(hops):
                    role = self.role(hop.path)
                    if role is Role.PHASE_SHIFTER:
                        shifter = hop.path
                    if role is not Role.TAP:
                        continue
                    drop_port = CROSS[hop.out]
                    rest, end = self.run(self.link(hop.path, drop_port))
                    if self.role(end.instance) is Role.PHOTODIODE:
                        block = hop.path.rsplit(".", 1)[0]
                        drop = (Hop(hop.path, hop.out, drop_port), *rest)
                        yield TapPoint(block, shifter, end.instance, stage, row, index, drop)

    def _input(self, cell: str) -> InputPath:
        coupler, modulator = f"{cell}.coupler", f"{cell}.modulator"
        source = self.source(Pin(coupler, "o2"))
        monitor, _ = self._to_diode(coupler, "o4")
        backward, _ = self._to_diode(coupler, "o1")
        return InputPath(
            cell,
            modulator,
            (*source, Hop(coupler, "o2", "o3")),
            (*source, Hop(coupler, "o2", "o4"), *monitor),
            (Hop(coupler, "o3", "o1"), *backward),
        )

    def _output(self, cell: str, row: int) -> OutputPath:
        coupler = f"{cell}.coupler"
        source = self.source(Pin(coupler, "o3"))
        to_diode, _ = self._to_diode(coupler, "o4")
        to_mirror, mirror = self.run(self.link(coupler, "o1"))
        if self.role(mirror.instance) is not Role.LOOP_MIRROR:
            raise ValueError(f"{mirror}: expected the loop mirror of {cell}")
        back = tuple(Hop(h.path, h.out, h.into) for h in reversed(to_mirror))
        bounce = (*to_mirror, Hop(mirror.instance, mirror.port, mirror.port), *back)
        return OutputPath(
            cell,
            row,
            f"{cell}.modulator",
            f"{cell}.shifter",
            (Hop(coupler, "o2", "o4"), *to_diode),
            (*source, Hop(coupler, "o3", "o2")),
            (*source, Hop(coupler, "o3", "o1"), *bounce, Hop(coupler, "o1", "o4"), *to_diode),
        )

    def _to_diode(self, path: str, port: str) -> tuple[Hops, str]:
        hops, end = self.run(self.link(path, port))
        if self.role(end.instance) is not Role.PHOTODIODE:
            raise ValueError(f"{end}: expected a photodiode behind {path},{port}")
        return hops, end.instance

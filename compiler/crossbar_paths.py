"""Where the light of each photodiode of a crossbar comes from, found by following any netlist of this shape backwards.

Light forms a tree: from a photodiode there is one way back to a fibre, but for the two arms of a weight, of which the
upper one is taken. A circuit read back from a GDS is walked exactly like a designed one; names only say which bank,
column and row something belongs to.
"""

import re
from dataclasses import dataclass

from compiler.crossbar import BACKWARD, FORWARD, READOUT
from compiler.netlist import Netlist, Pin
from compiler.wiring import COUPLERS, Hop, Hops, Wiring
from pdk.contract import Pdk, Role


@dataclass(frozen=True)
class WeightPath:
    """One weight element: its cell, and the ways from the fibre to its two photodiodes."""

    cell: str
    drives: tuple[str, ...]
    """Devices that set it: its driven phase shifter, or its two attenuators, that of the plus side first."""
    plus: Hops
    minus: Hops


@dataclass(frozen=True)
class ColumnPath:
    """One column: what lights it."""

    cell: str
    shutter: str
    modulator: str
    monitor: Hops
    """From the fibre to the photodiode that reads what goes into the column."""
    replica: str | None
    """The replica of a neuron's modulator; None in columns that are lit from outside."""
    slope: Hops
    """From the fibre to the replica's photodiode; empty where there is none."""


@dataclass(frozen=True)
class BankPath:
    """One bank: C columns, R rows."""

    name: str
    scale: str
    columns: tuple[ColumnPath, ...]
    weights: tuple[tuple[WeightPath, ...], ...]
    """weights[row][column]."""


@dataclass(frozen=True)
class OutputPath:
    """One output neuron."""

    cell: str
    modulator: str
    output: Hops
    """From the fibre to the photodiode behind its modulator."""
    replica: str
    slope: Hops


@dataclass(frozen=True)
class CrossbarPath:
    """A whole chip."""

    banks: tuple[BankPath, ...]
    """In the order layer1.forward, layer2.forward, layer2.backward, …"""
    outputs: tuple[OutputPath, ...]

    def bank(self, name: str) -> BankPath:
        """The bank of that name; KeyError where there is none."""
        for bank in self.banks:
            if bank.name == name:
                return bank
        raise KeyError(f"no bank {name}; there are {', '.join(bank.name for bank in self.banks)}")


def is_crossbar(netlist: Netlist) -> bool:
    """Whether a chip is one of ours with crossbars: it has a read-out block and no meshes."""
    return READOUT in netlist.cells[netlist.top].instances


def crossbar_paths(netlist: Netlist, pdk: Pdk) -> CrossbarPath:
    """The light paths of a chip; ValueError, with the place, where it is not of the expected shape."""
    walk = _Walk(netlist, pdk)
    layers = [name for name in netlist.cells[netlist.top].instances if re.fullmatch(r"layer\d+", name)]
    if not layers:
        raise ValueError(f"{netlist.top}: found no layer1, expected the layers of a crossbar")
    banks = []
    for layer in sorted(layers, key=_number):
        inside = netlist.cells[netlist.cell_at(layer)].instances
        banks += [walk.bank(f"{layer}.{name}") for name in (FORWARD, BACKWARD) if name in inside]
    return CrossbarPath(tuple(banks), walk.outputs())


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name))


class _Walk:
    """Follows the light of one circuit backwards."""

    def __init__(self, netlist: Netlist, pdk: Pdk) -> None:
        self._netlist = netlist
        self._wiring = Wiring(netlist, pdk)
        self._known: dict[Pin, Hops] = {}

    def bank(self, name: str) -> BankPath:
        """One bank, its columns and rows in the order of their numbers."""
        columns = self._numbered(name, "col")
        rows = len(self._numbered(columns[0], "w"))
        weights = tuple(tuple(self._weight(f"{column}.w_{row}") for column in columns) for row in range(rows))
        return BankPath(name, f"{name}.scale", tuple(self._column(column) for column in columns), weights)

    def outputs(self) -> tuple[OutputPath, ...]:
        """The output neurons."""
        return tuple(
            OutputPath(
                cell=cell,
                modulator=f"{cell}.modulator",
                output=self.source(Pin(f"{cell}.output", "o1")),
                replica=f"{cell}.replica",
                slope=self.source(Pin(f"{cell}.slope", "o1")),
            )
            for cell in self._numbered(READOUT, "out")
        )

    def source(self, pin: Pin) -> Hops:
        """From the fibre to a pin that light enters by."""
        if pin not in self._known:
            self._known[pin] = self._source(pin)
        return self._known[pin]

    def _numbered(self, path: str, start: str) -> list[str]:
        inside = self._netlist.cells[self._netlist.cell_at(path)].instances
        names = sorted((name for name in inside if re.fullmatch(rf"{start}_\d+", name)), key=_number)
        if not names:
            raise ValueError(f"{path}: found no {start}_0, expected the parts of a crossbar")
        return [f"{path}.{name}" for name in names]

    def _weight(self, cell: str) -> WeightPath:
        inside = self._netlist.cells[self._netlist.cell_at(cell)].instances
        drives = tuple(f"{cell}.{name}" for name in ("theta", "att_plus", "att_minus") if name in inside)
        if not drives:
            raise ValueError(f"{cell}: found nothing that sets it, expected a phase shifter theta or two attenuators")
        plus, minus = (self.source(Pin(f"{cell}.{name}", "o1")) for name in ("plus", "minus"))
        return WeightPath(cell, drives, plus, minus)

    def _column(self, cell: str) -> ColumnPath:
        head = f"{cell}.head"
        has_replica = "replica" in self._netlist.cells[self._netlist.cell_at(head)].instances
        return ColumnPath(
            cell=cell,
            shutter=f"{head}.shutter",
            modulator=f"{head}.modulator",
            monitor=self.source(Pin(f"{head}.monitor.pd", "o1")),
            replica=f"{head}.replica" if has_replica else None,
            slope=self.source(Pin(f"{head}.slope", "o1")) if has_replica else (),
        )

    def _source(self, pin: Pin) -> Hops:
        hops: list[Hop] = []
        while True:
            at = self._wiring.link(pin.instance, pin.port)
            hop = Hop(at.instance, self._into(at), at.port)
            hops.append(hop)
            pin = Pin(hop.path, hop.into)
            if self._wiring.is_port(pin):
                return tuple(reversed(hops))

    def _into(self, out: Pin) -> str:
        """The port by which the light that leaves a device here came in."""
        role = self._wiring.role(out.instance)
        if role is Role.SPLITTER_1X2 and out.port in ("o2", "o3"):
            return "o1"
        if role in COUPLERS and out.port in ("o3", "o4"):
            return "o2"
        if role is Role.BALANCE_TAP and out.port in ("o3", "o4"):
            return "o1"
        hop = None if role in (Role.SPLITTER_1X2, Role.BALANCE_TAP, *COUPLERS) else self._wiring.through(out)
        if hop is None:
            raise ValueError(f"{out}: found no light that leaves here, expected the way from a fibre")
        return hop.out

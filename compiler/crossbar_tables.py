"""Nominal tables of a crossbar: all that a trainer may know about a chip before it measures anything."""

from dataclasses import dataclass

import numpy as np

from compiler.crossbar import is_backward
from compiler.crossbar_paths import BankPath, CrossbarPath, WeightPath, crossbar_paths, is_crossbar
from compiler.netlist import Netlist
from compiler.tables import Nominal, Tables, tables
from pdk.contract import Drive, Pdk, Role


@dataclass(frozen=True, eq=False)
class BankTable:
    """Nominals of one bank with R rows and C columns. Powers are transmissions (0..1) from the bank's fibre, all
    modulators and shutters wide open."""

    name: str
    cells: tuple[tuple[str, ...], ...]
    """cells[row][column]: instance paths of the weight elements."""
    drives: tuple[tuple[tuple[str, ...], ...], ...]
    """drives[row][column]: the devices that set each of them."""
    weight: np.ndarray
    """(R, C) to the photodiode that a weight of 1 sends all its light to."""
    monitor: np.ndarray
    """(C) to the monitor of each column."""
    slope: np.ndarray
    """(C) to the replica's photodiode, 0 where there is none."""

    @property
    def is_backward(self) -> bool:
        """Whether it carries errors back."""
        return is_backward(self.name)

    @property
    def rows(self) -> int:
        """Number R of rows."""
        return len(self.weight)

    @property
    def columns(self) -> int:
        """Number C of columns."""
        return self.weight.shape[1]


@dataclass(frozen=True, eq=False)
class CrossbarTables:
    """Nominals of a whole crossbar chip."""

    banks: tuple[BankTable, ...]
    """layer1.forward, layer2.forward, layer2.backward, …"""
    output: np.ndarray
    """(n) transmission from the read-out's fibre to the photodiode behind each output neuron."""
    output_slope: np.ndarray
    """(n) the same for their replicas."""
    kind: str
    """mzi or pin."""
    responsivity_a_per_w: float
    drive: Drive
    """What sets a phase shifter."""
    attenuator_range_db: float
    """Attenuation of a PIN attenuator at its full current."""
    attenuator_range_ma: float
    """That current."""
    camera: bool = False
    """Whether light is read off the chip, by a camera over gratings: what wires would add is then added in software."""

    def bank(self, name: str) -> BankTable:
        """The bank of that name; KeyError where there is none."""
        for bank in self.banks:
            if bank.name == name:
                return bank
        raise KeyError(f"no bank {name}; there are {', '.join(bank.name for bank in self.banks)}")

    @property
    def forward(self) -> tuple[BankTable, ...]:
        """Forward banks, by layer."""
        return tuple(bank for bank in self.banks if not bank.is_backward)

    @property
    def backward(self) -> tuple[BankTable, ...]:
        """Backward banks, by layer; the first layer has none."""
        return tuple(bank for bank in self.banks if bank.is_backward)

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self.forward)


AnyTables = Tables | CrossbarTables
"""Nominals of a chip of either architecture."""


def crossbar_tables(netlist: Netlist, pdk: Pdk) -> CrossbarTables:
    """The tables of a designed or extracted circuit. ValueError where it is not a crossbar chip of ours."""
    nominal = Nominal(netlist, pdk)
    found = crossbar_paths(netlist, pdk)
    return CrossbarTables(
        banks=tuple(_bank(bank, nominal) for bank in found.banks),
        output=np.array([nominal.power(out.output) for out in found.outputs]),
        output_slope=np.array([nominal.power(out.slope) for out in found.outputs]),
        kind=_kind(found, netlist, pdk),
        responsivity_a_per_w=pdk.value("photodiode_responsivity_a_per_w"),
        drive=pdk.drive,
        attenuator_range_db=pdk.value("attenuator_range_db"),
        attenuator_range_ma=pdk.value("attenuator_range_ma"),
        camera=pdk.camera,
    )


def tables_of(netlist: Netlist, pdk: Pdk) -> AnyTables:
    """The tables of a chip, whichever its architecture; ValueError where it is not one of ours."""
    return (crossbar_tables if is_crossbar(netlist) else tables)(netlist, pdk)


def _kind(path: CrossbarPath, netlist: Netlist, pdk: Pdk) -> str:
    drive = path.banks[0].weights[0][0].drives[0]
    return "mzi" if pdk.role_of(netlist.device(drive).component) is Role.PHASE_SHIFTER else "pin"


def _bank(path: BankPath, nominal: Nominal) -> BankTable:
    return BankTable(
        name=path.name,
        cells=tuple(tuple(w.cell for w in row) for row in path.weights),
        drives=tuple(tuple(w.drives for w in row) for row in path.weights),
        weight=np.array([[_full_power(w, nominal) for w in row] for row in path.weights]),
        monitor=np.array([nominal.power(column.monitor) for column in path.columns]),
        slope=np.array([nominal.power(column.slope) if column.replica else 0.0 for column in path.columns]),
    )


def _full_power(weight: WeightPath, nominal: Nominal) -> float:
    """Of an interferometer each arm carries half the field, and both arrive in step; an attenuator has one way."""
    arms = 2 if len(weight.drives) == 1 else 1
    return arms**2 * nominal.power(weight.plus)

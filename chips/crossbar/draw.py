"""What the fab made of a crossbar: one drawn chip, or R of them.

Every imperfection of every bank has a random stream of its own, keyed by the chip's seed, the bank and the field, so
that a chip is the same alone and among others, whatever is drawn beside.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chips.settings import EXCESS_LOSS_DB
from chips.variation import Imperfections
from compiler.crossbar import READOUT
from compiler.crossbar_paths import BankPath, CrossbarPath
from compiler.netlist import Netlist
from pdk.contract import Pdk, Role


@dataclass(frozen=True, eq=False)
class BankDraw:
    """One bank of R chips (axis R first), relative to nominal unless a unit is named."""

    drive: np.ndarray
    """(R, rows, columns, D) heater power for π, or current for a dB, of each of the D devices of a weight."""
    plus: np.ndarray
    """(R, rows, columns) responsivity of the photodiode; `minus`, `monitor`, `slope` likewise."""
    minus: np.ndarray
    monitor: np.ndarray
    """(R, columns)"""
    slope: np.ndarray
    """(R, columns)"""
    gain: dict[str, np.ndarray]
    """Group (rows, monitors, slopes) to gains of the read-out's amplifiers, (R, n)."""
    offset: dict[str, np.ndarray]
    """The same for their offsets, as a share of full scale."""
    neuron: "NeuronDraw"
    """(R, columns) of what lights the columns, where that is neurons."""


@dataclass(frozen=True, eq=False)
class NeuronDraw:
    """The modulators of n neurons, and their replicas: (R, n) each."""

    gain: np.ndarray
    bias_rad: np.ndarray
    replica_gain: np.ndarray
    replica_bias_rad: np.ndarray

    def first(self, count: int) -> "NeuronDraw":
        """The first of them."""
        every = (self.gain, self.bias_rad, self.replica_gain, self.replica_bias_rad)
        return NeuronDraw(*(values[:, :count] for values in every))


@dataclass(frozen=True, eq=False)
class OutputDraw:
    """The read-out of R chips."""

    output: np.ndarray
    """(R, n) responsivity; `slope` likewise."""
    slope: np.ndarray
    gain: dict[str, np.ndarray]
    offset: dict[str, np.ndarray]
    neuron: NeuronDraw


@dataclass(frozen=True, eq=False)
class CrossbarDraw:
    """R chips."""

    devices: dict[str, dict[str, np.ndarray]]
    """Component to settings of its model, (R, n) in the order that was asked for."""
    banks: tuple[BankDraw, ...]
    outputs: OutputDraw


SETTINGS: dict[Role | None, dict[str, tuple[str, str]]] = {
    Role.SPLITTER_2X2: {"imbalance_rad": ("splitter_imbalance_rad", "normal")},
    Role.SPLITTER_1X2: {"imbalance_rad": ("boundary_imbalance_rad", "normal")},
    Role.PHASE_SHIFTER: {
        "phase_rad": ("phase_offset_rad", "uniform"),
        EXCESS_LOSS_DB: ("loss_spread_db", "excess"),
    },
    Role.ATTENUATOR: {EXCESS_LOSS_DB: ("loss_spread_db", "excess")},
}
"""Role to the settings that vary: which field of Imperfections says how strongly, and how it is spread. Excess is the
modulus of a normal number: among some thousands of short devices a normal one would bring gain."""


def draw(
    paths: CrossbarPath,
    netlist: Netlist,
    pdk: Pdk,
    imperfections: Imperfections,
    seeds: Sequence[int],
    instances: Mapping[str, tuple[str, ...]],
) -> CrossbarDraw:
    """Chips of these seeds. `instances`: component to paths, the order of `CrossbarDraw.devices`."""
    chips = _Chips(imperfections, seeds)
    return CrossbarDraw(
        devices=_devices(netlist, pdk, chips, instances, [*(bank.name for bank in paths.banks), READOUT]),
        banks=tuple(_bank(bank, chips) for bank in paths.banks),
        outputs=_outputs(len(paths.outputs), chips),
    )


class _Chips:
    """Draws for R seeds, each from streams of its own."""

    def __init__(self, imperfections: Imperfections, seeds: Sequence[int]) -> None:
        self._imperfections, self._seeds = imperfections, seeds

    def __call__(
        self, field: str, place: str, shape: tuple[int, ...], what: str = "", kind: str = "normal"
    ) -> np.ndarray:
        """(R, *shape): spread by a field of Imperfections: about 0 (normal), upwards (excess), or 0 to it (uniform)."""
        strength = getattr(self._imperfections, field)
        if not strength:
            return np.zeros((len(self._seeds), *shape))
        key = tuple(zlib.crc32(text.encode()) for text in (place, field, what))
        streams = (np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key)) for seed in self._seeds)
        drawn = np.stack([s.random(shape) if kind == "uniform" else s.standard_normal(shape) for s in streams])
        return strength * (np.abs(drawn) if kind == "excess" else drawn)


def _devices(
    netlist: Netlist, pdk: Pdk, chips: _Chips, instances: Mapping[str, tuple[str, ...]], places: list[str]
) -> dict[str, dict[str, np.ndarray]]:
    """Drawn bank by bank in the netlist's order, handed over in the order of `instances`."""
    found: dict[str, dict[str, np.ndarray]] = {}
    roles = ((component, pdk.role_of(component)) for component in instances)
    wanted = {component: role for component, role in roles if role in SETTINGS}
    of_place: dict[tuple[str, str], list[str]] = {(c, p): [] for c in wanted for p in places}
    for path, leaf in netlist.flat.leaves.items():
        place = READOUT if path.startswith(f"{READOUT}.") else ".".join(path.split(".")[:2])
        if (leaf.component, place) in of_place:
            of_place[leaf.component, place].append(path)
    for component, role in wanted.items():
        order = {path: k for k, path in enumerate(n for p in places for n in of_place[component, p])}
        index = np.array([order[path] for path in instances[component]])
        for setting, (field, kind) in SETTINGS[role].items():
            parts = [chips(field, p, (len(of_place[component, p]),), component, kind) for p in places]
            found.setdefault(component, {})[setting] = np.concatenate(parts, axis=1)[:, index]
    return found


def _bank(path: BankPath, chips: _Chips) -> BankDraw:
    rows, columns = len(path.weights), len(path.columns)
    sizes = {"rows": rows, "monitors": columns, "slopes": columns}
    drives = len(path.weights[0][0].drives)

    def near_one(field: str, shape: tuple[int, ...], what: str) -> np.ndarray:
        return 1 + chips(field, path.name, shape, what)

    return BankDraw(
        drive=near_one("p_pi_spread", (rows, columns, drives), "drive"),
        plus=near_one("responsivity_spread", (rows, columns), "plus"),
        minus=near_one("responsivity_spread", (rows, columns), "minus"),
        monitor=near_one("responsivity_spread", (columns,), "monitor"),
        slope=near_one("responsivity_spread", (columns,), "slope"),
        gain={group: near_one("gain_spread", (n,), group) for group, n in sizes.items()},
        offset={group: chips("offset_spread", path.name, (n,), group) for group, n in sizes.items()},
        neuron=_neurons(path.name, columns, chips),
    )


def _outputs(count: int, chips: _Chips) -> OutputDraw:
    groups = ("outputs", "slopes")
    return OutputDraw(
        output=1 + chips("responsivity_spread", READOUT, (count,), "output"),
        slope=1 + chips("responsivity_spread", READOUT, (count,), "slope"),
        gain={group: 1 + chips("gain_spread", READOUT, (count,), group) for group in groups},
        offset={group: chips("offset_spread", READOUT, (count,), group) for group in groups},
        neuron=_neurons(READOUT, count, chips),
    )


def _neurons(place: str, count: int, chips: _Chips) -> NeuronDraw:
    gain, bias = "activation_gain_spread", "activation_bias_rad"
    return NeuronDraw(
        gain=1 + chips(gain, place, (count,), "modulator"),
        bias_rad=chips(bias, place, (count,), "modulator"),
        replica_gain=1 + chips(gain, place, (count,), "replica"),
        replica_bias_rad=chips(bias, place, (count,), "replica"),
    )

"""What the fab made of a crossbar: one drawn chip, or R of them.

Every imperfection of every bank has a random stream of its own, keyed by the chip's seed, the bank and the field, so
that a chip is the same alone and among others, whatever is drawn beside. Neighbours differ less than strangers where
the layout tells who they are (`chips.wafer`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chips.draw import LEAST_LOSS
from chips.settings import EXCESS_LOSS_DB
from chips.variation import Imperfections
from chips.wafer import Wafer, stream
from compiler.crossbar import READOUT
from compiler.crossbar_paths import BankPath, CrossbarPath
from compiler.netlist import Netlist
from compiler.places import Places
from pdk.contract import Pdk, Role


@dataclass(frozen=True, eq=False)
class NeuronDraw:
    """The modulators of n neurons, and their replicas: (R, n) each."""

    gain: np.ndarray
    """Of the drive, relative to its set point."""
    bias_rad: np.ndarray
    """About its set point."""
    replica_gain: np.ndarray
    replica_bias_rad: np.ndarray

    def first(self, count: int) -> "NeuronDraw":
        """The first of them."""
        every = (self.gain, self.bias_rad, self.replica_gain, self.replica_bias_rad)
        return NeuronDraw(*(values[:, :count] for values in every))


@dataclass(frozen=True, eq=False)
class ReadoutDraw:
    """Photodiodes and amplifiers of one bank, or of the output neurons: group to (R, n), or (R, rows, columns)."""

    responsivity: Mapping[str, np.ndarray]
    """plus, minus, monitors, slopes, outputs; relative to nominal."""
    gain: Mapping[str, np.ndarray]
    """rows, monitors, slopes, outputs; relative to nominal."""
    offset: Mapping[str, np.ndarray]
    """The same, as a share of full scale."""


@dataclass(frozen=True, eq=False)
class BankDraw:
    """One bank of R chips."""

    drive: np.ndarray
    """(R, rows, columns, D) setting for π, or current for a dB, of each of the D devices of a weight; relative."""
    readout: ReadoutDraw
    neuron: NeuronDraw
    """(R, columns) of what lights the columns, where that is neurons."""


@dataclass(frozen=True, eq=False)
class CrossbarDraw:
    """R chips."""

    devices: Mapping[str, Mapping[str, np.ndarray]]
    """Component to settings of its model, (R, n) in the order that was asked for."""
    banks: tuple[BankDraw, ...]
    outputs: ReadoutDraw
    output_neuron: NeuronDraw


def draw(
    paths: CrossbarPath,
    netlist: Netlist,
    pdk: Pdk,
    imperfections: Imperfections,
    seeds: Sequence[int],
    instances: Mapping[str, tuple[str, ...]],
    places: Places | None = None,
) -> CrossbarDraw:
    """Chips of these seeds. `instances`: component to paths, the order of `CrossbarDraw.devices`."""
    chips = _Chips(imperfections, seeds, places)
    cells = [out.cell for out in paths.outputs]
    readout = {"outputs": [f"{cell}.output" for cell in cells], "slopes": [f"{cell}.slope" for cell in cells]}
    return CrossbarDraw(
        devices=_devices(netlist, pdk, chips, instances, [*(bank.name for bank in paths.banks), READOUT]),
        banks=tuple(_bank(bank, chips) for bank in paths.banks),
        outputs=_readout(READOUT, readout, {group: len(cells) for group in readout}, chips),
        output_neuron=_neurons(READOUT, len(cells), chips),
    )


class _Chips:
    """Draws for R seeds, each from streams of its own."""

    def __init__(self, imperfections: Imperfections, seeds: Sequence[int], places: Places | None) -> None:
        self._imperfections, self._seeds = imperfections, seeds
        self._wafers = [Wafer.of(imperfections, seed, places) for seed in seeds]

    def normal(self, field: str, place: str, paths: Sequence[str], what: str = "", wafer: str = "") -> np.ndarray:
        """(R, n) of n devices, correlated as their places are; `wafer`: the field whose slow variation they share."""
        own = self.alone(field, place, len(paths), what, scale=1.0)
        strength = getattr(self._imperfections, field)
        if not strength:
            return np.zeros_like(own)
        drawn = zip(self._wafers, own, strict=True)
        return strength * np.stack([each.correlated_normal(wafer or field, z, paths) for each, z in drawn])

    def alone(self, field: str, place: str, count: int, what: str = "", scale: float | None = None) -> np.ndarray:
        """(R, count) normal numbers, none correlated; `scale`: instead of the field's own strength."""
        strength = getattr(self._imperfections, field)
        if not strength:
            return np.zeros((len(self._seeds), count))
        streams = (stream(seed, place, field, what) for seed in self._seeds)
        return (strength if scale is None else scale) * np.stack([s.standard_normal(count) for s in streams])

    def uniform(self, field: str, place: str, count: int, what: str = "") -> np.ndarray:
        """(R, count) from 0 to the field's strength."""
        streams = (stream(seed, place, field, what) for seed in self._seeds)
        return getattr(self._imperfections, field) * np.stack([s.random(count) for s in streams])


def _devices(
    netlist: Netlist, pdk: Pdk, chips: _Chips, instances: Mapping[str, tuple[str, ...]], places: list[str]
) -> dict[str, dict[str, np.ndarray]]:
    """Drawn bank by bank in the netlist's order, handed over in the order of `instances`."""
    wanted = {component: role for component in instances if (role := pdk.role_of(component)) in _SETTINGS}
    at: dict[str, dict[str, list[str]]] = {component: {place: [] for place in places} for component in wanted}
    least_db: dict[str, float] = {}
    models = pdk.models()
    for path, leaf in netlist.flat.leaves.items():
        place = READOUT if path.startswith(f"{READOUT}.") else ".".join(path.split(".")[:2])
        if leaf.component in at and place in at[leaf.component]:
            at[leaf.component][place].append(path)
            if leaf.component not in least_db and EXCESS_LOSS_DB in _SETTINGS[wanted[leaf.component]]:
                s = models[leaf.component](**dict(leaf.settings))
                least_db[leaf.component] = -20 * float(np.log10(np.abs(s["o1", "o2"])))
    found: dict[str, dict[str, np.ndarray]] = {}
    for component, of_place in at.items():
        order = {path: k for k, path in enumerate(path for paths in of_place.values() for path in paths)}
        index = np.array([order[path] for path in instances[component]])
        for setting, field in _SETTINGS[wanted[component]].items():
            parts = []
            for place, paths in of_place.items():
                if setting == "phase_rad":
                    parts.append(chips.uniform(field, place, len(paths), component))
                else:
                    shared = "splitter_imbalance_rad" if setting == "imbalance_rad" else ""
                    parts.append(chips.normal(field, place, paths, component, shared))
            values = np.concatenate(parts, axis=1)[:, index]
            if setting == EXCESS_LOSS_DB:
                values = np.maximum(values, -LEAST_LOSS * least_db[component])
            found.setdefault(component, {})[setting] = values
    return found


_SETTINGS: Mapping[Role | None, Mapping[str, str]] = {
    Role.SPLITTER_2X2: {"imbalance_rad": "splitter_imbalance_rad"},
    Role.SPLITTER_1X2: {"imbalance_rad": "boundary_imbalance_rad"},
    Role.PHASE_SHIFTER: {"phase_rad": "phase_offset_rad", EXCESS_LOSS_DB: "loss_spread_db"},
    Role.ATTENUATOR: {EXCESS_LOSS_DB: "loss_spread_db"},
}
"""Role to the settings that vary, and the field of Imperfections that says how strongly."""


def _bank(path: BankPath, chips: _Chips) -> BankDraw:
    shape = len(path.weights), len(path.columns)
    weights = [weight for row in path.weights for weight in row]
    diodes = {side: [f"{weight.cell}.{side}" for weight in weights] for side in ("plus", "minus")}
    diodes |= {
        "monitors": [f"{column.cell}.head.monitor.pd" for column in path.columns],
        "slopes": [f"{column.cell}.head.slope" for column in path.columns if column.replica is not None],
    }
    drives = [name for weight in weights for name in weight.drives]
    channels = {"rows": shape[0], "monitors": shape[1], "slopes": len(diodes["slopes"])}
    readout = _readout(path.name, diodes, channels, chips)
    sides = {side: readout.responsivity[side].reshape(-1, *shape) for side in ("plus", "minus")}
    return BankDraw(
        drive=1 + chips.normal("p_pi_spread", path.name, drives).reshape(-1, *shape, len(drives) // len(weights)),
        readout=ReadoutDraw({**readout.responsivity, **sides}, readout.gain, readout.offset),
        neuron=_neurons(path.name, shape[1], chips),
    )


def _readout(
    place: str, diodes: Mapping[str, Sequence[str]], channels: Mapping[str, int], chips: _Chips
) -> ReadoutDraw:
    return ReadoutDraw(
        responsivity={g: 1 + chips.normal("responsivity_spread", place, paths, g) for g, paths in diodes.items()},
        gain={group: 1 + chips.alone("gain_spread", place, count, group) for group, count in channels.items()},
        offset={group: chips.alone("offset_spread", place, count, group) for group, count in channels.items()},
    )


def _neurons(place: str, count: int, chips: _Chips) -> NeuronDraw:
    gain, bias = "activation_gain_spread", "activation_bias_rad"
    return NeuronDraw(
        gain=1 + chips.alone(gain, place, count, "modulator"),
        bias_rad=chips.alone(bias, place, count, "modulator"),
        replica_gain=1 + chips.alone(gain, place, count, "replica"),
        replica_bias_rad=chips.alone(bias, place, count, "replica"),
    )

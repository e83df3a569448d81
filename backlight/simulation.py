"""Light through a circuit, twice: by SAX, device by device, and by the engine, which lowers it first.

Both get the same program and the same random light into inputs and outputs at once, and their fields at every
photodiode are compared. What is kept for people is |M| of every layer of meshes, or the weights of every bank.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backlight import crossbar_light
from backlight.crossbar_light import BankLight
from backlight.programs import Program, device_settings
from compiler.crossbar_paths import is_crossbar
from compiler.paths import LayerPath, layer_paths
from compiler.tables import WAVELENGTH_UM

if TYPE_CHECKING:
    from compiler.netlist import Netlist
    from pdk.contract import Pdk

LIMIT = 1e-12
"""Largest difference between the two, in field per √(power at the laser port): rounding of float64."""
SEED = 0


@dataclass(frozen=True)
class LayerLight:
    """What light does in one layer."""

    name: str
    transfer: np.ndarray
    """(C, N) complex: field at each output row (signals, then dumps) per field at each mesh input."""

    def as_dict(self) -> dict[str, Any]:
        """Name and |M|."""
        return {"name": self.name, "abs_u": np.abs(self.transfer).tolist()}


@dataclass(frozen=True)
class Simulation:
    """The outcome of one simulation."""

    layers: tuple[LayerLight | BankLight, ...]
    difference: float | None
    """Largest |field of the engine − field of SAX| over all photodiodes; None where SAX was not asked."""
    photodiodes: int

    @property
    def ok(self) -> bool:
        """Whether the two agree."""
        return self.difference is None or self.difference <= LIMIT

    def as_dict(self) -> dict[str, Any]:
        """What simulation.json holds."""
        layers = [layer.as_dict() for layer in self.layers]
        agreement = {"difference": self.difference, "limit": LIMIT, "photodiodes": self.photodiodes, "ok": self.ok}
        return {"wavelength_um": WAVELENGTH_UM, "agreement": agreement, "layers": layers}


def simulate(netlist: "Netlist", pdk: "Pdk", phases: Program) -> Simulation:
    """Run a programmed circuit through both."""
    from chips.reference import s_matrix

    if is_crossbar(netlist):
        banks, difference, count = crossbar_light.compared(netlist, pdk, phases)
        return Simulation(banks, difference, count)
    paths = layer_paths(netlist, pdk)
    amplitudes = _light(paths)
    reference = s_matrix(netlist, pdk, program=device_settings(netlist, pdk, phases, amplitudes))
    layers, differences, count = [], [], 0
    for index, path in enumerate(paths):
        light, found = _engine(path, netlist, pdk, phases, amplitudes)
        wanted = reference.between(_photodiodes(path), [f"o{index + 1}"])[0, :, 0]
        differences.append(float(np.max(np.abs(found - wanted))))
        count += len(wanted)
        layers.append(light)
    return Simulation(tuple(layers), max(differences), count)


def transfers(netlist: "Netlist", pdk: "Pdk", phases: Program) -> Simulation:
    """Run a programmed circuit through the engine alone."""
    if is_crossbar(netlist):
        return Simulation(crossbar_light.weights(netlist, pdk, phases), None, 0)
    paths = layer_paths(netlist, pdk)
    dark = dict.fromkeys(_light(paths), 0.0)
    return Simulation(tuple(_engine(path, netlist, pdk, phases, dark)[0] for path in paths), None, 0)


def _engine(
    path: LayerPath, netlist: "Netlist", pdk: "Pdk", phases: Program, amplitudes: Mapping[str, float]
) -> tuple[LayerLight, np.ndarray]:
    """What light does in a layer, and the fields at its photodiodes in the order of `_photodiodes`."""
    from chips.optics import layer_circuit

    optics = layer_circuit(path, netlist, pdk).optics()
    angles = np.array([phases[tap.shifter] for tap in path.taps])
    transfer = optics.ahead.matrix(angles)
    inputs = np.array([amplitudes[entry.modulator] for entry in path.inputs])
    sources = np.array([amplitudes[out.modulator] for out in path.outputs])
    tap, back = np.split(optics.back.matrix(angles) @ (sources * optics.inject), [len(path.taps)])
    detector = transfer @ (inputs * optics.source) * optics.detector + sources * optics.reflect
    fields = np.concatenate([detector, inputs * optics.monitor, back * optics.backward, tap])
    return LayerLight(path.name, transfer), fields


def _light(paths: tuple[LayerPath, ...]) -> Mapping[str, float]:
    """An opening for every modulator, signs included."""
    rng = np.random.default_rng(SEED)
    modulators = [m.modulator for path in paths for m in (*path.inputs, *path.outputs)]
    return dict(zip(modulators, rng.uniform(-1, 1, len(modulators)), strict=True))


def _photodiodes(path: LayerPath) -> list[str]:
    """Detectors, monitors, photodiodes behind the inputs, taps: the order of the engine's fields above."""
    detectors = [f"{out.cell}.detector" for out in path.outputs]
    monitors = [f"{entry.cell}.monitor" for entry in path.inputs]
    backward = [f"{entry.cell}.backward" for entry in path.inputs]
    return [*detectors, *monitors, *backward, *(tap.photodiode for tap in path.taps)]

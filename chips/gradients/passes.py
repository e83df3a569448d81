"""What every way of measuring a gradient shares: the forward pass, slopes by dither, and the chain rule between layers.

    layer l:  x ─ mesh ─ p = |y|² ── electronics: x' = f(p) ── layer l + 1
              dL/dx ◄── back through the mesh ── δ = dL/dp = f'·dL/dx'

x' is read at the input cells' monitors, f' there too, with f driven by p shifted up and down.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chips.bench import Bench
from pdk.finding import Finding

DITHER_SHOTS = 2
X_FLOOR = 0.05
"""Smallest amplitude that a noisy monitor is believed to have read: no activation orders less than 0.1."""


@dataclass(frozen=True, eq=False)
class LayerLight:
    """One layer in the forward pass, B samples."""

    ordered: np.ndarray
    """(B, N) amplitudes that the modulators were told."""
    x: np.ndarray
    """(B, N) amplitudes that the monitors read, not below X_FLOOR; without sign."""
    powers: np.ndarray
    """(B, C) at all detectors, dumps last."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """A measured gradient, mean over the batch."""

    phases: tuple[np.ndarray, ...]
    """For each layer (P,) dL/dphase, per rad."""
    loss: float
    powers: np.ndarray
    """(B, N) of the last layer's outputs."""
    shots: int


LayerPass = Callable[[Bench, int, LayerLight, np.ndarray], tuple[np.ndarray, np.ndarray, int]]
"""(bench, layer, light, δ (B, N)) → dL/dphase (B, P), dL/dx (B, N), shots."""
Measure = Callable[[Bench, tuple[np.ndarray, ...], np.ndarray, np.ndarray], Gradient | Finding]
"""(bench, settings of the phase shifters, inputs (B, N), labels (B)) → the gradient, or why there is none."""


def forward_pass(bench: Bench, inputs: np.ndarray) -> list[LayerLight]:
    """Run a batch (B, N) through all layers: one shot per sample and layer."""
    light: list[LayerLight] = []
    ordered = inputs
    for index, t in enumerate(bench.tables.layers):
        read = bench.forward(index, ordered, ("detector", "monitor"))
        light.append(LayerLight(ordered, np.sqrt(np.maximum(read["monitor"], X_FLOOR**2)), read["detector"]))
        if index + 1 < len(bench.tables.layers):
            ordered = bench.model.next_inputs(index, read["detector"][:, : t.ports])
    return light


def slopes(bench: Bench, index: int, powers: np.ndarray) -> np.ndarray:
    """(B, N) slopes dx'/dp of the electronics and modulators behind layer `index`, at powers (B, N)."""
    step = bench.dither * (powers + 0.5)
    low = np.maximum(powers - step, 0.0)
    high = np.maximum(powers, 0.0) + step
    ordered = np.vstack([bench.model.next_inputs(index, low), bench.model.next_inputs(index, high)])
    read = bench.forward(index + 1, ordered, ("monitor",))["monitor"]
    x_low, x_high = np.sqrt(np.maximum(read, X_FLOOR**2)).reshape(2, *powers.shape)
    return (x_high - x_low) / (high - low)


def backpropagate(bench: Bench, light: list[LayerLight], labels: np.ndarray, through: LayerPass) -> Gradient:
    """Carry δ from the read-out to the first layer; `through` measures what one layer does with it."""
    samples, readout = len(labels), bench.model.readout
    last = light[-1].powers[:, : readout.ports]
    delta = readout.delta(last, labels)
    phases: list[np.ndarray] = []
    shots = samples * len(light)
    for index in reversed(range(len(light))):
        d_phase, d_x, taken = through(bench, index, light[index], delta)
        phases.insert(0, d_phase.mean(axis=0))
        shots += taken
        if index:
            signals = np.arange(readout.ports) < bench.model.layers[index].inputs
            slope = slopes(bench, index - 1, light[index - 1].powers[:, : readout.ports])
            shots += DITHER_SHOTS * samples
            delta = np.where(signals, d_x * slope, 0.0)
    return Gradient(tuple(phases), float(readout.losses(last, labels).mean()), last, shots)

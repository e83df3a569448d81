"""The amplifiers and modulators between two layers of a crossbar: what a row's photocurrent becomes as light.

    u = row current / unit current          1 where one weight of 1 meets one column of power 1
    v = gain · u + bias                     transimpedance amplifier, phase of the modulator about quadrature
    x = f(v), 0 … 1                         modulator on fresh light

    modulator    f(v) = (1 + sin v)/2, with |v| held to the swing of the driver
    soft_relu    f(v) = [softplus(κv) − softplus(κ(v − 1))]/κ: the amplifier bends so that the light is dark below 0,
                 straight from 0 to 1, and full above; the modulator behind it is held to the same swing

A trainer knows these as set points; gain, bias and slope of the real ones differ and are measured.
"""

from dataclasses import dataclass
from math import pi, sin
from typing import Any

import numpy as np

from compiler.crossbar_tables import BankTable
from compiler.network import CROSSBAR_ACTIVATIONS, SpecError

SWING_RAD = pi
"""Largest phase about quadrature: a driver of 2 V_pi peak to peak (assumed: as drivers of phase-shift keying have, so
that light goes through its whole range and folds back)."""
KNEE = 8.0
"""Sharpness κ of the bends of soft_relu (assumed: as `chips.activation`)."""


@dataclass(frozen=True)
class Electronics:
    """What the neurons of a chip are set to, one entry for each layer."""

    activations: tuple[str, ...]
    """modulator or soft_relu."""
    gains: tuple[float, ...]
    """v per u, rad (no unit with soft_relu). u counts unit currents at the laser power of the shot: where there is less
    light, amplifiers are turned up."""
    biases_rad: tuple[float, ...]
    """v where no current flows (no unit with soft_relu)."""
    swing_rad: float = SWING_RAD
    knee: float = KNEE

    def __post_init__(self) -> None:
        if not len(self.activations) == len(self.gains) == len(self.biases_rad):
            counts = f"{len(self.activations)}, {len(self.gains)}, {len(self.biases_rad)}"
            raise ValueError(f"electronics: found {counts} activations, gains, biases, expected one of each per layer")
        for index, name in enumerate(self.activations):
            if name not in CROSSBAR_ACTIVATIONS:
                expected = " or ".join(CROSSBAR_ACTIVATIONS)
                raise ValueError(f"electronics, layer {index + 1}: found the activation {name!r}, expected {expected}")
        values = (*self.gains, *self.biases_rad, self.swing_rad, self.knee)
        if not np.all(np.isfinite(values)) or min(self.swing_rad, self.knee) <= 0:
            raise ValueError(f"electronics: found {values}, expected finite numbers, swing and knee above 0")

    def light(self, layer: int, v: Any, xp: Any = np) -> Any:
        """f(v) of a layer (0 is the first), elementwise; with xp=jax.numpy it traces and differentiates."""
        if self.activations[layer] == "modulator":
            return 0.5 + 0.5 * xp.sin(xp.clip(v, -self.swing_rad, self.swing_rad))
        bent = (xp.logaddexp(0.0, self.knee * v) - xp.logaddexp(0.0, self.knee * (v - 1.0))) / self.knee
        dark, bright = self.reach(layer)
        return bent if (dark, bright) == (0.0, 1.0) else xp.clip(bent, dark, bright)

    def formula(self, layer: int) -> str:
        """f(v) of a layer in words that a person can follow without this file."""
        swing, k = f"{self.swing_rad:.6g}", f"{self.knee:g}"
        if self.activations[layer] == "modulator":
            return f"0.5 + 0.5 * sin(min(max(v, -{swing}), {swing}))"
        bent = f"(log(1 + exp({k} * v)) - log(1 + exp({k} * (v - 1)))) / {k}"
        dark, bright = self.reach(layer)
        return bent if (dark, bright) == (0.0, 1.0) else f"min(max({bent}, {dark:.6g}), {bright:.6g})"

    def drive(self, layer: int, x: np.ndarray) -> np.ndarray:
        """v that brings light x (0 … 1), where f rises: the inverse of `light`."""
        if self.activations[layer] == "modulator":
            return np.arcsin(2.0 * np.clip(x, 0.0, 1.0) - 1.0)
        a = np.expm1(self.knee * np.clip(x, 1e-9, 1.0 - 1e-9))
        return np.log(a / (1.0 - (a + 1.0) * np.exp(-self.knee))) / self.knee

    def reach(self, layer: int) -> tuple[float, float]:
        """Least and most light of a layer's modulators with all the drive that the amplifiers have."""
        return (
            (0.0, 1.0) if self.swing_rad >= pi / 2 else ((1 - sin(self.swing_rad)) / 2, (1 + sin(self.swing_rad)) / 2)
        )


LEAST_SPAN = 0.25
"""Share of a modulator's light that a hidden neuron must be able to go through (assumed: with less, noise and read-out
take as much of it as the signal does)."""
SLACK = 0.005
"""How far a wanted output may lie out of reach: what a modulator of 23 dB extinction passes at its darkest."""


def require_reach(electronics: Electronics, columns: tuple[int, ...], wanted: tuple[float, float]) -> None:
    """SpecError where a modulator cannot do what the data ask for, even with all weights of its neuron at 1.

    `columns`: of each layer's forward bank, bias light included: its largest row current in unit currents. `wanted`:
    least and largest of the outputs that are trained for, 0 … 1 with all modulators wide open.
    """
    last, least, largest = len(columns) - 1, *wanted
    for layer, count in enumerate(columns):
        gain, bias = electronics.gains[layer], electronics.biases_rad[layer]
        reached = electronics.light(layer, bias + gain * np.linspace(-count, count, 4001))
        low, high = float(reached.min()), float(reached.max())
        key = ("network", "layers", layer, "activation")
        how = f"with gain {gain:g}, bias {bias:g}, swing {electronics.swing_rad:g} rad"
        found = f"{electronics.activations[layer]} whose modulator goes from {low:.3g} to {high:.3g} {how}"
        if layer == last and not (low - SLACK <= least and largest <= high + SLACK):
            expected = f"one that reaches the data's {least:g} to {largest:g}"
            raise SpecError(key, found, expected, "raise its gain or swing, or scale the data")
        if layer < last and high - low < LEAST_SPAN:
            raise SpecError(key, found, f"a span of {LEAST_SPAN:g} at least", "raise its gain or swing")


def unit_ma(bank: BankTable, responsivity_a_per_w: float, laser_mw: float) -> float:
    """Photocurrent of one weight of 1 whose column carries power 1: the mean over a bank."""
    return float(bank.weight.mean()) * responsivity_a_per_w * laser_mw

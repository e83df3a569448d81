"""Activations: what the electronics between two layers make of a photocurrent.

    photodiode ─ amplifier ─ f(p) ─ input modulator of the next layer, on fresh light

p is the power of an output, x = f(p) the amplitude ordered from the modulator, both in the units of `chips.bench`. What
the modulator really sends out and its slope are measured (`chips.gradients.passes`), never taken from here: `apply` is
what the electronics are set to. Every f keeps x ≥ 0.1 and its slope bounded, since the gradient divides by x.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Activation:
    """A named activation."""

    name: str
    apply: Callable[..., Any]
    """apply(p, xp=numpy) → x, elementwise; with xp=jax.numpy it traces and differentiates."""
    x_max: float
    """Largest amplitude that the modulators must reach; larger orders are clipped."""
    formula: str
    """f(p) in words that a person can follow without this file."""


SQRT_FLOOR = 0.02
MODULATOR_BIAS_RAD, MODULATOR_SLOPE_RAD = 0.15, 2.0
RELU_KNEE, RELU_SHARPNESS, RELU_FLOOR = 0.2, 8.0, 0.1
MICRODISK_BIAS, MICRODISK_SLOPE = 0.2, 2.0
"""Detuning of the disk from the laser in half widths of its resonance: in the dark, and per unit of p (assumed: a part
of 1 moves it by its width, as the others bend; not on resonance in the dark, where the slope would be 0)."""
MICRODISK_FLOOR = 0.01
"""Power that passes on resonance (assumed: 20 dB, a disk near critical coupling; amplitude 0.1 as the others keep)."""


def _sqrt(p: Any, xp: Any = np) -> Any:
    """√(p + 0.02): nearly the modulus of the field. The floor bounds its slope by 3.5."""
    return xp.sqrt(xp.maximum(p, 0.0) + SQRT_FLOOR)


def _modulator(p: Any, xp: Any = np) -> Any:
    """sin(0.15 + 2p), up to its crest: a biased push-pull modulator driven by the amplified photocurrent."""
    return xp.sin(xp.clip(MODULATOR_BIAS_RAD + MODULATOR_SLOPE_RAD * p, MODULATOR_BIAS_RAD, pi / 2))


def _soft_relu(p: Any, xp: Any = np) -> Any:
    """0.1 + softplus: dark below the knee at 0.2, then straight; slope at most 1."""
    return RELU_FLOOR + xp.logaddexp(0.0, RELU_SHARPNESS * (p - RELU_KNEE)) / RELU_SHARPNESS


def microdisk_power(detuning: Any) -> Any:
    """Power past a micro-disk that its drive has detuned by so many half widths: 1 less a Lorentzian.

    All-pass resonator: Bogaerts et al., Laser Photonics Rev. 6, 47 (2012), doi:10.1002/lpor.201100017. As an activation
    with a gradient of its own: Ashtiani, Idjadi 2023, arXiv:2307.10179.
    """
    return 1 - (1 - MICRODISK_FLOOR) / (1 + detuning**2)


def _microdisk(p: Any, xp: Any = np) -> Any:
    """Amplitude past a micro-disk modulator that the photocurrent drives off the laser's wavelength; slope under 2."""
    return xp.sqrt(microdisk_power(MICRODISK_BIAS + MICRODISK_SLOPE * xp.maximum(p, 0.0)))


ACTIVATIONS = {
    "sqrt": Activation("sqrt", _sqrt, 2.0, f"sqrt(max(p, 0) + {SQRT_FLOOR:g})"),
    "modulator": Activation(
        "modulator",
        _modulator,
        1.0,
        f"sin(min(max({MODULATOR_BIAS_RAD:g} + {MODULATOR_SLOPE_RAD:g} * p, {MODULATOR_BIAS_RAD:g}), pi / 2))",
    ),
    "soft_relu": Activation(
        "soft_relu",
        _soft_relu,
        2.0,
        f"{RELU_FLOOR:g} + log(1 + exp({RELU_SHARPNESS:g} * (p - {RELU_KNEE:g}))) / {RELU_SHARPNESS:g}",
    ),
    "microdisk": Activation(
        "microdisk",
        _microdisk,
        1.0,
        f"sqrt(1 - {1 - MICRODISK_FLOOR:g} / (1 + ({MICRODISK_BIAS:g} + {MICRODISK_SLOPE:g} * max(p, 0))**2))",
    ),
}
"""By the name that a spec gives; the same names as `compiler.network.ACTIVATIONS`."""

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


SQRT_FLOOR = 0.02
MODULATOR_BIAS_RAD, MODULATOR_SLOPE_RAD = 0.15, 2.0
RELU_KNEE, RELU_SHARPNESS, RELU_FLOOR = 0.2, 8.0, 0.1


def _sqrt(p: Any, xp: Any = np) -> Any:
    """√(p + 0.02): nearly the modulus of the field. The floor bounds its slope by 3.5."""
    return xp.sqrt(xp.maximum(p, 0.0) + SQRT_FLOOR)


def _modulator(p: Any, xp: Any = np) -> Any:
    """sin(0.15 + 2p), up to its crest: a biased push-pull modulator driven by the amplified photocurrent."""
    return xp.sin(xp.clip(MODULATOR_BIAS_RAD + MODULATOR_SLOPE_RAD * p, MODULATOR_BIAS_RAD, pi / 2))


def _soft_relu(p: Any, xp: Any = np) -> Any:
    """0.1 + softplus: dark below the knee at 0.2, then straight; slope at most 1."""
    return RELU_FLOOR + xp.logaddexp(0.0, RELU_SHARPNESS * (p - RELU_KNEE)) / RELU_SHARPNESS


ACTIVATIONS = {
    "sqrt": Activation("sqrt", _sqrt, x_max=2.0),
    "modulator": Activation("modulator", _modulator, x_max=1.0),
    "soft_relu": Activation("soft_relu", _soft_relu, x_max=2.0),
}
"""By the name that a spec gives; the same names as `compiler.network.ACTIVATIONS`."""

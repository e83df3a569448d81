"""What every peer's module gives to `run.py`: one piece of work with its measure of honesty.

The training step is the same for all: 3 layers, each a mesh of N x N ports, powers detected at its outputs, and where
the library is a tensor library the field of the next layer is sqrt(power + 0.02). The loss is the mean squared error of
the last powers. Inputs are amplitudes in 0..1, drawn with a fixed seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

LAYERS = 3
LEARNING_RATE = 1e-3
OFFSET = 0.02
"""Added to a power before its root is taken, so that the slope is bounded: as the project's own activation."""
SETS = 8
"""Sets of phases that forward work cycles through, so that each call has others than the call before."""


@dataclass(frozen=True)
class Work:
    """One thing to be timed."""

    run: Callable[[], Any]
    """One call, finished when it returns."""
    parameters: str
    """`phases`, or what stands in their place: `weight matrix`, `U, S, V`."""
    dtype: str
    """As the library chooses."""
    what: str
    """What one call does, in words."""
    packages: tuple[str, ...]
    """Distributions whose versions are told."""
    gradient_error: Callable[[], float] | None = None
    """Relative error of the library's gradient in one phase against a finite difference."""
    matrix_error: Callable[[], float] | None = None
    """Largest entry of (matrix of the phases found − matrix asked for)."""


def batch(ports: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, (size, ports) each: amplitudes, and powers of the same total as the inputs."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (size, ports))
    y = rng.uniform(0, 1, (size, ports))
    return x, y * (x**2).sum(1, keepdims=True) / y.sum(1, keepdims=True)


def random_phases(shape: tuple[int, ...], seed: int = 1) -> np.ndarray:
    """Phases in 0..2π, radians."""
    return np.random.default_rng(seed).uniform(0, 2 * np.pi, shape)


def random_unitary(ports: int) -> np.ndarray:
    """A Haar random unitary (ports, ports): QR of a Gaussian matrix, phases of R's diagonal put right."""
    rng = np.random.default_rng(2)
    q, r = np.linalg.qr(rng.normal(size=(ports, ports)) + 1j * rng.normal(size=(ports, ports)))
    return q * (np.diag(r) / abs(np.diag(r)))


def relative_error(found: float, up: float, down: float, step: float) -> float:
    """Of a gradient against the symmetric difference of two losses at ± step."""
    expected = (up - down) / (2 * step)
    return abs(found - expected) / max(abs(expected), 1e-30)

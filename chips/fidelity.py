"""How near a measured gradient is to the true one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fidelity:
    """Of all layers together, and of each."""

    cosine: float
    relative_error: float
    """|measured − true| / |true|."""
    layer_cosines: tuple[float, ...]


def fidelity(measured: Sequence[np.ndarray], true: Sequence[np.ndarray]) -> Fidelity:
    """Compare two gradients, each a (P,) array for every layer. ValueError where their shapes differ."""
    shapes = [a.shape for a in measured], [a.shape for a in true]
    if shapes[0] != shapes[1]:
        raise ValueError(f"found gradients of shapes {shapes[0]} and {shapes[1]}, expected equal ones")
    m, t = np.concatenate(measured), np.concatenate(true)
    return Fidelity(
        _cosine(m, t),
        float(np.linalg.norm(m - t) / np.linalg.norm(t)),
        tuple(_cosine(a, b) for a, b in zip(measured, true, strict=True)),
    )


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

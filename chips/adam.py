"""Adam on the float registers behind the shifters' converter, all layers as one vector; its rate falls by a cosine."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

FINAL_RATE = 0.1
"""Rate at the end of a run, relative to its start (assumed: steps below a DAC code average out over batches)."""


@dataclass(frozen=True, eq=False)
class Moments:
    """What Adam remembers. P counts the shifters of all layers."""

    mean: np.ndarray
    """(P) running mean of the gradient."""
    square: np.ndarray
    """(P) running mean of its square."""
    steps: int

    @staticmethod
    def zero(size: int) -> "Moments":
        """Before the first step."""
        return Moments(np.zeros(size), np.zeros(size), 0)


def rate_rad(start_rad: float, step: int, total: int) -> float:
    """Learning rate of step `step` (from 0) out of `total`, in rad."""
    falling = 0.5 * (1 + np.cos(np.pi * min(step / max(total, 1), 1.0)))
    return start_rad * float(FINAL_RATE + (1 - FINAL_RATE) * falling)


def adam(gradient: np.ndarray, moments: Moments) -> tuple[np.ndarray, Moments]:
    """Direction to move in, (P), for a rate of 1, and the moments after it."""
    direction, (count, mean, square) = _update()(gradient, (moments.steps, moments.mean, moments.square))
    return -np.asarray(direction), Moments(np.asarray(mean), np.asarray(square), int(count))


@cache
def _update() -> Any:
    import jax
    import optax

    from pdk.light import jnp

    transform = optax.scale_by_adam()

    def update(gradient: Any, state: Any) -> Any:
        count, mean, square = state
        before = optax.ScaleByAdamState(count=jnp.asarray(count, dtype=jnp.int32), mu=mean, nu=square)
        direction, after = transform.update(gradient, before)
        return direction, (after.count, after.mu, after.nu)  # pyright: ignore[reportAttributeAccessIssue]

    return jax.jit(update)

"""The last layer's read-out, formed in edge electronics: powers → class logits → loss, and dL/dp.

    class c sums the ports i with i mod classes == c;  logit = gain × that sum

The same formulas serve judges: pass `xp=jax.numpy` and they trace and differentiate.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Readout:
    """What is made of the powers p (B, N) of the last layer's outputs. ValueError for fewer ports than classes."""

    ports: int
    classes: int
    gain: float
    loss: Literal["cross_entropy", "mse"] = "cross_entropy"

    def __post_init__(self) -> None:
        if not 2 <= self.classes <= self.ports:
            raise ValueError(f"found {self.classes} classes, expected 2 to {self.ports}, the ports of the last layer")

    @property
    def membership(self) -> np.ndarray:
        """(N, classes) 1 where a port counts for a class."""
        return (np.arange(self.ports)[:, None] % self.classes == np.arange(self.classes)).astype(float)

    def logits(self, p: Any) -> Any:
        """(B, classes)."""
        return self.gain * (p @ self.membership)

    def losses(self, p: Any, labels: Any, xp: Any = np) -> Any:
        """(B) loss of each sample; mse is the mean over classes of (logit − one-hot)²."""
        logits, target = self.logits(p), xp.eye(self.classes)[labels]
        if self.loss == "mse":
            return xp.mean((logits - target) ** 2, axis=1)
        top = xp.max(logits, axis=1, keepdims=True)
        return xp.log(xp.sum(xp.exp(logits - top), axis=1)) + top[:, 0] - xp.sum(logits * target, axis=1)

    def delta(self, p: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """(B, N) dL/dp of each sample's own loss."""
        logits, target = self.logits(p), np.eye(self.classes)[labels]
        if self.loss == "mse":
            slope = 2 * (logits - target) / self.classes
        else:
            power = np.exp(logits - logits.max(axis=1, keepdims=True))
            slope = power / power.sum(axis=1, keepdims=True) - target
        return self.gain * slope @ self.membership.T

    def predict(self, p: np.ndarray) -> np.ndarray:
        """(B) int, the class with the largest logit."""
        return np.argmax(self.logits(p), axis=1)

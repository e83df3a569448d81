"""Chips compared in pairs: the same chip trained or loaded one way and another, and how sure the difference is.

A chip that is hard to train is hard for every way, so differences chip by chip vary less than means of different chips.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean over chips with its confidence interval."""

    mean: float
    low: float
    high: float
    count: int
    """Number of chips."""

    def __str__(self) -> str:
        return f"{self.mean:.1f} ({self.low:.1f} … {self.high:.1f}, {self.count} chips)"


def interval(values: Sequence[float] | np.ndarray, confidence: float = CONFIDENCE) -> Interval:
    """Mean and two-sided interval of Student's t for values (n,), one for each chip; ValueError for fewer than two."""
    from scipy import stats

    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or len(array) < 2:
        raise ValueError(f"interval: found values of shape {array.shape}, expected one for each of at least 2 chips")
    middle = float(array.mean())
    reach = float(stats.t.ppf(0.5 + confidence / 2, len(array) - 1) * array.std(ddof=1) / np.sqrt(len(array)))
    return Interval(middle, middle - reach, middle + reach, len(array))


def paired(
    one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray, confidence: float = CONFIDENCE
) -> Interval:
    """The same for one − other, chip by chip. ValueError where they are not of the same chips."""
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if first.shape != second.shape:
        raise ValueError(f"paired: found {first.shape} and {second.shape} values, expected one pair for each chip")
    return interval(first - second, confidence)

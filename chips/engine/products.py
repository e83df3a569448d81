"""Products along many ways at once, in as many rounds as the longest way has binary digits.

    ways   a b c d e      round 1: ab cd e      round 2: abcd e      round 3: abcde

Each round multiplies neighbours; equal pairs are multiplied once for all ways that have them, so that a chip of many
equal devices costs a few products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Products:
    """How to multiply. `rounds` index the values so far: factors given first, then the results of earlier rounds."""

    rounds: tuple[tuple[np.ndarray, np.ndarray], ...]
    result: np.ndarray
    """(C) where the product of each way is found."""

    def extend(self, values: Any, xp: Any) -> Any:
        """`values` (…, E) and behind them all products; that of way c is at `result[c]`."""
        for left, right in self.rounds:
            values = xp.concatenate([values, values[..., left] * values[..., right]], axis=-1)
        return values


def plan_products(factors: np.ndarray, lengths: Sequence[int] | np.ndarray, given: int) -> Products:
    """Plan for C ways of so many factors each, one behind the other in `factors`; no way is empty.

    `given`: number E of values that factors are places in.
    """
    lengths = np.asarray(lengths, dtype=np.int64)
    factors = np.asarray(factors, dtype=np.int64)
    rounds: list[tuple[np.ndarray, np.ndarray]] = []
    while lengths.size and lengths.max() > 1:
        place = np.arange(factors.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        is_left = (place % 2 == 0) & (place + 1 < np.repeat(lengths, lengths))
        left = np.flatnonzero(is_left)
        pairs, where = np.unique(factors[left] * given + factors[left + 1], return_inverse=True)
        rounds.append((pairs // given, pairs % given))
        kept = place % 2 == 0
        factors = factors.copy()
        factors[left] = given + where
        factors = factors[kept]
        lengths = (lengths + 1) // 2
        given += pairs.size
    return Products(tuple(rounds), factors)

"""What the engine runs: rows of light, and the order in which pairs of them meet.

Every circuit without loops becomes one list of *meetings*. Before a meeting the light of both rows passes its way
(waveguides, phase shifters); the 2x2 block takes both rows and puts its two outputs where they were:

    row a ──[ way · e^{iΣφ} ]──╲         ╱── block[0, 0]·a + block[0, 1]·b
                                [ 2x2 ]
    row b ──[ way · e^{iΣφ} ]──╱         ╲── block[1, 0]·a + block[1, 1]·b

One meeting may hold K such blocks in a row, where the same two rows meet again and nobody looks between them (the two
couplers of an MZI). A *read* sees one row after so many meetings, over a way of its own. A 1x2 splitter is a meeting
with a dark row; a block of n inputs and m outputs is n·m meetings with rows that start dark.
"""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from jax import Array


@dataclass(frozen=True, eq=False)
class Schedule:
    """N inputs, R rows, P meetings, T reads. Rows that no input enters start dark. All arrays are int32.

    Equal where everything in it is, so that what is compiled for one layer serves all layers like it.
    """

    rows: int
    input_row: np.ndarray
    """(N) the row that each input enters; all different."""
    pair: np.ndarray
    """(2, P) rows a and b of each meeting, in an order that light may take."""
    level: np.ndarray
    """(P) from 0, never falling; meetings of one level touch different rows."""
    read_row: np.ndarray
    """(T)"""
    read_after: np.ndarray
    """(T) how many meetings (0 … P, in the order of `pair`) have happened when the row is read."""
    way_slot: np.ndarray
    """(S, K, 2, P) phases (places in the vector of phases) that turn the light on each way; −1 for none."""
    read_slot: np.ndarray
    """(S, T) the same on the ways to the reads."""

    def __post_init__(self) -> None:
        meetings, reads = self.pair.shape[-1], len(self.read_row)
        shapes = self.pair.shape, self.way_slot.shape[2:], self.read_slot.shape[1:], self.level.shape
        if shapes != ((2, meetings), (2, meetings), (reads,), (meetings,)) or self.read_after.shape != (reads,):
            raise ValueError(
                f"schedule: found arrays that do not fit each other, of {meetings} meetings, {reads} reads"
            )
        rows = np.concatenate([self.input_row, self.pair.ravel(), self.read_row])
        if rows.size and not 0 <= rows.min() <= rows.max() < self.rows:
            raise ValueError(f"schedule: found rows {rows.min()} to {rows.max()}, expected 0 to {self.rows - 1}")
        if reads and not 0 <= self.read_after.min() <= self.read_after.max() <= meetings:
            raise ValueError(f"schedule: found a read after {self.read_after.max()} meetings, expected 0 to {meetings}")

    @cached_property
    def _content(self) -> tuple[object, ...]:
        arrays = (getattr(self, one.name) for one in fields(self) if one.name != "rows")
        return self.rows, *((a.shape, a.tobytes()) for a in arrays)

    @cached_property
    def _hash(self) -> int:
        return hash(self._content)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Schedule) and self._content == other._content)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Last axes of each of the coefficients."""
        blocks, meetings = self.way_slot.shape[1], self.pair.shape[1]
        return {"block": (blocks, 2, 2, meetings), "way": (blocks, 2, meetings), "read": (len(self.read_row),)}

    @property
    def phases(self) -> int:
        """How many phases the slots name."""
        return 1 + int(max(self.way_slot.max(initial=-1), self.read_slot.max(initial=-1)))


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Complex amplitudes of a schedule with every phase at zero; leading axes (wavelengths, chips) broadcast."""

    block: Array
    """(…, K, 2, 2, P) of meeting p: block[k, out, in, p]; light passes k = 0 first; 1 where a meeting has fewer."""
    way: Array
    """(…, K, 2, P) into each block: way[k, in, p]."""
    read: Array
    """(…, T) from the row to what is read."""

"""How the chips of each architecture are drawn and trained: the one place that a new architecture is entered.

A trainer splits a study into tasks of a fixed number of chips, whatever the number of workers, so that the numbers do
not depend on who computes them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backlight.yields import crossbar, mesh
from backlight.yields.records import Records
from backlight.yields.study import Study


@dataclass(frozen=True)
class Trainer:
    """What a task does."""

    chips_per_task: int
    """Chips that are trained by one call; a power of two or one, and never changed without a new `study.SCHEMA`."""
    prepare: Callable[[Study], Any]
    """What all tasks of a study share; done once in each worker."""
    train: Callable[[Any, Sequence[int]], Records]
    """Draws one chip for each seed and trains it. A chip's record depends on nothing but the study and its own seed
    and, at most, on the other seeds of the task."""


TRAINERS: dict[str, Trainer] = {
    "mesh": Trainer(chips_per_task=1, prepare=mesh.prepare, train=mesh.train),
    "crossbar": Trainer(chips_per_task=4, prepare=crossbar.prepare, train=crossbar.train),
}
"""By `design.chip.architecture`."""

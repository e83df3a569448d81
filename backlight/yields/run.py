"""A study from the first chip to the last: what is in the store is not computed again, what is computed goes there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from backlight.yields.records import Records, joined
from backlight.yields.store import Store
from backlight.yields.study import Study, pack
from backlight.yields.trainers import TRAINERS

Tasks = Mapping[int, tuple[int, ...]]
"""Number of a task's first chip to the seeds of all its chips."""
Compute = Callable[[bytes, Tasks], AbstractContextManager[Iterator[tuple[int, Records]]]]
"""Computes tasks of a packed study, in any order, as `cluster.on_workers` does."""


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a study is."""

    chips: int
    """Finished."""
    parts: dict[int, Records]
    """Records of every finished task by the number of its first chip."""


def tasks_of(study: Study, chips: int) -> dict[int, tuple[int, ...]]:
    """All tasks of a study of some chips."""
    size = TRAINERS[study.design.chip.architecture].chips_per_task
    return {first: study.seeds(first, min(size, chips - first)) for first in range(0, chips, size)}


def run(
    study: Study, chips: int, store: Store, compute: Compute, on_chips: Callable[[Progress], None] = lambda _: None
) -> Records:
    """Records of chips 0 … `chips` − 1, in that order. `on_chips` hears of what the store holds, and of every task."""
    tasks = tasks_of(study, chips)
    parts = {first: kept for first, seeds in tasks.items() if (kept := store.kept(first, seeds)) is not None}
    on_chips(_progress(parts))
    missing = {first: seeds for first, seeds in tasks.items() if first not in parts}
    if missing:
        with compute(pack(study), missing) as finished:
            for first, records in finished:
                store.keep(first, records)
                parts[first] = records
                on_chips(_progress(parts))
    return joined([parts[first] for first in tasks])


def _progress(parts: dict[int, Records]) -> Progress:
    return Progress(sum(len(part["seed"]) for part in parts.values()), dict(parts))

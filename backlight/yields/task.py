"""What runs on a worker: some chips of a study, from the study as bytes to their records.

One at a time in each process, whatever the threads of a worker: a chip's training holds its libraries to one thread.
"""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from backlight.yields.records import Records, checked
from backlight.yields.study import unpack
from backlight.yields.trainers import TRAINERS, Trainer

_ONE_AT_A_TIME = Lock()


def train_chips(packed: bytes, seeds: Sequence[int]) -> Records:
    """Draw one chip for each seed, train it, and say how it did: a pure function, the same on every worker."""
    with _ONE_AT_A_TIME:
        trainer, lesson = _prepared(packed)
        records = {name: np.asarray(array) for name, array in trainer.train(lesson, seeds).items()}
    return checked(records, seeds)


@lru_cache(maxsize=1)
def _prepared(packed: bytes) -> tuple[Trainer, Any]:
    """A study's trainer and what its tasks share, kept for the tasks that come after."""
    study = unpack(packed)
    trainer = TRAINERS[study.design.chip.architecture]
    return trainer, trainer.prepare(study)

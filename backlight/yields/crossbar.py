"""Chips of crossbars: those of a task are drawn, calibrated and trained side by side, each from several starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backlight.crossbar_lesson import CrossbarLesson, best, crossbar_config, learn, light_of, prepare_crossbar
from backlight.yields.records import Records, joined
from backlight.yields.study import Study
from chips.data import Dataset
from pdk import registry


@dataclass(frozen=True, eq=False)
class Course:
    """A lesson that many chips take."""

    lesson: CrossbarLesson
    fresh: Dataset | None
    """Split anew for every chip; None where all have the lesson's own split."""

    def lesson_of(self, seed: int) -> CrossbarLesson:
        """What the chip of a seed is to learn."""
        if self.fresh is None:
            return self.lesson
        data = light_of(self.lesson.design, self.fresh, seed)
        return replace(self.lesson, data=data, config=replace(self.lesson.config, seed=seed))


def prepare(study: Study) -> Course:
    """Tables and data, the same for every chip."""
    lesson = prepare_crossbar(
        study.design,
        study.netlist,
        registry.get(study.design.chip.pdk),
        dataset=study.dataset,
        imperfections=study.imperfections,
        config=replace(crossbar_config(study.design), epochs=study.epochs, seed=study.seed),
        thermal=study.thermal,
        places=study.places,
    )
    return Course(lesson, study.dataset if study.fresh_data else None)


def train(course: Course, seeds: Sequence[int]) -> Records:
    """Records of the chips that some seeds draw."""
    if course.fresh is None:
        return _train(course.lesson, seeds)
    return joined([_train(course.lesson_of(seed), [seed]) for seed in seeds])


def _train(lesson: CrossbarLesson, seeds: Sequence[int]) -> Records:
    result = learn(lesson, lesson.twin(seeds))
    kept = best(lesson, result.train.loss)
    state, history = result.state, result.state.history
    return {
        "seed": np.array(seeds),
        "test_accuracy": result.test.accuracy[kept],
        "train_accuracy": result.train.accuracy[kept],
        "shots": np.full(len(seeds), lesson.starts * state.shots),
        "calibration_shots": np.full(len(seeds), lesson.starts * state.calibration.shots),
        "loss": _over_epochs([epoch.loss[kept] for epoch in history], len(seeds)),
        "epoch_test_accuracy": _over_epochs([epoch.test_accuracy[kept] for epoch in history], len(seeds)),
    }


def _over_epochs(values: list[np.ndarray], chips: int) -> np.ndarray:
    """(chips, epochs), for the start of each chip that is kept."""
    return np.stack(values, axis=1) if values else np.empty((chips, 0))

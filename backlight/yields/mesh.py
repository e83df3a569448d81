"""Chips of meshes: each is drawn, calibrated and trained by itself, as `backlight train` does it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backlight.learning import Lesson, learn, prepare_lesson, split_of
from backlight.yields.records import Records, joined
from backlight.yields.study import Study
from chips.data import Dataset
from chips.train import TrainConfig
from pdk import registry


@dataclass(frozen=True, eq=False)
class Course:
    """A lesson that many chips take."""

    lesson: Lesson
    fresh: Dataset | None
    """Split anew for every chip; None where all have the lesson's own split."""

    def lesson_of(self, seed: int) -> Lesson:
        """What the chip of a seed is to learn."""
        if self.fresh is None:
            return self.lesson
        split = split_of(self.lesson.design, self.fresh, seed)
        return replace(self.lesson, split=split, config=replace(self.lesson.config, seed=seed))


def prepare(study: Study) -> Course:
    """Tables and data, the same for every chip."""
    lesson = prepare_lesson(
        study.design,
        study.netlist,
        registry.get(study.design.chip.pdk),
        dataset=study.dataset,
        imperfections=study.imperfections,
        config=replace(TrainConfig.of(study.design), epochs=study.epochs, seed=study.seed),
        thermal=study.thermal,
        places=study.places,
    )
    return Course(lesson, study.dataset if study.fresh_data else None)


def train(course: Course, seeds: Sequence[int]) -> Records:
    """Records of the chips that some seeds draw."""
    return joined([_train_one(course.lesson_of(seed), seed) for seed in seeds])


def _train_one(lesson: Lesson, seed: int) -> Records:
    result = learn(lesson, lesson.twin(seed))
    return {
        "seed": np.array([seed]),
        "test_accuracy": np.array([result.test_accuracy]),
        "train_accuracy": np.array([result.train_accuracy]),
        "shots": np.array([result.state.shots]),
        "calibration_shots": np.array([result.state.calibration.shots]),
        "loss": np.array([[epoch.loss for epoch in result.history]]),
        "epoch_test_accuracy": np.array([[epoch.test_accuracy for epoch in result.history]]),
    }

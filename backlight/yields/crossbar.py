"""Chips of crossbars: those of one task are drawn, swept and trained side by side, every start of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backlight.crossbar_lesson import CrossbarLesson, best, crossbar_config, learn, light_of, prepare_crossbar
from backlight.yields.records import Records
from backlight.yields.study import Study
from chips.crossbar.points import stack
from chips.data import Dataset
from pdk import registry


@dataclass(frozen=True, eq=False)
class Course:
    """A lesson that many chips take."""

    lesson: CrossbarLesson
    fresh: Dataset | None
    """Split anew for every chip; None where all have the lesson's own split."""


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
    )
    return Course(lesson, study.dataset if study.fresh_data else None)


def train(course: Course, seeds: Sequence[int]) -> Records:
    """Records of the chips that some seeds draw."""
    lesson = course.lesson
    if course.fresh is not None:
        each = [light_of(lesson.design, course.fresh, seed) for seed in seeds for _ in range(lesson.starts)]
        lesson = replace(lesson, data=stack(each))
    result = learn(lesson, lesson.twin(seeds))
    kept = best(lesson, result.train.loss)
    history = result.state.history
    shots = lesson.starts * result.state.shots
    return {
        "seed": np.array(seeds),
        "test_accuracy": result.test.accuracy[kept],
        "train_accuracy": result.train.accuracy[kept],
        "shots": np.full(len(kept), shots),
        "calibration_shots": np.full(len(kept), lesson.starts * result.state.calibration.shots),
        "loss": np.stack([epoch.loss[kept] for epoch in history], axis=1),
        "epoch_test_accuracy": np.stack([epoch.test_accuracy[kept] for epoch in history], axis=1),
    }

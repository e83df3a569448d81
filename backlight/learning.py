"""What training needs, put together: data, a digital twin of the extracted circuit, the trainer, and a judge.

The trainer sees a `Chip` and nominal tables. The judge, which compares its gradient with the true one, looks into the
twin; it works on a second twin of the same chip, so that judging leaves no trace in a run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chips import fidelity, truth
from chips.bench import Bench, Calibration
from chips.data import Dataset, Split, load, prepare
from chips.gradients import echo, parameter_shift, three_pass
from chips.gradients.passes import Measure
from chips.train import TrainConfig, TrainResult, TrainState, make_bench, train
from chips.twin import Twin
from chips.variation import Imperfections
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.network import Design
from compiler.places import Places
from compiler.tables import Tables
from compiler.tables import tables as make_tables
from pdk.contract import Pdk
from pdk.finding import Finding
from pdk.light import jnp

MEASURES: dict[str, Measure] = {
    "echo": echo.gradient,
    "parameter_shift": parameter_shift.gradient,
    "three_pass": three_pass.gradient,
}
JUDGED = 64
"""Training samples that the judge compares gradients on."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """One chip and what it is to learn."""

    design: Design
    netlist: Netlist
    pdk: Pdk
    tables: Tables
    split: Split
    config: TrainConfig
    imperfections: Imperfections
    gradient: str
    thermal: ThermalTable | None
    """The layout's thermal neighbours; None for a netlist alone, whose heaters then warm nothing but themselves."""
    places: Places | None = None
    """Where the layout puts devices; None: no two have anything in common."""

    def twin(self, seed: int | None = None) -> Twin:
        """The chip that a seed draws; the run's own seed if none is given."""
        seed = self.config.seed if seed is None else seed
        places = self.places
        return Twin(self.netlist, self.pdk, self.imperfections, seed, thermal=self.thermal, places=places)

    def bench(self, twin: Twin, calibration: Calibration) -> Bench:
        """A twin with the trainer's units and one calibration."""
        return make_bench(twin, self.tables, self.design, self.split, self.config).calibrated(calibration)


def prepare_lesson(
    design: Design,
    netlist: Netlist,
    pdk: Pdk,
    *,
    base_dir: Path = Path(),
    dataset: Dataset | None = None,
    imperfections: Imperfections,
    gradient: str = "echo",
    config: TrainConfig | None = None,
    thermal: ThermalTable | None = None,
    places: Places | None = None,
) -> Lesson:
    """Everything that training needs; DataError where the data do not fit the design.

    `dataset`: what to learn from, already read; else what the design names is read, a file relative to `base_dir`.
    """
    config = config or TrainConfig.of(design)
    split = split_of(design, dataset or read_data(design, base_dir), config.seed)
    nominal = make_tables(netlist, pdk)
    return Lesson(design, netlist, pdk, nominal, split, config, imperfections, gradient, thermal, places)


def read_data(design: Design, base_dir: Path) -> Dataset:
    """What a design names; a file relative to `base_dir`."""
    return load(design.train.data, base_dir=base_dir, samples=design.train.samples)


def split_of(design: Design, dataset: Dataset, seed: int) -> Split:
    """A data set as the light of a design's first layer, split by a seed; DataError where it does not fit."""
    split = prepare(
        dataset,
        ports=design.ports,
        bias=design.has_bias[0],
        pca=design.train.preprocess_pca,
        inputs=design.network.inputs,
        test_share=design.train.test_share,
        seed=seed,
    )
    split.require_outputs(design.network.layers[-1].outputs)
    return split


def learn(
    lesson: Lesson,
    twin: Twin,
    *,
    calibration: Calibration | None = None,
    resume: TrainState | None = None,
    on_epoch: Callable[[TrainState], None] | None = None,
) -> TrainResult:
    """Train the chip; `on_epoch` is called with the state before the first epoch and after each.

    A calibration that is given is taken as it is; else the chip is calibrated first.
    """
    return train(
        twin,
        lesson.tables,
        lesson.design,
        lesson.split,
        lesson.config,
        measure=MEASURES[lesson.gradient],
        calibration=calibration,
        resume=resume,
        on_epoch=on_epoch,
    )


def judge(lesson: Lesson, phases_rad: tuple[np.ndarray, ...], calibration: Calibration) -> dict[str, float]:
    """Cosine and relative error of the gradient that the chip measures at some phases, against the true one."""
    twin = lesson.twin()
    bench = lesson.bench(twin, calibration)
    x, labels = lesson.split.train_x[:JUDGED], lesson.split.train_y[:JUDGED]
    measured = MEASURES[lesson.gradient](bench, bench.settings(phases_rad), x, labels)
    if isinstance(measured, Finding):
        raise ValueError(str(measured))
    twin.program(bench.settings(phases_rad))
    model = bench.model
    activations = [_activation(model, k) for k in range(len(model.layers) - 1)]
    losses = lambda p: model.readout.losses(p, labels, jnp)  # noqa: E731
    true = truth.gradient(twin, lesson.tables, activations, losses, x, bench.unit_mw)
    found = fidelity.fidelity(measured.phases, true)
    return {"cosine": found.cosine, "relative_error": found.relative_error}


def _activation(model: Any, layer: int) -> Callable[[Any], Any]:
    return lambda powers: model.next_inputs(layer, powers, xp=jnp)

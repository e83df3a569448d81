"""What training a crossbar needs, put together: data as light, twins of the extracted circuit, trainer and judge.

A run trains several starts on one chip, one after another on a real one; in simulation they run side by side on copies
of the twin. That with the least training loss, as measured on the chip, is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from backlight.learning import read_data
from chips import fidelity
from chips.crossbar import truth
from chips.crossbar.bench import Bench
from chips.crossbar.calibration import Calibration, slopes
from chips.crossbar.electronics import Electronics, require_reach
from chips.crossbar.fringes import CrossbarCircuit, crossbar_circuit
from chips.crossbar.lock import match
from chips.crossbar.passes import measure_gradient
from chips.crossbar.points import HIGH, LOW, Lit, light
from chips.crossbar.setpoints import set_points
from chips.crossbar.train import CrossbarResult, TrainConfig, TrainState, train
from chips.crossbar.twin import CrossbarTwin
from chips.data import DataError, Dataset, held_out, standardised
from chips.train import Epoch
from chips.variation import Imperfections
from compiler.crossbar_paths import crossbar_paths
from compiler.crossbar_tables import CrossbarTables, crossbar_tables
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.network import MAX_WIDTH, Design
from compiler.places import Places
from pdk.contract import Pdk
from pdk.light import jnp

STARTS = 3
"""Starts that a run tries: a single one may end in a poor minimum."""
JUDGED = 50
"""Training samples that the judge compares gradients on."""


@dataclass(frozen=True, eq=False)
class CrossbarLesson:
    """One circuit and what chips made of it are to learn."""

    design: Design
    netlist: Netlist
    pdk: Pdk
    tables: CrossbarTables
    data: Lit
    """The same for every start."""
    class_names: tuple[str, ...]
    config: TrainConfig
    imperfections: Imperfections
    thermal: ThermalTable | None = None
    """The layout's thermal neighbours; None for a netlist alone, whose heaters then warm nothing but themselves."""
    places: Places | None = None
    """Where the layout puts devices; None: neighbours have nothing in common."""
    starts: int = STARTS

    @property
    def electronics(self) -> Electronics:
        """What the neurons' amplifiers are set to."""
        return set_points(self.design)

    def twin(self, chips: Sequence[int]) -> CrossbarTwin:
        """The chips that some seeds draw, each `starts` times over: one for each start."""
        return CrossbarTwin(
            self.netlist,
            self.pdk,
            self.imperfections,
            [seed for seed in chips for _ in range(self.starts)],
            electronics=self.electronics,
            thermal=self.thermal,
            places=self.places,
            circuit=self._circuit,
            tables=self.tables,
        )

    def bench(self, twin: CrossbarTwin) -> Bench:
        """Twins with the trainer's units."""
        return Bench(twin, self.tables, len(twin.seeds))

    @cached_property
    def _circuit(self) -> CrossbarCircuit:
        return crossbar_circuit(crossbar_paths(self.netlist, self.pdk), self.netlist, self.pdk)


def prepare_crossbar(
    design: Design,
    netlist: Netlist,
    pdk: Pdk,
    *,
    base_dir: Path = Path(),
    dataset: Dataset | None = None,
    imperfections: Imperfections,
    config: TrainConfig | None = None,
    thermal: ThermalTable | None = None,
    places: Places | None = None,
) -> CrossbarLesson:
    """Everything that training needs; DataError where the data do not fit the design, SpecError where a neuron's
    modulator cannot reach what it is to learn."""
    config = config or crossbar_config(design)
    dataset = dataset or read_data(design, base_dir)
    data = light_of(design, dataset, config.seed)
    tables = crossbar_tables(netlist, pdk)
    columns = tuple(bank.columns for bank in tables.forward)
    require_reach(set_points(design), columns, (LOW, HIGH))
    return CrossbarLesson(
        design, netlist, pdk, tables, data, dataset.class_names, config, imperfections, thermal, places
    )


def crossbar_config(design: Design) -> TrainConfig:
    """What a spec's train section says of a crossbar; it learns in full batches."""
    t = design.train
    return replace(TrainConfig(), epochs=design.epochs, learning_rate_rad=t.learning_rate, seed=t.seed)


def light_of(design: Design, dataset: Dataset, seed: int) -> Lit:
    """A data set as the light of a design's first layer, split by a seed; DataError where it does not fit."""
    outputs, classes = design.network.layers[-1].outputs, len(dataset.class_names)
    if outputs != classes and (outputs, classes) != (1, 2):
        found = f"{outputs} outputs in the last layer for {classes} classes"
        raise DataError(f"found {found}, expected one for each class, or one for two; set outputs: {classes}")
    test = held_out(dataset.labels, design.train.test_share, np.random.default_rng(seed))
    pca, inputs = design.train.preprocess_pca, design.network.inputs
    parts = standardised(dataset, test, room=MAX_WIDTH, pca=pca, inputs=inputs)
    features = np.empty((len(test), inputs))
    features[~test], features[test] = parts
    return light(features, dataset.labels, test, outputs)


def learn(
    lesson: CrossbarLesson,
    twin: CrossbarTwin,
    *,
    resume: TrainState | None = None,
    on_epoch: Callable[[TrainState], None] | None = None,
) -> CrossbarResult:
    """Train every start on every chip of a twin side by side; `best` says which to keep."""
    chips = len(twin.seeds) // lesson.starts
    starts = np.tile(lesson.config.seed * 1009 + np.arange(lesson.starts), chips)
    gains = lesson.electronics.gains
    return train(
        twin,
        lesson.tables,
        gains,
        lesson.data,
        lesson.config,
        runs=len(twin.seeds),
        seeds=starts,
        resume=resume,
        on_epoch=on_epoch,
    )


@dataclass(frozen=True, eq=False)
class Learned:
    """A finished run on one chip: its starts, and which of them is kept."""

    result: CrossbarResult
    kept: int

    @property
    def history(self) -> tuple[Epoch, ...]:
        """One entry for each epoch of the start that is kept."""
        k = self.kept
        return tuple(
            Epoch(
                epoch=e.epoch,
                loss=float(e.loss[k]),
                train_accuracy=float(e.train_accuracy[k]),
                test_accuracy=float(e.test_accuracy[k]),
                shots=e.shots,
                learning_rate_rad=e.learning_rate_rad,
            )
            for e in self.result.state.history
        )

    @property
    def train_accuracy(self) -> float:
        """0 … 1, on the chip."""
        return float(self.result.train.accuracy[self.kept])

    @property
    def test_accuracy(self) -> float:
        """0 … 1, of the held-out samples, on the chip."""
        return float(self.result.test.accuracy[self.kept])


def best(lesson: CrossbarLesson, loss: np.ndarray) -> np.ndarray:
    """(chips) run with the least training loss of each chip's starts, for losses (chips × starts)."""
    by_chip = loss.reshape(-1, lesson.starts)
    return np.argmin(by_chip, axis=1) + lesson.starts * np.arange(len(by_chip))


def judge(
    lesson: CrossbarLesson, chip: int, registers: Mapping[str, np.ndarray], calibration: Calibration
) -> dict[str, float]:
    """Cosine and relative error of the gradient that a chip measures, against the true one.

    `registers`: forward banks (1, rows, columns). Slopes are measured and backward banks matched there as in training.
    The judge works on a twin of its own, so that judging leaves no trace in a run.
    """
    twin = replace(lesson, starts=1).twin([chip])
    bench, config = lesson.bench(twin), lesson.config
    bench.program(registers)
    step, slope = config.slope_step_rad * bench.drive_per_rad, {}
    match(bench, calibration)
    for k, bank in enumerate(bench.forward_banks):
        slope[bank.name], _ = slopes(bench, bank, registers[bank.name], step, (config.seed, k))
    x, wanted = lesson.data.train_x[:1, :JUDGED], lesson.data.train_t[:1, :JUDGED]
    found = measure_gradient(bench, x, wanted, shift_rad=config.replica_shift_rad, gains=lesson.electronics.gains)
    measured = [found.weights[n] / calibration.monitors[n][:, None] * slope[n] for n in registers]

    def loss(outputs: jnp.ndarray) -> jnp.ndarray:
        return 0.5 * jnp.sum((outputs - wanted[:, None]) ** 2, axis=(-1, -2))

    true = truth.gradient(twin, x[0], loss)
    compared = fidelity.fidelity([m.ravel() for m in measured], [true[n].ravel() for n in registers])
    return {"cosine": compared.cosine, "relative_error": compared.relative_error}

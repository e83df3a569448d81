"""In-situ training: gradients measured in the chip's own light, Adam on float registers behind its DAC.

    calibrate ─► start mid-range ─► for every epoch: mini-batches (program, measure, step), then read both parts

The trainer is blind: it has a `Chip`, nominal tables, the network and the data. Deterministic for a seed: the order of
an epoch depends on (seed, epoch) alone, so a run that goes on from a state is the same run, bit for bit. What a
simulated chip needs for that beside the trainer's state (its noise stream) is kept by whoever owns it, in `on_epoch`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from chips.adam import Moments, adam, rate_rad
from chips.bench import Bench, Calibration, Model
from chips.calibrate import calibrate
from chips.chip import Chip
from chips.data import Split
from chips.gradients import echo
from chips.gradients.passes import Measure, forward_pass
from compiler.network import Design
from compiler.tables import Tables
from pdk.finding import Finding

START_SPREAD_RAD = np.pi
"""Half width of the draw about mid-range that training starts from. A whole turn: on a chip whose own phases are random
that changes nothing, and on a nominal one MZIs left at mid-range would all stand near bar."""
X_HEADROOM = 1.25
"""Amplitude that hidden modulators reach beyond what their activation orders, and inputs beyond the training part."""


@dataclass(frozen=True)
class TrainConfig:
    """How to train. Defaults are what reached the digital network's accuracy on every bundled set under real spread."""

    epochs: int = 60
    batch_size: int = 32
    learning_rate_rad: float = 0.05
    """Step of Adam at the start, in rad; it falls to a tenth by a cosine."""
    gain: float = 6.0
    """Logits per unit of summed power."""
    dither: float = 0.1
    seed: int = 0

    @staticmethod
    def of(design: Design, **changes: float) -> "TrainConfig":
        """What a spec's train section says; the rest by default or as given."""
        t = design.train
        said = {"batch_size": t.batch_size, "learning_rate_rad": t.learning_rate, "seed": t.seed}
        said |= {"epochs": design.epochs}
        return TrainConfig(**(said | changes))  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class Epoch:
    """One line of the history."""

    epoch: int
    """1 for the first."""
    loss: float
    """Mean over the epoch's batches, as measured while training."""
    train_accuracy: float
    test_accuracy: float
    """0 … 1, on the chip, after the epoch."""
    shots: int
    """Since the start of the run, calibration included."""
    learning_rate_rad: float


@dataclass(frozen=True, eq=False)
class TrainState:
    """Everything that a run goes on from: what a checkpoint holds."""

    phases_rad: tuple[np.ndarray, ...]
    """Float registers of every layer (P,), as phases under the nominal drive."""
    moments: Moments
    calibration: Calibration
    shots: int
    history: tuple[Epoch, ...] = ()

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.history)


@dataclass(frozen=True, eq=False)
class TrainResult:
    """A finished run."""

    state: TrainState
    settings: tuple[np.ndarray, ...]
    """What the chip is programmed to."""
    train_accuracy: float
    test_accuracy: float
    confusion: np.ndarray
    """(classes, classes) of the test part: true class by predicted class."""
    predictions: np.ndarray
    """(n_test) int."""

    @property
    def history(self) -> tuple[Epoch, ...]:
        """One entry for each epoch."""
        return self.state.history


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A part of the data, read once through the chip as it is programmed."""

    predictions: np.ndarray
    accuracy: float
    loss: float
    shots: int


class TrainError(RuntimeError):
    """A run that cannot be: the finding says where and why."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding))


def train(
    chip: Chip,
    tables: Tables,
    design: Design,
    split: Split,
    config: TrainConfig,
    *,
    measure: Measure = echo.gradient,
    calibration: Calibration | None = None,
    resume: TrainState | None = None,
    on_epoch: Callable[[TrainState], None] | None = None,
) -> TrainResult:
    """Train a chip on a split.

    Args:
        chip: Programmed and measured; nothing else of it is used.
        tables: Nominals of its circuit.
        design: Network and bias ports.
        split: Encoded data; DataError where the last layer has fewer outputs than there are classes.
        config: Hyper-parameters and seed.
        measure: How gradients are measured.
        calibration: Taken as it is instead of calibrating.
        resume: State of an earlier run with the same arguments; the run goes on after its last epoch.
        on_epoch: Called with the state before the first and after every epoch.

    Raises:
        TrainError: `measure` refused a layer.
    """
    with threadpool_limits(1):  # thousands of products of a few rows: more threads only wait for each other
        return _train(
            make_bench(chip, tables, design, split, config), split, config, measure, calibration, resume, on_epoch
        )


def _train(
    bench: Bench,
    split: Split,
    config: TrainConfig,
    measure: Measure,
    calibration: Calibration | None,
    resume: TrainState | None,
    on_epoch: Callable[[TrainState], None] | None,
) -> TrainResult:
    state = resume or _start(bench, config, calibration)
    bench = bench.calibrated(state.calibration)
    if on_epoch and resume is None:
        on_epoch(state)
    while state.epoch < config.epochs:
        state = one_epoch(bench, split, config, measure, state)
        if on_epoch:
            on_epoch(state)
    settings = bench.settings(state.phases_rad)
    bench.chip.program(settings)
    test, part = evaluate(bench, split.test_x, split.test_y), evaluate(bench, split.train_x, split.train_y)
    confusion = np.zeros((split.classes, split.classes), dtype=int)
    np.add.at(confusion, (split.test_y, test.predictions), 1)
    return TrainResult(state, settings, part.accuracy, test.accuracy, confusion, test.predictions)


def make_bench(chip: Chip, tables: Tables, design: Design, split: Split, config: TrainConfig) -> Bench:
    """The bench of a run, not calibrated. DataError where the classes do not fit the last layer."""
    split.require_outputs(design.network.layers[-1].outputs)
    model = Model.of(design, split.classes, config.gain)
    first = X_HEADROOM * float(np.abs(split.train_x).max())
    hidden = (X_HEADROOM * layer.activation.x_max for layer in model.layers if layer.activation)
    return Bench(chip, tables, model, Calibration.nominal(tables), (first, *hidden), config.dither)


def evaluate(bench: Bench, x: np.ndarray, labels: np.ndarray) -> Evaluation:
    """Read samples x (n, N) through the chip: one shot for each sample and layer."""
    readout, layers = bench.model.readout, len(bench.tables.layers)
    powers = forward_pass(bench, x)[-1].powers[:, : readout.ports]
    predictions = readout.predict(powers)
    accuracy = float(np.mean(predictions == labels))
    return Evaluation(predictions, accuracy, float(readout.losses(powers, labels).mean()), len(x) * layers)


def start_phases(tables: Tables, seed: int) -> tuple[np.ndarray, ...]:
    """Registers (P,) of every layer before training: about mid-range."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    middle = tables.drive.least_rad + tables.drive.range_rad / 2
    return tuple(middle + START_SPREAD_RAD * rng.uniform(-1, 1, len(t.shifters)) for t in tables.layers)


def batches(samples: int, config: TrainConfig, epoch: int) -> list[np.ndarray]:
    """Rows of each mini-batch of an epoch (from 0)."""
    rng = np.random.default_rng(np.random.SeedSequence(config.seed, spawn_key=(3, epoch)))
    order = rng.permutation(samples)
    return [order[k : k + config.batch_size] for k in range(0, samples, config.batch_size)]


def one_epoch(bench: Bench, split: Split, config: TrainConfig, measure: Measure, state: TrainState) -> TrainState:
    """One epoch behind a state, on a bench with the state's calibration. TrainError where `measure` refuses a layer."""
    rows_of = batches(len(split.train_x), config, state.epoch)
    total = config.epochs * len(rows_of)
    phases, moments, rate, shots = state.phases_rad, state.moments, 0.0, state.shots
    ends = np.cumsum([len(p) for p in phases])[:-1]
    losses, drive = [], bench.tables.drive
    for rows in rows_of:
        found = measure(bench, bench.settings(phases), split.train_x[rows], split.train_y[rows])
        if isinstance(found, Finding):
            raise TrainError(found)
        rate = rate_rad(config.learning_rate_rad, moments.steps, total)
        direction, moments = adam(np.concatenate(found.phases), moments)
        moved = np.clip(np.concatenate(phases) + rate * direction, drive.least_rad, drive.most_rad)
        phases = tuple(np.split(moved, ends))
        losses.append(found.loss * len(rows))
        shots += found.shots
    bench.chip.program(bench.settings(phases))
    part, test = evaluate(bench, split.train_x, split.train_y), evaluate(bench, split.test_x, split.test_y)
    shots += part.shots + test.shots
    line = Epoch(
        epoch=state.epoch + 1,
        loss=float(np.sum(losses) / len(split.train_x)),
        train_accuracy=part.accuracy,
        test_accuracy=test.accuracy,
        shots=shots,
        learning_rate_rad=rate,
    )
    return TrainState(phases, moments, state.calibration, shots, (*state.history, line))


def _start(bench: Bench, config: TrainConfig, calibration: Calibration | None) -> TrainState:
    calibration = calibration or calibrate(bench, config.seed)
    phases = start_phases(bench.tables, config.seed)
    return TrainState(phases, Moments.zero(sum(map(len, phases))), calibration, calibration.shots)

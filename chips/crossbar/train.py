"""Training of crossbar chips by measurement alone, R runs in lockstep.

    calibrate ─► start from drawn weights, by the sweep ─► for every epoch: gradient in light, Adam on float registers

    every few epochs: slopes dw/dcode measured again, backward banks matched to the measured weights

A run is one chip with one part of the data and one start. Runs never mix: each is the same, bit for bit, whatever runs
beside it. The trainer is blind: it has a `CrossbarChip`, nominal tables, set points of the electronics and the data.

    result = train(chips, tables, electronics.gains, data, TrainConfig(), runs=R, on_epoch=save, resume=state)

`chips` without an axis of runs (runs=None) is one run: R is 1 in all that comes back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits

from chips.adam import Moments, adam, rate_rad
from chips.crossbar.bench import Bench
from chips.crossbar.calibration import Calibration, calibrate, slopes
from chips.crossbar.chip import CrossbarChip
from chips.crossbar.lock import match
from chips.crossbar.passes import Gradient, measure_gradient, outputs
from chips.crossbar.points import Lit
from compiler.crossbar_tables import CrossbarTables

Drives = Mapping[str, np.ndarray]
"""Bank to (R, rows, columns): float registers behind the converters, settings or mA."""


@dataclass(frozen=True)
class Shortcuts:
    """Ways of saving work that break or hurt training: controls. The defaults take none."""

    slope: str = "measured"
    """Of a weight: measured, swept (of its fitted curve, no shots), once (before the first epoch), nominal (as if no
    shifter had an offset and all weights were alike), sign."""
    activation_slope: str = "measured"
    """measured, or one."""
    backward: str = "matched"
    """matched by measured weights, codes (the same raw drives), random (left where they start)."""
    start: str = "swept"
    """swept: drawn weights through the sweep; blind: drawn drives."""
    bias_light: bool = True
    register_bits: int | None = None
    """Registers rounded to so many bits at every step, instead of float ones."""

    def __post_init__(self) -> None:
        for name, known in SHORTCUTS.items():
            if (value := getattr(self, name)) not in known:
                raise ValueError(f"shortcuts, {name}: found {value!r}, expected one of {', '.join(known)}")


SHORTCUTS: Mapping[str, tuple[str, ...]] = {
    "slope": ("measured", "swept", "once", "nominal", "sign"),
    "activation_slope": ("measured", "one"),
    "backward": ("matched", "codes", "random"),
    "start": ("swept", "blind"),
}
"""Field to the words that it may have."""


@dataclass(frozen=True)
class TrainConfig:
    """How to train. Numbers are assumed: tuned on seeds of their own (docs/crossbar.md)."""

    epochs: int = 900
    learning_rate_rad: float = 0.05
    """Step of Adam at the start, in rad of a nominal phase shifter; it falls to a tenth by a cosine."""
    start_weight: float = 0.6
    """Starting weights are drawn evenly from ± this, by a bank's unit current."""
    start_output_weight: float = 0.1
    """The same for the last layer: an output neuron that starts past its swing has no slope and never learns."""
    decay: float = 0.1
    """Pull of every register to the middle of its branch, where the weight is about 0: share per step, times the rate
    in rad. Without it xor, learned from 50 points, is half a point worse on points that are held out."""
    slope_every: int = 5
    """Epochs from one measurement of the slopes dw/dcode to the next."""
    match_every: int = 5
    """The same for the match of the backward banks."""
    slope_step_rad: float = 0.25
    """How far a weight is stepped to either side for its slope."""
    replica_shift_rad: float = 0.3
    """How far a replica's drive is raised and lowered."""
    read_every: int = 1
    """Epochs from one reading of both parts of the data to the next."""
    seed: int = 0
    shortcuts: Shortcuts = field(default_factory=Shortcuts)

    def __post_init__(self) -> None:
        for name, least in (("epochs", 0), ("slope_every", 1), ("match_every", 1), ("read_every", 1)):
            if (value := getattr(self, name)) < least:
                raise ValueError(f"{name}: found {value}, expected {least} or more")


@dataclass(frozen=True, eq=False)
class Epoch:
    """One line of the history, (R) each."""

    epoch: int
    """1 for the first."""
    loss: np.ndarray
    """Mean of ½ (output − wanted)² over samples and outputs, as measured while training."""
    train_accuracy: np.ndarray
    test_accuracy: np.ndarray
    """0 … 1, on the chip, after the epoch; NaN where not read."""
    shots: int
    """Of each run since its start, calibration included."""
    learning_rate_rad: float


@dataclass(frozen=True, eq=False)
class TrainState:
    """Everything that runs go on from: what a checkpoint holds."""

    registers: Drives
    """Forward banks."""
    backward: Drives
    slopes: Drives
    """Forward banks: du/d(drive)."""
    moments: Moments
    """(R, P), P counting the weights of all forward banks in their order."""
    calibration: Calibration
    shots: int
    history: tuple[Epoch, ...] = ()

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return len(self.history)

    @property
    def program(self) -> dict[str, np.ndarray]:
        """Drives of every bank."""
        return {**self.registers, **self.backward}


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A part of the data read once through the chips."""

    predictions: np.ndarray
    """(R, n) int."""
    accuracy: np.ndarray
    """(R)"""
    loss: np.ndarray
    """(R)"""
    shots: int


@dataclass(frozen=True, eq=False)
class CrossbarResult:
    """Finished runs."""

    state: TrainState
    train: Evaluation
    test: Evaluation

    @property
    def program(self) -> dict[str, np.ndarray]:
        """What the chips are programmed to, (R, rows, columns)."""
        return self.state.program


def train(
    chips: CrossbarChip,
    tables: CrossbarTables,
    gains: tuple[float, ...],
    data: Lit,
    config: TrainConfig,
    *,
    runs: int | None = None,
    seeds: np.ndarray | None = None,
    calibration: Calibration | None = None,
    start: Drives | None = None,
    resume: TrainState | None = None,
    on_epoch: Callable[[TrainState], None] | None = None,
) -> CrossbarResult:
    """Train.

    Args:
        chips: Programmed and measured; nothing else of them is used.
        tables: Nominals of their circuit.
        gains: rad per u of each layer's amplifiers, as they are set.
        data: Inputs and wanted outputs, the same for all runs or each its own.
        config: Hyper-parameters.
        runs: R, or None where the chips have no such axis.
        seeds: (R) of the starts; config.seed for all by default.
        calibration: Taken as it is instead of sweeping.
        start: Drives (R, rows, columns) of the forward banks to start from instead of drawn weights.
        resume: State of an earlier call with the same arguments; the runs go on after its last epoch.
        on_epoch: Called with the state before the first and after every epoch.
    """
    bench = Bench(chips, tables, runs, float(config.shortcuts.bias_light))
    with threadpool_limits(1):  # products of a few rows: more threads only wait for each other
        return _train(bench, gains, data, config, seeds, calibration, start, resume, on_epoch)


def evaluate(bench: Bench, x: np.ndarray, wanted: np.ndarray, labels: np.ndarray) -> Evaluation:
    """Read samples x (R, n, inputs) through the chips as programmed: one shot each."""
    light = outputs(bench, x)
    predictions = predict(light)
    return Evaluation(predictions, np.mean(predictions == labels, axis=-1), losses(light, wanted), x.shape[1])


def predict(light: np.ndarray) -> np.ndarray:
    """Classes of outputs (…, n): the brightest; of a single output whether it is past a half."""
    return np.argmax(light, axis=-1) if light.shape[-1] > 1 else (light[..., 0] > 0.5).astype(int)


def losses(light: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(R) mean of ½ (output − wanted)² over samples and outputs."""
    squared = 0.5 * (light - wanted) ** 2
    return np.mean(squared.reshape(len(squared), -1), axis=-1)


def start_drives(
    bench: Bench, calibration: Calibration, config: TrainConfig, seeds: np.ndarray
) -> dict[str, np.ndarray]:
    """Where training starts: forward banks from drawn weights (R, rows, columns)."""
    found: dict[str, np.ndarray] = {}
    for index, bank in enumerate(bench.forward_banks):
        drawn = np.stack([_stream(seed, 2, index).uniform(-1.0, 1.0, bank.weight.shape) for seed in seeds])
        if config.shortcuts.start == "blind":
            found[bank.name] = bench.least + 0.5 * (drawn + 1.0) * (bench.limit - bench.least)
        else:
            last = index == bench.layers - 1 and bench.layers > 1
            spread = config.start_output_weight if last else config.start_weight
            found[bank.name] = calibration.curves[bank.name].drive(spread * drawn)
    return found


def _train(
    bench: Bench,
    gains: tuple[float, ...],
    data: Lit,
    config: TrainConfig,
    seeds: np.ndarray | None,
    calibration: Calibration | None,
    start: Drives | None,
    resume: TrainState | None,
    on_epoch: Callable[[TrainState], None] | None,
) -> CrossbarResult:
    seeds = np.full(bench.lead, config.seed) if seeds is None else seeds
    state = resume or _start(bench, config, seeds, calibration, start)
    if on_epoch and resume is None:
        on_epoch(state)
    while state.epoch < config.epochs:
        state = _epoch(bench, gains, data, config, state)
        if on_epoch:
            on_epoch(state)
    bench.program(state.program)
    part = evaluate(bench, data.train_x, data.train_t, data.train_y)
    test = evaluate(bench, data.test_x, data.test_t, data.test_y)
    return CrossbarResult(replace(state, shots=state.shots + part.shots + test.shots), part, test)


def _start(
    bench: Bench, config: TrainConfig, seeds: np.ndarray, calibration: Calibration | None, start: Drives | None
) -> TrainState:
    calibration = calibration or calibrate(bench, config.seed)
    registers = dict(start or start_drives(bench, calibration, config, seeds))
    backward = {
        bank.name: np.stack(
            [
                bench.least + (bench.limit - bench.least) * _stream(seed, 3, k).random(bank.weight.shape)
                for seed in seeds
            ]
        )
        for k, bank in enumerate(bench.tables.banks)
        if bank.name not in registers
    }
    slope = {name: np.zeros_like(value) for name, value in registers.items()}
    size = sum(value[0].size for value in registers.values())
    moments = replace(Moments.zero(size), mean=np.zeros((bench.lead, size)), square=np.zeros((bench.lead, size)))
    return TrainState(registers, backward, slope, moments, calibration, calibration.shots)


def _epoch(bench: Bench, gains: tuple[float, ...], data: Lit, config: TrainConfig, state: TrainState) -> TrainState:
    cuts = config.shortcuts
    bench.program(state.program)
    backward, taken = _backward(bench, config, state)
    slope, more = _slopes(bench, config, state)
    shots = state.shots + taken + more
    found = measure_gradient(
        bench,
        data.train_x,
        data.train_t,
        shift_rad=config.replica_shift_rad,
        gains=gains,
        slopes=cuts.activation_slope == "measured",
    )
    rate = rate_rad(config.learning_rate_rad, state.moments.steps, config.epochs)
    registers, moments = _step(bench, config, state, found, slope, rate, data.train_x.shape[1])
    shots += found.shots
    after = replace(state, registers=registers, backward=backward, slopes=slope, moments=moments)
    train_accuracy = test_accuracy = np.full(bench.lead, np.nan)
    if (state.epoch + 1) % config.read_every == 0:
        bench.program(registers)
        part = evaluate(bench, data.train_x, data.train_t, data.train_y)
        test = evaluate(bench, data.test_x, data.test_t, data.test_y)
        train_accuracy, test_accuracy = part.accuracy, test.accuracy
        shots += part.shots + test.shots
    line = Epoch(
        epoch=state.epoch + 1,
        loss=losses(found.outputs, data.train_t),
        train_accuracy=train_accuracy,
        test_accuracy=test_accuracy,
        shots=shots,
        learning_rate_rad=rate,
    )
    return replace(after, shots=shots, history=(*state.history, line))


def _backward(bench: Bench, config: TrainConfig, state: TrainState) -> tuple[Drives, int]:
    """Backward banks for this epoch; programmed."""
    how = config.shortcuts.backward
    if not state.backward or how == "random":
        return state.backward, 0
    if how == "codes":
        drives = {
            name: np.swapaxes(state.registers[name.replace("backward", "forward")][..., :-1], -1, -2)
            for name in state.backward
        }
        bench.program(drives)
        return drives, 0
    if state.epoch % config.match_every:
        return state.backward, 0
    return match(bench, state.calibration)


def _slopes(bench: Bench, config: TrainConfig, state: TrainState) -> tuple[Drives, int]:
    """du/d(drive) of the forward banks for this epoch."""
    how = config.shortcuts.slope
    per_rad = bench.drive_per_rad
    if how == "nominal":
        return {name: bench.nominal_slope(drive) for name, drive in state.registers.items()}, 0
    if how == "swept":
        return {name: state.calibration.curves[name].slope(drive) for name, drive in state.registers.items()}, 0
    if state.epoch % config.slope_every or (how == "once" and state.epoch):
        return state.slopes, 0
    found: dict[str, np.ndarray] = {}
    shots = 0
    for k, bank in enumerate(bench.forward_banks):
        step = config.slope_step_rad * per_rad
        slope, taken = slopes(bench, bank, state.registers[bank.name], step, (config.seed, k, state.epoch))
        found[bank.name] = np.sign(slope) / per_rad if how == "sign" else slope
        shots += taken
    return found, shots


def _step(
    bench: Bench,
    config: TrainConfig,
    state: TrainState,
    found: Gradient,
    slope: Drives,
    rate: float,
    samples: int,
) -> tuple[dict[str, np.ndarray], Moments]:
    """One step of Adam on the registers."""
    banks = [bank.name for bank in bench.forward_banks]
    per_rad = bench.drive_per_rad
    gradient = np.concatenate(
        [
            (found.weights[name] / state.calibration.monitors[name][:, None] * slope[name] * per_rad / samples).reshape(
                bench.lead, -1
            )
            for name in banks
        ],
        axis=1,
    )
    direction, moments = adam(gradient, state.moments)
    registers: dict[str, np.ndarray] = {}
    first = 0
    for name in banks:
        old = state.registers[name]
        size = old[0].size
        move = direction[:, first : first + size].reshape(old.shape)
        pull = rate * config.decay * (state.calibration.curves[name].middle - old)
        moved = np.clip(old + rate * per_rad * move + pull, bench.least, bench.limit)
        registers[name] = _rounded(bench, moved, config.shortcuts.register_bits)
        first += size
    return registers, moments


def _rounded(bench: Bench, drives: np.ndarray, bits: int | None) -> np.ndarray:
    if bits is None:
        return drives
    step = (bench.limit - bench.least) / (2**bits - 1)
    return bench.least + step * np.round((drives - bench.least) / step)


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=key))

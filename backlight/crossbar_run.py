"""A crossbar trained in its folder: the run, its files after every epoch and event, and the watch behind it."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from backlight import files, programs, watching
from backlight.asked import AGAIN, Asked
from backlight.crossbar_lesson import CrossbarLesson, best, crossbar_config, judge, learn, prepare_crossbar
from backlight.folder import Folder
from backlight.refusal import CANNOT_RUN, Refusal
from backlight.terminal import Terminal, complain
from backlight.trained import interrupted, leave, told_of
from backlight.watching import MEND_RATE_RAD, Drifts
from chips.checkpoint import CheckpointError
from chips.crossbar import checkpoint
from chips.crossbar.checkpoint import Checkpoint
from chips.crossbar.drift import drift
from chips.crossbar.train import CrossbarResult, TrainState
from chips.crossbar.twin import CrossbarTwin, noise_state, restore_noise
from chips.crossbar.watch import CrossbarWatch, only
from chips.watch import Actions, Log, apart, watch

GRADIENT = "scaled_supply"
"""How gradients are measured on a crossbar (`chips.crossbar.passes`)."""
MEND_EPOCHS, MENDS = 50, 2
"""Epochs in place of one mend, and how often it is done after a drift, at most."""


@dataclass(frozen=True)
class _Run:
    """One run in one folder."""

    path: Path
    name: str
    """Identity of the run: only an equal one is resumed."""
    lesson: CrossbarLesson
    drifts: Drifts | None
    terminal: Terminal

    @property
    def chip(self) -> int:
        """Seed of the chip."""
        return self.lesson.config.seed

    def save(self, state: TrainState, kept: int, noise: Any, told: dict[str, Any], log: Log = ()) -> None:
        checkpoint.write(
            self.path,
            state,
            kept,
            run=self.name,
            config=self.lesson.config,
            chip_state=noise,
            summary=told,
            log=log,
        )


def run_crossbar(folder: Folder, values: dict[str, Any], settings: Asked, resume: bool, terminal: Terminal) -> int:
    """Train, then watch where a drift is asked for; exit status. `values`: of the flow up to its places stage."""
    if settings.gradient not in (None, GRADIENT):
        expected = "nothing: a crossbar forms products of error and input behind its own modulators"
        raise Refusal("--gradient", settings.gradient, expected, "leave it out")
    if settings.drift is not None and folder.design.chip.weight == "pin":
        raise Refusal("--drift", "a crossbar of PIN weights", "interferometers: no other phase drifts", "leave it out")
    path, lesson = folder.path, _lesson(folder, values, settings, terminal)
    more = {"ideal": bool(settings.ideal), "starts": lesson.starts, "variation": settings.variation}
    name = checkpoint.run_hash(lesson.design, lesson.tables, lesson.data, lesson.config, more)
    drifts = watching.drifts_asked(settings, lesson.data.test_y[0])
    run = _Run(path, name, lesson, drifts, terminal)
    found = checkpoint.read(path, run=name) if resume else None
    files.open_folder(path)
    if found and found.log:
        state, told = found.state, files.read_json(path / files.TRAINING, AGAIN)
        kept = int(told["start"]) - 1
    else:
        trained = _train(run, found)
        if trained is None:
            return CANNOT_RUN
        state, kept, told = trained
    program = {bank: drives[kept] for bank, drives in state.program.items()}
    if drifts:
        looked_after = _watch(run, drifts, state, kept, told)
        if looked_after is None:
            return CANNOT_RUN
        program, told = looked_after
    leave(folder, lesson, programs.crossbar_program(program, lesson.tables), told, terminal)
    return 0


def _lesson(folder: Folder, values: dict[str, Any], settings: Asked, terminal: Terminal) -> CrossbarLesson:
    changes = {name: value for name in ("seed", "epochs") if (value := getattr(settings, name)) is not None}
    with terminal.stage("data", folder.design.train.data):
        return prepare_crossbar(
            folder.design,
            values["extraction"].netlist,
            folder.pdk,
            base_dir=folder.path,
            imperfections=settings.imperfections,
            config=replace(crossbar_config(folder.design), **changes),
            thermal=values["thermal"].table,
            places=values["places"],
        )


def _train(run: _Run, found: Checkpoint | None) -> tuple[TrainState, int, dict[str, Any]] | None:
    """The trained state, the start that is kept, and what is told of it; None where it was interrupted."""
    lesson, start = run.lesson, found.state if found else None
    twin = lesson.twin([run.chip])
    if found:
        try:
            restore_noise(twin, found.chip_state)
        except ValueError as error:
            raise CheckpointError(f"{run.path / files.WEIGHTS}: found {error}, expected a twin's; {AGAIN}") from None
    total, done = lesson.config.epochs, [start.epoch if start else -1]
    noise = [found.chip_state if found else noise_state(twin)]
    with run.terminal.progress("training", total, max(done[0], 0)) as progress:

        def on_epoch(state: TrainState) -> None:
            noise[0] = noise_state(twin)
            leading = int(best(lesson, state.history[-1].loss)[0]) if state.history else 0
            run.save(state, leading, noise[0], _settings_told(run, leading))
            done[0] = state.epoch
            progress.step(state.epoch, _note(state, leading))

        try:
            result = learn(lesson, twin, resume=start, on_epoch=on_epoch)
        except KeyboardInterrupt:
            complain(interrupted(run.path, done[0], total, "every weight was swept"))
            return None
    kept = int(best(lesson, result.train.loss)[0])
    with run.terminal.stage("judge", "the measured gradient against the true one"):
        told = _summary(run, twin, result, kept)
    # The noise streams as they stood before the last reading: who resumes a finished run reads the same again.
    run.save(result.state, kept, noise[0], told)
    return result.state, kept, told


def _watch(
    run: _Run, drifts: Drifts, state: TrainState, kept: int, told: dict[str, Any]
) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """The program after the watch and what is told of the whole run; None where it was interrupted.

    Where it goes on from an interrupted watch, it starts again from the trained chip and lets time pass as before.
    """
    lesson = replace(run.lesson, starts=1)
    twin = lesson.twin([run.chip])
    labels = lesson.data.test_y[0]
    probe = apart(labels, drifts.watch.samples)
    chip = CrossbarWatch(
        lesson.bench(twin),
        lesson.electronics.gains,
        lesson.data,
        probe,
        only(state, kept),
        replace(lesson.config, epochs=MEND_EPOCHS, learning_rate_rad=MEND_RATE_RAD, read_every=MEND_EPOCHS),
    )
    passed = [0]

    def pass_time() -> None:
        drift(twin, drifts.step_rad, watching.step_seed(run.chip, passed[0]))
        passed[0] += 1

    def with_drift(log: Log) -> dict[str, Any]:
        return told | {"drift": watching.summary(labels, drifts, log)}

    with run.terminal.progress("watch", drifts.steps) as progress:

        def on_event(log: Log) -> None:
            run.save(state, kept, None, with_drift(log), log)
            progress.step(watching.drifts_in(log), watching.note(log))

        actions = Actions(chip.remember, chip.probe, chip.mends(MENDS), pass_time, chip.held_out)
        try:
            log = watch(drifts.watch, actions, (), on_event)
        except KeyboardInterrupt:
            where = "interrupted in the watch; the training before it is kept"
            complain(f"{run.path}: {where}; run backlight train {run.path} --resume")
            return None
    told = with_drift(log)
    run.terminal.say(watching.line(told["drift"]))
    return {bank: drives[0] for bank, drives in chip.state.program.items()}, told


def _settings_told(run: _Run, leading: int) -> dict[str, Any]:
    """What training.json says of a run from its first epoch on."""
    lesson = run.lesson
    own = {"gradient": GRADIENT, "starts": lesson.starts, "start": leading + 1}
    return told_of(lesson.design.train.data, lesson.imperfections, run.drifts) | own


def _summary(run: _Run, twin: CrossbarTwin, result: CrossbarResult, kept: int) -> dict[str, Any]:
    """What training.json says of a finished training, beside what every epoch writes."""
    lesson, state = run.lesson, result.state
    calibration = state.calibration.take(np.array([kept]))
    first: list[TrainState] = []
    learn(replace(lesson, config=replace(lesson.config, epochs=0)), lesson.twin([run.chip]), on_epoch=first.append)
    starting, trained = (
        {name: drives[[kept]] for name, drives in registers.items()}
        for registers in (first[0].registers, state.registers)
    )
    before, after = (judge(lesson, run.chip, registers, calibration) for registers in (starting, trained))
    labels, predictions = lesson.data.test_y[0], result.test.predictions[kept]
    confusion = np.zeros((lesson.data.classes, lesson.data.classes), dtype=int)
    np.add.at(confusion, (labels, np.minimum(predictions, lesson.data.classes - 1)), 1)
    return {
        **_settings_told(run, kept),
        "train_accuracy": float(result.train.accuracy[kept]),
        "test_accuracy": float(result.test.accuracy[kept]),
        "start_losses": result.train.loss.tolist(),
        "calibration_shots": lesson.starts * state.calibration.shots,
        "gradient_cosine": before["cosine"],
        "fidelity": {"before training": before, "after training": after},
        "class_names": list(lesson.class_names),
        "confusion": confusion.tolist(),
        "versions": {name: version(name) for name in ("backlight", "jax", "numpy")},
        "pdk": f"{lesson.pdk.name} {lesson.pdk.version}",
    }


def _note(state: TrainState, leading: int) -> str:
    if not state.history:
        return f"every weight swept, {state.shots:,} shots"
    last = state.history[-1]
    return f"loss {last.loss[leading]:.4f}, held out {100 * last.test_accuracy[leading]:.1f} %, start {leading + 1}"

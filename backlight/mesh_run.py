"""A mesh trained in its folder: the run, its files after every epoch and event, and the watch behind it."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backlight import files, watching
from backlight.asked import AGAIN, Asked
from backlight.folder import Folder
from backlight.learning import Lesson, judge, learn, prepare_lesson
from backlight.refusal import CANNOT_RUN
from backlight.terminal import Terminal, complain
from backlight.trained import interrupted, leave, told_of
from backlight.watching import Drifts
from chips import checkpoint
from chips.checkpoint import Checkpoint, CheckpointError, Watched
from chips.train import TrainConfig, TrainResult, TrainState, start_phases
from chips.twin import Twin, noise_state, restore_noise
from chips.variation import Imperfections


@dataclass(frozen=True)
class _Run:
    """One run in one folder."""

    path: Path
    name: str
    """Identity of the run: only an equal one is resumed."""
    lesson: Lesson
    drifts: Drifts | None
    twin: Twin
    terminal: Terminal

    def save(self, state: TrainState, noise: Any, told: dict[str, Any], watched: Watched | None = None) -> None:
        checkpoint.write(
            self.path,
            state,
            run=self.name,
            config=self.lesson.config,
            chip_state=noise,
            summary=told,
            watched=watched,
        )


def run_mesh(folder: Folder, values: dict[str, Any], settings: Asked, resume: bool, terminal: Terminal) -> int:
    """Train, then watch where a drift is asked for; exit status. `values`: of the flow up to its places stage."""
    path = folder.path
    lesson = _lesson(folder, values, settings, terminal)
    name = f"{checkpoint.run_hash(lesson.design, lesson.tables, lesson.split, lesson.config)} {_kind(lesson)}"
    name += f" {changes}" if (changes := settings.variation) else ""
    drifts = watching.drifts_asked(settings, lesson.split.test_y)
    run = _Run(path, name, lesson, drifts, lesson.twin(), terminal)
    found = _resumed(run) if resume else None
    files.open_folder(path)
    if found and found.watched:
        state, watched, told = found.state, found.watched, files.read_json(path / files.TRAINING, AGAIN)
    else:
        trained = _train(run, found)
        if trained is None:
            return CANNOT_RUN
        (state, told), watched = trained, None
    if drifts:
        looked_after = _watch(run, drifts, state, watched, told)
        if looked_after is None:
            return CANNOT_RUN
        state, told = looked_after
    leave(folder, lesson, _phases(lesson, state), told, terminal)
    return 0


def _lesson(folder: Folder, values: dict[str, Any], settings: Asked, terminal: Terminal) -> Lesson:
    changes = {name: value for name in ("seed", "epochs") if (value := getattr(settings, name)) is not None}
    with terminal.stage("data", folder.design.train.data):
        return prepare_lesson(
            folder.design,
            values["extraction"].netlist,
            folder.pdk,
            base_dir=folder.path,
            imperfections=settings.imperfections,
            gradient=settings.gradient or "echo",
            config=replace(TrainConfig.of(folder.design), **changes),
            thermal=values["thermal"].table,
            places=values["places"],
        )


def _resumed(run: _Run) -> Checkpoint:
    """The state to go on from; the twin is put where it was: as far drifted, its noise stream at the same place."""
    found = checkpoint.read(run.path, run=run.name)
    if found.watched and run.drifts:
        watching.let_time_pass(run.twin, run.drifts, run.lesson.config.seed, found.watched.log)
    try:
        restore_noise(run.twin, found.chip_state)
    except ValueError as error:
        raise CheckpointError(f"{run.path / files.WEIGHTS}: found {error}, expected a twin's; {AGAIN}") from None
    return found


def _train(run: _Run, found: Checkpoint | None) -> tuple[TrainState, dict[str, Any]] | None:
    """The trained state and what is told of it; None where it was interrupted."""
    lesson, start = run.lesson, found.state if found else None
    total, done = lesson.config.epochs, [start.epoch if start else -1]
    noise = [found.chip_state if found else noise_state(run.twin)]
    with run.terminal.progress("training", total, max(done[0], 0)) as progress:

        def on_epoch(state: TrainState) -> None:
            noise[0] = noise_state(run.twin)
            run.save(state, noise[0], _settings_told(run))
            done[0] = state.epoch
            progress.step(state.epoch, _note(state))

        try:
            result = learn(lesson, run.twin, resume=start, on_epoch=on_epoch)
        except KeyboardInterrupt:
            complain(interrupted(run.path, done[0], total, "the chip was calibrated"))
            return None
    with run.terminal.stage("judge", "the measured gradient against the true one"):
        told = _summary(run, result)
    # The noise stream as it stood before the last reading: who resumes a finished run reads the same again.
    run.save(result.state, noise[0], told)
    return result.state, told


def _watch(
    run: _Run, drifts: Drifts, state: TrainState, watched: Watched | None, told: dict[str, Any]
) -> tuple[TrainState, dict[str, Any]] | None:
    """The state after the watch and what is told of the whole run; None where it was interrupted."""
    lesson, kept = run.lesson, [len(watched.log) if watched else 0]

    def with_drift(watched: Watched) -> dict[str, Any]:
        return told | {"drift": watching.summary(lesson.split.test_y, drifts, watched.log)}

    with run.terminal.progress("watch", drifts.steps) as progress:

        def on_event(state: TrainState, watched: Watched) -> None:
            run.save(state, noise_state(run.twin), with_drift(watched), watched)
            kept[0] = len(watched.log)
            progress.step(watching.drifts_in(watched.log), watching.note(watched.log))

        try:
            state, watched = watching.watch_lesson(lesson, run.twin, state, drifts, watched=watched, on_event=on_event)
        except KeyboardInterrupt:
            where = f"interrupted in the watch; its {kept[0]} events are kept"
            complain(f"{run.path}: {where}; run backlight train {run.path} --resume")
            return None
    told = with_drift(watched)
    run.terminal.say(watching.line(told["drift"]))
    return state, told


def _kind(lesson: Lesson) -> str:
    ideal = lesson.imperfections == Imperfections.ideal()
    return f"{'ideal' if ideal else 'varied'} {lesson.gradient}"


def _settings_told(run: _Run) -> dict[str, Any]:
    """What training.json says of a run from its first epoch on."""
    lesson = run.lesson
    return told_of(lesson.design.train.data, lesson.imperfections, run.drifts) | {"gradient": lesson.gradient}


def _summary(run: _Run, result: TrainResult) -> dict[str, Any]:
    """What training.json says of a finished training, beside what every epoch writes."""
    lesson, calibration = run.lesson, result.state.calibration
    before = judge(lesson, start_phases(lesson.tables, lesson.config.seed), calibration)
    after = judge(lesson, result.state.phases_rad, calibration)
    return {
        **_settings_told(run),
        "train_accuracy": result.train_accuracy,
        "test_accuracy": result.test_accuracy,
        "calibration_shots": calibration.shots,
        "gradient_cosine": before["cosine"],
        "fidelity": {"before training": before, "after training": after},
        "class_names": list(lesson.split.class_names),
        "confusion": result.confusion.tolist(),
        "versions": {name: version(name) for name in ("backlight", "jax", "numpy")},
        "pdk": f"{lesson.pdk.name} {lesson.pdk.version}",
    }


def _phases(lesson: Lesson, state: TrainState) -> dict[str, float]:
    """Instance path to nominal phase."""
    pairs = zip(lesson.tables.layers, state.phases_rad, strict=True)
    return {name: float(rad) for layer, phases in pairs for name, rad in zip(layer.shifters, phases, strict=True)}


def _note(state: TrainState) -> str:
    if not state.history:
        return f"calibrated, {state.shots:,} shots"
    last = state.history[-1]
    return f"loss {last.loss:.3f}, held out {100 * last.test_accuracy:.1f} %"

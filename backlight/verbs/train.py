"""backlight train: the circuit that was read back learns, in its own light."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backlight import files, flow, programs
from backlight.folder import Folder
from backlight.learning import Lesson, judge, learn, prepare_lesson
from backlight.refusal import CANNOT_RUN, Refusal
from backlight.report import write_report
from backlight.simulation import transfers
from backlight.terminal import Terminal, complain
from backlight.verbs.verify import read_back
from chips import checkpoint
from chips.checkpoint import CheckpointError
from chips.train import TrainConfig, TrainResult, TrainState, start_phases
from chips.twin import noise_state, restore_noise
from chips.variation import Imperfections

AGAIN = "train without --resume"


def train_folder(
    path: Path,
    resume: bool,
    seed: int | None,
    epochs: int | None,
    ideal: bool | None,
    gradient: str | None,
    terminal: Terminal,
) -> int:
    """Train what is in a folder; exit status. What is None is as the spec says, or as the run that is resumed."""
    folder = Folder(path)
    values = flow.run(("thermal",), read_back(folder, terminal), terminal.stage)
    asked = {"seed": seed, "epochs": epochs, "ideal": ideal, "gradient": gradient}
    lesson = _lesson(folder, values, _settings(path, resume, asked), terminal)
    run = f"{checkpoint.run_hash(lesson.design, lesson.tables, lesson.split, lesson.config)} {_kind(lesson)}"
    twin = lesson.twin()
    state = None
    if resume:
        read = checkpoint.read(path, run=run)
        state = read.state
        try:
            restore_noise(twin, read.chip_state)
        except ValueError as error:
            raise CheckpointError(f"{path / files.WEIGHTS}: found {error}, expected a twin's; {AGAIN}") from None
    files.open_folder(path)
    done = [state.epoch if state else -1]
    total = lesson.config.epochs

    with terminal.progress("training", total, max(done[0], 0)) as progress:

        def on_epoch(state: TrainState) -> None:
            checkpoint.write(
                path, state, run=run, config=lesson.config, chip_state=noise_state(twin), summary=_settings_told(lesson)
            )
            done[0] = state.epoch
            progress.step(state.epoch, _note(state))

        try:
            result = learn(lesson, twin, resume=state, on_epoch=on_epoch)
        except KeyboardInterrupt:
            complain(_interrupted(path, done[0], total))
            return CANNOT_RUN
    with terminal.stage("judge", "the measured gradient against the true one"):
        summary = _summary(lesson, result)
    checkpoint.write(path, result.state, run=run, config=lesson.config, chip_state=noise_state(twin), summary=summary)
    phases = _phases(lesson, result.state)
    programs.write_program(path / files.PROGRAM, phases, lesson.tables, "trained")
    files.write_json(path / files.SIMULATION, transfers(lesson.netlist, lesson.pdk, phases).as_dict())
    with terminal.stage("report", "one page of everything"):
        write_report(folder, lesson.tables, lesson.netlist)
    terminal.say(
        f"{path}: {100 * result.test_accuracy:.1f} % of the held-out samples right, "
        f"{100 * result.train_accuracy:.1f} % of those trained on; see {path / files.REPORT}"
    )
    terminal.result(summary)
    return 0


def _settings(path: Path, resume: bool, asked: dict[str, Any]) -> dict[str, Any]:
    """What a run is set to: as asked for, or else as the run that is resumed."""
    if not resume:
        return asked
    if not (path / files.WEIGHTS).exists():
        raise Refusal(path, "no training to resume", f"{files.WEIGHTS} of an earlier run", AGAIN)
    told = files.read_json(path / files.TRAINING, AGAIN)
    try:
        before = {
            "seed": int(told["config"]["seed"]),
            "epochs": int(told["config"]["epochs"]),
            "ideal": told["chip"] == "ideal",
            "gradient": str(told["gradient"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(path / files.TRAINING, f"a damaged summary ({error!r})", "one of this program's", AGAIN) from None
    for name, value in asked.items():
        if value is not None and value != before[name]:
            raise Refusal(path, f"a run with {name} {before[name]}", f"{name} {value}, as asked for now", AGAIN)
    return before


def _lesson(folder: Folder, values: dict[str, Any], settings: dict[str, Any], terminal: Terminal) -> Lesson:
    changes = {name: settings[name] for name in ("seed", "epochs") if settings[name] is not None}
    with terminal.stage("data", folder.design.train.data):
        return prepare_lesson(
            folder.design,
            values["extraction"].netlist,
            folder.pdk,
            base_dir=folder.path,
            imperfections=Imperfections.ideal() if settings["ideal"] else Imperfections.real(),
            gradient=settings["gradient"] or "echo",
            config=replace(TrainConfig.of(folder.design), **changes),
            thermal=values["thermal"].table,
        )


def _kind(lesson: Lesson) -> str:
    ideal = lesson.imperfections == Imperfections.ideal()
    return f"{'ideal' if ideal else 'varied'} {lesson.gradient}"


def _settings_told(lesson: Lesson) -> dict[str, Any]:
    """What training.json says of a run from its first epoch on."""
    chip, gradient = _kind(lesson).split()
    return {"data": lesson.design.train.data, "chip": chip, "gradient": gradient}


def _summary(lesson: Lesson, result: TrainResult) -> dict[str, Any]:
    """What training.json says of a finished run, beside what every epoch writes."""
    calibration = result.state.calibration
    before = judge(lesson, start_phases(lesson.tables, lesson.config.seed), calibration)
    after = judge(lesson, result.state.phases_rad, calibration)
    return {
        **_settings_told(lesson),
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


def _interrupted(path: Path, done: int, total: int) -> str:
    if done < 0:
        return f"{path}: interrupted before the chip was calibrated; nothing was written, run backlight train again"
    return f"{path}: interrupted after epoch {done} of {total}, which is kept; run backlight train {path} --resume"

"""What a finished training leaves in its folder, whichever the architecture, and what it says of itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from backlight import files, programs
from backlight.asked import AGAIN
from backlight.folder import Folder
from backlight.report import write_report
from backlight.simulation import transfers
from backlight.terminal import Terminal

if TYPE_CHECKING:
    from backlight.crossbar_lesson import CrossbarLesson
    from backlight.learning import Lesson
    from backlight.programs import Program
    from backlight.watching import Drifts
    from chips.variation import Imperfections


def told_of(data: str, imperfections: "Imperfections", drifts: "Drifts | None") -> dict[str, Any]:
    """What training.json says of any run from its first epoch on."""
    is_ideal = imperfections == imperfections.ideal()
    return {
        "data": data,
        "chip": "ideal" if is_ideal else "varied",
        **({} if is_ideal else {"variation": imperfections.changes}),
        **({"drift": {"step_rad": drifts.step_rad, "steps": drifts.steps}} if drifts else {}),
    }


def interrupted(path: Path, done: int, total: int, before: str) -> str:
    """What is said of a run that was stopped after `done` epochs; −1: before the chip was ready, as `before` says."""
    if done < 0:
        return f"{path}: interrupted before {before}; nothing was written, run backlight train again"
    return f"{path}: interrupted after epoch {done} of {total}, which is kept; run backlight train {path} --resume"


def leave(
    folder: Folder, lesson: "Lesson | CrossbarLesson", program: "Program", told: dict[str, Any], terminal: Terminal
) -> None:
    """Write the program, the light that it makes and the report; say how good the chip became."""
    path = folder.path
    programs.write_program(path / files.PROGRAM, program, lesson.tables, "trained")
    files.write_json(path / files.SIMULATION, transfers(lesson.netlist, lesson.pdk, program).as_dict())
    with terminal.stage("report", "one page of everything"):
        write_report(folder, lesson.tables, lesson.netlist)
    terminal.say(
        f"{path}: {100 * told['test_accuracy']:.1f} % of the held-out samples right, "
        f"{100 * told['train_accuracy']:.1f} % of those trained on; see {path / files.REPORT}"
    )
    terminal.result(files.read_json(path / files.TRAINING, AGAIN))

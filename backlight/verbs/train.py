"""backlight train: the circuit that was read back learns, in its own light."""

from pathlib import Path

from backlight import flow
from backlight.asked import Asked, settle
from backlight.crossbar_run import run_crossbar
from backlight.folder import Folder
from backlight.mesh_run import run_mesh
from backlight.terminal import Terminal
from backlight.verbs.verify import read_back


def train_folder(path: Path, asked: Asked, resume: bool, terminal: Terminal) -> int:
    """Train what is in a folder; exit status. What is not asked for is as the spec says, or as the resumed run."""
    folder = Folder(path)
    settings = settle(path, asked, resume)
    values = flow.run(("thermal", "places"), read_back(folder, terminal), terminal.stage)
    run = run_crossbar if folder.design.chip.architecture == "crossbar" else run_mesh
    return run(folder, values, settings, resume, terminal)

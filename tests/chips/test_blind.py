"""The trainer sees a chip through its door and nothing else."""

import ast
from pathlib import Path

import pytest

import chips
from chips.gradients import echo, parameter_shift, three_pass
from chips.train import train
from chips.twin import Twin
from chips.variation import Imperfections

ROOM = Path(chips.__file__).parent
TRAINER = [
    *(
        ROOM / f"{name}.py"
        for name in ("activation", "adam", "balance", "bench", "calibrate", "homodyne", "readout", "train")
    ),
    *(ROOM / "gradients").glob("*.py"),
]
HIDDEN = {"twin", "truth", "engine", "optics", "variation", "reference", "offline"}


class Door:
    """A chip that can be programmed and measured; every other attribute is a failure."""

    def __init__(self, chip):
        object.__setattr__(self, "_Door__chip", chip)

    def __getattribute__(self, name):
        if name not in ("program", "measure"):
            raise AssertionError(f"the trainer touched {name}")
        return getattr(object.__getattribute__(self, "_Door__chip"), name)

    def __setattr__(self, name, value):
        raise AssertionError(f"the trainer set {name}")


def test_door_is_shut(lesson):
    task = lesson(4, 1)
    door = Door(Twin(task.netlist, task.pdk, Imperfections.real(), 0, thermal=task.thermal))
    with pytest.raises(AssertionError, match="_layers"):
        door._layers  # noqa: B018
    with pytest.raises(AssertionError, match="shots"):
        door.shots  # noqa: B018


@pytest.mark.parametrize("measure", [echo.gradient, parameter_shift.gradient, three_pass.gradient])
def test_training_needs_program_and_measure_only(lesson, measure):
    task = lesson(4, 2, epochs=1)
    twin = Twin(task.netlist, task.pdk, Imperfections.real(), 0, thermal=task.thermal)
    result = train(Door(twin), task.tables, task.design, task.split, task.config, measure=measure)
    assert result.state.epoch == 1


@pytest.mark.parametrize("path", TRAINER, ids=lambda path: path.stem)
def test_trainer_imports_nothing_hidden(path):
    names = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    names |= {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert not {part for name in names for part in name.split(".")} & HIDDEN

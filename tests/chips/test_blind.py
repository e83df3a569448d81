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


def test_door_is_shut(lesson, door):
    task = lesson(4, 1)
    shut = door(Twin(task.netlist, task.pdk, Imperfections.real(), 0, thermal=task.thermal))
    with pytest.raises(AssertionError, match="_layers"):
        shut._layers  # noqa: B018
    with pytest.raises(AssertionError, match="shots"):
        shut.shots  # noqa: B018


@pytest.mark.parametrize("measure", [echo.gradient, parameter_shift.gradient, three_pass.gradient])
def test_training_needs_program_and_measure_only(lesson, door, measure):
    task = lesson(4, 2, epochs=1)
    twin = Twin(task.netlist, task.pdk, Imperfections.real(), 0, thermal=task.thermal)
    result = train(door(twin), task.tables, task.design, task.split, task.config, measure=measure)
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

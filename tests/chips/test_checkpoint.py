import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from chips import checkpoint
from chips.checkpoint import CheckpointError
from chips.train import train
from chips.twin import Twin, noise_state, restore_noise
from chips.variation import Imperfections


class Run:
    """A task, its chip, and checkpoints after every epoch, as whoever owns the chip keeps them."""

    def __init__(self, task, folder):
        self.task, self.folder = task, folder
        self.twin = Twin(task.netlist, task.pdk, Imperfections.real(), 1, thermal=task.thermal)
        self.hash = checkpoint.run_hash(task.design, task.tables, task.split, task.config)

    def save(self, state):
        kept = noise_state(self.twin)
        checkpoint.write(self.folder, state, run=self.hash, config=self.task.config, chip_state=kept)

    def train(self, on_epoch, resume=None):
        task = self.task
        return train(self.twin, task.tables, task.design, task.split, task.config, on_epoch=on_epoch, resume=resume)


@pytest.fixture
def task(lesson):
    return lesson(4, 2, epochs=4)


def test_resumed_run_is_the_same_run_bit_for_bit(task, tmp_path):
    whole = Run(task, tmp_path).train(on_epoch=None)

    def stop(state):
        first.save(state)
        if state.epoch == 2:
            raise KeyboardInterrupt

    first = Run(task, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        first.train(on_epoch=stop)
    second = Run(task, tmp_path)
    found = checkpoint.read(tmp_path, run=second.hash)
    assert found.state.epoch == 2
    restore_noise(second.twin, found.chip_state)
    rest = second.train(on_epoch=second.save, resume=found.state)

    assert rest.history == whole.history
    for a, b in zip(rest.state.phases_rad, whole.state.phases_rad, strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(rest.state.moments.square, whole.state.moments.square)
    assert np.array_equal(rest.predictions, whole.predictions)


def test_interrupted_write_leaves_the_last_epoch(task, tmp_path, monkeypatch):
    run = Run(task, tmp_path)

    def save(state):
        if state.epoch == 2:
            monkeypatch.setattr("chips.checkpoint.os.fsync", interrupt)
        run.save(state)

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.train(on_epoch=save)
    assert checkpoint.read(tmp_path, run=run.hash).state.epoch == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [checkpoint.WEIGHTS, checkpoint.SUMMARY, checkpoint.HISTORY]
    )


def test_what_people_read(task, tmp_path):
    run = Run(task, tmp_path)
    result = run.train(on_epoch=run.save)
    told = json.loads((tmp_path / "training.json").read_text())
    assert told["epochs"] == 4 and told["seed"] == task.config.seed and told["schema"] == 1
    assert told["test_accuracy"] == result.history[-1].test_accuracy
    lines = list(csv.DictReader((tmp_path / "training.csv").open()))
    assert [float(line["loss"]) for line in lines] == [epoch.loss for epoch in result.history]


def test_another_run_is_refused(task, tmp_path):
    run = Run(task, tmp_path)
    run.train(on_epoch=run.save)
    other = checkpoint.run_hash(task.design, task.tables, task.split, replace(task.config, gain=1.0))
    with pytest.raises(CheckpointError, match="another design"):
        checkpoint.read(tmp_path, run=other)


def test_hash_sees_design_data_and_settings(task, lesson):
    def of(**changes):
        given = {"design": task.design, "tables": task.tables, "split": task.split, "config": task.config}
        return checkpoint.run_hash(**(given | changes))

    assert of() == of()
    hashes = {
        of(),
        of(config=replace(task.config, seed=9)),
        of(split=replace(task.split, train_x=task.split.train_x + 1e-9)),
        of(design=replace(task.design, chip=replace(task.design.chip, bias="none"))),
        of(tables=lesson(4, 3).tables),
    }
    assert len(hashes) == 5


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text", "no header", "no tensor", "schema"])
def test_damaged_checkpoints_are_one_clear_line(task, tmp_path, damage):
    run = Run(replace_epochs(task, 1), tmp_path)
    run.train(on_epoch=run.save)
    path = tmp_path / checkpoint.WEIGHTS
    content = path.read_bytes()
    header = {"backlight": json.dumps({"schema": 99})}
    {
        "missing": path.unlink,
        "empty": lambda: path.write_bytes(b""),
        "cut": lambda: path.write_bytes(content[:-100]),
        "text": lambda: path.write_text("not a checkpoint"),
        "no header": lambda: save_file(load_file(path), path),
        "no tensor": lambda: path.write_bytes(without_phases(path, run.hash)),
        "schema": lambda: save_file(load_file(path), path, header),
    }[damage]()
    with pytest.raises(CheckpointError) as error:
        checkpoint.read(tmp_path, run=run.hash)
    text = str(error.value)
    assert str(path) in text and "found" in text and "\n" not in text


def replace_epochs(task, epochs):
    task.config = replace(task.config, epochs=epochs)
    return task


def without_phases(path, run):
    from safetensors import safe_open
    from safetensors.numpy import save

    with safe_open(path, framework="numpy") as file:
        header = file.metadata()
    return save({name: a for name, a in load_file(path).items() if name != "layer1.phases_rad"}, header)

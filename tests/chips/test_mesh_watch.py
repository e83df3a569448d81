from dataclasses import replace

import numpy as np
import pytest

from chips.calibrate import calibrate
from chips.drift import drift
from chips.gradients import echo
from chips.mesh_watch import EPOCH, RECALIBRATE, RELOAD, MeshWatch
from chips.train import make_bench, train
from chips.twin import Twin
from chips.variation import Imperfections
from chips.watch import Actions, Watch, watch

REAL = Imperfections.real()


@pytest.fixture(scope="module")
def trained(lesson, pdk):
    """A task of 4 ports and 2 layers, and the state of a chip that has learnt it."""
    task = lesson(4, 2, samples=240, epochs=12, batch_size=16, learning_rate_rad=0.1)
    twin = Twin(task.netlist, pdk, REAL, 0, thermal=task.thermal)
    result = train(twin, task.tables, task.design, task.split, task.config)
    assert result.test_accuracy > 0.9
    return task, result.state


def mesh_of(task, state, pdk):
    twin = Twin(task.netlist, pdk, REAL, 0, thermal=task.thermal)
    bench = make_bench(twin, task.tables, task.design, task.split, task.config)
    probe = (task.split.test_x[:60], task.split.test_y[:60])
    config = replace(task.config, epochs=5, learning_rate_rad=0.03)
    return twin, MeshWatch(bench, task.split, probe, state, config, echo.gradient)


def test_a_drifted_mesh_is_led_back_and_needs_no_epoch(trained, pdk):
    task, state = trained
    twin, mesh = mesh_of(task, state, pdk)
    before = twin.shots
    actions = Actions(mesh.remember, mesh.probe, mesh.mends(5), lambda: drift(twin, 0.3, 0.3, 3))
    log = watch(Watch(drop=0.05), actions)
    assert [event.kind for event in log] == ["remember", "drift", RECALIBRATE, RELOAD]
    assert log[1].accuracy < log[0].accuracy - 0.1
    assert log[-1].shots == twin.shots - before
    assert mesh.state.history == state.history
    assert not np.array_equal(mesh.state.phases_rad[0], state.phases_rad[0])


def test_epochs_in_place_go_on_behind_the_training(trained, pdk):
    task, state = trained
    twin, mesh = mesh_of(task, state, pdk)
    drift(twin, 0.3, 0.3, 3)
    worse, _ = mesh.probe()
    mesh.recalibrate()
    before = twin.shots
    shots = mesh.epoch()
    assert shots == twin.shots - before
    assert [epoch.epoch for epoch in mesh.state.history] == list(range(1, 14))
    assert mesh.probe()[0] > worse


def test_nothing_is_reloaded_before_it_is_remembered(trained, pdk):
    task, state = trained
    _, mesh = mesh_of(task, state, pdk)
    with pytest.raises(ValueError, match="nothing remembered"):
        mesh.reload()


def test_a_mesh_that_the_echo_refuses_is_not_led_back(trained, pdk):
    task, state = trained
    layers = tuple(replace(layer, uneven=2.0) for layer in state.calibration.layers)
    _, mesh = mesh_of(task, replace(state, calibration=replace(state.calibration, layers=layers)), pdk)
    assert [mend.kind for mend in mesh.mends(5)] == [RECALIBRATE, EPOCH]


def test_calibrating_again_keeps_the_program(trained, pdk):
    task, state = trained
    twin, mesh = mesh_of(task, state, pdk)
    accuracy, _ = mesh.probe()
    found = calibrate(make_bench(twin, task.tables, task.design, task.split, task.config), task.config.seed)
    assert mesh.recalibrate() == found.shots
    assert mesh.probe()[0] == pytest.approx(accuracy, abs=0.05)

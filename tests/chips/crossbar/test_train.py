"""Training by measurement: the gradient is the true one, runs do not mix, it learns, shortcuts do not."""

from dataclasses import replace

import numpy as np
import pytest

from chips.crossbar import truth
from chips.crossbar.bench import Bench
from chips.crossbar.calibration import calibrate, slopes
from chips.crossbar.digital import DigitalConfig, digital_accuracy
from chips.crossbar.electronics import Electronics
from chips.crossbar.lock import match
from chips.crossbar.offline import train_offline
from chips.crossbar.passes import measure_gradient
from chips.crossbar.points import light, points, stack
from chips.crossbar.train import Shortcuts, TrainConfig, predict, train
from chips.fidelity import fidelity
from chips.variation import Imperfections
from pdk.light import jnp
from pdk.registry import get

IDEAL = Imperfections.ideal()
REAL = Imperfections.real()
UNKNOWN = replace(IDEAL, phase_offset_rad=6.28, p_pi_spread=0.05, splitter_imbalance_rad=0.02, responsivity_spread=0.05)


def electronics(layers: int) -> Electronics:
    return Electronics(("modulator",) * layers, (8.0,) * (layers - 1) + (2.0,), (0.0,) * layers)


@pytest.fixture
def lesson(crossbar):
    """Chips of 2-8-1 by their seeds, and moons for each: lesson(seeds, imperfections)."""

    def make(seeds, imperfections=REAL, name="moons"):
        circuit = crossbar(2, 8, 1)
        twin = circuit.twin(seeds, imperfections, electronics=electronics(2))
        return twin, circuit.tables, stack([points(name, 10_000 + seed) for seed in seeds])

    return make


def learn(lesson, config, **more):
    twin, tables, data = lesson
    return train(twin, tables, electronics(2).gains, data, config, runs=len(twin.seeds), **more)


def compared(crossbar, widths, imperfections, *, step_rad, shift_rad, seed=5):
    """Cosine and error of the measured gradient against the true one."""
    circuit = crossbar(*widths)
    set_to = electronics(len(widths) - 1)
    twin = circuit.twin([seed], imperfections, electronics=set_to)
    bench = Bench(twin, circuit.tables, 1)
    found = calibrate(bench)
    rng = np.random.default_rng(0)
    drives = {
        b.name: found.curves[b.name].drive(0.5 * rng.uniform(-1, 1, (1, *b.weight.shape))) for b in bench.forward_banks
    }
    bench.program(drives)
    match(bench, found)
    slope = {
        b.name: slopes(bench, b, drives[b.name], step_rad * bench.drive_per_rad, (0,))[0] for b in bench.forward_banks
    }
    x, wanted = rng.uniform(0, 1, (1, 20, widths[0])), rng.uniform(0.1, 0.9, (1, 20, widths[-1]))
    measured = measure_gradient(bench, x, wanted, shift_rad=shift_rad, gains=set_to.gains).weights
    names = list(drives)
    measured = [(measured[n] / found.monitors[n][:, None] * slope[n]).ravel() for n in names]
    true = truth.gradient(twin, x[0], lambda out: 0.5 * jnp.sum((out - wanted[:, None]) ** 2, axis=(-1, -2)))
    return fidelity(measured, [true[n].ravel() for n in names])


@pytest.mark.parametrize("widths", [(2, 8, 1), (2, 3, 4, 2)], ids=["two layers", "three layers"])
def test_gradient_is_the_true_one(crossbar, widths):
    # What is left: steps of 1e-3 rad for slopes, and the sweeps by which backward banks are matched. Replicas are moved
    # less: one that crosses the end of its swing reads half a slope.
    found = compared(crossbar, widths, IDEAL, step_rad=1e-3, shift_rad=1e-5)
    assert found.relative_error < 1e-3
    assert found.cosine > 1 - 1e-6


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_gradient_under_full_variation(crossbar, seed):
    found = compared(crossbar, (2, 8, 1), REAL, step_rad=0.25, shift_rad=0.3, seed=seed)
    assert found.cosine > 0.9


def test_runs_do_not_mix(lesson):
    config = TrainConfig(epochs=3, slope_every=2, match_every=2)
    starts = np.array([1, 2, 3, 4])
    together = learn(lesson([11, 12, 12, 13]), config, seeds=starts)
    alone = learn(lesson([12]), config, seeds=starts[1:2])
    for name, drives in alone.program.items():
        np.testing.assert_array_equal(drives[0], together.program[name][1])
    np.testing.assert_array_equal(alone.train.loss[0], together.train.loss[1])
    assert alone.state.shots == together.state.shots == lesson_shots(together)


def lesson_shots(result) -> int:
    """Shots of 2-8-1, 3 epochs with slopes and match in the first and third, by the formulas of `passes`."""
    forward, back, product, lit = 2 * 50, 2 * 50, 2 * 9 * 50, (3 + 2) + (9 + 2)
    match_shots = (9 + 2) + 2 * (1 + 1)
    each = forward + back + product + 200
    return result.state.calibration.shots + 3 * each + 2 * (2 * lit + match_shots) + 200


def test_a_run_goes_on_where_it_stopped(lesson):
    config, kept = TrainConfig(epochs=4), []
    calibrated = calibrate(Bench(lesson([11], IDEAL)[0], lesson([11])[1], 1))
    whole = learn(lesson([11], IDEAL), config, calibration=calibrated, on_epoch=kept.append)
    rest = learn(lesson([11], IDEAL), config, resume=kept[2])
    assert [state.epoch for state in kept] == [0, 1, 2, 3, 4]
    for name, drives in whole.program.items():
        np.testing.assert_array_equal(drives, rest.program[name])
    assert whole.state.shots == rest.state.shots


def test_one_chip_without_an_axis_of_runs(lesson, crossbar):
    many, tables, data = lesson([11])
    one = crossbar(2, 8, 1).twin(11, REAL, electronics=electronics(2))
    config = TrainConfig(epochs=2)
    found = train(one, tables, electronics(2).gains, data, config)
    expected = train(many, tables, electronics(2).gains, data, config, runs=1)
    for name, drives in expected.program.items():
        np.testing.assert_array_equal(drives, found.program[name])


def test_it_learns_and_shortcuts_do_not(lesson):
    seeds, config = list(range(20, 32)), TrainConfig(epochs=80, read_every=1000)
    usual = learn(lesson(seeds, name="xor"), config).test.accuracy.mean()
    assert usual > 0.9
    nominal = learn(
        lesson(seeds, name="xor"), replace(config, shortcuts=Shortcuts(slope="nominal"))
    ).test.accuracy.mean()
    assert nominal < usual - 0.2
    dark = learn(lesson(seeds, name="xor"), replace(config, shortcuts=Shortcuts(bias_light=False))).test.accuracy.mean()
    assert dark < usual - 0.02


def test_settings_that_training_does_not_know_are_refused():
    with pytest.raises(ValueError, match="shortcuts, slope: found 'nominall', expected one of measured, swept"):
        Shortcuts(slope="nominall")
    with pytest.raises(ValueError, match="match_every: found 0, expected 1 or more"):
        TrainConfig(match_every=0)


def test_nominal_slopes_are_those_of_a_nominal_chip(crossbar):
    for weight, low, high in (("mzi", 5.0, 50.0), ("pin", -14.0, 14.0)):
        circuit = crossbar(2, 3, weight=weight)
        twin, (bank,), step = circuit.twin(0, Imperfections.ideal()), circuit.tables.banks, 1e-4
        drive = np.linspace(low, high, 9).reshape(3, 3)
        ends = []
        for end in (drive + step, drive - step):
            twin.program({bank.name: end})
            ends.append(truth.weights(twin)[bank.name][0])
        found = Bench(twin, circuit.tables).nominal_slope(drive)
        np.testing.assert_allclose(found, (ends[0] - ends[1]) / (2 * step), rtol=0.02, atol=1e-4)


def test_slope_of_the_activation_must_be_measured(lesson):
    seeds, config = list(range(20, 32)), TrainConfig(epochs=80, read_every=1000)
    usual = learn(lesson(seeds), config).train.loss.mean()
    one = learn(lesson(seeds), replace(config, shortcuts=Shortcuts(activation_slope="one"))).train.loss.mean()
    assert one > 1.2 * usual


def test_three_layers_and_several_classes(crossbar):
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    features = np.stack([np.cos(2.1 * labels), np.sin(2.1 * labels)], axis=1) + 0.2 * rng.standard_normal((90, 2))
    data = light(features, labels, np.arange(90) >= 45, 3)
    circuit = crossbar(2, 4, 4, 3)
    twin = circuit.twin([1], REAL, electronics=electronics(3))
    found = train(twin, circuit.tables, electronics(3).gains, data, TrainConfig(epochs=120, read_every=1000), runs=1)
    assert found.test.accuracy[0] > 0.9


def test_offline_weights_are_what_a_chip_computes(lesson):
    twin, _, data = lesson([1], IDEAL)
    found = train_offline(data, electronics(2), TrainConfig(epochs=100), np.array([0]), 8)
    twin.program({name: theta[:, None] for name, theta in found.blind(get("generic").drive).items()})
    read = truth.outputs(twin, data.test_x)[:, 0]
    assert np.mean(predict(read) == data.test_y) == pytest.approx(found.accuracy[0])
    assert found.accuracy[0] > 0.8


def test_digital_network_learns():
    data = stack([points(name, 1) for name in ("moons", "circles", "xor")])
    assert np.all(digital_accuracy(data, DigitalConfig(epochs=300)) > 0.85)
    assert data.train_x.shape == (3, 50, 2)
    assert data.test_x.shape == (3, 150, 2)


@pytest.mark.parametrize("weight", ["mzi", "pin"])
def test_training_needs_program_and_measure_only(crossbar, door, weight):
    circuit = crossbar(2, 3, 1, weight=weight)
    twin = circuit.twin((1, 2), electronics=electronics(2))
    result = train(door(twin), circuit.tables, (8.0, 2.0), points("moons", 9), TrainConfig(epochs=2), runs=2)
    assert result.state.epoch == 2
    assert np.all(np.isfinite(result.train.loss))

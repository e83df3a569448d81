from dataclasses import replace

import numpy as np
import pytest

from chips.bench import Calibration
from chips.calibrate import calibrate
from chips.fidelity import fidelity
from chips.gradients import echo, parameter_shift, three_pass
from chips.train import make_bench
from chips.twin import Twin
from chips.variation import CONVERTERS, NOISE, READ_OUT, STRAY_LIGHT, Imperfections
from pdk.finding import Finding

QUIET = Imperfections.real().without(*NOISE, *CONVERTERS, *STRAY_LIGHT, *READ_OUT, "wavelength_offset_nm")
OWN_LOSSES = replace(
    QUIET, thermal_crosstalk=0.0, loss_spread_db=0.0, responsivity_spread=0.0, boundary_imbalance_rad=0.0
)
EQUAL_LOSSES = replace(OWN_LOSSES, equal_losses=True)
NO_SPREAD = replace(OWN_LOSSES, p_pi_spread=0.0)
SMALL_STEP = 1e-5
"""Dither of the noise-free cases: its own error is of second order."""


def measured(task, true_gradient, imperfections, gradient=echo.gradient, *, calibration=None, seed=0):
    twin = Twin(task.netlist, task.pdk, imperfections, seed, thermal=task.thermal)
    bench = make_bench(twin, task.tables, task.design, task.split, task.config)
    bench = bench.calibrated(calibration or calibrate(bench, seed))
    settings = bench.random_program(np.random.default_rng(seed))
    x, labels = task.split.train_x, task.split.train_y
    before = twin.shots
    found = gradient(bench, settings, x, labels)
    assert not isinstance(found, Finding)
    assert found.shots == twin.shots - before
    twin.program(settings)
    return fidelity(found.phases, true_gradient(bench, twin, x, labels))


@pytest.mark.parametrize("activation", ["modulator", "sqrt"])
@pytest.mark.parametrize(("ports", "linear"), [(4, "unitary"), (8, "unitary"), (4, "svd"), (8, "svd"), (16, "unitary")])
def test_echo_is_exact_where_losses_are_equal(lesson, true_gradient, ports, linear, activation):
    task = lesson(ports, linear=linear, activation=activation, dither=SMALL_STEP)
    limit = {"modulator": 1e-10, "sqrt": 1e-8}[activation]  # √ bends more within the step of the dither
    assert measured(task, true_gradient, EQUAL_LOSSES).relative_error < limit


@pytest.mark.parametrize(("ports", "linear"), [(4, "unitary"), (8, "unitary"), (4, "svd"), (8, "svd")])
def test_echo_under_the_netlists_own_losses(lesson, true_gradient, ports, linear):
    assert measured(lesson(ports, linear=linear, dither=SMALL_STEP), true_gradient, OWN_LOSSES).cosine > 0.999


@pytest.mark.parametrize(("ports", "layers"), [(4, 3), (8, 2)])
def test_echo_on_real_chips(lesson, true_gradient, ports, layers):
    task = lesson(ports, layers, samples=128)
    found = [measured(task, true_gradient, Imperfections.devices(), seed=seed) for seed in range(3)]
    assert min(f.cosine for f in found) > 0.98
    assert max(f.relative_error for f in found) < 0.2


@pytest.mark.parametrize(("ports", "layers"), [(4, 3), (8, 2)])
def test_echo_among_stray_light_and_every_noise(lesson, true_gradient, ports, layers):
    """Light of closed sources and reflections is not in the protocol: it costs a little, and is bounded here."""
    task = lesson(ports, layers, samples=128)
    found = [measured(task, true_gradient, Imperfections.real(), seed=seed) for seed in range(3)]
    assert np.mean([f.cosine for f in found]) > 0.98
    assert min(f.cosine for f in found) > 0.95
    assert max(f.relative_error for f in found) < 0.3


@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_parameter_shift_is_exact_under_any_loss(lesson, true_gradient, linear):
    task = lesson(4, linear=linear, dither=SMALL_STEP)
    nominal = Calibration.nominal(task.tables)
    found = measured(task, true_gradient, NO_SPREAD, parameter_shift.gradient, calibration=nominal)
    assert found.relative_error < 1e-9


def test_parameter_shift_feels_heaters_that_differ(lesson, true_gradient):
    task = lesson(4, dither=SMALL_STEP)
    assert 1e-3 < measured(task, true_gradient, OWN_LOSSES, parameter_shift.gradient).relative_error < 0.3


def test_control_three_pass_is_wrong_under_loss(lesson, true_gradient):
    task = lesson(8, linear="svd", dither=SMALL_STEP)
    assert measured(task, true_gradient, EQUAL_LOSSES, three_pass.gradient).relative_error > 0.5


def test_control_uncalibrated_echo_is_wrong(lesson, true_gradient):
    task = lesson(4, dither=SMALL_STEP)
    found = measured(task, true_gradient, EQUAL_LOSSES, calibration=Calibration.nominal(task.tables))
    assert found.relative_error > 0.4


def test_echo_refuses_a_layer_that_loses_unevenly(lesson):
    task = lesson(4, layers=1, linear="svd")
    blind = replace(task.tables.layers[0], dumps=0)
    bench = make_bench(
        Twin(task.netlist, task.pdk, EQUAL_LOSSES, 0, thermal=task.thermal),
        task.tables,
        task.design,
        task.split,
        task.config,
    )
    bench = replace(bench, tables=replace(task.tables, layers=(blind,)))
    found = echo.gradient(bench, (), task.split.train_x, task.split.train_y)
    assert isinstance(found, Finding)
    assert found.place == "layer1" and found.rule == "echo_exact"


def test_echo_refuses_what_calibration_found_uneven(lesson):
    task = lesson(4, layers=1)
    bench = make_bench(
        Twin(task.netlist, task.pdk, EQUAL_LOSSES, 0, thermal=task.thermal),
        task.tables,
        task.design,
        task.split,
        task.config,
    )
    layer = replace(bench.calibration.layers[0], uneven=0.9)
    bench = bench.calibrated(Calibration((layer,), 0))
    assert isinstance(echo.gradient(bench, (), task.split.train_x, task.split.train_y), Finding)


def test_fidelity():
    a = [np.array([3.0, 0.0]), np.array([4.0])]
    assert fidelity(a, a).cosine == pytest.approx(1.0)
    half = fidelity([0.5 * part for part in a], a)
    assert half.cosine == pytest.approx(1.0) and half.relative_error == pytest.approx(0.5)
    with pytest.raises(ValueError, match="shapes"):
        fidelity(a, a[:1])

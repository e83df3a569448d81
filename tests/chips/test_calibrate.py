from dataclasses import replace

import numpy as np
import pytest

from chips import truth
from chips.balance import PROGRAMS
from chips.calibrate import FRINGE_LIGHTS, FRINGE_POINTS, LO_SHOTS, calibrate, fit_fringe
from chips.train import make_bench
from chips.twin import Twin
from chips.variation import CONVERTERS, NOISE, READ_OUT, STRAY_LIGHT, Imperfections

QUIET = Imperfections.real().without(*NOISE, *CONVERTERS, *STRAY_LIGHT, *READ_OUT, "wavelength_offset_nm")
EXACT = replace(
    QUIET,
    thermal_crosstalk=0.0,
    loss_spread_db=0.0,
    equal_losses=True,
    responsivity_spread=0.0,
    boundary_imbalance_rad=0.0,
)


def calibrated(task, imperfections, seed):
    twin = Twin(task.netlist, task.pdk, imperfections, seed, thermal=task.thermal)
    return twin, calibrate(make_bench(twin, task.tables, task.design, task.split, task.config), seed)


def spread(found_rad, true_rad):
    """Largest deviation once the common phase is taken out."""
    turn = np.exp(1j * (found_rad - true_rad))
    return np.abs(np.angle(turn / turn.mean())).max()


def test_fringe_without_noise_is_fitted_to_machine_precision():
    settings = np.linspace(0, 55, FRINGE_POINTS)
    angle = np.pi * settings[:, None] / 26.37
    power = 2.0 + np.array([1.0, 0.3]) * np.cos(angle + np.array([0.4, 2.0]))
    assert abs(fit_fringe(settings, power, 25.0) - 26.37) < 1e-12


@pytest.mark.parametrize(("ports", "linear"), [(4, "unitary"), (8, "unitary"), (4, "svd")])
def test_every_constant_is_found_exactly_without_noise(lesson, ports, linear):
    task = lesson(ports, layers=2, linear=linear)
    twin, found = calibrated(task, EXACT, seed=5)
    for index, layer in enumerate(found.layers):
        p_pi = task.tables.drive.per_pi * twin._layers[index].drawn.source_p_pi
        np.testing.assert_allclose(layer.per_pi, p_pi, rtol=1e-12)
        assert spread(layer.eta_rad, truth.source_constants_rad(twin, index)) < 1e-9
        assert layer.uneven < 1e-9
        np.testing.assert_allclose(layer.inject_gain, 1.0, atol=1e-9)


def test_real_noise_leaves_a_few_hundredths_of_a_radian(lesson):
    task = lesson(8, layers=2)
    twin, found = calibrated(task, Imperfections.real(), seed=2)
    for index, layer in enumerate(found.layers):
        assert spread(layer.eta_rad, truth.source_constants_rad(twin, index)) < 0.1


def test_strengths_of_inputs_and_detectors_follow_from_energy(lesson):
    task = lesson(8, layers=1)
    imperfections = replace(EXACT, responsivity_spread=0.05, boundary_imbalance_rad=0.02, equal_losses=False)
    twin, found = calibrated(task, imperfections, seed=4)
    optics, drawn, t = twin._layers[0].optics, twin._layers[0].drawn, task.tables.layers[0]
    layer = found.layers[0]
    pairs = [
        (layer.input_gain, np.abs(optics.source) ** 2 / t.source),
        (layer.detector_gain, np.abs(optics.detector) ** 2 / t.detector * drawn.responsivity["detector"]),
        (layer.inject_gain, np.abs(optics.inject) ** 2 / t.inject),
        (layer.backward_gain, np.abs(optics.backward) ** 2 / t.backward * drawn.responsivity["backward"]),
    ]
    for measured, true in pairs:
        before, after = np.std(true / true.mean()), np.std(measured / true / np.mean(measured / true))
        assert after < 0.15 * before


def test_shots(lesson):
    task = lesson(4, layers=1)
    twin, found = calibrated(task, EXACT, seed=1)
    assert found.shots == twin.shots
    fixed = FRINGE_POINTS * FRINGE_LIGHTS + LO_SHOTS + PROGRAMS * 8
    assert (found.shots - fixed - 52) % 16 == 0  # N(3N + 1), and 4N more for each program that was refused


def test_same_seed_same_calibration(lesson):
    task = lesson(4, layers=1)
    a, b = (calibrated(task, Imperfections.real(), seed=1)[1].layers[0] for _ in range(2))
    assert np.array_equal(a.eta_rad, b.eta_rad) and np.array_equal(a.per_pi, b.per_pi)

"""Weights by measurement: sweeps find the fringes, a closed loop reaches its targets, slopes are slopes."""

from dataclasses import replace

import numpy as np
import pytest

from chips.crossbar import truth
from chips.crossbar.bench import Bench
from chips.crossbar.calibration import calibrate, read_weights, slopes
from chips.crossbar.lock import lock, match
from chips.crossbar.sweep import POINTS, fit
from chips.variation import Imperfections

REAL = Imperfections.real()
UNKNOWN = replace(
    Imperfections.ideal(),
    phase_offset_rad=REAL.phase_offset_rad,
    splitter_imbalance_rad=0.02,
    p_pi_spread=0.05,
    responsivity_spread=0.05,
    loss_spread_db=0.01,
)
"""A chip that differs from its drawing, read without noise."""


@pytest.fixture
def bench(crossbar):
    """A bench of R chips: bench(seeds, imperfections)."""

    def make(seeds, imperfections) -> Bench:
        circuit = crossbar(2, 4, 1)
        return Bench(circuit.twin(seeds, imperfections), circuit.tables, len(seeds))

    return make


def test_fit_is_exact_without_noise():
    rng = np.random.default_rng(0)
    power = np.linspace(0, 55, POINTS)
    offset, amplitude, p_pi, phase = (
        rng.uniform(low, high, (3, 2, 2)) for low, high in ((-0.2, 0.2), (0.5, 1.5), (21.0, 29.0), (-3.1, 3.1))
    )
    read = offset[:, None] + amplitude[:, None] * np.cos(np.pi / p_pi[:, None] * power[:, None, None] + phase[:, None])
    found = fit(power, read, 25.0)
    np.testing.assert_allclose(np.pi / found.per_setting, p_pi, rtol=1e-9)
    np.testing.assert_allclose(found.offset, offset, atol=1e-9)
    np.testing.assert_allclose(found.amplitude, amplitude, rtol=1e-9)
    np.testing.assert_allclose(np.cos(found.phase_rad - phase), 1, atol=1e-12)


def test_curves_go_there_and_back():
    power = np.linspace(0, 55, POINTS)
    phase = np.linspace(-3.1, 3.1, 9)
    read = np.cos(np.pi / 25 * power[:, None, None] + phase[:, None])[None]
    found = fit(power, read, 25.0)
    for weight in (-1.0, -0.4, 0.0, 0.7, 1.0):
        drive = found.drive(np.full((1, 9, 1), weight))
        assert np.all((found.low <= drive) & (drive <= found.high) & (drive >= 0) & (drive <= 55))
        np.testing.assert_allclose(found.weight(drive), weight, atol=1e-9)
        step = 1e-4
        slope = (found.weight(drive + step) - found.weight(drive - step)) / (2 * step)
        np.testing.assert_allclose(found.slope(drive), slope, atol=1e-7)


def test_sweep_finds_the_weights_of_an_unknown_chip(bench):
    b = bench([3, 4], UNKNOWN)
    found = calibrate(b)
    rng = np.random.default_rng(1)
    drives = {bank.name: rng.uniform(0, b.limit, (2, *bank.weight.shape)) for bank in b.tables.banks}
    b.program(drives)
    for name, true in truth.weights(b.chip).items():
        np.testing.assert_allclose(found.curves[name].weight(drives[name]), true[:, 0], atol=2e-6)


def test_lock_reaches_what_converters_let_it(bench):
    b = bench([3, 4], REAL)
    found = calibrate(b)
    rng = np.random.default_rng(1)
    targets = {bank.name: rng.uniform(-0.7, 0.7, (2, *bank.weight.shape)) for bank in b.tables.banks}
    b.program(found.drives(targets))
    by_table = np.concatenate([(read_weights(b, bank)[0] - targets[bank.name]).ravel() for bank in b.tables.banks])
    lock(b, found, targets)
    locked = np.concatenate([(read_weights(b, bank)[0] - targets[bank.name]).ravel() for bank in b.tables.banks])
    code = b.limit / 255 * np.pi / b.tables.drive.per_pi
    assert np.sqrt(np.mean(locked**2)) < 0.5 * code
    assert np.sqrt(np.mean(locked**2)) < np.sqrt(np.mean(by_table**2)) + 1e-3


def test_match_carries_weights_and_not_codes(bench):
    b = bench([5], UNKNOWN)
    found = calibrate(b)
    rng = np.random.default_rng(2)
    ahead = {"layer1.forward": rng.uniform(0, 50, (1, 4, 3)), "layer2.forward": rng.uniform(0, 50, (1, 1, 5))}
    b.program(ahead)
    match(b, found)
    true = truth.weights(b.chip)
    missed = true["layer2.backward"][0, 0] - true["layer2.forward"][0, 0, :, :-1].T
    assert np.abs(missed).max() < 0.02, "only a weight beyond the backward bank's reach may miss more"
    b.program({"layer2.backward": np.swapaxes(ahead["layer2.forward"][..., :-1], 1, 2)})
    true = truth.weights(b.chip)
    assert np.abs(true["layer2.backward"][0, 0] - true["layer2.forward"][0, 0, :, :-1].T).max() > 0.2


def test_slopes_are_slopes(bench):
    b = bench([6, 7], UNKNOWN)
    found = calibrate(b)
    bank = b.tables.banks[0]
    drives = np.random.default_rng(3).uniform(5, 50, (2, *bank.weight.shape))
    b.program({bank.name: drives})
    measured, shots = slopes(b, bank, drives, 0.01, (0,))
    np.testing.assert_allclose(measured, found.curves[bank.name].slope(drives), atol=1e-5)
    assert shots == 2 * b.lit_shots(bank)

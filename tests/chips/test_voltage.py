"""Phase shifters that a voltage drives, either way: the same chip as with heaters, but for the heat."""

from dataclasses import replace
from math import pi
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chips import loading, truth
from chips.calibrate import calibrate
from chips.chip import Drive
from chips.drift import drift
from chips.fidelity import fidelity
from chips.gradients import echo, parameter_shift
from chips.lock import LockConfig, lock, measure_matrices
from chips.offline import train_offline
from chips.train import make_bench, start_phases, train
from chips.twin import Twin
from chips.variation import CONVERTERS, NOISE, READ_OUT, STRAY_LIGHT, Imperfections
from compiler.decompose import decompose
from compiler.tables import tables

IDEAL, REAL = Imperfections.ideal(), Imperfections.real()
QUIET = REAL.without(*NOISE, *CONVERTERS, *STRAY_LIGHT, *READ_OUT, "wavelength_offset_nm")
EVEN = replace(QUIET, loss_spread_db=0.0, responsivity_spread=0.0, boundary_imbalance_rad=0.0, equal_losses=True)
GROUPS = ("detector", "monitor", "backward", "tap")
FEW = hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def by_voltage(lesson, voltage_pdk):
    """A task of `lesson` on the process with voltages; its thermal table stays, and must not matter."""

    def make(*arguments, pdk=voltage_pdk, **more):
        task = lesson(*arguments, **more)
        return SimpleNamespace(**vars(task) | {"pdk": pdk, "tables": tables(task.netlist, pdk)})

    return make


def bench_of(task, imperfections, seed=0):
    twin = Twin(task.netlist, task.pdk, imperfections, seed, thermal=task.thermal)
    return twin, make_bench(twin, task.tables, task.design, task.split, task.config)


@FEW
@given(st.lists(st.floats(-0.5, 0.5), min_size=12, max_size=12))
def test_a_program_is_the_phases_that_it_says(by_voltage, shares):
    task = by_voltage(4, 1)
    twin, bench = bench_of(task, IDEAL)
    wanted = task.tables.drive.range_rad * np.array(shares)
    twin.program(bench.settings((wanted,)))
    np.testing.assert_allclose(np.exp(1j * truth.true_phases(twin)[0]), np.exp(1j * wanted), atol=1e-9)


def test_decomposed_phases_reach_the_chip(by_voltage):
    """Phases 0 … 2π of a decomposition are voltages of either sign, in range."""
    rng = np.random.default_rng(1)
    unitary = np.linalg.qr(rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4)))[0]
    phases = decompose(unitary)
    wanted = np.concatenate([phases.theta_rad, phases.phi_rad])
    task = by_voltage(4, 1)
    drive = task.tables.drive
    volts = drive.setting(drive.wrapped(wanted)) - drive.zero
    assert np.all(np.abs(volts) <= drive.per_pi * (1 + 1e-12)) and volts.min() < 0 < volts.max()
    twin, _ = bench_of(task, IDEAL)
    twin.program((volts + drive.zero,))
    np.testing.assert_allclose(np.exp(1j * truth.true_phases(twin)[0]), np.exp(1j * wanted), atol=1e-9)


def test_the_same_phases_give_the_same_light(lesson, by_voltage):
    """Seed for seed a chip of voltages differs from one of heaters by its drive alone; no heat, whatever the table."""
    hot, cold = lesson(4, 1), by_voltage(4, 1)
    spread = replace(QUIET, p_pi_spread=0.05)
    rng = np.random.default_rng(2)
    phases = (rng.uniform(0, pi, 12),)
    x, e, turned = rng.uniform(-1, 1, (5, 4)), rng.uniform(-1, 1, (5, 4)), rng.uniform(0, pi, (5, 4))
    read = []
    for task, thermal in ((hot, None), (cold, cold.thermal)):
        twin = Twin(task.netlist, task.pdk, spread, 7, thermal=thermal)
        drive = task.tables.drive
        twin.program((drive.setting(phases[0]),))
        light = {"inputs": x, "sources": e, "source_settings": drive.setting(turned)}
        read.append(twin.measure(Drive(0, GROUPS, **light)))
    for group in GROUPS:
        np.testing.assert_allclose(read[0][group], read[1][group], rtol=1e-9)


def test_nothing_set_is_no_phase(by_voltage):
    task = by_voltage(4, 1)
    fresh, bench = bench_of(task, IDEAL)
    told, _ = bench_of(task, IDEAL)
    told.program(bench.settings((np.zeros(12),)))
    zero = np.full(4, task.tables.drive.zero)
    a = fresh.measure(Drive(0, ("tap",), sources=np.ones(4)))
    b = told.measure(Drive(0, ("tap",), sources=np.ones(4), source_settings=zero))
    np.testing.assert_array_equal(a["tap"], b["tap"])


def test_voltages_end_where_the_converter_ends(by_voltage):
    task = by_voltage(4, 1)
    drive = task.tables.drive
    twin, _ = bench_of(task, IDEAL)
    for setting, phase in ((-1.0, drive.least_rad), (drive.limit + 1.0, drive.most_rad)):
        twin.program((np.full(12, setting),))
        np.testing.assert_allclose(np.exp(1j * truth.true_phases(twin)[0]), np.exp(1j * phase), atol=1e-9)


def test_calibration_finds_every_voltage_for_pi(by_voltage):
    task = by_voltage(4, 2)
    twin, bench = bench_of(task, EVEN, seed=5)
    for index, layer in enumerate(calibrate(bench, 5).layers):
        v_pi = task.tables.drive.per_pi * twin._layers[index].drawn.source_p_pi
        np.testing.assert_allclose(layer.per_pi, v_pi, rtol=1e-9)
        turn = np.exp(1j * (layer.eta_rad - truth.source_constants_rad(twin, index)))
        assert np.abs(np.angle(turn / turn.mean())).max() < 1e-8


@pytest.mark.parametrize(
    ("gradient", "imperfections", "limit"),
    [(echo.gradient, EVEN, 1e-10), (parameter_shift.gradient, replace(EVEN, p_pi_spread=0.0), 1e-8)],
)
def test_gradients_are_the_true_ones(by_voltage, true_gradient, gradient, imperfections, limit):
    task = by_voltage(4, 3, dither=1e-5)
    twin, bench = bench_of(task, imperfections, seed=1)
    bench = bench.calibrated(calibrate(bench, 1))
    settings = bench.random_program(np.random.default_rng(1))
    found = gradient(bench, settings, task.split.train_x, task.split.train_y)
    twin.program(settings)
    true = true_gradient(bench, twin, task.split.train_x, task.split.train_y)
    assert fidelity(found.phases, true).relative_error < limit


@pytest.mark.parametrize("process", ["voltage_pdk", "camera_pdk"])
def test_a_real_chip_learns_in_place(by_voltage, door, request, process):
    task = by_voltage(4, 2, samples=80, epochs=25, learning_rate_rad=0.1, pdk=request.getfixturevalue(process))
    twin = Twin(task.netlist, task.pdk, REAL, 3, thermal=task.thermal)
    result = train(door(twin), task.tables, task.design, task.split, task.config)
    assert result.train_accuracy >= 0.9
    assert result.history[-1].loss < 0.6 * result.history[0].loss
    settings, drive = np.concatenate(result.settings), task.tables.drive
    assert np.all((settings > -1e-9) & (settings < drive.limit + 1e-9))
    assert settings.min() < drive.zero < settings.max()


def test_nominal_training_stays_in_range(by_voltage):
    task = by_voltage(4, 2, epochs=3)
    found = train_offline(task.netlist, task.pdk, task.design, task.split, task.config)
    drive = task.tables.drive
    phases = np.concatenate(found.phases_rad)
    assert drive.least_rad <= phases.min() < 0 < phases.max() <= drive.most_rad
    np.testing.assert_allclose(drive.phase_rad(np.concatenate(found.settings)), phases, atol=1e-12)


def test_a_table_of_offsets_makes_a_chip_nominal(by_voltage):
    task = by_voltage(4, 1)
    offsets = replace(IDEAL, phase_offset_rad=REAL.phase_offset_rad, source_phase_rad=REAL.source_phase_rad)
    offsets = replace(offsets, p_pi_spread=0.01)
    twin, bench = bench_of(task, offsets, seed=3)
    wanted = start_phases(task.tables, 4)
    loaded = loading.through_table(twin, task.netlist, task.pdk, wanted, shifters=True)
    twin.program(bench.settings(loaded))
    found = np.abs(truth.transfer_matrix(twin, 0)) / np.sqrt(task.tables.layers[0].a_tot)
    nominal = loading.nominal_matrices(task.netlist, task.pdk, task.tables, wanted)[0]
    np.testing.assert_allclose(found, np.abs(nominal), atol=1e-9)


def test_a_drifted_chip_is_led_back(by_voltage):
    """DC drift of electro-optic shifters: phases walk, a lock to the remembered matrices follows."""
    task = by_voltage(4, 1)
    twin, bench = bench_of(task, EVEN, seed=2)
    bench = bench.calibrated(calibrate(bench, 2))
    phases = tuple(p / 2 for p in start_phases(task.tables, 1))
    twin.program(bench.settings(phases))
    target, _ = measure_matrices(bench)
    drift(twin, 0.1, 0.0, 1)
    found = lock(bench, phases, target, LockConfig(steps=120))
    assert found.error[0] > 0.05 and found.error[-1] < 0.1 * found.error[0]
    assert all(np.all(np.abs(p) <= task.tables.drive.most_rad) for p in found.phases_rad)

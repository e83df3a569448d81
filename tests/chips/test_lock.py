from dataclasses import replace

import numpy as np
import pytest

from chips import truth
from chips.bench import Bench, Calibration
from chips.calibrate import calibrate
from chips.drift import drift
from chips.gradients import echo
from chips.lock import LockConfig, lock, measure_matrices
from chips.train import make_bench, start_phases
from chips.twin import Twin
from chips.variation import Imperfections

REAL = Imperfections.real()
EXACT = replace(
    Imperfections.ideal(),
    splitter_imbalance_rad=0.02,
    phase_offset_rad=2 * np.pi,
    source_phase_rad=2 * np.pi,
    mirror_phase_rad=2 * np.pi,
    equal_losses=True,
)


def chip(task, pdk, imperfections, *, calibrated=True) -> tuple[Twin, Bench]:
    twin = Twin(task.netlist, pdk, imperfections, 1, thermal=task.thermal)
    bench = make_bench(twin, task.tables, task.design, task.split, task.config)
    return twin, bench.calibrated(calibrate(bench, 1)) if calibrated else bench


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Between matrices whose rows may differ in phase."""
    turn = np.exp(1j * np.angle(np.sum(a * b.conj(), axis=1, keepdims=True)))
    return float(np.linalg.norm(a - turn * b) / np.linalg.norm(b))


def test_measured_matrices_are_the_true_ones_but_for_each_row_s_phase(lesson, pdk):
    task = lesson(4, 2)
    twin, bench = chip(task, pdk, EXACT)
    twin.program(bench.settings(start_phases(task.tables, 3)))
    before = twin.shots
    matrices, shots = measure_matrices(bench)
    assert shots == twin.shots - before == 2 * 5 * 4
    for index, found in enumerate(matrices):
        true = truth.transfer_matrix(twin, index) / np.sqrt(task.tables.layers[index].a_tot)
        assert distance(found, true) < 1e-6


def test_field_error_sent_back_gives_the_gradient_of_the_distance(lesson, pdk):
    task = lesson(4, 1)
    twin, bench = chip(task, pdk, EXACT)
    phases = start_phases(task.tables, 3)
    twin.program(bench.settings(phases))
    (target,), _ = measure_matrices(bench)
    phases = (phases[0] + 0.2 * np.random.default_rng(0).standard_normal(len(phases[0])),)

    def error(at):
        twin.program(bench.settings(at))
        (matrix,), _ = measure_matrices(bench)
        turn = np.exp(1j * np.angle(np.sum(matrix * target.conj(), axis=1, keepdims=True)))
        return matrix, matrix - turn * target

    step = 1e-4
    numeric = [
        (np.sum(np.abs(error((phases[0] + d,))[1]) ** 2) - np.sum(np.abs(error((phases[0] - d,))[1]) ** 2)) / (2 * step)
        for d in step * np.eye(len(phases[0]))
    ]
    matrix, missed = error(phases)
    d_phase, _, shots = echo.retrace(bench, 0, matrix.T, missed.T.conj())
    assert shots == 3 * 4
    np.testing.assert_allclose(d_phase.sum(axis=0), numeric, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("linear", "ports"), [("unitary", 4), ("svd", 2)])
def test_a_drifted_chip_is_led_back_without_data(lesson, pdk, linear, ports):
    task = lesson(ports, 2, linear)
    twin, bench = chip(task, pdk, REAL)
    phases = start_phases(task.tables, 3)
    phases = tuple(np.clip(p, 0.5, task.tables.drive.range_rad - 0.5) for p in phases)
    twin.program(bench.settings(phases))
    true = [truth.transfer_matrix(twin, k)[:ports] for k in range(2)]
    remembered, _ = measure_matrices(bench, 4)
    drift(twin, 0.2, 0.2, 5)
    drifted = max(distance(truth.transfer_matrix(twin, k)[:ports], true[k]) for k in range(2))
    bench = bench.calibrated(calibrate(bench, 2))
    before = twin.shots
    found = lock(bench, phases, remembered, LockConfig())
    assert found.shots == twin.shots - before
    back = max(distance(truth.transfer_matrix(twin, k)[:ports], true[k]) for k in range(2))
    assert back < 0.5 * drifted
    assert found.error[-1] < 0.6 * found.error[0]


def test_control_a_lock_without_calibration_goes_astray(lesson, pdk):
    task = lesson(4, 2)
    errors = {}
    for calibrated in (True, False):
        twin, bench = chip(task, pdk, REAL, calibrated=calibrated)
        phases = start_phases(task.tables, 3)
        twin.program(bench.settings(phases))
        target, _ = measure_matrices(bench, 4)
        drift(twin, 0.2, 0.0, 5)
        errors[calibrated] = lock(bench, phases, target, LockConfig(steps=40)).error[-1]
    assert Calibration.nominal(task.tables).layers[0].eta_rad.max() == 0.0
    assert errors[False] > 2 * errors[True]

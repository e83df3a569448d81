from dataclasses import replace

import numpy as np
import pytest

from chips import loading, truth
from chips.calibrate import calibrate
from chips.lock import LockConfig
from chips.train import make_bench, start_phases
from chips.twin import Twin
from chips.variation import Imperfections

OFFSETS = replace(
    Imperfections.ideal(), phase_offset_rad=2 * np.pi, source_phase_rad=2 * np.pi, mirror_phase_rad=2 * np.pi
)


def miss(twin, task, phases, targets) -> list[float]:
    """How far the power matrix of each layer is from that of the nominal circuit."""
    twin.program(tuple(p / np.pi * task.tables.drive.per_pi for p in phases))
    found = []
    for index, (target, table) in enumerate(zip(targets, task.tables.layers, strict=True)):
        true = truth.transfer_matrix(twin, index) / np.sqrt(table.a_tot)
        wanted, signals = np.abs(target[: table.ports]), np.abs(true[: table.ports])
        found.append(float(np.linalg.norm(signals - wanted) / np.linalg.norm(wanted)))
    return found


@pytest.mark.parametrize(("linear", "ports", "layers"), [("unitary", 4, 2), ("unitary", 8, 1), ("svd", 4, 1)])
def test_a_table_of_offsets_is_exact_where_nothing_else_differs(lesson, pdk, linear, ports, layers):
    task = lesson(ports, layers, linear)
    phases = start_phases(task.tables, 2)
    targets = loading.nominal_matrices(task.netlist, pdk, task.tables, phases)
    twin = Twin(task.netlist, pdk, OFFSETS, 4, thermal=task.thermal)
    assert min(miss(twin, task, phases, targets)) > 0.2
    table = loading.through_table(twin, task.netlist, pdk, phases)
    assert max(miss(twin, task, table, targets)) < 1e-12


def test_heaters_in_the_table_make_up_for_their_spread(lesson, pdk):
    task = lesson(4, 2)
    phases = start_phases(task.tables, 2)
    targets = loading.nominal_matrices(task.netlist, pdk, task.tables, phases)
    twin = Twin(task.netlist, pdk, replace(OFFSETS, p_pi_spread=0.03), 4, thermal=task.thermal)
    without = loading.through_table(twin, task.netlist, pdk, phases)
    table = loading.through_table(twin, task.netlist, pdk, phases, shifters=True)
    assert max(miss(twin, task, without, targets)) > 0.02
    assert max(miss(twin, task, table, targets)) < 1e-12


def test_a_locked_chip_is_nearer_than_any_table(lesson, pdk):
    task = lesson(4, 2)
    phases = start_phases(task.tables, 2)
    targets = loading.nominal_matrices(task.netlist, pdk, task.tables, phases)
    twin = Twin(task.netlist, pdk, Imperfections.real(), 4, thermal=task.thermal)
    bench = make_bench(twin, task.tables, task.design, task.split, task.config)
    bench = bench.calibrated(calibrate(bench, 0))
    table = loading.through_table(twin, task.netlist, pdk, phases)
    locked = loading.locked(bench, table, task.netlist, pdk, phases, LockConfig(steps=80, settled=0.98))
    blind, loaded, led = (np.mean(miss(twin, task, p, targets)) for p in (phases, table, locked.phases_rad))
    assert led < 0.7 * loaded < 0.7 * blind

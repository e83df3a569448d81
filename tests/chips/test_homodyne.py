from dataclasses import replace
from math import pi

import numpy as np
import pytest

from chips import truth
from chips.calibrate import calibrate
from chips.homodyne import homodyne
from chips.train import make_bench
from chips.twin import Twin
from chips.variation import Imperfections

EXACT = replace(
    Imperfections.ideal(),
    splitter_imbalance_rad=0.02,
    phase_offset_rad=2 * pi,
    p_pi_spread=0.05,
    source_phase_rad=2 * pi,
    mirror_phase_rad=2 * pi,
    equal_losses=True,
)


@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_field_is_that_of_the_mesh_in_each_sources_frame(lesson, linear):
    task = lesson(4, layers=1, linear=linear)
    twin = Twin(task.netlist, task.pdk, EXACT, seed=3)
    bench = make_bench(twin, task.tables, task.design, task.split, task.config)
    bench = bench.calibrated(calibrate(bench, seed=0))
    rng = np.random.default_rng(0)
    twin.program(bench.random_program(rng))
    x = task.split.train_x
    powers = bench.forward(0, x)["detector"]
    y = homodyne(bench, 0, x, powers)
    true = x @ truth.transfer_matrix(twin, 0).T / np.sqrt(task.tables.layers[0].a_tot)
    np.testing.assert_allclose(np.abs(y) ** 2, powers, atol=1e-10)
    turn = y / true  # one phase for each output, the same for every sample
    np.testing.assert_allclose(turn, np.broadcast_to(turn[:1], turn.shape), atol=1e-8)


def test_uncalibrated_heaters_give_wrong_fields(lesson):
    task = lesson(4, layers=1)
    twin = Twin(task.netlist, task.pdk, EXACT, seed=3)
    bench = make_bench(twin, task.tables, task.design, task.split, task.config)
    twin.program(bench.random_program(np.random.default_rng(0)))
    powers = bench.forward(0, task.split.train_x)["detector"]
    y = homodyne(bench, 0, task.split.train_x, powers)
    assert np.abs(np.abs(y) ** 2 - powers).max() > 1e-2

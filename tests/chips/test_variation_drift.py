"""Drift turns the chip, not what it is told."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from chips import truth
from chips.chip import Drive
from chips.drift import drift
from chips.twin import Twin
from chips.variation import Imperfections


def wrapped(rad):
    return (np.asarray(rad) + pi) % (2 * pi) - pi


def test_phases_walk_and_the_program_stays(pdk, circuit):
    twin = Twin(circuit(4, 2), pdk, replace(Imperfections.ideal(), phase_offset_rad=2 * pi), 0)
    program = tuple(np.random.default_rng(0).uniform(0, 50, 12) for _ in range(2))
    twin.program(program)
    before = truth.true_phases(twin)
    eta = truth.source_constants_rad(twin, 0)
    drift(twin, 0.1, 0.0, seed=1)
    once = truth.true_phases(twin)
    moved = np.concatenate([wrapped(new - old) for new, old in zip(once, before, strict=True)])
    assert moved.std() == pytest.approx(0.1, rel=0.4)
    assert np.abs(wrapped(truth.source_constants_rad(twin, 0) - eta)).max() > 0.02, "output shifters walk too"
    twin.program(program)
    assert all(map(np.array_equal, truth.true_phases(twin), once)), "a program does not undo it"
    drift(twin, 0.1, 0.0, seed=2)
    assert not any(map(np.array_equal, truth.true_phases(twin), once)), "it adds up"


def test_mirrors_walk_by_themselves(pdk, circuit):
    twin = Twin(circuit(4), pdk, Imperfections.ideal(), 0)
    before, eta = truth.true_phases(twin), truth.source_constants_rad(twin, 0)
    drift(twin, 0.0, 0.2, seed=0)
    assert all(map(np.array_equal, truth.true_phases(twin), before))
    moved = wrapped(truth.source_constants_rad(twin, 0) - eta)
    assert moved.std() == pytest.approx(0.2, rel=0.9)
    assert np.abs(moved).min() > 0


def test_a_seed_is_one_drift(pdk, circuit):
    def currents(*seeds):
        twin = Twin(circuit(4), pdk, Imperfections.ideal(), 0)
        for seed in seeds:
            drift(twin, 0.1, 0.1, seed)
        lit = Drive(0, ("detector", "tap"), inputs=np.ones(4), sources=np.ones(4))
        return twin.measure(lit)["detector"]

    assert np.array_equal(currents(3), currents(3))
    assert not np.array_equal(currents(3), currents(4))
    assert np.abs(currents(3, 4) - currents(4, 3)).max() < 1e-12
    assert not np.array_equal(currents(), currents(3))

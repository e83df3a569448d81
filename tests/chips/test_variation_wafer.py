"""Neighbours have in common what their distance says, and every device varies as much as it should."""

from math import exp

import numpy as np
import pytest

from chips.wafer import Wafer, kriging
from compiler.places import Places


def field(seed, at_mm, share=1.0, length_mm=4.5, names=None):
    paths = tuple(f"d{k}" for k in range(len(at_mm)))
    wafer = Wafer(seed, length_mm, share, Places(paths, np.asarray(at_mm, float)))
    own = np.random.default_rng(seed).standard_normal(len(names or paths))
    return wafer.correlated_normal("p_pi_spread", own, names or paths)


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_covariance_is_that_of_the_distance(share):
    at_mm = [(0, 0), (1, 0), (4.5, 0), (0, 9), (20, 14)]
    drawn = np.array([field(seed, at_mm, share) for seed in range(4000)])
    covariance = drawn.T @ drawn / len(drawn)
    distance = np.linalg.norm(np.subtract.outer(np.array(at_mm)[:, 0], np.array(at_mm)[:, 0])[..., None], axis=-1)
    distance = np.hypot(distance, np.subtract.outer(np.array(at_mm)[:, 1], np.array(at_mm)[:, 1]))
    expected = share * np.exp(-((distance / 4.5) ** 2)) + (1 - share) * np.eye(5)
    assert np.abs(covariance - expected).max() < 0.06


@pytest.mark.parametrize(("length_mm", "die_mm"), [(4.5, 26.0), (4.5, 2.0), (1.0, 10.0)])
def test_kriging_leaves_next_to_nothing_out(length_mm, die_mm):
    die = np.array([0.0, die_mm])
    at = np.linspace(0, die_mm, 301)
    weights = kriging(die, at, length_mm)
    wanted = np.exp(-((np.subtract.outer(at, at) / length_mm) ** 2))
    assert np.abs(weights @ weights.T - wanted).max() < 1e-3


def test_a_field_does_not_depend_on_who_asks():
    at_mm = np.random.default_rng(0).uniform(0, 10, (30, 2))
    whole = field(1, at_mm)
    part = field(1, at_mm, names=("d3", "d7"))
    assert np.abs(part - whole[[3, 7]]).max() < 0.1, "but for what kriging leaves out"


def test_no_share_and_no_length_is_every_device_by_itself():
    at_mm = [(0, 0), (0.01, 0)]
    own = np.random.default_rng(5).standard_normal(2)
    assert np.array_equal(field(5, at_mm, share=0.0), own)
    assert np.array_equal(field(5, at_mm, length_mm=0.0), own)
    assert exp(-1) == pytest.approx(0.368, abs=1e-3)


def test_an_unknown_device_is_named():
    with pytest.raises(ValueError, match="places: found no other, expected every device that varies"):
        field(0, [(0, 0)], names=("other",))

"""Sweeps of PIN weights: what is fitted is what was drawn, and drives lead to the weights asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chips.crossbar.pin_sweep import PinCurves, fit_pin

PER_MA = np.log(10) / 10 * 20 / 15
LIMIT_MA = 15.0
SHAPE = (2, 3, 4)


def drawn(seed: int, spread: float = 0.05) -> PinCurves:
    rng = np.random.default_rng(seed)
    sides = [1 + spread * rng.standard_normal(SHAPE) for _ in range(4)]
    ends = (np.full(SHAPE, -LIMIT_MA), np.full(SHAPE, LIMIT_MA))
    return PinCurves(sides[0], sides[1], PER_MA * sides[2], PER_MA * sides[3], *ends)


def swept(curves: PinCurves, points: int = 52) -> tuple[np.ndarray, np.ndarray]:
    drives = np.linspace(-LIMIT_MA, LIMIT_MA, points)
    return drives, np.stack([curves.weight(np.full(SHAPE, drive)) for drive in drives], axis=1)


@given(st.integers(0, 2**31))
def test_what_is_fitted_is_what_was_drawn(seed):
    curves = drawn(seed)
    found = fit_pin(*swept(curves), PER_MA)
    for name in ("plus", "minus", "plus_per_ma", "minus_per_ma"):
        np.testing.assert_allclose(getattr(found, name), getattr(curves, name), rtol=1e-9)


def test_noise_of_a_reading_hardly_moves_the_fit():
    curves, rng = drawn(3), np.random.default_rng(4)
    drives, read = swept(curves)
    found = fit_pin(drives, read + 0.005 * rng.standard_normal(read.shape), PER_MA)
    np.testing.assert_allclose(found.plus, curves.plus, rtol=0.01)
    np.testing.assert_allclose(found.minus_per_ma, curves.minus_per_ma, rtol=0.05)


@given(st.integers(0, 2**31), st.floats(-2, 2))
def test_a_drive_reaches_its_weight_or_the_end_of_the_range(seed, wanted):
    curves = drawn(seed)
    reached = curves.weight(curves.drive(np.full(SHAPE, wanted)))
    np.testing.assert_allclose(reached, np.clip(wanted, curves.least, curves.most), atol=1e-9)


@given(st.integers(0, 2**31), st.floats(-14, 14).filter(lambda drive: abs(drive) > 1e-3))
def test_the_slope_is_that_of_the_curve(seed, drive):
    curves, at, step = drawn(seed), np.full(SHAPE, drive), 1e-5
    quotient = (curves.weight(at + step) - curves.weight(at - step)) / (2 * step)
    np.testing.assert_allclose(curves.slope(at), quotient, rtol=1e-6)
    assert np.all(curves.slope(at) > 0), "the whole range is one branch"


def test_runs_are_taken_apart():
    curves = drawn(5)
    assert curves.take(np.array([1])).plus.shape == (1, 3, 4)
    assert curves.take(np.array([1])).minus[0] == pytest.approx(curves.minus[1])

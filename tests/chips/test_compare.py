import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chips.compare import interval, paired

VALUES = st.lists(st.floats(0, 100), min_size=3, max_size=12)


def test_interval_is_student_s():
    found = interval([1.0, 2.0, 3.0, 4.0])
    # t(0.975, 3) = 3.1824, standard error 0.6455
    assert (found.mean, found.count) == (2.5, 4)
    assert found.high - found.mean == pytest.approx(3.18245 * 0.645497, rel=1e-5)
    assert interval([1.0, 2.0, 3.0, 4.0], 0.5).high < found.high


def test_pairs_see_through_what_chips_differ_by():
    chips = np.array([60.0, 95.0, 80.0, 70.0])
    gain = np.array([2.0, 2.5, 1.5, 2.0])
    found = paired(chips + gain, chips)
    assert found.low > 1 and found.mean == pytest.approx(2.0)
    assert interval(chips + gain).low < interval(chips).high


@given(VALUES)
def test_a_way_does_not_differ_from_itself(values):
    found = paired(values, values)
    assert (found.mean, found.low, found.high) == (0, 0, 0)


@given(VALUES, st.floats(-50, 50))
def test_interval_moves_with_its_values(values, by):
    before, after = interval(values), interval(np.asarray(values) + by)
    np.testing.assert_allclose(
        [after.low, after.mean, after.high], np.add([before.low, before.mean, before.high], by), atol=1e-9
    )


def test_one_chip_and_unequal_chips_are_refused():
    with pytest.raises(ValueError, match="at least 2 chips"):
        interval([1.0])
    with pytest.raises(ValueError, match="one pair for each chip"):
        paired([1.0, 2.0], [1.0, 2.0, 3.0])

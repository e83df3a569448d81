import numpy as np
import pytest

from backlight.asked import Asked
from backlight.refusal import Refusal
from backlight.watching import drifts_asked, line


def test_a_held_out_part_without_a_probe_set_is_refused():
    assert drifts_asked(Asked(drift=0.1), np.array([0, 1, 1])) is not None
    with pytest.raises(Refusal, match="found 2 held-out samples, expected at least 3"):
        drifts_asked(Asked(drift=0.1), np.array([0, 1]))
    assert drifts_asked(Asked(), np.array([0, 1])) is None


def test_a_line_tells_of_a_chip_that_has_nothing_right():
    told = {"steps": 1, "step_rad": 0.1, "before": 0.9, "after": 0.0, "reloaded": None, "recovered": 0.9}
    assert line(told).endswith("before 90.0, after 0.0, recovered 90.0")

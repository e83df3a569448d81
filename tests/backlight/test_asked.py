import json

import numpy as np
import pytest

from backlight import files
from backlight.asked import Asked, settle
from backlight.refusal import Refusal
from backlight.watching import drifts_asked


@pytest.fixture
def folder(tmp_path):
    """A folder as a run without drift leaves it."""
    (tmp_path / files.WEIGHTS).touch()
    write(tmp_path)
    return tmp_path


def write(folder, **more):
    told = {"schema": 1, "config": {"seed": 4, "epochs": 9}, "chip": "varied", "gradient": "echo"} | more
    (folder / files.TRAINING).write_text(json.dumps(told))


def test_a_new_run_is_as_asked(tmp_path):
    asked = Asked(seed=3, drift=0.1, drift_steps=2)
    assert settle(tmp_path, asked, resume=False) is asked


def test_a_resumed_run_is_as_it_was(folder):
    assert settle(folder, Asked(), resume=True) == Asked(4, 9, False, "echo")
    write(folder, drift={"step_rad": 0.2, "steps": 3})
    assert settle(folder, Asked(seed=4), resume=True) == Asked(4, 9, False, "echo", 0.2, 3)


def test_drift_may_come_later_but_not_change(folder):
    assert settle(folder, Asked(drift=0.3), resume=True).drift == 0.3
    write(folder, drift={"step_rad": 0.2, "steps": 3})
    with pytest.raises(Refusal, match=r"a run with drift 0\.2, expected drift 0\.3"):
        settle(folder, Asked(drift=0.3), resume=True)


def test_steps_without_a_drift_and_drifts_that_are_no_number_are_refused(tmp_path):
    with pytest.raises(Refusal, match="no --drift"):
        settle(tmp_path, Asked(drift_steps=2), resume=False)
    with pytest.raises(Refusal, match="a number of radians"):
        settle(tmp_path, Asked(drift=float("nan")), resume=False)


def test_a_file_of_variations_may_ask_for_a_drift(tmp_path):
    varied = Asked(variation={"drift_rad": 0.2, "mirror_drift_rad": 0.05})
    assert settle(tmp_path, varied, resume=False).drift == 0.2
    assert settle(tmp_path, Asked(drift=0.1, variation={"drift_rad": 0.2}), resume=False).drift == 0.1
    asked = drifts_asked(settle(tmp_path, varied, resume=False), np.array([0, 1, 0, 1]))
    assert asked is not None and (asked.step_rad, asked.mirror_step_rad) == (0.2, 0.05)
    alike = drifts_asked(Asked(drift=0.1), np.array([0, 1, 0, 1]))
    assert alike is not None and alike.mirror_step_rad == 0.1

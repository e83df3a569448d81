"""Settings and phases are two ways to say the same, for heaters and for voltages."""

from math import cos, pi, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdk.drive import Drive

KINDS = (("thermo-optic", "mW"), ("electro-optic", "V"))
DRIVES = st.builds(
    lambda kind, per_pi, range_rad: Drive(*kind, per_pi, range_rad),
    st.sampled_from(KINDS),
    st.floats(0.1, 100),
    st.floats(2 * pi, 3 * pi),
)


@given(DRIVES, st.floats(0, 1))
def test_settings_go_there_and_back(drive, share):
    phase_rad = drive.least_rad + share * drive.range_rad
    setting = drive.setting(phase_rad)
    assert -1e-9 * drive.limit <= setting <= drive.limit * (1 + 1e-9)
    assert drive.phase_rad(setting) == pytest.approx(phase_rad, abs=1e-12)
    assert drive.setting(0.0) == drive.zero


@given(DRIVES, st.floats(-50, 50))
def test_any_phase_is_within_reach(drive, phase_rad):
    """Nominal programs ask for phases of a whole turn: every drive has one."""
    wrapped = drive.wrapped(phase_rad)
    assert drive.least_rad - 1e-12 <= wrapped <= drive.most_rad + 1e-12
    assert (cos(wrapped), sin(wrapped)) == pytest.approx((cos(phase_rad), sin(phase_rad)), abs=1e-12)


def test_a_heater_starts_cold_and_a_voltage_in_the_middle():
    heater, voltage = (Drive(*kind, 5.0, 2.2 * pi) for kind in KINDS)
    assert heater.zero == heater.least_rad == 0.0
    assert voltage.zero == pytest.approx(5.5)
    assert (voltage.least_rad, voltage.most_rad) == pytest.approx((-1.1 * pi, 1.1 * pi))
    phases = np.array([0.0, 1.5 * pi, 1.9 * pi])
    np.testing.assert_array_equal(heater.wrapped(phases), phases)
    np.testing.assert_allclose(voltage.setting(voltage.wrapped(phases)) - voltage.zero, [0.0, -2.5, -0.5])

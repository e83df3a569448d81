"""Noise has the size that its formula says, and is common where its cause is."""

from dataclasses import replace
from math import pi, sqrt

import numpy as np
import pytest

from chips import noise
from chips.chip import Drive
from chips.lowered import lowered
from chips.twin import Twin
from chips.variation import Imperfections

IDEAL = Imperfections.ideal()


def test_shot_and_thermal_noise_of_a_current():
    shot = replace(IDEAL, shot_noise=1.0, bandwidth_ghz=1.0)
    assert noise.current_noise_ma(np.array(0.1), shot) == pytest.approx(
        1e3 * sqrt(2 * 1.602e-19 * 1e-4 * 1e9), rel=1e-3
    )
    thermal = replace(IDEAL, thermal_noise_pa_per_rthz=5.0, bandwidth_ghz=0.01)
    assert noise.current_noise_ma(np.array(0.0), thermal) == pytest.approx(5e-9 * sqrt(1e7), rel=1e-9)
    assert noise.current_noise_ma(np.array(1.0), IDEAL) == 0


def test_phase_noise_grows_with_delay_and_bandwidth():
    laser = replace(IDEAL, linewidth_khz=1000.0, bandwidth_ghz=0.01)
    slow = noise.phase_noise_rad(laser, 1e-10)
    assert slow == pytest.approx(sqrt(4 * pi * 1e6 * 1e-20 * 1e7), rel=1e-9)
    wide = replace(laser, bandwidth_ghz=1e3)
    assert noise.phase_noise_rad(wide, 1e-10) == pytest.approx(sqrt(2 * pi * 1e6 * 1e-10), rel=1e-9)
    assert noise.phase_noise_rad(replace(laser, linewidth_khz=0.0), 1e-10) == 0


def test_light_through_the_mesh_comes_later(pdk, circuit):
    """By the way through the couplers and shifters of four stages: a few millimetres of silicon."""
    (delay_s,) = lowered(circuit(4), pdk).delays_s
    length_mm = delay_s * 2.998e11 / pdk.value("n_g")
    assert 1 < length_mm < 20


def test_laser_noise_is_common_and_the_rest_is_not(pdk, circuit):
    light = Drive(0, ("detector", "monitor"), inputs=np.ones((4000, 4)))

    def correlation(imperfections):
        read = Twin(circuit(4), pdk, imperfections, 0).measure(light)
        both = np.concatenate([read["detector"], read["monitor"]], axis=1)
        return np.corrcoef(both[:, both.mean(axis=0) > 0.01].T), both

    together, both = correlation(replace(IDEAL, rin_db_per_hz=-130.0, bandwidth_ghz=0.01))
    assert together.min() > 0.999999
    assert np.std(both[:, -1]) / np.mean(both[:, -1]) == pytest.approx(1e-3, rel=0.05)
    apart, both = correlation(replace(IDEAL, shot_noise=1.0, bandwidth_ghz=1.0))
    assert np.abs(apart - np.eye(len(apart))).max() < 0.1
    current_a = 1e-3 * np.mean(both[:, -1])
    assert np.std(both[:, -1]) == pytest.approx(1e3 * sqrt(2 * noise.ELECTRON_C * current_a * 1e9), rel=0.05)


def test_an_offset_and_a_gain_are_the_amplifiers_own(pdk, circuit):
    light = Drive(0, ("monitor",), inputs=np.linspace(0, 1, 9)[:, None] * np.ones(4))
    ideal = Twin(circuit(4), pdk, IDEAL, 0).measure(light)["monitor"]
    read = Twin(circuit(4), pdk, replace(IDEAL, gain_spread=0.05, offset_spread=0.01), 0).measure(light)["monitor"]
    slope, offset = np.array([np.polyfit(a, b, 1) for a, b in zip(ideal.T, read.T, strict=True)]).T
    assert 0.01 < np.std(slope) < 0.2 and np.ptp(offset) > 0
    assert np.abs(read - (slope * ideal + offset)).max() < 1e-12

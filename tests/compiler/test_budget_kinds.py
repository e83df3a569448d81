"""Budgets of processes without heaters, and of those that a camera reads."""

from dataclasses import replace
from math import inf, log, log10, pi

import pytest

from compiler.budget import budget
from compiler.budget_limits import onset_mw
from compiler.budget_noise import ELECTRON_C
from compiler.budget_numbers import value
from compiler.budget_times import bandwidths_ghz, inference_ns, setting_ns, shot_ns
from compiler.compile import compile_circuit
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from pdk.contract import Number

MESH = Design(Network("moons", 2, (Layer(4, "sqrt"), Layer(2))), ChipSpec(ports=4), TrainSpec("moons"))
BARS = Design(
    Network("bars", 2, (Layer(4, "modulator"), Layer(1, "modulator")), "mse"),
    ChipSpec(architecture="crossbar"),
    TrainSpec("moons"),
)


def budget_on(design, pdk):
    return budget(design, compile_circuit(design, pdk), pdk, die_mm2=20.0)


def with_numbers(pdk, **numbers):
    return replace(pdk, numbers=pdk.numbers | {n: Number(v, "", "a test") for n, v in numbers.items()})


@pytest.fixture(scope="module", params=["mesh", "crossbar"])
def pair(request, pdk, voltage_pdk):
    design = MESH if request.param == "mesh" else BARS
    return budget_on(design, pdk), budget_on(design, voltage_pdk)


def test_voltages_heat_nothing(pair):
    """The same circuit: less heat by what the heaters drew, to the last mW, and no limit of their current."""
    hot, cold = pair
    drawn = sum(load.total_mw for load in hot.parts.loads if load.name.startswith("heaters"))
    assert drawn > 0
    assert cold.heat_mw == pytest.approx(hot.heat_mw - drawn)
    assert not any("heater" in load.name for load in cold.parts.loads)
    assert {limit.rule for limit in hot.limits} - {limit.rule for limit in cold.limits} == {"heater_current"}
    assert cold.parts.heaters == 0
    assert cold.readings == hot.readings


def test_a_new_voltage_takes_what_charges_its_electrodes(pair):
    hot, cold = pair
    events = {event.name: event for event in cold.parts.events}
    dacs = next(event for event in hot.parts.events if event.name == "DAC conversions")
    assert "settings of phase shifters" not in {event.name for event in hot.parts.events}
    charged_pf = value("shifter_capacitance_pf") + value("electrode_wiring_pf")
    assert events["settings of phase shifters"].pj == pytest.approx(charged_pf * 4.5**2)
    assert events["settings of phase shifters"].step == dacs.step
    assert events["modulator symbols"].pj == pytest.approx(charged_pf * 4.5**2)


def test_drivers_stand_for_every_shifter(pair):
    hot, cold = pair
    drivers = [load for load in cold.parts.loads if load.name.startswith("drivers") and "modulators" not in load.name]
    assert sum(d.count for d in drivers) == sum(h.count for h in hot.parts.loads if h.name.startswith("heaters"))
    assert [driver.mean_mw for driver in drivers] == pytest.approx([2.2 * 4.5] * len(drivers), rel=1e-4)


def test_a_training_step_no_longer_waits_for_heaters(pair, pdk, voltage_pdk):
    hot, cold = pair
    assert setting_ns(pdk) == pytest.approx(9 * log(2) / (2 * pi * 130e-6))
    slew = (value("shifter_capacitance_pf") + value("electrode_wiring_pf")) * voltage_pdk.drive.limit  # pC by 1 mA
    settle = 9 * log(2) / (2 * pi * value("electrode_driver_bandwidth_ghz"))
    assert setting_ns(voltage_pdk) == pytest.approx(slew + settle)
    assert cold.step.ns < hot.step.ns
    higher = with_numbers(voltage_pdk, shifter_v_pi_v=45.0)
    assert setting_ns(higher) - settle == pytest.approx(10 * slew)


@pytest.fixture(scope="module", params=["mesh", "crossbar"])
def seen(request, camera_pdk):
    return budget_on(MESH if request.param == "mesh" else BARS, camera_pdk)


def test_a_camera_takes_a_frame_for_every_shot(seen, camera_pdk):
    """Shots per second are at most its frames, in training and in inference."""
    frame_ns = 1e9 / value("camera_frame_hz")
    assert shot_ns(camera_pdk) == inference_ns(camera_pdk) == seen.inference.ns == frame_ns
    assert seen.step.ns >= seen.batch * seen.parts.shots * frame_ns
    assert seen.latency_ns >= len({d.block for d in seen.parts.delays if d.name == "camera"}) * frame_ns
    faster = with_numbers(camera_pdk, camera_frame_hz=1e4)
    assert shot_ns(faster) == frame_ns / 10
    assert bandwidths_ghz(faster) == (5e-6, 5e-6)


def test_a_camera_stands_for_photodiodes_receivers_and_converters(seen):
    names = [load.name for load in seen.parts.loads]
    assert names.count("camera") == 1
    assert not any("receivers" in name or name == "photodiodes" for name in names)
    assert "ADC conversions" not in {event.name for event in seen.parts.events}
    assert "photodiode_current" not in {limit.rule for limit in seen.limits}
    assert "ADC" not in {delay.name for delay in seen.parts.delays}


def test_a_camera_sees_what_its_well_holds(seen, camera_pdk):
    """The brightest spot of a group fills its well; a spot of a tenth of the light has a tenth of its electrons."""
    groups = {}
    for way, reading in zip(seen.parts.ways, seen.readings, strict=True):
        groups.setdefault((way.block, way.name), []).append(reading)
    well = value("camera_well_electrons")
    for readings in groups.values():
        brightest = max(reading.current_ma for reading in readings)
        exposure_s = well * ELECTRON_C / (brightest * 1e-3)
        assert exposure_s < 1 / value("camera_frame_hz")
        for reading in readings:
            electrons = well * reading.current_ma / brightest
            dark = camera_pdk.value("photodiode_dark_current_na") * 1e-9 * exposure_s / ELECTRON_C
            noise = electrons + dark + value("camera_read_electrons") ** 2
            noise += 10 ** (value("laser_noise_db_per_hz") / 10) * electrons**2 / (2 * exposure_s)
            assert reading.snr_db == pytest.approx(10 * log10(electrons**2 / noise))
            assert reading.snr_db < 10 * log10(well)


def test_heated_modulators_are_waited_for_and_draw_power(pdk):
    slow = with_numbers(pdk, modulator_bandwidth_ghz=130e-6, modulator_mw=30.0)
    found = budget_on(MESH, slow)
    loads = {load.name: load for load in found.parts.loads}
    assert loads["modulators of inputs"].count == loads["modulators of sources"].count == 8
    assert loads["modulators of inputs"].mean_mw == 30.0 and loads["modulators of sources"].training_only
    assert next(event.pj for event in found.parts.events if event.name == "modulator symbols") == 0.0
    assert shot_ns(slow) == inference_ns(slow) == setting_ns(pdk)


def test_a_waveguide_without_absorption_by_two_photons_has_no_limit(pdk):
    clear = with_numbers(pdk, two_photon_cm_per_gw=0.0)
    assert onset_mw(clear) == inf
    found = budget_on(MESH, clear)
    assert found.nonlinear_db == 0.0
    assert "waveguide_power" not in {limit.rule for limit in found.limits}
    short = with_numbers(pdk, carrier_lifetime_ns=0.0)
    assert onset_mw(pdk) < onset_mw(short) < inf

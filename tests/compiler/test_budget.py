"""The budget against numbers worked out by hand, and against the laws that every chip has to keep."""

from dataclasses import replace
from math import log10, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler import budget_numbers
from compiler.budget import budget
from compiler.budget_digital import digital
from compiler.budget_limits import DB_PER_NEPER, nonlinear_per_cm, onset_mw
from compiler.budget_mesh import longest_nm
from compiler.budget_noise import snr_db
from compiler.budget_parts import flight_ns, settle_ns
from compiler.compile import build, compile_circuit
from compiler.netlist import Instance, Netlist
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.paths import layer_paths
from compiler.tables import tables
from compiler.ways import way_nm
from compiler.wiring import Hop
from pdk.contract import Number

DB_OF_2 = 10 * log10(2)


def mesh_design(*outputs, ports=4, linear="unitary"):
    layers = (*(Layer(width, "sqrt") for width in outputs[:-1]), Layer(outputs[-1]))
    return Design(Network("moons", 2, layers), ChipSpec(ports=ports, linear=linear), TrainSpec("moons"))


def crossbar_design(*widths, weight="mzi"):
    layers = tuple(Layer(width, "modulator") for width in widths[1:])
    chip = ChipSpec(architecture="crossbar", weight=weight)
    return Design(Network("bars", widths[0], layers, "mse"), chip, TrainSpec("moons"))


DESIGNS = {
    "mesh": mesh_design(4, 4, 2),
    "svd": mesh_design(3, 2, linear="svd"),
    "odd": mesh_design(3, ports=5),
    "crossbar": crossbar_design(2, 8, 1),
    "pin": crossbar_design(3, 5, 2, weight="pin"),
}


@pytest.fixture(scope="module", params=DESIGNS)
def found(request, pdk):
    design = DESIGNS[request.param]
    return budget(design, compile_circuit(design, pdk), pdk, die_mm2=20.0)


@pytest.fixture(scope="module")
def mesh(pdk):
    return budget(DESIGNS["mesh"], compile_circuit(DESIGNS["mesh"], pdk), pdk, die_mm2=20.0)


@pytest.fixture(scope="module")
def crossbar(pdk):
    return budget(DESIGNS["crossbar"], compile_circuit(DESIGNS["crossbar"], pdk), pdk, die_mm2=20.0)


# light


def test_no_photodiode_gets_more_than_the_laser_gives(found):
    for way, reading in zip(found.parts.ways, found.readings, strict=True):
        assert 0 < way.transmission < 1
        assert reading.power_dbm == pytest.approx(10 * log10(100 * way.share) - way.loss_db)


def test_what_leaves_is_less_than_what_came(found):
    """Photodiodes that are lit in the same shot: together they get less than the fibre coupler let through."""
    together = (
        {"inputs to output", "input monitor"},
        {"local oscillator", "outputs back to input"},
        {"weight of 1", "column monitor", "replica"},
        {"output", "replica"},
    )
    coupler = max(entry.transmission for entry in found.parts.entries)
    blocks = {way.block for way in found.parts.ways}
    for block in blocks:
        for names in together:
            total = sum(w.transmission for w in found.parts.ways if w.block == block and w.name in names)
            assert total < coupler


def test_a_weight_loses_what_its_devices_lose(pdk, crossbar):
    """2-8-1, first bank, without waveguides: coupler, scale, 2 splitters, shutter, modulator, tap, 3 splitters, MZI."""
    own = pdk.value("waveguide_loss_db_per_cm")
    tap, shifter = pdk.devices[pdk.roles["balance_tap"]], pdk.devices[pdk.roles["phase_shifter"]]
    bus = pdk.models()["balance_tap"](wl=1.55)["o1", "o4"]
    expected = pdk.value("edge_coupler_loss_db") + 2 * pdk.value("modulator_loss_db") + pdk.value("attenuator_loss_db")
    expected += 5 * (DB_OF_2 + pdk.value("splitter_1x2_loss_db")) + 2 * pdk.value("splitter_2x2_loss_db")
    expected += pdk.value("phase_shifter_loss_db") + own * shifter.path_nm * 1e-7 - 20 * log10(abs(complex(bus)))
    assert tap.path_nm > 0
    first = next(way for way in crossbar.parts.ways if way.name == "weight of 1")
    assert first.photodiode == "layer1.forward.col_0.w_0.plus"
    assert first.loss_db == pytest.approx(expected, abs=1e-6)
    assert first.beside == pytest.approx(2 * first.transmission)


def test_powers_are_those_of_the_circuit(pdk, mesh):
    """A waveguide of 10 mm in front of the laser costs 20 dB/m times its length, at every photodiode."""
    circuit = compile_circuit(DESIGNS["mesh"], pdk)
    layer = circuit.cells["layer"]
    pins = {str(pin): name for name, pin in layer.ports.items()}
    assert pins == {"laser,o2": "o1"}
    nets = tuple(net for net in layer.nets if "laser" not in (net[0].instance, net[1].instance))
    (cut,) = (net for net in layer.nets if net not in nets)
    before, after = cut if cut[0].instance == "laser" else cut[::-1]
    guide = Instance(pdk.roles["straight"], {"length_nm": 10_000_000})
    new = [(before, replace_pin(before, "guide", "o1")), (replace_pin(before, "guide", "o2"), after)]
    longer = replace(layer, instances={**layer.instances, "guide": guide}, nets=(*nets, *new))
    found = budget(DESIGNS["mesh"], Netlist(circuit.top, {**circuit.cells, "layer": longer}), pdk)
    for near, far in zip(mesh.parts.ways, found.parts.ways, strict=True):
        assert far.loss_db - near.loss_db == pytest.approx(pdk.value("waveguide_loss_db_per_cm"))
    assert found.nonlinear_db > mesh.nonlinear_db


def replace_pin(pin, instance, port):
    return type(pin)(instance, port)


# noise


def test_snr_by_hand():
    """1 mA in 1 GHz: shot noise 64.9 dB, a laser of -150 dB/Hz 60, both 58.8; 1 uA in 1 MHz of 10 pA/rtHz 39.9."""
    assert snr_db(1.0, 1.0) == pytest.approx(64.943, abs=1e-3)
    assert snr_db(1.0, 1.0, rin_db_per_hz=-150.0) == pytest.approx(58.793, abs=1e-3)
    assert snr_db(1e-3, 1e-3, noise_pa_per_rthz=10.0) == pytest.approx(39.986, abs=1e-3)
    assert snr_db(1.0, 1.0, beside_ma=0.75, dark_ma=0.25) == pytest.approx(64.943 - DB_OF_2, abs=1e-3)


@settings(deadline=None)
@given(st.floats(1e-6, 10), st.floats(1.01, 10), st.floats(1e-4, 10))
def test_more_light_and_less_bandwidth_are_better(current_ma, more, bandwidth_ghz):
    noise = {"noise_pa_per_rthz": 5.0, "rin_db_per_hz": -150.0, "dark_ma": 1e-5}
    plain = snr_db(current_ma, bandwidth_ghz, **noise)
    assert snr_db(more * current_ma, bandwidth_ghz, **noise) > plain
    assert snr_db(current_ma, bandwidth_ghz / more, **noise) == pytest.approx(plain + 10 * log10(more))


def test_a_dark_photodiode_is_refused():
    with pytest.raises(ValueError, match="expected both positive"):
        snr_db(0.0, 1.0)


# limits


def test_strong_light_by_hand(pdk):
    """0.1 GW/cm2: two photons 0.07/cm; 2.73e16 carriers per cm3 that absorb 0.396/cm."""
    assert nonlinear_per_cm(100.0, pdk) == pytest.approx(0.07 + 0.396, abs=1e-3)
    onset_db = nonlinear_per_cm(onset_mw(pdk), pdk) * DB_PER_NEPER
    assert onset_db == pytest.approx(pdk.value("waveguide_loss_db_per_cm"))


def test_the_examples_keep_their_limits(found):
    assert found.findings == ()
    assert {limit.rule for limit in found.limits} >= {
        "waveguide_power",
        "photodiode_current",
        "signal_to_noise",
        "heat_per_area",
    }


@pytest.mark.parametrize(
    ("rule", "how"),
    [
        ("waveguide_power", {"laser_mw": 200.0}),
        ("photodiode_current", {"laser_mw": 300.0}),
        ("signal_to_noise", {"laser_mw": 0.01}),
        ("heat_per_area", {"die_mm2": 2.0}),
    ],
)
def test_a_bad_design_has_a_finding(pdk, rule, how):
    found = budget(DESIGNS["mesh"], compile_circuit(DESIGNS["mesh"], pdk), pdk, **how)
    (finding,) = (f for f in found.findings if f.rule == rule)
    assert finding.place and finding.measured and finding.limit and finding.mend
    (limit,) = (each for each in found.limits if each.rule == rule)
    assert (limit.measured < limit.limit) == limit.at_least


def test_a_heater_of_little_resistance_has_a_finding(pdk):
    """55 mW in 200 ohm are 16.6 mA."""
    low = replace(pdk, numbers={**pdk.numbers, "heater_resistance_ohm": Number(200.0, "ohm", "assumed: a test")})
    found = budget(DESIGNS["mesh"], compile_circuit(DESIGNS["mesh"], pdk), low)
    assert [(f.rule, f.measured) for f in found.findings] == [("heater_current", "16.6 mA")]


def test_a_wide_mesh_is_too_dark(pdk):
    """Each of 48 columns takes 0.8 dB and the feed trees divide by 96: the taps of the first column see too little."""
    design = mesh_design(2, ports=48)
    found = budget(design, compile_circuit(design, pdk), pdk)
    assert [finding.rule for finding in found.findings] == ["signal_to_noise"]
    assert found.findings[0].place.startswith("layer1.mesh.mzi_0_")


def small(pdk):
    return DESIGNS["mesh"], compile_circuit(DESIGNS["mesh"], pdk), pdk


def test_no_laser_is_refused(pdk):
    with pytest.raises(ValueError, match="expected more than 0"):
        budget(*small(pdk), laser_mw=0.0)


# time


def test_flight_by_hand(pdk):
    """1 mm at a group index of 4.2036."""
    assert flight_ns(1e6, pdk) == pytest.approx(4.2036 / 299.792458)
    guide = Netlist("chip", {"chip": hand_made(pdk)})
    hops = (Hop("a", "o1", "o2"), Hop("bend", "o1", "o2"), Hop("b", "o1", "o2"))
    bend = pdk.devices[pdk.roles["bend"]].path_nm
    assert way_nm(hops, guide, pdk) == 1_234_567 + bend + 2


def hand_made(pdk):
    from compiler.netlist import Cell

    straight = pdk.roles["straight"]
    parts = {"a": Instance(straight, {"length_nm": 1_234_567}), "bend": Instance(pdk.roles["bend"])}
    return Cell({**parts, "b": Instance(straight, {"length_nm": 2})}, (), {})


def test_the_way_through_one_mzi_by_hand(pdk):
    """Modulator, boundary coupler; phi, tap, coupler, theta, tap, coupler; boundary coupler to the photodiode."""
    circuit = build(pdk, ports=2, layers=1)
    (path,) = layer_paths(circuit, pdk)
    nm = {role: pdk.devices[pdk.roles[role]].path_nm for role in ("modulator", "splitter_2x2", "phase_shifter", "tap")}
    mzi = 2 * (nm["phase_shifter"] + nm["tap"] + nm["splitter_2x2"])
    assert longest_nm(path, circuit, pdk) == nm["modulator"] + 2 * nm["splitter_2x2"] + mzi


def test_settling_by_hand(pdk, mesh):
    """8 bits: 9 ln 2 / 2πB; a heater of 130 kHz needs 7.6 us."""
    assert settle_ns(1.0, 8) == pytest.approx(0.9929, abs=1e-4)
    delays = {delay.name: delay.ns for delay in mesh.parts.step_delays}
    assert delays["a program of the mesh"] == pytest.approx(7637, abs=1)
    assert mesh.step.ns == pytest.approx(
        32 * (28 * settle_ns(0.01, 8) + 9 * settle_ns(130e-6, 8)) + 7 * settle_ns(130e-6, 8)
    )


def test_latency_is_its_parts(found):
    assert found.latency_ns == pytest.approx(sum(delay.ns for delay in found.parts.delays))
    assert all(delay.ns > 0 for delay in found.parts.delays)
    if found.parts.architecture == "crossbar":
        assert sum(delay.name == "ADC" for delay in found.parts.delays) == 1


# energy


def test_counts_are_those_of_the_tables(pdk, mesh):
    circuit = compile_circuit(DESIGNS["mesh"], pdk)
    layers = tables(circuit, pdk).layers
    count = {load.name: load.count for load in mesh.parts.loads}
    assert count["lasers"] == len(layers) == 3
    assert count["heaters of the mesh"] == sum(len(t.shifters) for t in layers) == 36
    assert count["heaters at the outputs"] == sum(len(t.outputs) for t in layers) == 12
    assert count["receivers of taps"] == sum(len(t.taps) for t in layers)
    events = {event.name: event for event in mesh.parts.events}
    assert (events["DAC conversions"].inference, events["ADC conversions"].inference) == (12, 12)
    assert mesh.parts.shots == 3 * (1 + 4 + 3) + 2 * 2


def test_counts_of_a_crossbar_of_2_8_1(crossbar):
    """24 + 9 weights, 8 that carry errors back; 2 shots forward, 2 back, 2 for each of 9 neurons."""
    count = {load.name: load.count for load in crossbar.parts.loads}
    assert (count["heaters: weights"], count["heaters: weights of errors"]) == (33, 8)
    assert (count["lasers"], count["lasers of errors"], count["shutters"]) == (2, 1, 13)
    assert crossbar.parts.shots == 2 + 2 + 18
    events = {event.name: event for event in crossbar.parts.events}
    assert (events["DAC conversions"].inference, events["ADC conversions"].inference) == (2, 1)
    assert events["ADC conversions"].sample == 2 * (1 + 9) + 2 * 8 + 16 * 3 + 2 * 9


def test_energy_of_an_inference_by_hand(mesh):
    """3 lasers of 1 W, 36 heaters of 25 mW with drivers, 12 receivers of 10 mW, for 0.993 ns; then 12 modulators of 5
    pJ, 24 conversions of 7.68 pJ. The photodiodes' bias is the rest."""
    static_mw = 3000 + 36 * 50 + 120
    bias_mw = next(load.total_mw for load in mesh.parts.loads if load.name == "photodiodes")
    assert 0 < bias_mw < 3 * 100 * 0.8
    assert mesh.inference.static_pj == pytest.approx((static_mw + bias_mw) * settle_ns(1.0, 8))
    assert mesh.inference.events_pj == pytest.approx(12 * 5 + 24 * 7.68)
    assert mesh.inference.pj == mesh.inference.static_pj + mesh.inference.events_pj


def test_heat_is_light_and_what_is_on_the_chip(mesh, pdk):
    """3 x 70.8 mW of light, 36 x 25 and 12 x 12.5 mW of heaters, and the photodiodes' bias."""
    light = 300 * 10 ** (-pdk.value("edge_coupler_loss_db") / 10)
    bias_mw = next(load.total_mw for load in mesh.parts.loads if load.name == "photodiodes")
    assert mesh.heat_mw == pytest.approx(light + 900 + 150 + bias_mw)


def test_digital_by_hand():
    """(2 + 1) x 2 weights, 32 samples."""
    found = digital(mesh_design(2))
    assert found.macs == 6
    assert found.inference_pj == pytest.approx(6 * (0.23 + 1.25) + 2 * 2.5)
    assert found.step_pj == pytest.approx(32 * (6 * 9.6 + 6 * 14.6) + 6 * (8 * 3.7 + 4 * 0.9 + 6 * 5))


def test_a_mean_heater_turns_by_half_a_turn(mesh, pdk):
    load = next(load for load in mesh.parts.loads if load.name == "heaters of the mesh")
    assert load.mean_mw == pdk.value("heater_p_pi_mw")
    assert load.most_mw == pytest.approx(2.2 * pdk.value("heater_p_pi_mw"), rel=1e-4)
    assert pdk.value("shifter_range_rad") == pytest.approx(2.2 * pi, rel=1e-4)


def test_every_number_has_a_unit_and_a_source():
    endings = {"_mw": "mW", "_ghz": "GHz", "_pj": "pJ", "_ns": "ns", "_v": "V", "_db": "dB", "_w_per_cm2": "W/cm2"}
    endings |= {"_db_per_hz": "dB/Hz", "_pa_per_rthz": "pA/rtHz", "_bits": "bit", "_per_step": "fJ"}
    endings |= {"_pj_per_byte": "pJ", "_pf": "pF", "_frame_hz": "Hz", "_ma": "mA"}
    marks = ("doi:", "assumed: ", "design value: ", "github.com", "data sheet")
    for name, number in budget_numbers.NUMBERS.items():
        ending = max((e for e in endings if name.endswith(e)), key=len, default=None)
        assert number.unit == (endings[ending] if ending else "1"), name
        assert any(mark in number.source for mark in marks), name

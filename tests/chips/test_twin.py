"""The twin measures what the circuit does, hides what a bench cannot know, and echoes its own gradient."""

from dataclasses import fields, replace
from math import pi

import numpy as np
import pytest

from chips import converters, truth
from chips.chip import Drive
from chips.draw import draw
from chips.lowered import lowered
from chips.optics import EXCESS_LOSS_DB, phase_slots
from chips.reference import s_matrix
from chips.twin import Twin
from chips.variation import Imperfections
from compiler.paths import layer_paths
from compiler.tables import tables

GROUPS = ("detector", "monitor", "backward", "tap")
EXACT = replace(
    Imperfections.ideal(),
    splitter_imbalance_rad=0.02,
    phase_offset_rad=2 * pi,
    source_phase_rad=2 * pi,
    mirror_phase_rad=2 * pi,
    p_pi_spread=0.05,
    thermal_crosstalk=1.0,
    equal_losses=True,
)
"""The case in which the echo is exact."""


def _programs(table, rng, *lead):
    return tuple(rng.uniform(0, 50, (*lead, len(layer.shifters))) for layer in table.layers)


def mesh_only(thermal):
    """The table without the heat that reaches output cells: there it shifts the constants that echo takes as known."""
    kept = np.array([thermal.shifters[k].endswith(("phi", "theta", "_twin", "_1", "_2")) for k in thermal.warmed])
    return replace(thermal, heater=thermal.heater[kept], warmed=thermal.warmed[kept], share=thermal.share[kept])


def test_currents_are_those_of_sax(pdk, circuit, neighbours):
    """Every photodiode of a drawn chip, forward and backward light on at once; only the noise is left out.

    SAX gets the phase of every shifter, heat from its neighbours included: what each row of the table says.
    """
    netlist = circuit(4, linear="svd")
    hidden = replace(
        Imperfections.ideal(),
        splitter_imbalance_rad=0.02,
        boundary_imbalance_rad=0.02,
        phase_offset_rad=2 * pi,
        loss_spread_db=0.01,
        p_pi_spread=0.05,
        responsivity_spread=0.05,
        thermal_crosstalk=1.0,
    )
    thermal = neighbours(4, linear="svd")
    twin = Twin(netlist, pdk, hidden, seed=5, thermal=thermal)
    (path,), (table,) = layer_paths(netlist, pdk), tables(netlist, pdk).layers
    (drawn,) = draw(lowered(netlist, pdk).rosters, hidden, 5)
    rng = np.random.default_rng(0)
    settings = rng.uniform(0, 50, len(table.shifters))
    twin.program((settings,))
    x, e = rng.uniform(-1, 1, 4), rng.uniform(-1, 1, 8)
    turned_mw = rng.uniform(0, 50, 8)
    read = twin.measure(Drive(0, GROUPS, inputs=x, sources=e, source_settings=turned_mw, laser_mw=7.0))

    phase_shifter_loss_db = pdk.value("phase_shifter_loss_db")
    program = {name: dict(values) for name, values in drawn.deviations.items()}
    for values in program.values():
        if (excess := values.pop(EXCESS_LOSS_DB, None)) is not None:
            values["loss_db"] = phase_shifter_loss_db + excess
    p_pi_mw = tables(netlist, pdk).drive.per_pi
    own_rad = dict(zip(table.shifters, pi * settings / (p_pi_mw * drawn.p_pi), strict=True))
    outputs = [out.shifter for out in path.outputs]
    own_rad |= dict(zip(outputs, pi * turned_mw / (p_pi_mw * drawn.source_p_pi), strict=True))
    for out, opening in zip(path.outputs, e, strict=True):
        program |= {out.modulator: {"amplitude": opening}, out.shifter: {"phase_rad": 0.0}}
    for name, phase in own_rad.items():
        program[name]["phase_rad"] += phase
    for heater, warmed, share in zip(thermal.heater, thermal.warmed, thermal.share, strict=True):
        source, target = thermal.shifters[heater], thermal.shifters[warmed]
        if target in outputs or source not in outputs:  # from outputs into the mesh: left out, see chips.heat
            program[target]["phase_rad"] += share * own_rad[source]
    program |= {entry.modulator: {"amplitude": opening} for entry, opening in zip(path.inputs, x, strict=True)}
    s = s_matrix(netlist, pdk, program=program)

    diodes = {
        "detector": [f"{o.cell}.detector" for o in path.outputs],
        "monitor": [f"{i.cell}.monitor" for i in path.inputs],
        "backward": [f"{i.cell}.backward" for i in path.inputs],
        "tap": [tap.photodiode for tap in path.taps],
    }
    for group in GROUPS:
        power_mw = 7.0 * np.abs(s.between(diodes[group], ["o1"])[0, :, 0]) ** 2
        expected = 0.8 * drawn.responsivity[group] * power_mw
        assert read[group].shape == (1, len(expected))
        assert np.abs(read[group][0] - expected).max() < 1e-12 * expected.max() + 1e-15, group


@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_echo_reads_the_gradient(pdk, circuit, neighbours, linear):
    """Homodyne, then three echo shots, give the gradient of autodiff; nothing but currents and nominals is used."""
    netlist = circuit(4, linear=linear)
    nominal = tables(netlist, pdk)
    (table,) = nominal.layers
    rng = np.random.default_rng(1)
    x, delta = rng.uniform(0.2, 1, (6, 4)), rng.standard_normal((6, 4))
    program = _programs(nominal, rng)

    def measured_and_true(imperfections, eta_known=True):
        twin = Twin(netlist, pdk, imperfections, seed=2, thermal=mesh_only(neighbours(4, linear=linear)))
        twin.program(program)
        eta = truth.source_constants_rad(twin, 0) * eta_known
        p_pi_mw = nominal.drive.per_pi * twin._layers[0].drawn.source_p_pi
        true = truth.gradient(twin, nominal, [], lambda p: (p * delta).sum(-1), x)[0]
        return _echo(twin, nominal, x, delta, eta, p_pi_mw), true

    measured, true = measured_and_true(EXACT)
    size = np.linalg.norm(true)
    assert size > 0.1
    assert np.linalg.norm(measured - true) / size < 1e-10
    uneven, true = measured_and_true(replace(EXACT, equal_losses=False, loss_spread_db=0.01))
    assert 1e-6 < np.linalg.norm(uneven - true) / size < 0.1, "real losses disturb it a little"
    wrong, true = measured_and_true(EXACT, eta_known=False)
    assert np.linalg.norm(wrong - true) / size > 0.3, "control: the sources' constants unknown"
    assert len(table.taps) == len(true)


def _echo(twin, nominal, x, delta, eta_rad, p_pi_mw):
    """Mean gradient (P,) of sum(delta |y|²) over the batch."""
    (table,) = nominal.layers
    cells, laser_mw, responsivity = len(table.outputs), 100.0, nominal.responsivity_a_per_w
    unit_mw = laser_mw * table.source.min()
    openings = x * np.sqrt(unit_mw / (laser_mw * table.source))
    oscillator, shots = np.sqrt(laser_mw * table.reflect), []
    for turned in (0.0, pi, pi / 2, 3 * pi / 2):
        drive = Drive(0, ("detector",), inputs=openings, sources=np.ones(cells), source_settings=turned / pi * p_pi_mw)
        shots.append(twin.measure(drive)["detector"] / responsivity)
    one, minus, i, minus_i = shots
    y = ((one - minus) + 1j * (i - minus_i)) / (4 * oscillator * np.sqrt(table.detector * table.a_tot * unit_mw))

    delta = np.pad(delta, ((0, 0), (0, table.dumps)))
    k = np.sqrt(np.sum(delta**2 * np.abs(y) ** 2, -1) / np.sum(np.abs(y) ** 2, -1))[:, None]
    d = np.zeros((len(x), len(table.taps)), complex)
    for c in np.exp(2j * pi * np.arange(3) / 3):
        e = (delta / k + c * table.echo_gain) * y.conj()
        weakest = table.inject.min()
        opening = 0.2 * np.abs(e) * np.sqrt(weakest / table.inject)
        settings = (np.angle(e) - eta_rad) % (2 * pi) / pi * p_pi_mw
        read = twin.measure(Drive(0, ("tap",), sources=opening, source_settings=settings))["tap"]
        d += 2 / 3 * read / (responsivity * table.tap_drop * 0.2**2 * laser_mw * weakest) * np.conj(c)
    return np.mean(k * np.imag(d) / table.a_post, axis=0)


def test_gradient_through_layers_is_a_difference_of_powers(pdk, circuit):
    """Truth's derivative against truth's own forward pass, with heaters moved one by one."""
    netlist = circuit(4, layers=2)
    nominal = tables(netlist, pdk)
    twin = Twin(netlist, pdk, replace(EXACT, thermal_crosstalk=0.0, p_pi_spread=0.0), seed=3)
    rng = np.random.default_rng(2)
    program, x, weight = _programs(nominal, rng), rng.uniform(0, 1, (3, 4)), rng.standard_normal(4)
    activations = [lambda p: (p + 0.02) ** 0.5]

    def loss_at(layer, k, step_mw):
        moved = [power.copy() for power in program]
        moved[layer][k] += step_mw
        twin.program(tuple(moved))
        return float(np.mean(truth.powers(twin, nominal, activations, x) @ weight))

    twin.program(program)
    gradient = truth.gradient(twin, nominal, activations, lambda p: p @ weight, x)
    step_mw = 1e-4
    for layer, k in ((0, 0), (0, 7), (1, 3), (1, 11)):
        slope_per_mw = (loss_at(layer, k, step_mw) - loss_at(layer, k, -step_mw)) / (2 * step_mw)
        assert gradient[layer][k] == pytest.approx(slope_per_mw * nominal.drive.per_pi / pi, rel=1e-4, abs=1e-8)


def test_transfer_matrix_is_what_the_detectors_see(pdk, circuit, neighbours):
    netlist = circuit(4, layers=2)
    nominal = tables(netlist, pdk)
    twin = Twin(netlist, pdk, EXACT, seed=3, thermal=neighbours(4, 2))
    rng = np.random.default_rng(4)
    twin.program(_programs(nominal, rng, 2))
    x = rng.uniform(-1, 1, (5, 4))
    seen = twin.measure(Drive(1, ("detector",), inputs=x, laser_mw=50.0))["detector"]
    table, matrix = nominal.layers[1], truth.transfer_matrix(twin, 1)
    fields_sqrt_mw = np.einsum("kij,bj->kbi", matrix, x * np.sqrt(50.0 * table.source))
    assert matrix.shape == (2, 4, 4)
    expected = nominal.responsivity_a_per_w * table.detector * np.abs(fields_sqrt_mw) ** 2
    assert np.abs(seen - expected).max() < 1e-12
    transposed = np.einsum("kji,bj->kbi", matrix, x * np.sqrt(50.0 * table.source))
    assert np.abs(seen / (nominal.responsivity_a_per_w * table.detector) - np.abs(transposed) ** 2).max() > 1e-3, (
        "control"
    )


def test_programs_run_side_by_side(pdk, circuit, neighbours):
    """K programs at once read what each reads alone, and count as K shots."""
    netlist = circuit(4, layers=2)
    nominal = tables(netlist, pdk)
    twin = Twin(netlist, pdk, replace(EXACT, equal_losses=False), seed=1, thermal=neighbours(4, 2))
    rng = np.random.default_rng(0)
    programs = _programs(nominal, rng, 3)
    drive = Drive(1, GROUPS, inputs=rng.uniform(-1, 1, (5, 4)), sources=rng.uniform(-1, 1, 4))
    twin.program(programs)
    together = twin.measure(drive)
    assert twin.shots == 15
    for k in range(3):
        twin.program(tuple(powers[k] for powers in programs))
        alone = twin.measure(drive)
        for group in GROUPS:
            assert together[group][k].shape == alone[group].shape == (5, len(alone[group][0]))
            assert np.abs(together[group][k] - alone[group]).max() < 1e-12
    assert twin.shots == 30


def test_chips_differ_and_repeat(pdk, circuit):
    """The seed makes the chip; every unknown phase shows in the currents; an ideal chip has none."""
    netlist = circuit(4)
    rng = np.random.default_rng(0)
    lit = Drive(0, ("detector", "tap"), inputs=rng.uniform(0.2, 1, (8, 4)), sources=rng.uniform(0.2, 1, 4))

    def currents(imperfections, seed=0):
        return Twin(netlist, pdk, imperfections, seed).measure(lit)["detector"]

    real, ideal = Imperfections.real(), Imperfections.ideal()
    assert np.array_equal(currents(real, 1), currents(real, 1))
    assert not np.array_equal(currents(real, 1), currents(real, 2))
    assert np.array_equal(currents(ideal, 1), currents(ideal, 2))
    for field in fields(Imperfections):
        if field.name in ("splitter_imbalance_rad", "phase_offset_rad", "receiver_noise", "dac_bits", "adc_bits"):
            one = currents(replace(ideal, **{field.name: getattr(real, field.name)}))
            assert not np.array_equal(one, currents(ideal)), field.name


def test_imperfections_are_drawn_apart(pdk, circuit):
    """Leaving one imperfection out leaves the draws of all others as they were."""
    netlist = circuit(4)
    paths = layer_paths(netlist, pdk)
    (full,) = draw(lowered(netlist, pdk).rosters, Imperfections.real(), 4)
    (less,) = draw(lowered(netlist, pdk).rosters, replace(Imperfections.real(), splitter_imbalance_rad=0.0), 4)
    assert np.array_equal(full.p_pi, less.p_pi)
    assert np.array_equal(full.responsivity["tap"], less.responsivity["tap"])
    coupler = paths[0].couplings[0][0].path
    assert full.deviations[coupler]["imbalance_rad"] != 0 == less.deviations[coupler]["imbalance_rad"]
    shifter = paths[0].taps[0].shifter
    assert full.deviations[shifter] == less.deviations[shifter]


def test_heat_turns_neighbours_by_their_share(pdk, circuit, neighbours):
    """One heater on: the others turn by their rows of the table; a tapped one counts undriven ones before it too."""
    netlist, thermal = circuit(4, 2), neighbours(4, 2)
    paths = layer_paths(netlist, pdk)
    real = replace(Imperfections.ideal(), thermal_crosstalk=1.0)
    twin, cold = Twin(netlist, pdk, real, 0, thermal=thermal), Twin(netlist, pdk, real, 0)
    program = [np.zeros(len(path.taps)) for path in paths]
    program[0][3] = 10.0
    own_rad = pi * 10.0 / pdk.value("heater_p_pi_mw")
    twin.program(tuple(program))
    cold.program(tuple(program))
    hot = thermal.shifters.index(paths[0].taps[3].shifter)
    share = dict.fromkeys(thermal.shifters, 0.0) | {
        thermal.shifters[k]: thermal.share[n] for n, k in enumerate(thermal.warmed) if thermal.heater[n] == hot
    }
    total = 0.0
    for path, warm, alone in zip(paths, truth.true_phases(twin), truth.true_phases(cold), strict=True):
        slots = phase_slots(path, netlist.flat, pdk)
        assert [slots[tap.shifter] for tap in path.taps] == list(range(len(path.taps)))
        for k, found in enumerate(warm - alone):
            expected = own_rad * sum(share[name] for name, slot in slots.items() if slot == k)
            assert found == pytest.approx(expected, abs=1e-12)
            total += found
    assert total > 0.01 * own_rad
    assert (truth.true_phases(twin)[1] > 0).any(), "layers lie on one piece of silicon"


def test_heat_is_switched_off_by_one_setting(pdk, circuit, neighbours):
    """An ideal chip ignores the table, and so does one whose scale is 0; half the scale is half the heat."""
    netlist, thermal = circuit(4), neighbours(4)
    program = (np.random.default_rng(0).uniform(0, 20, 12),)

    def phases(imperfections, thermal):
        twin = Twin(netlist, pdk, imperfections, 0, thermal=thermal)
        twin.program(program)
        return truth.true_phases(twin)[0]

    ideal = Imperfections.ideal()
    cold = phases(ideal, None)
    assert np.array_equal(phases(ideal, thermal), cold)
    warm, half = (phases(replace(ideal, thermal_crosstalk=scale), thermal) - cold for scale in (1.0, 0.5))
    assert warm.min() > 0.005
    np.testing.assert_allclose(half, warm / 2, rtol=1e-9)


def test_heat_of_another_chip_is_refused(pdk, circuit, neighbours):
    with pytest.raises(ValueError, match=r"thermal table: found no layer2.mesh.mzi_0_0.phi"):
        Twin(circuit(4, 2), pdk, Imperfections.real(), 0, thermal=neighbours(4, 1))


def test_converters():
    values = np.linspace(-1, 1, 1001)
    levels = converters.dac(values, 8, full_scale=1.0, symmetric=True)
    assert len(np.unique(levels)) == 255
    assert converters.dac(np.zeros(1), 8, full_scale=1.0, symmetric=True)[0] == 0, "dark is dark"
    heater = converters.dac(np.array([-1.0, 20.0, 99.0]), 8, full_scale=50.0)
    assert heater[0] == 0
    assert abs(heater[1] - 20) <= 50 / 255 / 2
    assert heater[2] == 50
    rng = np.random.default_rng(0)
    current_ma = rng.uniform(0, 0.3, (10_000, 1))
    three = np.hstack([current_ma, current_ma / 100, 0 * current_ma])
    assert converters.full_scale_ma(three).tolist() == [0.5, 2**-8, 0]
    step = 0.5 * 17 / 16 / 255
    off = converters.read(current_ma, bits=8, noise=0.0, rng=rng) - current_ma
    assert step / 4 < np.abs(off).max() <= step / 2 * 1.000001
    noisy = converters.read(current_ma, bits=None, noise=0.01, rng=rng) - current_ma
    assert noisy.std() == pytest.approx(0.005, rel=0.05)
    dim = converters.read(np.append(np.zeros(10_000), 0.5)[:, None], bits=8, noise=0.01, rng=rng)[:-1]
    assert abs(dim.mean()) < 1e-4, "noise about zero is not rectified"


def test_bad_calls_name_the_place(pdk, circuit):
    twin = Twin(circuit(4), pdk, Imperfections.ideal(), 0)
    with pytest.raises(ValueError, match=r"layer1: found settings \(5,\), expected \(…, 12\)"):
        twin.program((np.zeros(5),))
    with pytest.raises(ValueError, match=r"layer1: inputs: found \(1, 3\), expected \(shots, 4\)"):
        twin.measure(Drive(0, ("tap",), inputs=np.zeros(3)))
    with pytest.raises(ValueError, match="found layer 7"):
        twin.measure(Drive(7, ("tap",)))


@pytest.mark.parametrize("wl_um", [1.7, 1.49])
def test_light_that_the_models_do_not_hold_for_is_refused(pdk, circuit, wl_um):
    with pytest.raises(ValueError, match=f"wl_um: found {wl_um}, expected 1.5 to 1.6 µm"):
        Twin(circuit(4), pdk, Imperfections.ideal(), 0, wl_um=wl_um)
    assert Twin(circuit(4), pdk, Imperfections.ideal(), 0, wl_um=1.6).shots == 0

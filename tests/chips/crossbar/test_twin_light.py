"""A crossbar's twin measures what the engine makes of its circuit, told of every phase, modulator and shutter."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest

from chips import engine
from chips.crossbar import truth
from chips.crossbar.chip import Drive, Group, Reading
from chips.crossbar.draw import draw
from chips.settings import EXCESS_LOSS_DB
from chips.variation import Imperfections
from compiler.heat import ThermalTable
from compiler.netlist import Pin

QUIET = replace(
    Imperfections.real(),
    receiver_noise=0.0,
    shot_noise=0.0,
    thermal_noise_pa_per_rthz=0.0,
    rin_db_per_hz=None,
    extinction_db=25.0,
    offset_spread=0.0,
    gain_spread=0.0,
    dac_bits=None,
    adc_bits=None,
)
FLOOR, CLOSED = 10**-2.5, 10**-2.0


def _settings(chip, pdk, drawn, tables, program, thermal: ThermalTable | None):
    """What the engine is told: drawn devices and programmed weights."""
    found: dict[str, dict[str, float]] = {}
    for component, settings in drawn.devices.items():
        for setting, values in settings.items():
            for path, value in zip(chip.circuit.circuit.instances[component], values[0], strict=True):
                found.setdefault(path, {})[setting] = float(value)
    phase_shifter_loss_db = pdk.value("phase_shifter_loss_db")
    for path in [path for path, values in found.items() if EXCESS_LOSS_DB in values]:
        excess_db = found[path].pop(EXCESS_LOSS_DB)
        if "phase_rad" in found[path]:
            found[path]["loss_db"] = phase_shifter_loss_db + excess_db
        else:
            found[path]["transmission"] = 10 ** (-excess_db / 10)
    own: dict[str, float] = {}
    for bank, bank_draw in zip(tables.banks, drawn.banks, strict=True):
        for i, j in np.ndindex(bank.rows, bank.columns):
            value, spread = program[bank.name][i, j], bank_draw.drive[0, i, j]
            if tables.kind == "mzi":
                own[bank.drives[i][j][0]] = pi * value / (tables.drive.per_pi * spread[0])
            else:
                path, share = bank.drives[i][j][int(value > 0)], spread[int(value > 0)]
                passed_db = tables.attenuator_range_db * abs(value) / tables.attenuator_range_ma / share
                found[path]["transmission"] *= 10 ** (-passed_db / 10)
    for path, phase in own.items():
        found[path]["phase_rad"] += phase
    if thermal:
        for heater, warmed, share in zip(thermal.heater, thermal.warmed, thermal.share, strict=True):
            found[thermal.shifters[warmed]]["phase_rad"] += share * own[thermal.shifters[heater]]
    return found


@pytest.mark.parametrize("weight", ["mzi", "pin"])
def test_photodiodes_are_those_of_the_whole_circuit(pdk, crossbar, drives, warm, weight):
    chip = crossbar(2, 3, 2, weight=weight)
    tables, rng = chip.tables, np.random.default_rng(3)
    thermal = warm(tables, rng) if weight == "mzi" else None
    twin, program = chip.twin(7, QUIET, thermal=thermal), drives(tables, rng)
    twin.program(program)
    drawn = draw(chip.paths, chip.netlist, pdk, QUIET, [7], chip.circuit.circuit.instances)
    inputs, hidden = rng.uniform(0, 1, 2), rng.uniform(0, 1, 3)
    errors, bias = rng.uniform(0, 1, 2), 0.8
    scale = {bank.name: rng.uniform(0.2, 1) for bank in tables.banks}
    opened = {bank.name: rng.random(bank.columns) < 0.6 for bank in tables.banks}
    names = [bank.name for bank in tables.banks]
    groups: tuple[Group, ...] = ("rows", "monitors")
    read: list[Reading] = [(group, name) for group in groups for name in names]
    found = twin.measure(
        Drive(
            tuple(read),
            inputs=inputs[None],
            bias=bias,
            override={"layer2.forward": hidden[None]},
            errors={"layer2.backward": errors[None]},
            scale={name: np.array([value]) for name, value in scale.items()},
            open_columns={name: value[None] for name, value in opened.items()},
            laser_mw=20.0,
        )
    )

    settings = _settings(chip, pdk, drawn, tables, program, thermal)
    lit = {"layer1.forward": [*inputs, bias], "layer2.forward": [*hidden, bias], "layer2.backward": errors}
    for bank in chip.paths.banks:
        settings[bank.scale] = {"amplitude": np.sqrt(FLOOR + (1 - FLOOR) * scale[bank.name])}
        for column, power, is_open in zip(bank.columns, lit[bank.name], opened[bank.name], strict=True):
            settings[column.modulator] = {"amplitude": np.sqrt(FLOOR + (1 - FLOOR) * power)}
            shutter = settings.setdefault(column.shutter, {"transmission": 1.0})
            shutter["transmission"] *= 1.0 if is_open else CLOSED
    diodes = [path for path, leaf in chip.netlist.flat.leaves.items() if leaf.component == "photodiode"]
    ports = [f"o{k + 1}" for k in range(len(tables.banks))]
    diodes = [path for path in diodes if not path.startswith("readout")]
    lowered = engine.lower(
        chip.netlist, pdk.models(), into=ports, read=[Pin(path, "o1") for path in diodes], settings=settings
    )
    fields = engine.fields(lowered.schedule, lowered.coefficients(), np.zeros(0), np.ones((len(ports), 1)))
    power = dict(zip(diodes, np.abs(np.asarray(fields)[:, 0]) ** 2, strict=True))
    for bank, bank_draw in zip(chip.paths.banks, drawn.banks, strict=True):
        seen = bank_draw.readout.responsivity

        def current_ma(paths, responsivity):
            return 20.0 * 0.8 * responsivity * np.array([power[path] for path in paths])

        monitors = current_ma([f"{c.cell}.head.monitor.pd" for c in bank.columns], seen["monitors"][0])
        np.testing.assert_allclose(found["monitors", bank.name][0, 0], monitors, rtol=1e-11, atol=1e-16)
        for i, row in enumerate(bank.weights):
            plus = current_ma([f"{w.cell}.plus" for w in row], seen["plus"][0, i])
            minus = current_ma([f"{w.cell}.minus" for w in row], seen["minus"][0, i])
            largest = (plus + minus).max()
            assert abs(found["rows", bank.name][0, 0, i] - (plus - minus).sum()) < 1e-12 * largest


def test_nominal_weights_are_cosines(crossbar, drives):
    chip = crossbar(2, 3, 2)
    twin, program = chip.twin(0, Imperfections.ideal()), drives(chip.tables, np.random.default_rng(0), 4)
    twin.program(program)
    for name, weights in truth.weights(twin).items():
        np.testing.assert_allclose(weights, np.cos(pi * program[name] / chip.tables.drive.per_pi), atol=1e-12)


def test_light_is_only_shared_out(crossbar):
    """What a heater takes from one photodiode of a pair it gives to the other; all get less than the laser sent."""
    fringes = crossbar(2, 3, 2).twin(1, QUIET)._weights.fringes
    for bank in fringes.banks:
        assert np.abs(bank.plus.wave + bank.minus.wave).max() < 1e-14
        assert np.all(np.abs(bank.plus.wave) <= bank.plus.mean)
        on_weights = (bank.plus.mean + bank.minus.mean).sum(axis=(1, 2))
        assert np.all(on_weights + (bank.monitor + bank.slope).sum(axis=1) < 1)


def test_pin_weights_go_both_ways(crossbar):
    """Signed currents darken one side; full current leaves the least light that the range says."""
    chip = crossbar(2, 2, weight="pin")
    twin = chip.twin(0, Imperfections.ideal())
    limit_ma = chip.tables.attenuator_range_ma
    twin.program({"layer1.forward": np.array([[limit_ma, -limit_ma, 0], [limit_ma / 2, 2 * limit_ma, 1.0]])})
    least = 10 ** (-chip.tables.attenuator_range_db / 10)
    expected = [[1 - least, least - 1, 0], [1 - np.sqrt(least), 1 - least, 1 - least ** (1 / limit_ma)]]
    np.testing.assert_allclose(truth.weights(twin)["layer1.forward"][0], expected, atol=1e-12)

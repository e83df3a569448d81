"""What the bench is told between two layers is what the electronics of a training do."""

import math
from typing import Any

import numpy as np
import pytest

from backlight.export import scales
from chips.activation import ACTIVATIONS
from chips.bench import Bench, Calibration, Model
from chips.crossbar.bench import Bench as CrossbarBench
from chips.crossbar.electronics import Electronics, unit_ma
from chips.train import X_HEADROOM
from compiler.compile import compile_circuit
from compiler.crossbar_tables import crossbar_tables
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.tables import tables
from pdk import registry

WORDS = {"sin": math.sin, "sqrt": math.sqrt, "log": math.log, "exp": math.exp, "pi": math.pi, "min": min, "max": max}
MESH = Design(Network("m", 2, (Layer(3, "sqrt"), Layer(2))), ChipSpec(ports=4, bias="all"), TrainSpec("moons"))
CROSSBAR = Design(
    Network("c", 2, (Layer(2, "soft_relu"), Layer(1, "modulator", 3.0)), loss="mse"),
    ChipSpec(architecture="crossbar"),
    TrainSpec("moons"),
)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_formula_is_the_activation(activation):
    for p in np.linspace(-0.5, 3, 50):
        assert eval(activation.formula, {**WORDS, "p": p}) == pytest.approx(float(activation.apply(p)), abs=1e-9)


@pytest.mark.parametrize("swing", [math.pi, 1.0])
@pytest.mark.parametrize("name", ["modulator", "soft_relu"])
def test_the_formula_is_the_neuron(name, swing):
    electronics = Electronics((name,), (1.0,), (0.0,), swing)
    for v in np.linspace(-4, 4, 50):
        said = eval(electronics.formula(0), {**WORDS, "v": v})
        assert said == pytest.approx(float(electronics.light(0, v)), abs=1e-5)


@pytest.fixture(scope="module")
def mesh():
    pdk = registry.get("generic")
    return tables(compile_circuit(MESH, pdk), pdk)


class Reads:
    """A chip that keeps what it was asked, and reads as nominal light of p = 1 would be read."""

    drive: Any

    def __init__(self, currents):
        self.currents = currents

    def measure(self, drive):
        self.drive = drive
        return self.currents


def test_amplitudes_and_readings_are_those_of_the_bench(mesh):
    first = 2.0
    found = scales.scales(MESH, mesh, first)
    rows: list[tuple[Any, ...]] = list(scales.rows(found, mesh))
    for index, layer in enumerate(mesh.layers):
        inputs = [float(row[3]) for row in rows if row[0].startswith(f"layer{index + 1}.in_")]
        currents = np.array([[float(row[5]) for row in rows if row[0].startswith(f"layer{index + 1}.out_")]])
        chip: Any = Reads({"detector": currents})
        bench = Bench(chip, mesh, Model.of(MESH, 2, 1.0), Calibration.nominal(mesh), (first, X_HEADROOM * 2.0))
        powers = bench.forward(index, np.ones((1, layer.ports)))["detector"]
        assert chip.drive.inputs[0] == pytest.approx(inputs, abs=1e-6)
        assert powers[0] == pytest.approx(np.ones(layer.ports), rel=1e-5)
        assert bench.unit_mw[index] == pytest.approx(found[index].unit_mw)
    signals = [row[2] for row in rows if row[0].startswith("layer2.in_")]
    assert signals == ["f(p) of layer1.out_0", "f(p) of layer1.out_1", "f(p) of layer1.out_2", "bias"]
    text = scales.of_mesh(MESH, mesh, found)
    assert f"layer2: U = {found[1].unit_mw:.4g} mW, x_max = 2.5" in text
    assert "layer1 to layer2: x = sqrt(max(p, 0) + 0.02) (sqrt)" in text
    assert "A bias port of a later layer gets x = 1." in text
    assert "p = reading / `ma_at_1`" in text


def test_a_camera_has_no_current(camera_pdk):
    known = tables(compile_circuit(MESH, camera_pdk), camera_pdk)
    found = scales.scales(MESH, known, None)
    outputs = [row for row in scales.rows(found, known) if row[1] == "p"]
    assert outputs and all(row[4] and not row[5] for row in outputs)
    text = scales.of_mesh(MESH, known, found)
    assert "`mw_at_1`" in text
    assert "ma_at_1" not in text


def test_without_data_the_rule_stands_for_the_first_layer(mesh):
    found = scales.scales(MESH, mesh, None)
    assert [one.table.name for one in found] == ["layer2"]
    text = scales.of_mesh(MESH, mesh, found)
    assert "layer1: x_max is 1.25 times the largest amplitude of the training part" in text


def test_a_crossbar_is_told_its_units_and_gains():
    pdk = registry.get("generic")
    known = crossbar_tables(compile_circuit(CROSSBAR, pdk), pdk)
    text = scales.of_crossbar(CROSSBAR, known)
    bank = known.banks[0]
    nobody: Any = None
    bench = CrossbarBench(nobody, known)
    unit = unit_ma(bank, known.responsivity_a_per_w, 100.0)
    assert unit == pytest.approx(float(bench._unit_ma(("rows", bank.name))))
    assert f"layer1: unit {unit:.4g} mA, gain 4, bias 0.5" in text
    assert "gain 3, bias 0," in text
    assert "layer2" in text and "layer3" not in text

"""Budget, ledger, trainer and twin tell the same story: as many shots, as many readings, the same receivers."""

from pathlib import Path

import numpy as np
import pytest

from backlight.ledger import Where, shots_per_sample
from backlight.ledger_crossbar import crossbar_ledger
from chips.crossbar.bench import Bench
from chips.crossbar.electronics import Electronics
from chips.crossbar.passes import measure_gradient
from chips.crossbar.twin import CrossbarTwin
from chips.variation import Imperfections
from compiler import budget_crossbar
from compiler.budget import budget
from compiler.budget_numbers import value
from compiler.compile import compile_circuit
from compiler.crossbar_tables import crossbar_tables
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.spec import read_spec
from compiler.tables import tables
from pdk import registry

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def pdk():
    return registry.get("generic")


@pytest.fixture(scope="module")
def crossbar(pdk):
    design = read_spec(EXAMPLES / "crossbar-moons.yml")
    return design, compile_circuit(design, pdk)


@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_a_mesh_takes_the_ledgers_shots(pdk, linear):
    layers = (Layer(4, "sqrt"), Layer(3, "sqrt"), Layer(2))
    design = Design(Network("moons", 2, layers), ChipSpec(ports=4, linear=linear), TrainSpec("moons"))
    circuit = compile_circuit(design, pdk)
    known = tables(circuit, pdk)
    assert budget(design, circuit, pdk, tables=known).parts.shots == shots_per_sample(known, "echo")


def test_a_crossbar_takes_the_trainers_shots(pdk, crossbar):
    """The gradient of a batch, as the trainer measures it on a twin."""
    design, circuit = crossbar
    known = crossbar_tables(circuit, pdk)
    electronics = Electronics(("modulator",) * 2, (8.0, 1.0), (0.1,) * 2)
    twin = CrossbarTwin(circuit, pdk, Imperfections.ideal(), 0, electronics=electronics, tables=known)
    bench = Bench(twin, known, None, 1.0)
    samples = 3
    x, wanted = np.full((1, samples, 2), 0.5), np.ones((1, samples, 1))
    found = measure_gradient(bench, x, wanted, shift_rad=0.3, gains=electronics.gains)
    assert found.shots == twin.shots == samples * budget_crossbar.shots_per_sample(known)
    assert budget(design, circuit, pdk).parts.shots == budget_crossbar.shots_per_sample(known)


def test_a_crossbars_ledger_counts_its_parts(pdk, crossbar):
    lines = {line.name: line for line in crossbar_ledger(crossbar_tables(crossbar[1], pdk))}
    assert {line.where for line in lines.values()} == set(Where)
    assert all(line.count > 0 for line in lines.values())
    assert lines["set the weights"].count == 33 + 8
    assert lines["multiply by the weights"].count == 2 * 33
    assert lines["multiply by the transposed weights"].count == 2 * 8
    assert (lines["multiply error by input"].count, lines["multiply error by input"].where) == (2 * 33, Where.LIGHT)
    assert lines["add over the batch"].where == lines["multiply by dw/dcode"].where == Where.HOST


def test_one_layer_sends_no_errors_back(pdk):
    design = Design(
        Network("one", 2, (Layer(1, "modulator"),), "mse"), ChipSpec(architecture="crossbar"), TrainSpec("moons")
    )
    circuit = compile_circuit(design, pdk)
    names = {line.name for line in crossbar_ledger(crossbar_tables(circuit, pdk))}
    assert not names & {"multiply by the transposed weights", "form the hidden errors", "match the backward banks"}
    assert budget(design, circuit, pdk).parts.shots == 2 + 2


def test_receivers_are_the_twins():
    real = Imperfections.real()
    assert value("training_bandwidth_ghz") == real.bandwidth_ghz
    assert value("receiver_noise_pa_per_rthz") == real.thermal_noise_pa_per_rthz
    assert value("laser_noise_db_per_hz") == real.rin_db_per_hz
    assert value("converter_bits") == real.dac_bits == real.adc_bits

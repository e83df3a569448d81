"""Crossbar weights that a voltage sets, either way."""

from types import SimpleNamespace

import numpy as np
import pytest

from chips.crossbar import truth
from chips.crossbar.bench import Bench
from chips.crossbar.calibration import calibrate
from chips.crossbar.electronics import Electronics
from chips.crossbar.points import points
from chips.crossbar.train import TrainConfig, train
from chips.crossbar.twin import CrossbarTwin
from chips.variation import Imperfections
from compiler.crossbar_tables import crossbar_tables

GAINS = (8.0, 2.0)


@pytest.fixture
def by_voltage(crossbar, voltage_pdk):
    """2-8-1 on the process with voltages: netlist, tables, twin(imperfections, thermal)."""
    netlist = crossbar(2, 8, 1).netlist
    tables = crossbar_tables(netlist, voltage_pdk)
    electronics = Electronics(("modulator",) * 2, GAINS, (0.0, 0.0))

    def twin(imperfections, thermal=None):
        return CrossbarTwin(netlist, voltage_pdk, imperfections, [0], electronics=electronics, thermal=thermal)

    return SimpleNamespace(tables=tables, twin=twin)


def test_weights_are_cosines_and_no_voltage_is_a_weight_of_1(by_voltage):
    chip, drive = by_voltage, by_voltage.tables.drive
    twin = chip.twin(Imperfections.ideal())
    for weights in truth.weights(twin).values():
        np.testing.assert_allclose(weights, 1.0, atol=1e-12)
    rng = np.random.default_rng(0)
    phases = {b.name: rng.uniform(drive.least_rad, drive.most_rad, (1, *b.weight.shape)) for b in chip.tables.banks}
    twin.program({name: drive.setting(phase)[:, None] for name, phase in phases.items()})
    for name, weights in truth.weights(twin).items():
        np.testing.assert_allclose(weights.reshape(phases[name].shape), np.cos(phases[name]), atol=1e-12)


def test_a_table_of_heat_changes_nothing(by_voltage, warm):
    chip = by_voltage
    table = warm(chip.tables, np.random.default_rng(1))
    cold, hot = (chip.twin(Imperfections.real(), thermal) for thermal in (None, table))
    settings = {bank.name: np.full((1, 1, *bank.weight.shape), 3.0) for bank in chip.tables.banks}
    for twin in (cold, hot):
        twin.program(settings)
    for name, weights in truth.weights(cold).items():
        np.testing.assert_array_equal(weights, truth.weights(hot)[name])


def test_sweeps_find_weights_of_either_sign(by_voltage):
    chip = by_voltage
    found = calibrate(Bench(chip.twin(Imperfections.real()), chip.tables, 1))
    for bank in chip.tables.banks:
        curves = found.curves[bank.name]
        assert np.all((curves.low >= 0) & (curves.high <= chip.tables.drive.limit * (1 + 1e-12)))
        assert curves.least.max() < -0.6 and curves.most.min() > 0.6


def test_a_real_chip_learns(by_voltage):
    chip = by_voltage
    data = points("moons", 10_000)
    result = train(chip.twin(Imperfections.real()), chip.tables, GAINS, data, TrainConfig(epochs=150), runs=1)
    assert result.train.accuracy[0] >= 0.9
    assert result.state.history[-1].loss[0] < 0.5 * result.state.history[0].loss[0]

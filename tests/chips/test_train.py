from dataclasses import replace

import numpy as np
import pytest

from chips.bench import HIDDEN_BIAS, Model
from chips.data import DataError, load, prepare
from chips.gradients import echo, three_pass
from chips.offline import train_offline
from chips.train import TrainConfig, TrainError, TrainState, batches, make_bench, train
from chips.twin import Twin
from chips.variation import Imperfections
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.tables import tables

REAL = Imperfections.real()


@pytest.fixture(scope="module")
def wine(circuit, pdk, neighbours):
    """Netlist, tables, design, split and thermal neighbours: seven components and a bias on 8 ports, 2 layers."""
    netlist = circuit(8, 2)
    design = Design(
        Network("wine", 7, (Layer(8, "modulator"), Layer(8))),
        ChipSpec(ports=8),
        TrainSpec("wine", preprocess_pca=7),
    )
    split = prepare(load("wine"), ports=8, pca=7, seed=0)
    return netlist, tables(netlist, pdk), design, split, neighbours(8, 2)


@pytest.fixture(scope="module")
def trained(wine, pdk):
    """One chip of real spread, trained in place."""
    netlist, nominal, design, split, thermal = wine
    twin = Twin(netlist, pdk, REAL, 0, thermal=thermal)
    result = train(twin, nominal, design, split, TrainConfig(epochs=40, learning_rate_rad=0.1))
    return twin, result


def test_real_chip_learns_wine_in_place(trained, wine):
    twin, result = trained
    split = wine[3]
    assert result.test_accuracy >= 0.9
    assert result.train_accuracy >= 0.95
    assert result.confusion.sum() == len(split.test_y)
    assert np.trace(result.confusion) / len(split.test_y) == result.test_accuracy
    assert result.test_accuracy == np.mean(result.predictions == split.test_y)
    assert len(result.history) == 40
    assert result.history[-1].loss < 0.3 * result.history[0].loss
    assert result.history[-1].learning_rate_rad < 0.2 * result.history[0].learning_rate_rad
    # every shot is counted but those of the last reading of both parts
    assert twin.shots == result.history[-1].shots + 2 * (len(split.train_x) + len(split.test_x))


def test_control_trained_phases_loaded_blind_fail(trained, wine, pdk):
    netlist, nominal, design, split, thermal = wine
    ideal = train_offline(netlist, pdk, design, split, TrainConfig(epochs=40, learning_rate_rad=0.1))
    assert ideal.test_accuracy >= 0.9
    twin = Twin(netlist, pdk, REAL, 0, thermal=thermal)
    bench = make_bench(twin, nominal, design, split, TrainConfig())
    twin.program(ideal.settings)
    x = split.test_x
    for index in range(2):
        powers = bench.forward(index, x)["detector"]
        x = bench.model.next_inputs(index, powers) if index == 0 else powers
    blind = np.mean(bench.model.readout.predict(powers) == split.test_y)
    assert blind < trained[1].test_accuracy - 0.2


def test_offline_network_is_what_the_nominal_chip_does(wine, pdk):
    netlist, nominal, design, split, thermal = wine
    config = TrainConfig(epochs=3)
    ideal = train_offline(netlist, pdk, design, split, config)
    twin = Twin(netlist, pdk, Imperfections.ideal(), 0, thermal=thermal)
    bench = make_bench(twin, nominal, design, split, config)
    twin.program(ideal.settings)
    hidden = bench.forward(0, split.test_x)["detector"]
    last = bench.forward(1, bench.model.next_inputs(0, hidden))["detector"]
    accuracy = np.mean(bench.model.readout.predict(last) == split.test_y)
    assert accuracy == pytest.approx(ideal.test_accuracy)
    assert len(ideal.losses) == 3 and ideal.losses[-1] < ideal.losses[0]


def test_same_seed_same_run_another_seed_another(lesson, pdk):
    def run(seed):
        task = lesson(4, 2, epochs=1)
        twin = Twin(task.netlist, pdk, REAL, 1, thermal=task.thermal)
        return train(twin, task.tables, task.design, task.split, replace(task.config, seed=seed))

    a, b, c = run(3), run(3), run(4)
    assert a.history == b.history
    assert all(np.array_equal(p, q) for p, q in zip(a.state.phases_rad, b.state.phases_rad, strict=True))
    assert a.history != c.history


def test_registers_stay_within_the_heaters_range(lesson, pdk):
    task = lesson(4, 2, epochs=3, learning_rate_rad=2.0)
    result = train(
        Twin(task.netlist, pdk, REAL, 0, thermal=task.thermal), task.tables, task.design, task.split, task.config
    )
    limit_mw = task.tables.drive.range_rad / np.pi * task.tables.drive.per_pi
    powers = np.concatenate(result.settings)
    assert powers.min() == 0.0 and powers.max() == pytest.approx(limit_mw)


def test_control_three_pass_does_not_train_a_lossy_layer(wine, pdk):
    netlist, nominal, design, split, thermal = wine
    config = TrainConfig(epochs=12)
    last = {}
    for measure in (echo.gradient, three_pass.gradient):
        twin = Twin(netlist, pdk, REAL, 0, thermal=thermal)
        last[measure] = train(twin, nominal, design, split, config, measure=measure).history[-1]
    assert last[echo.gradient].test_accuracy > 0.9
    assert last[three_pass.gradient].test_accuracy < last[echo.gradient].test_accuracy - 0.2
    assert last[three_pass.gradient].loss > 4 * last[echo.gradient].loss


def test_order_of_an_epoch_depends_on_seed_and_epoch_only():
    config = TrainConfig(batch_size=4)
    assert np.array_equal(np.concatenate(batches(10, config, 3)), np.concatenate(batches(10, config, 3)))
    assert not np.array_equal(np.concatenate(batches(10, config, 3)), np.concatenate(batches(10, config, 4)))
    assert [len(rows) for rows in batches(10, config, 0)] == [4, 4, 2]
    assert sorted(np.concatenate(batches(10, config, 0))) == list(range(10))


def test_spec_gives_the_settings(wine):
    design = replace(
        wine[2], train=TrainSpec("wine", epochs=7, seed=5, batch_size=9, learning_rate=0.2, preprocess_pca=7)
    )
    config = TrainConfig.of(design, gain=3.0)
    assert (config.epochs, config.seed, config.batch_size, config.learning_rate_rad, config.gain) == (7, 5, 9, 0.2, 3.0)


def test_electronics_light_inputs_and_bias_only():
    network = Network("n", 2, (Layer(2, "sqrt"), Layer(2)))
    model = Model.of(Design(network, ChipSpec(ports=4, bias="all"), TrainSpec("moons")), classes=2, gain=1.0)
    x = model.next_inputs(0, np.full((1, 4), 0.14))
    np.testing.assert_allclose(x, [[0.4, 0.4, HIDDEN_BIAS, 0.0]])


def test_too_few_outputs_are_refused(lesson, pdk):
    task = lesson(4, 2)
    split = replace(task.split, class_names=("a", "b", "c", "d", "e"))
    with pytest.raises(DataError, match="outputs"):
        train(Twin(task.netlist, pdk, REAL, 0, thermal=task.thermal), task.tables, task.design, split, task.config)


def test_a_layer_that_echo_refuses_ends_the_run_with_its_finding(lesson, pdk):
    task = lesson(4, 1, "svd")
    twin = Twin(task.netlist, pdk, REAL, 0, thermal=task.thermal)
    seen: list[TrainState] = []
    train(twin, task.tables, task.design, task.split, replace(task.config, epochs=0), on_epoch=seen.append)
    layers = tuple(replace(layer, uneven=2.0) for layer in seen[0].calibration.layers)
    with pytest.raises(TrainError, match="layer1: echo_exact") as refused:
        calibration = replace(seen[0].calibration, layers=layers)
        train(twin, task.tables, task.design, task.split, task.config, calibration=calibration)
    assert refused.value.finding.rule == "echo_exact"

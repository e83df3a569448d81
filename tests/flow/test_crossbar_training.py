"""A crossbar trained, watched, simulated and studied through the commands."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file


@pytest.fixture
def folder(small_crossbar, tmp_path):
    return shutil.copytree(small_crossbar, tmp_path / "out")


def test_it_learns_and_what_it_learned_is_in_the_program(folder, backlight):
    assert backlight("train", folder, "--epochs", "60") == 0
    told = json.loads((folder / "training.json").read_text())
    assert told["test_accuracy"] > 0.8
    assert told["gradient_cosine"] > 0.9, "a varied chip still measures its gradient"
    assert told["start_losses"][told["start"] - 1] == min(told["start_losses"])
    with (folder / "training.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 61))
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    program = json.loads((folder / "program.json").read_text())
    assert program["origin"] == "trained"
    registers = load_file(folder / "weights.safetensors")["registers.layer1.forward"]
    power = program["settings"]["layer1.forward.col_2.w_1.theta"]["heater_mw"]
    assert power == pytest.approx(registers[told["start"] - 1, 1, 2])
    banks = {
        layer["name"]: np.array(layer["weights"])
        for layer in json.loads((folder / "simulation.json").read_text())["layers"]
    }
    nominal = np.cos(program["settings"]["layer1.forward.col_2.w_1.theta"]["phase_rad"])
    assert banks["layer1.forward"][1, 2] == pytest.approx(nominal)
    page = (folder / "report.html").read_text()
    assert "2-3-1" in page and "layer2.backward" in page


def test_a_spec_says_how_a_crossbar_is_trained():
    from backlight.crossbar_lesson import crossbar_config
    from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec

    network = Network("net", 2, (Layer(3, "modulator"), Layer(1)), "mse")
    said = TrainSpec("moons", epochs=7, seed=5, learning_rate=0.2)
    config = crossbar_config(Design(network, ChipSpec("crossbar"), said))
    assert (config.epochs, config.seed, config.learning_rate_rad) == (7, 5, 0.2)


def test_a_run_that_goes_on_is_the_same_run(folder, tmp_path, backlight, monkeypatch):
    from backlight import crossbar_run

    whole = shutil.copytree(folder, tmp_path / "whole")
    assert backlight("train", whole, "--epochs", "4") == 0
    write, saved = crossbar_run.checkpoint.write, []

    def interrupted(*arguments, **named):
        write(*arguments, **named)
        saved.append(arguments)
        if len(saved) == 3:  # before the first epoch, and after the first and the second
            raise KeyboardInterrupt

    monkeypatch.setattr(crossbar_run.checkpoint, "write", interrupted)
    assert backlight("train", folder, "--epochs", "4") == 2
    monkeypatch.undo()
    assert json.loads((folder / "training.json").read_text())["epochs"] == 2
    assert backlight("train", folder, "--resume") == 0
    assert (folder / "training.csv").read_text() == (whole / "training.csv").read_text()
    again, first = (load_file(f / "weights.safetensors") for f in (folder, whole))
    assert all(np.array_equal(again[name], first[name]) for name in first)


def test_a_drift_is_mended_by_what_was_remembered(folder, backlight):
    assert backlight("train", folder, "--epochs", "60", "--drift", "0.4") == 0
    drift = json.loads((folder / "training.json").read_text())["drift"]
    kinds = [event["kind"] for event in drift["events"]]
    assert kinds[:3] == ["remember", "drift", "reload"]
    assert drift["after"] < drift["before"] - 0.03
    assert drift["recovered"] > drift["after"]
    assert "Accuracy while the chip drifts" in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--gradient", "echo"), "--gradient: found echo, expected nothing"),
        (("--resume",), "no training to resume"),
    ],
)
def test_what_cannot_be_is_said(folder, backlight, capsys, options, text):
    assert backlight("train", folder, *options) == 2
    assert text in capsys.readouterr().err


def test_a_modulator_that_cannot_reach_the_data_is_named(folder, backlight, capsys):
    spec = folder / "spec.yml"
    spec.write_text(
        spec.read_text().replace("outputs: 1, activation: modulator", "outputs: 1, activation: modulator, gain: 0.01")
    )
    assert backlight("train", folder) == 2
    said = capsys.readouterr().err
    assert "network.layers[1].activation: found modulator whose modulator goes from 0.48 to 0.52" in said
    assert "expected one that reaches the data's 0.1 to 0.9; raise its gain or swing, or scale the data" in said


def test_light_of_both_kinds_agrees(folder, backlight):
    assert backlight("simulate", folder) == 0
    found = json.loads((folder / "simulation.json").read_text())
    assert found["agreement"]["ok"] and found["agreement"]["photodiodes"] > 30


def test_the_same_from_python(small_crossbar, tmp_path):
    import backlight as bl

    design = bl.read_spec(small_crossbar / "spec.yml")
    design = replace(design, train=replace(design.train, epochs=40))
    extracted = bl.extract(small_crossbar / "chip.gds")
    twin = bl.make_twin(extracted, seed=2, design=design)
    result = bl.train(twin, extracted.netlist, design)
    assert result.test_accuracy > 0.8
    assert len(result.history) == 40 and result.history[-1].loss < result.history[0].loss
    bl.plot(result, tmp_path / "accuracy.svg")
    assert "<svg" in (tmp_path / "accuracy.svg").read_text()
    with pytest.raises(ValueError, match="found a crossbar and no design"):
        bl.make_twin(extracted)


@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_outputs_that_are_no_classes_are_refused(folder, backlight, capsys, outputs):
    spec = folder / "spec.yml"
    text = spec.read_text().replace("inputs: 2", "inputs: 4").replace("data: moons", "data: iris")
    spec.write_text(text.replace("outputs: 1", f"outputs: {outputs}").replace("  samples: 200\n", ""))
    assert backlight("train", folder) == 2
    assert (
        f"found {outputs} outputs in the last layer for 3 classes, expected one for each class"
        in capsys.readouterr().err
    )

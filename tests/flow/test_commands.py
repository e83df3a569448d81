"""Whole runs through the command line."""

import csv
import hashlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import klayout.db as kdb
import numpy as np
import pytest

from backlight import watching
from backlight.cli import run as run_command

COMMAND = [sys.executable, "-c", "from backlight.cli import main; main()"]


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


VERBS = ["compile", "verify", "budget", "simulate", "train", "yield", "export", "show", "pdks", "demo"]


def test_help_teaches_and_lists_only_what_works():
    run = subprocess.run(
        [*COMMAND, "--help"], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "100"}
    )
    assert re.findall(r"^│ (\w+) ", run.stdout, re.MULTILINE) == VERBS
    assert "backlight compile examples/moons.yml -o out" in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb):
    assert run_command([verb, "--help"]) == 0


def test_version(capsys):
    assert run_command(["--version"]) == 0
    assert re.fullmatch(r"backlight \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_compile_writes_what_it_says(compiled):
    names = {"chip.gds", "rules.lydrc", "netlist.yml", "pads.csv", "ports.csv", "taps.csv", "spec.yml"}
    assert names <= {path.name for path in compiled.iterdir()}
    pads, taps = table(compiled / "pads.csv"), table(compiled / "taps.csv")
    assert {"name", "x_um", "y_um", "layer", "instance", "terminal", "role"} <= pads[0].keys()
    assert {row["instance"] for row in taps} > {"layer1.mesh.mzi_0_0.theta_tap", "layer2.mesh.mzi_3_1.phi_tap"}
    assert all(0 < float(row["a_post"]) < 1 and 0 < float(row["a_tot"]) < 1 for row in taps)
    ports = table(compiled / "ports.csv")
    assert [row["name"] for row in ports] == [f"o{k + 1}" for k in range(17)]
    assert [row["instance"] for row in ports[:3]] == ["layer1.laser", "layer2.laser", "test.loop_in"]
    assert {row["role"] for row in ports} == {"edge_coupler"}


def test_compiling_again_gives_the_same_files(compiled, backlight, tmp_path):
    assert backlight("compile", compiled / "spec.yml", "-o", tmp_path) == 0
    mine = digests(tmp_path)
    assert mine == {name: digest for name, digest in digests(compiled).items() if name in mine}
    assert backlight("compile", tmp_path / "spec.yml", "-o", tmp_path) == 0
    assert digests(tmp_path) == mine


def test_verify_holds(design_folder, backlight, capsys):
    assert backlight("verify", design_folder, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    written = json.loads((design_folder / "verify.json").read_text())
    assert written.pop("schema") == 1
    assert printed == written
    assert written["ok"]
    names = ["devices", "waveguides", "connections", "overlaps", "wires", "labels", "die", "rules"]
    names += ["lengths", "thermal", "circuit", "s_matrix"]
    assert [check["name"] for check in written["checks"]] == names
    assert (design_folder / "extracted.yml").exists()
    assert (design_folder / "verify.lyrdb").exists()
    assert (design_folder / "report.html").exists()


def test_verify_finds_what_is_missing(design_folder, backlight, capsys):
    path = design_folder / "chip.gds"
    layout = kdb.Layout()
    layout.read(str(path))
    cell = layout.cell("mzi")
    next(instance for instance in cell.each_inst() if instance.property(0) == "theta").delete()
    layout.write(str(path))
    capsys.readouterr()
    assert backlight("verify", design_folder) == 1
    out = capsys.readouterr()
    assert out.err == ""
    assert ".theta: missing_instance: found nothing, expected phase_shifter" in out.out
    written = json.loads((design_folder / "verify.json").read_text())
    assert not written["ok"]
    findings = [finding for check in written["checks"] for finding in check["findings"]]
    assert {"place", "rule", "measured", "limit", "mend"} == findings[0].keys()
    assert backlight("verify", path) == 1
    for verb in ("simulate", "train"):
        assert backlight(verb, design_folder) == 2
        assert "found a circuit that light cannot be followed through" in capsys.readouterr().err


def test_what_is_simulated_is_the_gds(design_folder, backlight, capsys):
    """Two MZIs that exchange their names in the GDS exchange their settings: other light, whatever netlist.yml says."""
    assert backlight("simulate", design_folder) == 0
    program = json.loads((design_folder / "program.json").read_text())
    for k, setting in enumerate(program["settings"].values()):
        setting["phase_rad"] = 0.2 * k
    (design_folder / "program.json").write_text(json.dumps(program))

    def light():
        assert backlight("simulate", design_folder) == 0
        return np.array(json.loads((design_folder / "simulation.json").read_text())["layers"][0]["abs_u"])

    drawn = light()
    path = design_folder / "chip.gds"
    layout = kdb.Layout()
    layout.read(str(path))
    named = {instance.property(0): instance for instance in layout.cell("mesh_4").each_inst()}
    named["mzi_0_0"].set_property(0, "mzi_0_2")
    named["mzi_0_2"].set_property(0, "mzi_0_0")
    layout.write(str(path))
    capsys.readouterr()
    spoiled = light()
    assert "not the designed circuit" in capsys.readouterr().out
    assert np.max(np.abs(drawn - spoiled)) > 0.01
    assert backlight("verify", design_folder) == 1


def test_verify_of_a_gds_alone(compiled, backlight, capsys):
    assert backlight("verify", compiled / "chip.gds") == 0
    assert "2 layers of 4 ports" in capsys.readouterr().out


def test_simulate_agrees_with_sax(design_folder, backlight):
    assert backlight("simulate", design_folder) == 0
    simulation = json.loads((design_folder / "simulation.json").read_text())
    assert simulation["agreement"]["difference"] <= 1e-12
    assert [np.shape(layer["abs_u"]) for layer in simulation["layers"]] == [(4, 4), (4, 4)]
    program = json.loads((design_folder / "program.json").read_text())
    assert len(program["settings"]) == 24
    assert program["settings"]["layer1.mesh.mzi_0_0.theta"].keys() == {"phase_rad", "heater_mw"}
    before = (design_folder / "program.json").read_bytes()
    assert backlight("simulate", design_folder) == 0
    assert (design_folder / "program.json").read_bytes() == before


def test_train_learns_and_says_so(design_folder, backlight):
    assert backlight("train", design_folder, "--epochs", 15) == 0
    summary = json.loads((design_folder / "training.json").read_text())
    assert summary["test_accuracy"] > 0.75
    assert {"train_accuracy", "loss", "epochs", "seed", "gradient_cosine", "versions"} <= summary.keys()
    assert np.sum(summary["confusion"]) == 180
    assert [row["epoch"] for row in table(design_folder / "training.csv")] == [str(k) for k in range(1, 16)]
    program = json.loads((design_folder / "program.json").read_text())
    assert program["origin"] == "trained"


def test_ctrl_c_keeps_the_epoch_and_resume_is_exact(design_folder, backlight, tmp_path):
    whole = shutil.copytree(design_folder, tmp_path / "whole")
    assert backlight("train", whole, "--epochs", 6, "--seed", 3) == 0
    process = subprocess.Popen(
        [*COMMAND, "train", str(design_folder), "--epochs", "6", "--seed", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if "training 2/6" in line:
            process.send_signal(signal.SIGINT)
            break
    errors = process.communicate()[1]
    assert process.returncode == 2
    assert re.fullmatch(r"backlight: .*: interrupted after epoch \d of 6, which is kept; run .* --resume\n", errors)
    assert not (design_folder / "report.html").exists()
    assert backlight("train", design_folder, "--resume") == 0
    assert digests(design_folder) == digests(whole)


@pytest.mark.parametrize("gradient", ["parameter_shift", "three_pass"])
def test_other_gradients(gradient, design_folder, backlight):
    assert backlight("train", design_folder, "--epochs", 1, "--gradient", gradient, "--ideal") == 0
    summary = json.loads((design_folder / "training.json").read_text())
    assert (summary["gradient"], summary["chip"]) == (gradient, "ideal")
    assert (summary["gradient_cosine"] > 0.999) == (gradient == "parameter_shift")


def test_an_svd_layer_and_gratings(backlight, tmp_path):
    (tmp_path / "svd.yml").write_text(
        "name: svd\nnetwork: {inputs: 2, layers: [{outputs: 2}]}\n"
        "chip: {linear: svd, io: grating, bias: none}\ntrain: {data: circles, epochs: 1}\n"
    )
    folder = tmp_path / "out"
    assert backlight("compile", tmp_path / "svd.yml", "-o", folder) == 0
    for verb in ("verify", "simulate", "train"):
        assert backlight(verb, folder) == 0
    assert np.shape(json.loads((folder / "simulation.json").read_text())["layers"][0]["abs_u"]) == (4, 2)


def test_drift_is_mended_and_a_watch_goes_on_where_it_stopped(design_folder, backlight, tmp_path, monkeypatch, capsys):
    whole = shutil.copytree(design_folder, tmp_path / "whole")
    asked = ("--epochs", 4, "--seed", 3, "--drift", 0.4, "--drift-steps", 2)
    assert backlight("train", whole, *asked) == 0
    told = json.loads((whole / "training.json").read_text())["drift"]
    assert (told["step_rad"], told["steps"], len(told["rounds"])) == (0.4, 2, 2)
    rows = table(whole / "training.csv")
    assert [row["kind"] for row in rows[:6]] == ["train"] * 4 + ["remember", "drift"]
    assert [row["kind"] for row in rows[4:]] == [event["kind"] for event in told["events"]]
    assert {"drift", "recalibrate", "reload"} <= {row["kind"] for row in rows}
    assert all(int(a["shots"]) < int(b["shots"]) for a, b in itertools.pairwise(rows))
    assert "Accuracy while the chip drifts" in (whole / "report.html").read_text()

    drift = watching.drift
    with monkeypatch.context() as patched:
        calls = iter([drift, interrupt])
        patched.setattr(watching, "drift", lambda *values: next(calls)(*values))
        assert backlight("train", design_folder, *asked) == 2
    assert re.search(r"interrupted in the watch; its \d+ events are kept; run .* --resume\n", capsys.readouterr().err)
    assert backlight("train", design_folder, "--resume") == 0
    assert digests(design_folder) == digests(whole)


def interrupt(*_):
    raise KeyboardInterrupt

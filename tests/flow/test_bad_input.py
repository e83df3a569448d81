"""Bad input gets one line on stderr and exit status 2, no traceback, and loses nothing."""

import errno
import json
import re
import shutil
from pathlib import Path

import pytest

SPEC = """\
name: moons
network:
  inputs: 2
  layers:
    - {outputs: 4, activation: modulator}
    - {outputs: 2}
chip: {ports: 4}
train: {data: moons, epochs: 1}
"""


@pytest.fixture
def refused(backlight, capsys):
    """Run a command that has to be refused; the one line that it gives."""

    def run(*arguments):
        capsys.readouterr()
        assert backlight(*arguments) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("backlight: ")
        assert "Traceback" not in lines[0]
        return lines[0]

    return run


def snapshot(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


SPECS = {
    "unknown key": ("chip: {ports: 4}", "chip: {port: 4}", "found an unknown key.*did you mean ports"),
    "wrong type": ("inputs: 2", "inputs: two", "spec.yml:3:11.*found 'two', expected a whole number"),
    "no ports": ("ports: 4", "ports: 0", "found 0, expected a whole number from 2 to 64"),
    "65 ports": ("ports: 4", "ports: 65", "found 65, expected a whole number from 2 to 64"),
    "larger than a die": ("ports: 4", "ports: 64, linear: svd", r"chip.ports: .* mm too wide.*at most \d+ ports fit"),
    "more outputs than ports": ("{outputs: 2}", "{outputs: 5}", "found 5 outputs, expected at most 4"),
    "no such activation": ("modulator", "modulater", "found 'modulater'.*did you mean modulator"),
    "no such data": ("data: moons", "data: mons", "found 'mons'.*did you mean moons"),
    "no such PDK": ("ports: 4", "pdk: generik", "found 'generik'.*did you mean generic"),
    "no such CSV": ("data: moons", "data: mine.csv", "found 'mine.csv', which is not there"),
    "not YAML": ("name: moons", "name: [", "spec.yml:"),
    "not a spec": (SPEC, "- 1", "expected a mapping"),
    "empty": (SPEC, "", "spec.yml"),
}


@pytest.mark.parametrize("case", SPECS)
def test_bad_spec(case, refused, tmp_path):
    old, new, line = SPECS[case]
    (tmp_path / "spec.yml").write_text(SPEC.replace(old, new))
    assert re.search(line, refused("compile", tmp_path / "spec.yml", "-o", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_bad_spec_leaves_an_earlier_output_as_it_was(refused, design_folder, tmp_path):
    before = snapshot(design_folder)
    (tmp_path / "spec.yml").write_text(SPEC.replace("ports: 4", "ports: 65"))
    refused("compile", tmp_path / "spec.yml", "-o", design_folder)
    assert snapshot(design_folder) == before


ROWS = "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n"
TABLES = {
    "text": (ROWS.replace("4", "four"), "mine.csv:3:2: found 'four' in column 'b', expected a number"),
    "NaN": (ROWS.replace("4", "nan"), "mine.csv:3:2: found nan"),
    "one class": (ROWS.replace("y", "x"), "found 1 class"),
    "empty": ("", "found an empty file"),
    "bytes": ("a,b,kind\n\udcff,2,x\n", "found bytes that are not UTF-8"),
    "another number of features": (ROWS.replace("b,", "").replace(",2", "").replace(",4", ""), "found"),
}


@pytest.mark.parametrize("case", TABLES)
def test_bad_table(case, refused, design_folder):
    text, line = TABLES[case]
    spec = design_folder / "spec.yml"
    spec.write_text(spec.read_text().replace("data: moons", "data: mine.csv"))
    (design_folder / "mine.csv").write_bytes(text.encode(errors="surrogateescape"))
    before = snapshot(design_folder)
    assert line in refused("train", design_folder, "--epochs", 1)
    assert snapshot(design_folder) == before


def test_a_table_of_ones_own_is_kept_beside_the_design(backlight, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.csv").write_text(ROWS)
    (tmp_path / "spec.yml").write_text(SPEC.replace("data: moons", "data: data/mine.csv"))
    assert backlight("compile", tmp_path / "spec.yml", "-o", tmp_path / "out") == 0
    assert (tmp_path / "out" / "mine.csv").read_text() == ROWS
    assert "data: mine.csv" in (tmp_path / "out" / "spec.yml").read_text()


@pytest.mark.parametrize("content", [b"", b"not a GDS", b"\x00\x06\x00\x02\x02\x58\xff\xff"])
def test_a_gds_that_is_none(content, refused, design_folder):
    (design_folder / "chip.gds").write_bytes(content)
    for verb in ("verify", "simulate", "train"):
        assert "chip.gds: found no" in refused(verb, design_folder)
    assert "chip.gds: found no" in refused("verify", design_folder / "chip.gds")


def test_the_gds_of_another_design(backlight, refused, design_folder, tmp_path):
    (tmp_path / "spec.yml").write_text(SPEC.replace("ports: 4", "ports: 6"))
    assert backlight("compile", tmp_path / "spec.yml", "-o", tmp_path / "other") == 0
    shutil.copy(tmp_path / "other" / "chip.gds", design_folder / "chip.gds")
    before = snapshot(design_folder)
    for verb in ("verify", "simulate", "train"):
        assert "the GDS of another design (2 layers of 6 ports" in refused(verb, design_folder)
    assert snapshot(design_folder) == before


def test_a_damaged_netlist(refused, design_folder):
    (design_folder / "netlist.yml").write_text("cells: [")
    assert "netlist.yml: found a damaged netlist" in refused("verify", design_folder)


@pytest.mark.parametrize("name", ["spec.yml", "chip.gds", "netlist.yml"])
def test_a_folder_that_lacks_a_file(name, refused, design_folder):
    (design_folder / name).unlink()
    assert f"found no {name}" in refused("verify", design_folder)


def test_folders_that_are_none(refused, tmp_path):
    (tmp_path / "file").write_text("")
    assert "found no such" in refused("verify", tmp_path / "nothing")
    for verb in ("simulate", "train"):
        assert "found no such folder" in refused(verb, tmp_path / "nothing")
        assert "found a file" in refused(verb, tmp_path / "file")


def test_an_output_folder_that_is_a_file(refused, tmp_path):
    (tmp_path / "spec.yml").write_text(SPEC)
    (tmp_path / "out").write_text("mine")
    assert "found a file, expected an output folder" in refused(
        "compile", tmp_path / "spec.yml", "-o", tmp_path / "out"
    )
    assert (tmp_path / "out").read_text() == "mine"
    assert "found a file" in refused("compile", tmp_path / "spec.yml", "-o", tmp_path / "out" / "below")


def test_an_output_folder_that_cannot_be_written(refused, tmp_path):
    (tmp_path / "spec.yml").write_text(SPEC)
    line = refused("compile", tmp_path / "spec.yml", "-o", "/proc/backlight")
    assert "/proc/backlight" in line


def test_a_full_disk(refused, design_folder, tmp_path, monkeypatch):
    (tmp_path / "spec.yml").write_text(SPEC)
    before = snapshot(design_folder)

    def full(self, *arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    assert "found no space left" in refused("compile", tmp_path / "spec.yml", "-o", design_folder)
    assert snapshot(design_folder) == before


def test_a_damaged_checkpoint(backlight, refused, design_folder):
    assert "found no training to resume" in refused("train", design_folder, "--resume")
    assert backlight("train", design_folder, "--epochs", 1) == 0
    weights, summary = design_folder / "weights.safetensors", design_folder / "training.json"
    whole, told = weights.read_bytes(), summary.read_text()
    assert "expected seed 5" in refused("train", design_folder, "--resume", "--seed", 5)
    for damaged in (b"", whole[:100], whole[:-8], b"\xff" * 64):
        weights.write_bytes(damaged)
        before = snapshot(design_folder)
        assert "weights.safetensors: found a damaged file" in refused("train", design_folder, "--resume")
        assert snapshot(design_folder) == before
    weights.write_bytes(whole)
    for damaged in ("{", "[]", json.dumps(json.loads(told) | {"config": 3})):
        summary.write_text(damaged)
        assert "training.json: found" in refused("train", design_folder, "--resume")


@pytest.mark.parametrize("text", ["{", '{"schema": 1, "settings": {}}', '{"schema": 1, "settings": 3}'])
def test_a_damaged_program(text, refused, design_folder):
    (design_folder / "program.json").write_text(text)
    assert "program.json: found" in refused("simulate", design_folder)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["compile"], "Missing argument 'SPEC'"),
        (["comple"], "Did you mean 'compile'"),
        (["train", "out", "--epochs", "-1"], "-1 is not in the range"),
        (["train", "out", "--seed", str(2**32)], f"{2**32} is not in the range"),
        (["train", "out", "--gradient", "guess"], "'guess' is not one of"),
        (["verify", "out", "--wings"], "No such option"),
    ],
)
def test_bad_usage(arguments, line, refused):
    assert line in refused(*arguments)

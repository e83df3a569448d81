"""Export: what one sends to a foundry and takes to the bench, and what is refused."""

import csv
import hashlib
import json
import re
import shutil
import zipfile
from dataclasses import replace

import klayout.db as kdb
import pytest

from backlight import files
from backlight.equivalence import equate
from backlight.folder import process_of
from layouts.compare import compare
from layouts.extract import extract
from pdk import registry
from pdk.contract import NotInstalledError, Submission
from pdk.finding import Finding

FOUNDRY = {
    "README.txt",
    "checks.json",
    "checks.txt",
    "die.png",
    "die.svg",
    "manifest.json",
    "moons.gds",
    "pads.csv",
    "ports.csv",
    "rules.lydrc",
    "verify.lyrdb",
}
BENCH = {
    "README.txt",
    "calibration.json",
    "calibration.txt",
    "control.csv",
    "netlist.yml",
    "program.json",
    "readout.csv",
    "samples.csv",
    "scales.csv",
    "spec.yml",
    "taps.csv",
}


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def told(path):
    return json.loads(path.read_text())


TINY = """\
name: moons
network:
  inputs: 2
  layers: [{outputs: 2}]
chip: {ports: 2, bias: none}
train: {data: moons, samples: 40, epochs: 1}
"""


@pytest.fixture(scope="module")
def compiled(backlight, tmp_path_factory):
    """A folder of one layer with 2 ports; not to be changed."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "moons.yml").write_text(TINY)
    assert backlight("compile", folder / "moons.yml", "-o", folder / "out") == 0
    return folder / "out"


@pytest.fixture
def design_folder(compiled, tmp_path):
    """A copy of it, to be changed at will."""
    return shutil.copytree(compiled, tmp_path / "design")


@pytest.fixture(scope="module")
def bundle(compiled, backlight, tmp_path_factory):
    """The bundle of the compiled folder; not to be changed."""
    out = tmp_path_factory.mktemp("bundles") / "out"
    assert backlight("export", compiled, "-o", out) == 0
    return out


def test_all_is_there_and_in_the_manifest(bundle):
    assert {path.name for path in bundle.iterdir()} == FOUNDRY | {"bench"}
    assert {path.name for path in (bundle / "bench").iterdir()} == BENCH
    manifest = told(bundle / "manifest.json")
    listed = {entry["path"]: entry for entry in manifest["files"]}
    assert set(listed) == FOUNDRY - {"manifest.json"} | {f"bench/{name}" for name in BENCH}
    for name, entry in listed.items():
        content = (bundle / name).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert manifest["schema"] == 1
    assert manifest["ok"]
    assert all(check["ok"] for check in manifest["checks"])
    assert {"unchanged", "devices", "rules", "circuit", "s_matrix"} <= {check["name"] for check in manifest["checks"]}


def test_the_zip_holds_the_same_and_has_no_clock(bundle):
    with zipfile.ZipFile(bundle.with_name("out.zip")) as packed:
        names = packed.namelist()
        assert names == sorted(names)
        assert {name.removeprefix("moons/") for name in names} == FOUNDRY | {f"bench/{name}" for name in BENCH}
        assert all(packed.read(name) == (bundle / name.removeprefix("moons/")).read_bytes() for name in names)
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_exported_file_is_the_designed_circuit(bundle, compiled):
    pdk = registry.get("generic")
    found = extract(bundle / "moons.gds", pdk)
    designed = files.read_netlist(bundle / "bench" / "netlist.yml", "")
    assert found.stripped
    assert found.findings == ()
    assert compare(designed, found.netlist, pdk) == ()
    assert equate(designed, found.netlist, pdk).largest <= 1e-9
    manifest = told(bundle / "manifest.json")
    assert manifest["s_matrix"]["largest"] <= 1e-9
    assert manifest["strip"]["ok"]
    assert all(layer["xor_area_nm2"] == 0 and layer["same"] for layer in manifest["strip"]["layers"])
    assert (compiled / "netlist.yml").read_bytes() == (bundle / "bench" / "netlist.yml").read_bytes()


def test_a_file_alone_is_verified_with_the_process_of_its_label(bundle, backlight, capsys):
    assert backlight("verify", bundle / "moons.gds") == 0
    out = capsys.readouterr().out
    assert "without pins, ports are those of generic's table" in out
    assert "all checks hold" in out


def test_every_element_has_pads_a_channel_and_a_setting(bundle):
    control, pads = table(bundle / "bench" / "control.csv"), table(bundle / "pads.csv")
    program = told(bundle / "bench" / "program.json")
    assert program["origin"] == "mid-range"
    assert [int(pad["pad"]) for pad in pads] == list(range(1, len(pads) + 1))
    by_number = {pad["pad"]: pad for pad in pads}
    driven = {row["element"]: row for row in control if row["set"] == "program" and row["part"] == "drive"}
    assert set(driven) == set(program["settings"])
    for element, row in driven.items():
        assert re.fullmatch(r"S\d+", row["channel"])
        for pad in row["pads"].split():
            assert f"{element},{row['terminal']}" in by_number[pad]["terminals"].split()
        assert float(row["setting"]) == pytest.approx(program["settings"][element]["heater_mw"], abs=1e-4)
        assert float(row["least"]) <= float(row["setting"]) <= float(row["most"])
        assert 0 < float(row["source_v"]) < float(row["source_v_at_most"])
    channels = [row["channel"] for row in control if row["part"] == "drive"]
    assert len(set(channels)) == len(channels)
    returns = [row for row in control if row["part"] == "return"]
    assert returns
    assert {row["channel"] for row in returns} == {"ground"}
    assert all(row["pads"] for row in control)


def test_every_detector_can_be_found(bundle):
    readout = table(bundle / "bench" / "readout.csv")
    assert len({row["channel"] for row in readout}) == len(readout)
    groups = {row["group"] for row in readout}
    assert {"tap", "detector", "monitor", "backward"} <= groups
    assert all(row["anode_pads"] and row["cathode_pads"] for row in readout)


def test_the_recipe_names_what_is_on_the_chip(bundle):
    recipe = told(bundle / "bench" / "calibration.json")
    elements = {row["element"] for row in table(bundle / "bench" / "control.csv")}
    detectors = {row["detector"] for row in table(bundle / "bench" / "readout.csv")}
    assert [step["of"] for step in recipe["steps"]] == ["layer1"] * 4
    for step in recipe["steps"]:
        assert set(step["elements"]) | set(step["lit"]) <= elements
        assert set(step["detectors"]) <= detectors
    assert "1. layer1: fringes" in (bundle / "bench" / "calibration.txt").read_text()


def test_samples_are_orders_for_the_input_modulators(bundle):
    elements = {row["element"] for row in table(bundle / "bench" / "control.csv")}
    samples = table(bundle / "bench" / "samples.csv")
    inputs = set(samples[0]) - {"sample", "class", "schema"}
    assert inputs == {"layer1.in_0.modulator", "layer1.in_1.modulator"} <= elements
    assert len({row["class"] for row in samples}) == 2
    values = [float(row[path]) for row in samples for path in inputs]
    assert all(-1 <= value <= 1 for value in values)
    assert len(set(values)) > len(values) / 2


def test_the_recipe_takes_as_many_shots_as_the_calibration_itself(bundle, compiled):
    """Of an ideal chip, whose first program may light every pair well enough or not: 16 more shots for each other."""
    from backlight.learning import prepare_lesson
    from chips.bench import Calibration
    from chips.calibrate import calibrate
    from chips.variation import Imperfections
    from compiler.spec import read_spec

    pdk = registry.get("generic")
    design = read_spec(compiled / "spec.yml")
    netlist = files.read_netlist(compiled / "netlist.yml", "")
    lesson = prepare_lesson(design, netlist, pdk, imperfections=Imperfections.ideal())
    found = calibrate(lesson.bench(lesson.twin(), Calibration.nominal(lesson.tables)), 0)
    said = sum(step["shots"] for step in told(bundle / "bench" / "calibration.json")["steps"])
    assert said <= found.shots
    assert (found.shots - said) % 16 == 0


def test_the_read_me_says_what_the_file_is(bundle):
    text = (bundle / "README.txt").read_text()
    sha = hashlib.sha256((bundle / "moons.gds").read_bytes()).hexdigest()
    for word in (sha, "top cell", "generic 1.0.0", "mmi2x2", "core", "What a submission still needs", "Nobody makes"):
        assert word in text
    assert told(bundle / "manifest.json")["netlist_hash"] in text
    assert not text.startswith("NOT TO BE MADE")


def test_the_same_design_gives_the_same_bundle(bundle, compiled, backlight, tmp_path):
    assert backlight("export", compiled, "-o", tmp_path / "again") == 0
    assert (tmp_path / "again.zip").read_bytes() == bundle.with_name("out.zip").read_bytes()


def test_what_was_read_back_trains_like_what_was_drawn(bundle, design_folder, backlight, tmp_path):
    """The stripped file in the place of chip.gds: the same commands, the same numbers; its program goes along."""
    stripped = shutil.copytree(design_folder, tmp_path / "stripped")
    shutil.copyfile(bundle / "moons.gds", stripped / "chip.gds")
    for folder in (design_folder, stripped):
        assert backlight("train", folder, "--epochs", 1) == 0
    for name in ("training.csv", "program.json", "simulation.json"):
        assert (design_folder / name).read_bytes() == (stripped / name).read_bytes()
    assert backlight("export", stripped, "-o", tmp_path / "out") == 0
    program = told(tmp_path / "out" / "bench" / "program.json")
    assert program["origin"] == "trained"
    assert program["settings"] == told(design_folder / "program.json")["settings"]


@pytest.fixture
def spoiled(design_folder):
    """The folder with one instance 1 nm off."""
    layout = kdb.Layout()
    layout.read(str(design_folder / "chip.gds"))
    one = next(i for i in layout.cell("mzi").each_inst() if i.property(0) == "theta")
    one.trans = kdb.Trans(0, 1) * one.trans
    layout.write(str(design_folder / "chip.gds"))
    return design_folder


def test_a_design_that_does_not_hold_is_refused(spoiled, backlight, capsys, tmp_path):
    assert backlight("export", spoiled, "-o", tmp_path / "bundle") == 1
    said = capsys.readouterr()
    assert "mzi_0_0.theta" in said.out
    assert len(said.err.splitlines()) == 1
    assert "connections" in said.err
    assert "--force" in said.err
    assert not (tmp_path / "bundle").exists()
    assert not (tmp_path / "bundle.zip").exists()


def test_force_writes_it_with_its_failures(spoiled, backlight, tmp_path):
    assert backlight("export", spoiled, "-o", tmp_path / "bundle", "--force") == 1
    manifest = told(tmp_path / "bundle" / "manifest.json")
    assert not manifest["ok"]
    assert "connections" in manifest["failed"]
    assert not manifest["s_matrix"]["ok"]
    assert (tmp_path / "bundle" / "README.txt").read_text().startswith("NOT TO BE MADE AS IT IS: ")
    assert "FAILED" in (tmp_path / "bundle" / "checks.txt").read_text()
    with zipfile.ZipFile(tmp_path / "bundle.zip") as packed:
        assert "moons/manifest.json" in packed.namelist()


@pytest.fixture
def foundry(monkeypatch):
    """Let the generic process have checks of its own."""

    def have(**checks):
        pdk = registry.get("generic")
        submission = Submission(top_cell="Cell0_{name}", checks=checks, needs=("A signed contract.",))
        monkeypatch.setattr(registry, "get", lambda name: replace(pdk, submission=submission))

    return have


def test_a_check_of_the_foundry_that_finds_something_refuses(design_folder, backlight, foundry, capsys, tmp_path):
    foundry(mask=lambda gds: (Finding(gds.name, "mask", "a hole", "none", "fill it"),))
    assert backlight("export", design_folder, "-o", tmp_path / "bundle") == 1
    assert "moons.gds: mask: found a hole" in capsys.readouterr().out
    assert not (tmp_path / "bundle").exists()


def test_a_check_of_the_foundry_that_is_not_there_is_said(design_folder, backlight, foundry, tmp_path):
    def absent(gds):
        raise NotInstalledError("deck: needs the program xyz; install it")

    foundry(mask=lambda gds: (), deck=absent)
    assert backlight("export", design_folder, "-o", tmp_path / "bundle") == 0
    manifest = told(tmp_path / "bundle" / "manifest.json")
    assert manifest["foundry_checks"]["mask"] == {"ok": True, "findings": []}
    assert manifest["foundry_checks"]["deck"]["not_run"] == "deck: needs the program xyz; install it"
    assert manifest["top_cell"] == "Cell0_moons"
    assert manifest["needs"] == ["A signed contract."]
    for name in ("checks.txt", "README.txt"):
        text = (tmp_path / "bundle" / name).read_text()
        assert re.search(r"NOT RUN +deck:? +deck: needs the program xyz; install it\n", text)
        assert "not run" not in text


def test_a_crossbar_is_exported_too(small_crossbar, backlight, tmp_path):
    assert backlight("export", small_crossbar, "-o", tmp_path / "bundle") == 0
    recipe = told(tmp_path / "bundle" / "bench" / "calibration.json")
    control = table(tmp_path / "bundle" / "bench" / "control.csv")
    elements = {row["element"] for row in control}
    assert recipe["steps"][0]["name"] == "sweep of every weight"
    assert all(set(step["elements"]) <= elements for step in recipe["steps"])
    assert (tmp_path / "bundle" / "bench" / "weights.csv").is_file()
    program = told(tmp_path / "bundle" / "bench" / "program.json")["settings"]
    assert set(program) == {row["element"] for row in control if row["set"] == "program"}


def test_an_amplifier_reads_a_whole_row(small_crossbar, backlight, tmp_path):
    """Photocurrents add on one pad: its photodiodes share one channel, which no other photodiode has."""
    assert backlight("export", small_crossbar, "-o", tmp_path / "bundle") == 0
    readout = table(tmp_path / "bundle" / "bench" / "readout.csv")
    rows = {}
    for row in readout:
        shared = (
            row["anode_pads"] if row["group"] == "plus" else row["cathode_pads"] if row["group"] == "minus" else None
        )
        rows.setdefault(row["channel"], []).append((row["group"], shared))
    summed = [members for members in rows.values() if len(members) > 1]
    assert summed
    for members in summed:
        assert {group for group, _ in members} == {"plus", "minus"}
        assert len({pad for _, pad in members}) == 1
    assert all(members[0][0] not in ("plus", "minus") for members in rows.values() if len(members) == 1)
    assert {row["group"] for row in readout if row["detector"].endswith("head.monitor.pd")} == {"monitor"}
    text = (tmp_path / "bundle" / "bench" / "README.txt").read_text()
    assert f"{len(rows)} transimpedance amplifiers" in text
    assert "layer1: unit " in text
    assert "gain 8, bias 0" in text
    assert "x = 0.5 + 0.5 * sin(min(max(v, -3.14159), 3.14159)) (modulator)" in text
    assert "shutter" in text


@pytest.mark.parametrize("name", ["cornerstone-si220", "luxtelligence-lnoi400", "siepic-ebeam"])
def test_a_foundry_gets_its_own_file(name, backlight, tmp_path):
    """Named as it asks, read back with its table alone; every light that a camera reads is listed by its place."""
    pdk = registry.get(name)
    if not registry.is_installed(pdk):
        pytest.skip(f"{pdk.package} is not installed")
    (tmp_path / "moons.yml").write_text(TINY.replace("bias: none", "bias: none, io: grating"))
    assert backlight("compile", tmp_path / "moons.yml", "--pdk", name, "-o", tmp_path / "out") == 0
    assert backlight("export", tmp_path / "out", "-o", tmp_path / "bundle") == 0
    manifest = told(tmp_path / "bundle" / "manifest.json")
    assert manifest["top_cell"] == pdk.submission.top_cell.format(name="moons")
    assert manifest["s_matrix"]["largest"] <= 1e-9
    assert process_of(tmp_path / "bundle" / "moons.gds", None).name == name
    control, readout = (table(tmp_path / "bundle" / "bench" / f"{part}.csv") for part in ("control", "readout"))
    seen = [row for row in table(tmp_path / "bundle" / "ports.csv") if row["role"] == "camera"]
    assert pdk.camera == bool(seen)
    if pdk.camera:
        assert [row["instance"] for row in seen] == [row["detector"] for row in readout]
        assert [row["name"] for row in seen] == [row["channel"] for row in readout]
    phi = {row["part"]: row for row in control if row["element"] == "layer1.mesh.mzi_0_0.phi"}
    if pdk.drive.kind == "electro-optic":
        assert {part: row["terminal"] for part, row in phi.items()} == {"plus": "e1", "minus": "e2"}
        assert phi["plus"]["unit"] == "V"
        assert float(phi["plus"]["least"]) == -float(phi["plus"]["most"])
    else:
        assert set(phi) == {"drive", "return"}
        assert phi["drive"]["unit"] == "mW"
    mod = {row["part"]: row["terminal"] for row in control if row["element"] == "layer1.in_0.modulator"}
    if "modulator_mw" in pdk.numbers:
        assert mod == {"upper": "e1", "lower": "e2", "return": "e3"}
    guide = (tmp_path / "bundle" / "bench" / "README.txt").read_text()
    assert (f"pi takes {pdk.drive.per_pi:g} mW" in guide) == ("modulator_mw" in pdk.numbers)
    assert "photodiode's cathode" not in guide


def test_a_file_without_a_label_is_known_by_its_layers(tmp_path):
    layout = kdb.Layout()
    top = layout.create_cell("top")
    for layer in registry.get("cornerstone-si220").layers.values():
        top.shapes(layout.layer(*layer)).insert(kdb.Box(0, 0, 1000, 1000))
    layout.write(str(tmp_path / "bare.gds"))
    assert process_of(tmp_path / "bare.gds", None).name == "cornerstone-si220"
    assert process_of(tmp_path / "bare.gds", "generic").name == "generic"


def test_bad_requests_are_one_line(design_folder, backlight, capsys, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    (tmp_path / "file").write_text("mine")
    bad = {
        (tmp_path / "none", tmp_path / "out"): "no such folder",
        (tmp_path / "full", tmp_path / "out"): "no spec.yml, chip.gds, netlist.yml",
        (design_folder, design_folder): "the design's own folder",
        (design_folder, tmp_path / "full"): "a folder with other files",
        (design_folder, tmp_path / "file"): "a file",
        (design_folder, tmp_path / "file" / "out"): "a file",
    }
    for (folder, out), line in bad.items():
        assert backlight("export", folder, "-o", out) == 2
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 1
        assert line in said[0]
    assert (tmp_path / "full" / "thesis.tex").read_text() == "mine"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text",
    ["{", '{"schema": 1}', '{"schema": 1, "settings": {"a": {"phase_rad": "x"}}}', '{"schema": 1, "settings": [1]}'],
)
def test_a_damaged_program_is_said_before_anything_is_checked(
    text, design_folder, backlight, capsys, monkeypatch, tmp_path
):
    monkeypatch.setattr("backlight.verbs.export._sent", lambda *_: pytest.fail("checks were run"))
    (design_folder / "program.json").write_text(text)
    assert backlight("export", design_folder, "-o", tmp_path / "bundle") == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert f"{design_folder / 'program.json'}: found " in said[0]
    assert said[0].endswith("; remove it to start mid-range")


def test_ctrl_c_writes_nothing(design_folder, backlight, capsys, monkeypatch, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("backlight.verbs.export.write_bench", interrupt)
    assert backlight("export", design_folder, "-o", tmp_path / "bundle") == 2
    assert capsys.readouterr().err.splitlines()[-1] == "backlight: interrupted; nothing that was whole is lost"
    assert not (tmp_path / "bundle").exists()


def test_an_earlier_bundle_is_replaced_whole(bundle, compiled, backlight, tmp_path):
    """Files that the new one does not have are gone; what a person put beside them stays."""
    out = shutil.copytree(bundle, tmp_path / "bundle")
    manifest = told(out / "manifest.json")
    manifest["files"].append({"path": "old.gds"})
    (out / "manifest.json").write_text(json.dumps(manifest))
    (out / "old.gds").write_text("of another design")
    (out / "notes.txt").write_text("mine")
    assert backlight("export", compiled, "-o", out) == 0
    assert not (out / "old.gds").exists()
    assert (out / "notes.txt").read_text() == "mine"
    assert told(out / "manifest.json") == told(bundle / "manifest.json")


def test_json_says_it_all(compiled, backlight, capsys, tmp_path):
    capsys.readouterr()
    assert backlight("export", compiled, "-o", tmp_path / "bundle", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"]
    assert said["zip"] == str(tmp_path / "bundle.zip")
    assert said["checks"]["s_matrix"]

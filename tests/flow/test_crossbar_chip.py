"""A crossbar through the commands: compiled, checked, a cut wire of a row found and named, one that is too large
refused."""

import csv
import json
import random
import shutil

from backlight.folder import Folder
from backlight.terminal import Terminal
from backlight.verbs.verify import checks_of_gds, read_back
from layouts.extract import read
from layouts.faults import CROSSBAR_FAULTS
from pdk import registry


def test_every_check_of_the_layout_holds(small_crossbar):
    values = read_back(Folder(small_crossbar), Terminal())
    checks = checks_of_gds(values, Terminal())
    assert [check.name for check in checks if not check.ok] == []
    assert values["differences"] == ()
    measured = {check.name: check.measured for check in checks}
    assert measured["lengths"] == "0 nm apart at most"
    assert measured["thermal"] == "127.0 um between driven heaters at least"


def test_every_row_has_a_pad(small_crossbar):
    with (small_crossbar / "pads.csv").open() as file:
        pads = {row["name"]: row for row in csv.DictReader(file)}
    rows = {f"layer1.forward.row_{row}" for row in range(3)}
    rows |= {"layer2.forward.row_0"} | {f"layer2.backward.row_{row}" for row in range(3)}
    assert {name for name in pads if ".row_" in name} == rows
    joined = pads["layer1.forward.row_1"]["terminal"].split()
    assert len(joined) == 2 * 3 and "col_2.w_1.plus,e1" in joined and "col_0.w_1.minus,e2" in joined
    assert float(pads["layer1.forward.col_0.w_0.theta"]["current_ma"]) > 9


def test_a_cut_wire_is_named(small_crossbar, tmp_path, backlight):
    broken = shutil.copytree(small_crossbar, tmp_path / "broken")
    layout = read(broken / "chip.gds")
    fault = next(fault for fault in CROSSBAR_FAULTS if fault.name == "a wire missing")
    touched = fault(layout, registry.get("generic"), random.Random(3))
    layout.write(str(broken / "chip.gds"))
    assert backlight("verify", broken) == 1
    checks = {check["name"]: check for check in json.loads((broken / "verify.json").read_text())["checks"]}
    assert not checks["circuit"]["ok"]
    assert any(touched in finding["place"] for finding in checks["circuit"]["findings"])


def test_one_that_no_die_holds_is_refused(tmp_path, crossbar_spec, backlight, capsys):
    wide = "\n".join(["    - {outputs: 32, activation: modulator}"] * 4)
    text = crossbar_spec.replace(
        "    - {outputs: 3, activation: modulator}\n    - {outputs: 1, activation: modulator}", wide
    )
    (tmp_path / "large.yml").write_text(text)
    assert backlight("compile", tmp_path / "large.yml", "-o", tmp_path / "out") == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "2-32-32-32-32, a chip of " in said and "mm too high" in said and "of at most" in said
    assert not (tmp_path / "out").exists()

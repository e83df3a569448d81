"""Design rules through the commands: a broken one is a finding with a marker, one that cannot be checked a refusal."""

from dataclasses import replace

import klayout.db as kdb
import klayout.rdb as rdb

from pdk import registry


def test_a_broken_rule_is_found_and_marked(design_folder, backlight, capsys):
    path = design_folder / "chip.gds"
    layout = kdb.Layout()
    layout.read(str(path))
    top = layout.top_cell()
    right_um = top.dbbox().right
    top.shapes(layout.layer(49, 0)).insert(kdb.DBox(right_um + 100, 0, right_um + 150, 1.5))
    layout.write(str(path))
    capsys.readouterr()
    assert backlight("verify", design_folder) == 1
    assert "um: m3_width: found 1500 nm, expected at least 2000 nm; draw it wider" in capsys.readouterr().out
    database = rdb.ReportDatabase("read back")
    database.load(str(design_folder / "verify.lyrdb"))
    marked = {c.name(): list(database.each_item_per_category(c.rdb_id())) for c in database.each_category()}
    assert {"m3_width", "loose_polygon"} <= marked.keys()
    box = next(value.box() for item in marked["m3_width"] for value in item.each_value() if value.is_box())
    assert box.contains(kdb.DPoint(right_um + 125, 0.75))


def test_a_rule_that_cannot_be_checked_is_one_line(compiled, backlight, capsys, monkeypatch, tmp_path):
    generic = registry.get("generic")
    rules = (replace(generic.rules[0], limit=-3),)
    monkeypatch.setattr(registry, "get", lambda name: replace(generic, rules=rules))
    capsys.readouterr()
    assert backlight("compile", compiled / "spec.yml", "-o", tmp_path / "out") == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "generic rule 'core_width': found a limit of -3 nm, expected a whole number above 0" in line
    assert backlight("verify", compiled / "chip.gds") == 2

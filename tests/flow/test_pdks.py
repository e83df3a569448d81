"""backlight pdks: what is there, what it lacks, and how foundries that are absent, unknown or broken are told."""

import json
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from pdk import registry
from pdk.contract import NotInstalledError, Role
from pdk.registry import get

SPEC = """\
name: moons
network: {inputs: 2, layers: [{outputs: 2}]}
chip: {ports: 4}
train: {data: moons, epochs: 1}
"""


def point(name, value):
    return EntryPoint(name, value, registry.GROUP)


def open_stranger():
    return replace(get("generic"), name="stranger")


def open_absent():
    """A foundry whose package is not there, and which lacks some roles."""
    lacks = (Role.EDGE_COUPLER, Role.CROSSING, Role.PHOTODIODE)
    roles = {role: name for role, name in get("generic").roles.items() if role not in lacks[:2]}
    words = dict.fromkeys(lacks, "not made here.")
    package = {"package": "no_such_package", "extra": "absent"}
    return replace(get("generic"), name="absent", roles=roles, missing=words, **package)


def open_lacking():
    return replace(open_absent(), name="lacking", package="", extra="")


@pytest.fixture
def registered(monkeypatch):
    """Foundries that other packages offer, beside generic."""
    points = [
        point("generic", "pdk.generic.process:open_pdk"),
        point("absent", f"{__name__}:open_absent"),
        point("lacking", f"{__name__}:open_lacking"),
        point("torn", "no_such_module:open_pdk"),
        point("alias", f"{__name__}:open_stranger"),
        point("thing", "builtins:dict"),
    ]
    opened = {"absent": open_absent, "lacking": open_lacking, "alias": open_stranger}
    load = EntryPoint.load
    monkeypatch.setattr(EntryPoint, "load", lambda self: opened.get(self.name) or load(self))
    monkeypatch.setattr(registry, "_registered", lambda: {one.name: one for one in points})
    get.cache_clear()
    yield
    get.cache_clear()


def test_the_list_reads_well(backlight, capsys):
    assert backlight("pdks") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert any(line.split()[:2] == ["generic", "1.0.0"] and "heat, 25 mW for pi" in line for line in lines)
    assert "  licence    MIT (gdsfactory)" in lines


def test_those_that_do_not_open_do_not_spoil_the_others(backlight, capsys, registered):
    assert registry.names() == ("absent", "alias", "generic", "lacking", "thing", "torn")
    assert backlight("pdks") == 0
    text = capsys.readouterr().out
    assert "pdk torn: found ModuleNotFoundError: No module named 'no_such_module'" in text
    assert "pdk alias: found a PDK named 'stranger', expected a Pdk of that name" in text
    assert "pdk thing: found a dict, expected a Pdk" in text
    assert "  absent   1.0.0    [absent]" in text and "pip install 'backlight[absent]' brings it" in text
    assert "camera above" in text and "stands in  for photodiode: photodiode: not made here" in text
    assert "lacks      crossing: not made here" in text
    assert backlight("pdks", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [pdk["name"] for pdk in told["pdks"]] == ["absent", "generic", "lacking"]
    assert set(told["broken"]) == {"alias", "thing", "torn"}
    assert told["pdks"][0]["installed"] is False and told["pdks"][0]["lacks"]["crossing"] == "not made here."


def test_all_about_one(backlight, capsys):
    assert backlight("pdks", "generic") == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    assert "mmi2x2" in text and "heater_p_pi_mw" in text
    assert backlight("pdks", "generic", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["numbers"]["n_g"]["unit"] == "1" and told["devices"]["tap"]["path_nm"] > 0
    assert told["drive"]["kind"] == "thermo-optic"


def test_one_that_does_not_keep_the_contract(backlight, capsys, registered, monkeypatch):
    missing = {role: why for role, why in get("lacking").missing.items() if role is not Role.PHOTODIODE}
    whole = replace(get("lacking"), missing=missing)
    monkeypatch.setattr(registry, "get", lambda name: whole)
    assert backlight("pdks", "lacking", "--check", "--json") == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    unlicensed = replace(whole, licence="")
    monkeypatch.setattr(registry, "get", lambda name: unlicensed)
    assert backlight("pdks", "lacking", "--check") == 1
    assert "lacking licence: statement: found nothing" in capsys.readouterr().out


@pytest.fixture
def refused(backlight, capsys):
    def run(*arguments):
        assert backlight(*arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return run


def test_a_foundry_is_asked_for_by_name(refused, registered, tmp_path):
    spec, out = tmp_path / "spec.yml", tmp_path / "out"
    spec.write_text(SPEC)
    assert "did you mean 'lacking'?" in refused("pdks", "lackin")
    assert "found 'lackin', expected one of absent, alias, generic" in refused(
        "compile", spec, "-o", out, "--pdk", "lackin"
    )
    assert "pdk torn: found ModuleNotFoundError" in refused("compile", spec, "-o", out, "--pdk", "torn")
    line = refused("compile", spec, "-o", out, "--pdk", "absent")
    assert "package no_such_package, found none; install it with: pip install 'backlight[absent]'" in line
    spec.write_text(SPEC.replace("ports: 4", "ports: 4, pdk: lackin"))
    assert "spec.yml:3:23: chip.pdk: found 'lackin'" in refused("compile", spec, "-o", out)
    assert not out.exists()


def test_all_roles_that_a_foundry_lacks_are_told_at_once(refused, registered, tmp_path):
    spec, out = tmp_path / "spec.yml", tmp_path / "out"
    spec.write_text(SPEC.replace("ports: 4", "ports: 4, linear: svd"))
    line = refused("compile", spec, "-o", out, "--pdk", "lacking")
    assert "lacking has no edge_coupler (not made here), crossing (not made here), which this design needs" in line
    assert line.endswith("set io: grating, linear: unitary, or choose another process (backlight pdks)")
    assert not out.exists()


def test_the_choice_is_kept_in_the_folder(backlight, tmp_path, monkeypatch):
    """What --pdk names is in the folder's spec, so that later commands ask for the same; and they need no package."""
    spec = tmp_path / "spec.yml"
    spec.write_text(SPEC.replace("ports: 4", "ports: 2, pdk: siepic-ebeam").replace("inputs: 2", "inputs: 1"))
    assert backlight("compile", spec, "-o", tmp_path / "out", "--pdk", "generic") == 0
    assert "pdk: generic" in (tmp_path / "out" / "spec.yml").read_text()

    def absent(pdk):
        raise NotInstalledError("pdk: asked for its package")

    monkeypatch.setattr(registry, "require_installed", absent)
    assert backlight("budget", tmp_path / "out") == 0
    assert backlight("compile", spec, "-o", tmp_path / "again", "--pdk", "generic") == 2

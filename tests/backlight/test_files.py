"""Files are written whole or not at all, and read back as what was written."""

import errno
import json
from pathlib import Path

import pytest

from backlight import files
from backlight.refusal import Refusal, from_os_error
from compiler.netlist import Cell, Instance, Netlist, Pin


def full_disk(self, *arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device", str(self))


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})
    files.write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"schema": files.SCHEMA, "a": 2}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})
    before = path.read_bytes()
    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError) as caught:
        files.write_json(path, {"a": 2})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    line = str(from_os_error(caught.value))
    assert line.startswith(f"{path}: found no space left") and "\n" not in line


def test_a_publication_is_whole_or_nothing(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(RuntimeError), files.Publication(tmp_path) as new:
        (new / "a").write_text("new")
        raise RuntimeError
    assert (tmp_path / "a").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    with files.Publication(tmp_path) as new:
        (new / "a").write_text("new")
        (new / "b").write_text("new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_text() == "new"


def test_an_output_folder_that_is_a_file(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(Refusal, match="found a file, expected an output folder"):
        files.open_folder(tmp_path / "a")


@pytest.mark.parametrize(
    ("text", "found"),
    [("{", "damaged JSON"), ("[]", "schema 'list'"), ('{"schema": 99}', "schema 99"), ("\udcff", "not text")],
)
def test_damaged_json(tmp_path, text, found):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(Refusal, match=found):
        files.read_json(path, "mend it")


def test_a_missing_file(tmp_path):
    with pytest.raises(Refusal, match=r"no such file.*; mend it"):
        files.read_json(tmp_path / "a.json", "mend it")


def test_tables_carry_their_schema(tmp_path):
    path = tmp_path / "a.csv"
    files.write_csv(path, ("name", "x_um"), [("a,b", 1.5)])
    assert files.read_csv(path, "") == [{"name": "a,b", "x_um": "1.5", "schema": "1"}]


def test_a_netlist_survives(tmp_path):
    inner = Cell({"on": Instance("straight", {"length_nm": 7})}, (), {"o1": Pin("on", "o1"), "o2": Pin("on", "o2")})
    top = Cell({"1": Instance("inner"), "b": Instance("inner")}, ((Pin("1", "o2"), Pin("b", "o1")),), {})
    empty = Cell({}, (), {})
    netlist = Netlist(
        "chip", {"chip": top, "inner": inner, "no": empty}, {"chip": {"b.on.e1": (Pin("b.on", "e1"),)}, "no": {}}
    )
    files.write_netlist(tmp_path / "n.yml", netlist)
    assert files.read_netlist(tmp_path / "n.yml", "") == netlist


@pytest.mark.parametrize("text", ["a: [", "schema: 9", "- 1", "schema: 1\ntop: chip\ncells: {chip: 3}"])
def test_a_damaged_netlist(tmp_path, text):
    (tmp_path / "n.yml").write_text(text)
    with pytest.raises(Refusal, match="damaged netlist") as caught:
        files.read_netlist(tmp_path / "n.yml", "compile again")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as found, files.replacing(tmp_path / "none" / "a.png"):
        pass
    assert found.value.filename == str(tmp_path / "none")

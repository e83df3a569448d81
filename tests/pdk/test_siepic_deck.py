"""The foundry's own deck, run by the KLayout application: it passes what is clean and finds what is not."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import klayout.db as kdb
import pytest

from pdk.contract import NotInstalledError
from pdk.registry import get
from pdk.siepic import deck, tech

installed = pytest.mark.skipif(
    find_spec(tech.PACKAGE) is None or shutil.which("klayout") is None,
    reason=f"needs {tech.PACKAGE} and the program klayout",
)
PROCESS = get("siepic-ebeam")


def every_cell(path: Path, faulty: bool) -> Path:
    """Every device of the process side by side on a floor plan; faulty: two pads of M2 5 um apart, silicon outside."""
    layout = kdb.Layout()
    top, x = layout.create_cell("chip"), 0
    for name in PROCESS.devices:
        cell = layout.create_cell(name)
        cell.copy_tree(PROCESS.build(name).kdb_cell)
        top.insert(kdb.CellInstArray(cell.cell_index(), kdb.Trans(x - cell.bbox().left, 0)))
        x += cell.bbox().width() + 50_000
    top.shapes(layout.layer(*tech.LAYERS["die"])).insert(top.bbox().enlarged(10_000, 300_000))
    if faulty:
        for left in (0, 25_000):
            top.shapes(layout.layer(*tech.M2)).insert(kdb.Box(left, 200_000, left + 20_000, 220_000))
        top.shapes(layout.layer(*tech.CORE)).insert(kdb.Box(-900_000, 0, -890_000, 500))
    layout.write(str(path))
    return path


@installed
def test_every_cell_passes(tmp_path: Path) -> None:
    assert PROCESS.submission.checks[deck.NAME](every_cell(tmp_path / "clean.gds", faulty=False)) == ()


@installed
def test_faults_are_found_where_they_are(tmp_path: Path) -> None:
    found = {finding.rule: finding for finding in deck.check(every_cell(tmp_path / "faulty.gds", faulty=True))}
    assert set(found) == {"M2_space", "Boundary"}
    assert found["M2_space"].measured == "1 place, chip 22.500, 210.000 um"
    assert "min 8" in found["M2_space"].limit


@installed
def test_a_run_that_fails_is_no_clean_verdict(tmp_path: Path) -> None:
    with pytest.raises(deck.DeckError, match="Unable to open file"):
        deck.check(tmp_path / "absent.gds")


@pytest.mark.skipif(find_spec(tech.PACKAGE) is None, reason=f"{tech.PACKAGE} is not installed")
def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(NotInstalledError, match="needs the program klayout"):
        deck.check(tmp_path / "chip.gds")

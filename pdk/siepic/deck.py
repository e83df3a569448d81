"""The foundry's own rule deck, as its package holds it, run by the KLayout application without a window."""

import shutil
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import klayout.rdb as rdb

from pdk.contract import NotInstalledError
from pdk.finding import Finding
from pdk.siepic.library import folder

NAME = "SiEPIC_EBeam_DRC"
WRAPPER = Path(__file__).with_name("run_deck.drc")
SHOWN = 4
"""Places that a finding names, each by its cell and where in it."""


class DeckError(RuntimeError):
    """The KLayout application stopped before the deck was through."""


def check(gds: Path) -> tuple[Finding, ...]:
    """One finding for each rule of the deck that the layout breaks; empty where it is clean.

    NotInstalledError where the foundry's package or the KLayout application is absent, DeckError where the deck fails.
    """
    deck = folder() / "drc" / f"{NAME}.lydrc"
    program = shutil.which("klayout")
    if program is None:
        raise NotInstalledError(
            f"{NAME}: needs the program klayout, found none on the path; install KLayout (Debian: apt install klayout)"
        )
    with tempfile.TemporaryDirectory() as folder_name:
        text, report = Path(folder_name) / "deck.txt", Path(folder_name) / "report.lyrdb"
        text.write_text(ElementTree.parse(deck).getroot().findtext("text", ""), encoding="utf-8")
        variables = {"input": gds.resolve(), "deck": text, "report": report}
        command = [program, "-b", "-r", str(WRAPPER)]
        for name, value in variables.items():
            command += ["-rd", f"{name}={value}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not report.exists():
            said = (done.stderr or done.stdout).strip().splitlines() or ["nothing said"]
            raise DeckError(f"{NAME}: klayout ended with {done.returncode}: {said[0]}")
        return _findings(report, gds)


def _findings(report: Path, gds: Path) -> tuple[Finding, ...]:
    found = rdb.ReportDatabase("found")
    found.load(str(report))
    items: dict[int, list[rdb.RdbItem]] = defaultdict(list)
    for item in found.each_item():
        items[item.category_id()].append(item)
    findings = []
    for category, broken in items.items():
        rule = found.category_by_id(category)
        places = [f"{found.cell_by_id(item.cell_id()).name()} {_place(item)}" for item in broken[:SHOWN]]
        count = f"{len(broken)} place{'s' * (len(broken) > 1)}"
        more = " and on" if len(broken) > len(places) else ""
        measured = f"{count}, {'; '.join(places)} um{more}"
        findings.append(Finding(gds.name, rule.name(), measured, rule.description, "draw it as the rule asks"))
    return tuple(findings)


def _place(item: rdb.RdbItem) -> str:
    """Middle of what an item marks, in the frame of its cell."""
    for value in item.each_value():
        if value.is_polygon() or value.is_edge_pair() or value.is_edge():
            shape = value.polygon() if value.is_polygon() else value.edge() if value.is_edge() else value.edge_pair()
            middle = shape.bbox().center()
            return f"{middle.x:.3f}, {middle.y:.3f}"
    return ""

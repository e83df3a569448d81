"""Design rules: drawn chips keep them, every way to break one is found, and the KLayout application agrees."""

import math
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import klayout.db as kdb
import klayout.rdb as rdb
import pytest

from layouts.deck import deck
from layouts.extract import read
from layouts.markers import write_markers
from layouts.rules import check_rules
from pdk.contract import Pdk, Rule
from pdk.finding import Finding
from pdk.rules import RuleError

APPLICATION = shutil.which("klayout")
CELL_NM = 200_000
"""Pitch of the places where violations are drawn: farther apart than any limit."""

Seed = Callable[[kdb.Cell, Rule, random.Random], None]


def _box(cell: kdb.Cell, layer: tuple[int, int], left: int, bottom: int, right: int, top: int) -> None:
    cell.shapes(cell.layout().layer(*layer)).insert(kdb.Box(left, bottom, right, top))


def _below(limit: int, rng: random.Random) -> int:
    return rng.choice((limit - 1, rng.randint(limit // 4, limit - 1)))


def narrow(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    _box(cell, rule.layer, 0, 0, 20 * rule.limit, _below(rule.limit, rng))


def close(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    side, gap = 10 * rule.limit, _below(rule.limit, rng)
    _box(cell, rule.layer, 0, 0, side, side)
    _box(cell, rule.layer, side + gap, rng.randint(-side, side), 2 * side + gap, 3 * side)


def tiny(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    side = rng.randint(math.isqrt(rule.limit) * 2 // 3, math.isqrt(rule.limit - 1))
    _box(cell, rule.layer, 0, 0, side, side)


def acute(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    angle, length = math.radians(rng.uniform(20, rule.limit - 1)), 5_000
    tip = [kdb.Point(0, 0), kdb.Point(length, 0), kdb.Point(length, round(length * math.tan(angle)))]
    cell.shapes(cell.layout().layer(*rule.layer)).insert(kdb.Polygon(tip))


def bare(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    assert rule.other
    side, rim = 3 * rule.limit, 10 * rule.limit
    short = rng.choice((-rim, _below(rule.limit, rng)))
    _box(cell, rule.layer, 0, 0, side, side)
    _box(cell, rule.other, -rim, -rim, side + short, side + rim)


def clipped(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    assert rule.other
    side, common = 10 * rule.limit, _below(rule.limit, rng)
    _box(cell, rule.layer, 0, 0, side, side)
    _box(cell, rule.other, side - common, 0, 2 * side, side)


def near(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    assert rule.other
    side, gap = 10 * rule.limit, _below(rule.limit, rng)
    _box(cell, rule.layer, 0, 0, side, side)
    _box(cell, rule.other, side + gap, 0, 2 * side, side)


def tight(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    radius, half = rng.uniform(0.2, 0.95) * rule.limit, rule.guide_width_nm / 2
    turn, count = rng.uniform(0.5, 1.0) * math.pi, 40
    arc = [
        kdb.Point(round((radius + side * half) * math.cos(a)), round((radius + side * half) * math.sin(a)))
        for side, order in ((1, 1), (-1, -1))
        for a in [turn * step / count for step in range(count + 1)][::order]
    ]
    cell.shapes(cell.layout().layer(*rule.layer)).insert(kdb.Polygon(arc))


def turned(cell: kdb.Cell, rule: Rule, rng: random.Random) -> None:
    inner = cell.layout().create_cell(f"{cell.name}_inner")
    _box(inner, rule.layer, 0, 0, 20_000, 5_000)
    cell.insert(kdb.DCellInstArray(inner.cell_index(), kdb.DCplxTrans(1, rng.randint(1, 89), False, 0, 0)))


SEEDS: dict[str, Seed] = {
    "width": narrow,
    "space": close,
    "area": tiny,
    "angle": acute,
    "enclosure": bare,
    "overlap": clipped,
    "separation": near,
    "bend_radius": tight,
    "grid": turned,
}


def _spoiled(chip: Path, pdk: Pdk, seed: int, path: Path) -> Path:
    """A copy of a chip with every rule broken once, far from the chip and from each other."""
    rng = random.Random(seed)
    layout = read(chip)
    top = layout.top_cell()
    right, bottom = top.bbox().right, top.bbox().bottom
    for number, rule in enumerate(pdk.rules):
        cell = layout.create_cell(f"broken_{rule.name}")
        SEEDS[rule.kind](cell, rule, rng)
        x, y = right + CELL_NM + rng.randint(0, 9_999), bottom + number * CELL_NM + rng.randint(0, 9_999)
        top.insert(kdb.CellInstArray(cell.cell_index(), kdb.Trans(rng.randint(0, 3), False, x, y)))
    for shape in _difficult(right + 3 * CELL_NM, bottom):
        top.shapes(layout.layer(1, 0)).insert(shape)
    _across_cells(top, right + 3 * CELL_NM, bottom)
    layout.write(str(path))
    return path


def _difficult(x: int, y: int) -> list[kdb.Polygon]:
    """Core that is wrong only once its polygons are merged, or that looks wrong only before."""
    boxes = [
        (0, 0, 2000, 2000),  # a neck: the two share 100 nm of an edge
        (2000, 1900, 4000, 3900),
        (20_000, 0, 22_000, 2000),  # corners that kiss
        (22_000, 2000, 24_000, 4000),
        (40_000, 0, 42_000, 100),  # halves of one wire: nothing wrong
        (40_000, 100, 42_000, 500),
        (60_000, 0, 62_000, 2000),  # a gap filled by a third: nothing wrong
        (62_050, 0, 64_000, 2000),
        (61_000, 0, 63_000, 2000),
    ]
    return [kdb.Polygon(kdb.Box(*box)).moved(x, y) for box in boxes]


def _across_cells(top: kdb.Cell, x: int, y: int) -> None:
    """A straight, and a hundred nanometres from its end another one; a neck between two cells."""
    part = top.layout().create_cell("broken_part")
    _box(part, (1, 0), 0, 0, 2000, 2000)
    for dx, dy in ((0, 0), (2100, 0), (20_000, 0), (22_000, 1900)):
        top.insert(kdb.CellInstArray(part.cell_index(), kdb.Trans(x + dx, y + 50_000 + dy)))


def _found(findings: tuple[Finding, ...]) -> Counter[str]:
    """Number of places by rule; a Finding stands for itself and for those that it counts."""
    total: Counter[str] = Counter()
    for finding in findings:
        total[finding.rule] += 1 + (int(finding.place.split("(and ")[1].split()[0]) if "(and " in finding.place else 0)
    return total


def _by_application(gds: Path, pdk: Pdk, folder: Path) -> Counter[str]:
    """Number of places by rule, as the KLayout application finds them."""
    assert APPLICATION
    macro, report = folder / "rules.lydrc", folder / "out.lyrdb"
    macro.write_text(deck(pdk), encoding="utf-8")
    command = [APPLICATION, "-b", "-r", macro, "-rd", f"input={gds}", "-rd", f"report={report}"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    database = rdb.ReportDatabase()
    database.load(str(report))
    categories = {category.rdb_id(): category.name() for category in database.each_category()}
    return Counter(categories[item.category_id()] for item in database.each_item())

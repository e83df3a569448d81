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
    database = rdb.ReportDatabase("read back")
    database.load(str(report))
    categories = {category.rdb_id(): category.name() for category in database.each_category()}
    return Counter(categories[item.category_id()] for item in database.each_item())


@pytest.mark.parametrize(
    "design", [(4,), (4, 2), (5, 2, "svd"), (4, 1, "unitary", "grating"), (2,)], ids=lambda design: str(design)
)
def test_drawn_chips_are_clean(design, drawn, pdk):
    assert check_rules(drawn(*design).path, pdk) == ()


def test_every_cell_of_the_process_is_clean(pdk):
    """One after the other in one layout: also what no chip uses."""
    layout = kdb.Layout()
    layout.dbu = 0.001
    top = layout.create_cell("top")
    for number, name in enumerate([*pdk.devices, "straight"]):
        source = pdk.build(name, 10_000 if name == "straight" else None).kdb_cell
        cell = layout.create_cell(name)
        cell.copy_tree(source)
        top.insert(kdb.CellInstArray(cell.cell_index(), kdb.Trans(0, 2 * CELL_NM * number)))
    assert check_rules(layout, pdk) == ()


@pytest.mark.parametrize("seed", range(6))
def test_every_rule_broken_is_found(seed, drawn, pdk, tmp_path):
    findings = check_rules(_spoiled(drawn(4).path, pdk, seed, tmp_path / "spoiled.gds"), pdk)
    assert {finding.rule for finding in findings} == {rule.name for rule in pdk.rules}
    places = {(finding.rule, finding.place) for finding in findings}
    assert len(places) == len(findings)
    clean = read(drawn(4).path)
    right_nm = clean.top_cell().bbox().right
    for finding in findings:
        x_um, _ = (float(part) for part in finding.place.removesuffix(" um").split(", "))
        assert x_um * 1000 > right_nm and finding.limit and finding.mend


@pytest.mark.skipif(APPLICATION is None, reason="the KLayout application is not installed")
@pytest.mark.parametrize("seed", [0, 1])
def test_the_application_finds_the_same(seed, drawn, pdk, tmp_path):
    gds = _spoiled(drawn(4).path, pdk, seed, tmp_path / "spoiled.gds")
    assert _by_application(gds, pdk, tmp_path) == _found(check_rules(gds, pdk))


@pytest.mark.skipif(APPLICATION is None, reason="the KLayout application is not installed")
def test_the_application_finds_a_drawn_chip_clean(drawn, pdk, tmp_path):
    assert _by_application(drawn(5, 2, "svd").path, pdk, tmp_path) == Counter()


def _one(pdk: Pdk, name: str, *boxes: tuple[tuple[int, int], tuple[int, int, int, int]]) -> list[Finding]:
    """What one rule says of a few boxes (layer; left, bottom, right, top in nm)."""
    layout = kdb.Layout()
    layout.dbu = 0.001
    cell = layout.create_cell("top")
    for layer, box in boxes:
        _box(cell, layer, *box)
    return [finding for finding in check_rules(layout, pdk) if finding.rule == name]


@pytest.mark.parametrize(
    ("name", "boxes", "measured"),
    [
        ("core_width", [((1, 0), (0, 0, 9000, 170))], "170 nm"),
        ("core_space", [((1, 0), (0, 0, 9000, 500)), ((1, 0), (0, 679, 9000, 1200))], "179 nm"),
        ("core_area", [((1, 0), (0, 0, 300, 300))], "90000 nm2"),
        ("via2_in_m3", [((43, 0), (0, 0, 700, 700)), ((49, 0), (-499, -900, 1700, 1700))], "499 nm"),
        ("via2_in_m3", [((43, 0), (0, 0, 700, 700))], "outside"),
        ("core_m1", [((1, 0), (0, 0, 9000, 500)), ((41, 0), (0, 1700, 9000, 9000))], "1200 nm"),
        ("core_m1", [((1, 0), (0, 0, 9000, 500)), ((41, 0), (2000, -3000, 5000, 3000))], "on each other"),
        ("germanium_core", [((5, 0), (0, 0, 9000, 9000)), ((1, 0), (8100, 0, 20_000, 9000))], "900 nm"),
    ],
)
def test_what_is_measured(name, boxes, measured, pdk):
    (finding,) = _one(pdk, name, *boxes)
    assert finding.measured == measured


def test_at_the_limit_nothing_is_wrong(pdk):
    m2, m3, via2 = (45, 0), (49, 0), (43, 0)
    boxes = [(m3, (0, 0, 2000, 9000)), (m3, (4000, 0, 6000, 9000)), (m2, (0, 0, 2000, 9000))]
    boxes += [(via2, (500, 500, 1200, 1200)), (via2, (500, 1900, 1200, 2600)), ((1, 0), (-2000, 0, -1820, 9000))]
    for rule in pdk.rules:
        assert _one(pdk, rule.name, *boxes) == []


def test_contact_metal_may_touch_silicon(pdk):
    core, m1 = ((1, 0), (0, 0, 9000, 500)), ((41, 0), (0, 1000, 9000, 9000))
    assert len(_one(pdk, "core_m1", core, m1)) == 1
    assert _one(pdk, "core_m1", core, m1, ((3, 0), (0, 1000, 9000, 9000))) == []


def test_a_coarser_grid(pdk):
    coarse = replace(pdk, rules=(Rule("m3_grid", "grid", (49, 0), 5, "assumed: a test"),))
    assert _one(coarse, "m3_grid", ((49, 0), (0, 0, 5000, 5000))) == []
    findings = _one(coarse, "m3_grid", ((49, 0), (0, 0, 5000, 5003)))
    assert len(findings) == 2 and findings[0].limit == "multiples of 5 nm"


def test_what_repeats_with_its_cell_is_said_once(drawn, pdk):
    layout = read(drawn(4).path)
    mzi = layout.cell("mzi")
    uses = sum(1 for cell in layout.each_cell() for i in cell.each_inst() if i.cell_index == mzi.cell_index())
    _box(mzi, (49, 0), 50_000, 25_000, 59_000, 26_000)
    findings = check_rules(layout, pdk)
    assert {finding.rule for finding in findings} == {"m3_width"}
    assert _found(findings)["m3_width"] == uses > 1 and len(findings) < uses


def test_it_is_fast_and_grows_slowly(drawn, pdk):
    """Generous against the 0.2 s of a quiet machine: others may be at work on it."""
    seconds = {}
    for ports in (8, 32):
        path = drawn(ports).path
        start = perf_counter()
        assert check_rules(path, pdk) == ()
        seconds[ports] = perf_counter() - start
    assert seconds[32] < 2
    assert seconds[32] / seconds[8] < 4**2.2


def test_bad_rules_stop_check_and_deck(drawn, pdk):
    bad = replace(pdk, rules=(Rule("m9_width", "width", (99, 0), 100, "none"),))
    for attempt in (lambda: check_rules(drawn(4).path, bad), lambda: deck(bad)):
        with pytest.raises(RuleError, match=r"generic rule 'm9_width': found layer 99/0, expected a layer"):
            attempt()


def test_markers_are_read_back(pdk, tmp_path):
    findings = [
        Finding("12.5, -3 um (and 2 more)", "core_width", "100 nm", "at least 180 nm", "draw it wider"),
        Finding("chip at 1e-3, 2 um", "loose_polygon", "1 shape", "none", "remove it"),
        Finding("layer1.mesh at 3, 4 um", "array", "an array", "single instances", "resolve it"),
        Finding("layer1.mesh.mzi_0_0", "core_width", "'<&>' ü", "x", "y"),
    ]
    write_markers(tmp_path / "out.lyrdb", "chip", findings)
    database = rdb.ReportDatabase("read back")
    database.load(str(tmp_path / "out.lyrdb"))
    assert [category.name() for category in database.each_category()] == ["core_width", "loose_polygon", "array"]
    values = [list(item.each_value()) for item in database.each_item()]
    assert [sum(value.is_box() for value in item) for item in values] == [1, 1, 0, 0]
    assert values[0][0].box().center() == kdb.DPoint(12.5, -3)
    assert [value.string() for value in values[3]][1] == "found: '<&>' ü"

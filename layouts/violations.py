"""Where a layout breaks a rule, hierarchically and without merging the chip.

All waveguides of a chip touch each other: merged, they are one polygon of millions of corners. So each cell's own
shapes are merged alone, and a rule of one layer first looks for suspects between polygons that are not merged. Only
in windows around suspects the layer is merged and the rule applied as the deck does. What breaks a rule after
merging is a suspect before: merging takes edges away and adds none, and a neck between two polygons is a place where
they overlap too little.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt

import klayout.db as kdb

from layouts.curvature import tight_bends
from pdk.contract import Layer, Rule

ANGLE_LIMIT_DEG = 80
"""Edges at a larger angle do not limit width or space: the two sides of a corner always come close.

Assumed: below the 88.6 degrees of an MMI's taper against its body, above what is meant by two sides facing."""
METRICS = kdb.Metrics.Euclidian
BOX_CORNERS = 2
"""KLayout's corner mode for sizing: right angles stay so."""


@dataclass(frozen=True)
class Violation:
    """A place in chip coordinates, how many times it occurs elsewhere, and what was measured where that is known."""

    polygon: kdb.Polygon
    others: int
    measured: str = ""


class Chip:
    """A layout ready to be checked. It keeps the layout and merges each cell's own shapes in it."""

    def __init__(self, layout: kdb.Layout, rules: Sequence[Rule]) -> None:
        self.layout = layout
        self.top = layout.top_cell()
        self.fresh()
        used = {layer for rule in rules for layer in (rule.layer, rule.other, rule.unless_on) if layer is not None}
        for layer in sorted(used):
            index = layout.layer(*layer)
            for cell in layout.each_cell():
                shapes = cell.shapes(index)
                if shapes.size() > 1:
                    merged = kdb.Region(shapes).merged()
                    shapes.clear()
                    shapes.insert(merged)

    def fresh(self) -> None:
        """Begin with an empty store, so that what a rule leaves in it costs the next one nothing."""
        self._store = kdb.DeepShapeStore()
        self._store.threads = 0  # none beside this one: waiting for others costs 50 ms an operation

    def raw(self, layer: Layer) -> kdb.Region:
        """The layer, hierarchical, merged in each cell but not between cells. Good until `fresh`."""
        region = kdb.Region(self.top.begin_shapes_rec(self.layout.layer(*layer)), self._store)
        region.merged_semantics = False
        return region

    def near(self, layer: Layer, box: kdb.Box) -> kdb.Region:
        """The layer around a place of the chip, flat and merged."""
        return kdb.Region(self.top.begin_shapes_rec_touching(self.layout.layer(*layer), box)).merged()


def violations(chip: Chip, rule: Rule) -> Iterator[Violation]:
    """Every place that breaks the rule."""
    if rule.kind == "bend_radius":
        yield from _in_cells(chip, _bends(chip, rule))
        return
    if rule.kind == "grid":
        yield from _in_cells(chip, _turned(chip, rule))
    chip.fresh()
    found = _CHECKS[rule.kind](chip, rule)
    if found.is_empty():
        return
    marks = kdb.Layout()
    top = marks.create_cell(chip.top.name)
    index = marks.layer(1, 0)
    found.insert_into(marks, top.cell_index(), index)
    places = _places(marks)
    for cell in marks.each_cell():
        for polygon in kdb.Region(cell.shapes(index)).merged().each():
            at, others = places[cell.cell_index()]
            yield Violation(polygon.transformed(at), others)


def width(region: kdb.Region, rule: Rule) -> kdb.Region:
    """Places where a merged region is too narrow."""
    return region.width_check(rule.limit, False, METRICS, ANGLE_LIMIT_DEG).polygons(1)


def space(region: kdb.Region, rule: Rule) -> kdb.Region:
    """Places where a merged region has too narrow a gap or notch."""
    return region.space_check(rule.limit, False, METRICS, ANGLE_LIMIT_DEG).polygons(1)


def corners(region: kdb.Region, rule: Rule) -> kdb.Region:
    """Corners of a merged region that are too acute, seen from inside or from outside."""
    turn_deg = 180 - rule.limit
    return region.corners(-180, -turn_deg, 1) + region.corners(turn_deg, 180, 1)


def small(region: kdb.Region, rule: Rule) -> kdb.Region:
    """Polygons of a merged region that are too small."""
    return region.with_area(0, rule.limit, False)


def _width(chip: Chip, rule: Rule) -> kdb.Region:
    raw = chip.raw(rule.layer)
    necks = raw.overlap_check(
        raw, rule.limit, False, METRICS, ANGLE_LIMIT_DEG, zero_distance_mode=kdb.Region.NeverIncludeZeroDistance
    )
    suspects = width(raw, rule) + necks.polygons(1) + _touches(raw, rule.limit)
    return _near_suspects(raw, suspects, 4 * rule.limit, lambda clip: width(clip, rule))


def _space(chip: Chip, rule: Rule) -> kdb.Region:
    raw = chip.raw(rule.layer)
    gaps = raw.space_check(
        rule.limit, False, METRICS, ANGLE_LIMIT_DEG, zero_distance_mode=kdb.Region.NeverIncludeZeroDistance
    )
    suspects = gaps.polygons(1) + _touches(raw, rule.limit)
    return _near_suspects(raw, suspects, 4 * rule.limit, lambda clip: space(clip, rule))


def _touches(raw: kdb.Region, limit_nm: int) -> kdb.Region:
    """Where polygons touch along less than the limit, or in a corner alone. Ports that meet touch all along."""
    touching = raw.space_check(1, False, METRICS, ANGLE_LIMIT_DEG)
    return touching.with_length(0, limit_nm, False).polygons(1)


def _area(chip: Chip, rule: Rule) -> kdb.Region:
    """What reaches the rim of its window has a length of ten times the side of a square that is large enough."""
    raw = chip.raw(rule.layer)
    return _near_suspects(raw, small(raw, rule), 10 * isqrt(rule.limit), lambda clip: small(clip, rule))


def _angle(chip: Chip, rule: Rule) -> kdb.Region:
    raw = chip.raw(rule.layer)
    return _near_suspects(raw, corners(raw, rule), 1_000, lambda clip: corners(clip, rule))


def _near_suspects(
    raw: kdb.Region, suspects: kdb.Region, reach_nm: int, exact: Callable[[kdb.Region], kdb.Region]
) -> kdb.Region:
    """What `exact` finds in windows around suspects; what the windows' rims make up is out of a suspect's reach."""
    if suspects.is_empty():
        return kdb.Region()
    clip = raw & suspects.extents(reach_nm)
    clip.merged_semantics = True
    return exact(clip).interacting(suspects)


def _enclosure(chip: Chip, rule: Rule) -> kdb.Region:
    assert rule.other is not None
    return chip.raw(rule.layer).sized(rule.limit, BOX_CORNERS) - chip.raw(rule.other)


def _overlap(chip: Chip, rule: Rule) -> kdb.Region:
    assert rule.other is not None
    common = chip.raw(rule.layer) & chip.raw(rule.other)
    common.merged_semantics = True
    return width(common, rule)


def _separation(chip: Chip, rule: Rule) -> kdb.Region:
    assert rule.other is not None
    other = chip.raw(rule.other)
    if rule.unless_on is not None:
        other = other - chip.raw(rule.unless_on)
    return other.sized(rule.limit, BOX_CORNERS) & chip.raw(rule.layer)


def _grid(chip: Chip, rule: Rule) -> kdb.Region:
    """Off a pitch that is coarser than the database unit, on which everything is."""
    if rule.limit == 1:
        return kdb.Region()
    return chip.raw(rule.layer).grid_check(rule.limit, rule.limit).polygons(1)


_CHECKS: dict[str, Callable[[Chip, Rule], kdb.Region]] = {
    "width": _width,
    "space": _space,
    "area": _area,
    "angle": _angle,
    "enclosure": _enclosure,
    "overlap": _overlap,
    "separation": _separation,
    "grid": _grid,
}


def _bends(chip: Chip, rule: Rule) -> Iterator[tuple[kdb.Cell, kdb.Box, str]]:
    """Bends are looked for in each cell alone: what goes round in several cells meets at their ports."""
    index = chip.layout.layer(*rule.layer)
    for cell in chip.layout.each_cell():
        for shape in cell.shapes(index).each():
            for box, radius_nm in tight_bends(shape.polygon, rule.limit, rule.guide_width_nm):
                yield cell, box, f"{round(radius_nm)} nm"


def _turned(chip: Chip, rule: Rule) -> Iterator[tuple[kdb.Cell, kdb.Box, str]]:
    """Instances whose corners fall between the points of any grid."""
    index = chip.layout.layer(*rule.layer)
    for cell in chip.layout.each_cell():
        for instance in cell.each_inst():
            if instance.is_complex() and not instance.bbox(index).empty():
                trans = instance.cplx_trans
                yield cell, instance.bbox(index), f"turned by {trans.angle:g} deg, scaled by {trans.mag:g}"


def _in_cells(chip: Chip, found: Iterator[tuple[kdb.Cell, kdb.Box, str]]) -> Iterator[Violation]:
    places: dict[int, tuple[kdb.ICplxTrans, int]] = {}
    for cell, box, text in found:
        places = places or _places(chip.layout)
        at, others = places.get(cell.cell_index(), (kdb.ICplxTrans(), 0))
        yield Violation(kdb.Polygon(box).transformed(at), others, text)


def _places(layout: kdb.Layout) -> dict[int, tuple[kdb.ICplxTrans, int]]:
    """For every cell, where its first use is on the chip, and the number of its other uses."""
    top = layout.top_cell().cell_index()
    first, uses = {top: kdb.ICplxTrans()}, {top: 1}
    for index in layout.each_cell_top_down():
        for instance in layout.cell(index).each_inst():
            child = instance.cell_index
            first.setdefault(child, first[index] * instance.cplx_trans)
            count = max(instance.na, 1) * max(instance.nb, 1)
            uses[child] = uses.get(child, 0) + uses[index] * count
    return {index: (at, uses[index] - 1) for index, at in first.items()}

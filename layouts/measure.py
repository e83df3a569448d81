"""How far a place is from what a rule asks for, in the unit of the rule."""

import math
from collections.abc import Callable

import klayout.db as kdb

from layouts.violations import ANGLE_LIMIT_DEG, BOX_CORNERS, METRICS, Chip
from pdk.contract import Rule


def measured(chip: Chip, rule: Rule, place: kdb.Polygon) -> str:
    """The worst value in a place that breaks a rule."""
    box = place.bbox()
    around = box.enlarged(2 * rule.limit if rule.kind not in ("area", "angle") else 1)
    near = chip.near(rule.layer, around)
    if rule.kind == "area":
        return f"{place.area()} nm2"
    if rule.kind == "angle":
        return f"{_sharpest_deg(near, box):.1f} deg"
    if rule.kind == "grid":
        return f"a corner {box.center().x % rule.limit}, {box.center().y % rule.limit} nm off"
    if rule.kind in ("width", "space"):
        check = near.width_check if rule.kind == "width" else near.space_check
        return _shortest(check(rule.limit, False, METRICS, ANGLE_LIMIT_DEG), place)
    assert rule.other is not None
    other = chip.near(rule.other, around)
    if rule.kind == "overlap":
        return _shortest((near & other).width_check(rule.limit, False, METRICS, ANGLE_LIMIT_DEG), place)
    spot = kdb.Region(place)
    if rule.kind == "enclosure":
        near = near.interacting(spot)
        least = _largest(rule.limit, lambda by: ((near.sized(by, BOX_CORNERS) - other) & spot).is_empty())
        return "outside" if least is None else f"{least} nm"
    if rule.unless_on is not None:
        other -= chip.near(rule.unless_on, around)
    near &= spot
    least = _largest(rule.limit, lambda by: (other.sized(by, BOX_CORNERS) & near).is_empty())
    return "on each other" if least is None else f"{least} nm"


def _shortest(pairs: kdb.EdgePairs, place: kdb.Polygon) -> str:
    """The least distance of the edges that face each other in a place."""
    spot = kdb.Region(place)
    here = [pair for pair in pairs.each() if not spot.interacting(kdb.Region(pair.polygon(1))).is_empty()]
    return f"{round(min(pair.distance() for pair in here))} nm" if here else "too little"


def _sharpest_deg(region: kdb.Region, box: kdb.Box) -> float:
    """The smallest angle, inside or outside, of the corners in a box."""
    angles = [180.0]
    for polygon in region.each():
        contours = [polygon.each_point_hull(), *(polygon.each_point_hole(hole) for hole in range(polygon.holes()))]
        for contour in contours:
            points = list(contour)
            for i, here in enumerate(points):
                if box.contains(here):
                    into, out = here - points[i - 1], points[(i + 1) % len(points)] - here
                    turn = math.atan2(abs(into.x * out.y - into.y * out.x), into.x * out.x + into.y * out.y)
                    angles.append(180 - math.degrees(turn))
    return min(angles)


def _largest(limit: int, holds: Callable[[int], bool]) -> int | None:
    """The largest distance below the limit up to which something holds; None where it never does."""
    if not holds(0):
        return None
    low, high = 0, limit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low

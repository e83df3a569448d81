"""How tightly waveguides bend, measured on the outline of a polygon.

         ╭────────      the inner edge of a bend is concave: there the outline turns to its left
       ╭─╯ ╭──────      (KLayout keeps the material on its right). Between two sharp corners, what it
       │  ╭╯            turns by within a window of a fifth of the limit is the length of the window
       │  │             over the radius; half the guide's width more is the centre line's radius.

A corner of 45 degrees or more is the end of a waveguide or the side of a device, not a bend, and a corner on the convex
side has its concave twin. Corners closer than a quarter of a window count as one, so that rounding to the grid does
not look like a bend. The deck (`layouts.deck`) does the same steps in the same order.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import klayout.db as kdb

SHARP_RAD = math.pi / 4
"""A turn at one corner from which on it is no part of a bend. Assumed: no discretised bend has eight corners a turn."""
WINDOWS_PER_LIMIT = 5
"""Assumed: a window of 1 um for 5 um holds several corners of any drawn bend, and a kink of 12 degrees is a bend."""
STEPS_PER_WINDOW = 4
"""Assumed: rounding 250 nm to 1 nm turns an edge by 4 mrad at most, against 200 mrad in a window at the limit."""
TOLERANCE = 0.01
"""Share of the limit put down to rounding. Computed: circular bends drawn at 5.0 um measure 4.98 um at least."""

Point = tuple[int, int]


def tight_bends(polygon: kdb.Polygon, limit_nm: int, guide_width_nm: int) -> Iterator[tuple[kdb.Box, float]]:
    """Each stretch of outline that bends too tightly: the box around its corners, and its least radius in nm."""
    if polygon.num_points() <= 4:
        return
    contours = [polygon.each_point_hull(), *(polygon.each_point_hole(hole) for hole in range(polygon.holes()))]
    for contour in contours:
        for chain in _chains([(point.x, point.y) for point in contour]):
            yield from _stretches(_thinned(chain, limit_nm), limit_nm, guide_width_nm)


def _chains(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The outline from each sharp corner to the next; a round outline twice round."""
    count = len(points)
    sharp = [i for i in range(count) if abs(_turn(points[i - 1], points[i], points[(i + 1) % count])) >= SHARP_RAD]
    if not sharp:
        yield [*points, *points]
        return
    for number, start in enumerate(sharp):
        end = sharp[(number + 1) % len(sharp)]
        length = (end - start) % count or count
        if length > 1:
            yield [points[(start + step) % count] for step in range(length + 1)]


def _thinned(chain: Sequence[Point], limit_nm: int) -> list[Point]:
    """The chain's two ends, and between them points that are not too close to each other."""
    step_nm = limit_nm / (WINDOWS_PER_LIMIT * STEPS_PER_WINDOW)
    kept = [chain[0]]
    for point in chain[1:-1]:
        if math.dist(kept[-1], point) >= step_nm:
            kept.append(point)
    if len(kept) > 1 and math.dist(kept[-1], chain[-1]) < step_nm:
        kept.pop()
    return [*kept, chain[-1]]


def _stretches(chain: Sequence[Point], limit_nm: int, guide_width_nm: int) -> Iterator[tuple[kdb.Box, float]]:
    """Windows begin at every corner; those too tight that share corners are one stretch."""
    window_nm = limit_nm / WINDOWS_PER_LIMIT
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(chain)]
    turns = [_turn(*chain[k - 1 : k + 2]) for k in range(1, len(chain) - 1)]
    found: tuple[int, int, float] | None = None
    for first in range(1, len(chain) - 1):
        last, between, total = first, 0.0, turns[first - 1]
        while last + 1 < len(chain) - 1 and between + lengths[last] <= window_nm:
            between += lengths[last]
            last += 1
            total += turns[last - 1]
        ends = (min(lengths[first - 1], window_nm) + min(lengths[last], window_nm)) / 2
        length = max(between + ends, window_nm)
        if total <= 0 or length / total + guide_width_nm / 2 >= (1 - TOLERANCE) * limit_nm:
            continue
        radius = length / total + guide_width_nm / 2
        if found and first <= found[1]:
            found = found[0], last, min(radius, found[2])
            continue
        if found:
            yield _box(chain, found), found[2]
        found = first, last, radius
    if found:
        yield _box(chain, found), found[2]


def _box(chain: Sequence[Point], found: tuple[int, int, float]) -> kdb.Box:
    box = kdb.Box()
    for x, y in chain[found[0] : found[1] + 1]:
        box += kdb.Point(x, y)
    return box.enlarged(1, 1)


def _turn(a: Point, b: Point, c: Point) -> float:
    """Angle in rad by which the way from a over b to c turns left."""
    ax, ay, bx, by = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
    return math.atan2(ax * by - ay * bx, ax * bx + ay * by)

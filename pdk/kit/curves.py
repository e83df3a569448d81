"""Curved waveguides as polygons on the nanometre grid, as symmetric as the curves are."""

from itertools import pairwise
from math import cos, hypot, pi, sin

import klayout.db as kdb

Points = list[tuple[float, float]]
RAMP = 0.5
"""Share of the turn on which the curvature rises and falls (gdsfactory's Euler bends have the same)."""
STEPS = 2000
"""Of the integral along half a bend."""
KEPT = 48
"""Points of half a curve that are drawn."""


def euler_bend(radius_nm: int, width_nm: int) -> tuple[kdb.Polygon, int]:
    """A turn of 90 degrees from (0, 0), facing west, to (R, R), facing north; and its length in nm.

    The curvature rises linearly over the first half of half the turn, then stays; the other half is its mirror image.
    """
    line, headings, length = _half_turn()
    scale = radius_nm / (line[-1][0] + line[-1][1])
    kept = [round(k * STEPS / KEPT) for k in range(KEPT + 1)]
    points = [(line[k][0] * scale, line[k][1] * scale) for k in kept]
    right, left = _edges(points, [headings[k] for k in kept], width_nm)
    whole = [_mirrored_both_ways(edge, radius_nm) for edge in (right, left)]
    return kdb.Polygon([kdb.Point(x, y) for x, y in whole[0] + whole[1][::-1]]), round(2 * length * scale)


def s_bend(length_nm: int, height_nm: int, width_nm: int) -> tuple[kdb.Polygon, int]:
    """A cubic Bezier curve from (0, 0) east to (length, height), flat at both ends; and its length in nm."""
    half = length_nm / 2

    def at(t: float) -> tuple[float, float]:
        return half * 3 * t * (1 - t) + length_nm * t**3, height_nm * t * t * (3 - 2 * t)

    def heading(t: float) -> tuple[float, float]:
        dx, dy = half * 3 * (1 - 2 * t) + 3 * length_nm * t * t, height_nm * 6 * t * (1 - t)
        return dx / hypot(dx, dy), dy / hypot(dx, dy)

    times = [k / (2 * KEPT) for k in range(KEPT + 1)]
    right, left = _edges([at(t) for t in times], [heading(t) for t in times], width_nm)
    turned = [[(length_nm - x, height_nm - y) for x, y in edge[::-1]] for edge in (left, right)]
    outline = right + turned[0] + (left + turned[1])[::-1]
    fine = [at(k / STEPS) for k in range(STEPS + 1)]
    return kdb.Polygon([kdb.Point(x, y) for x, y in outline]), round(_length(fine))


def _half_turn() -> tuple[Points, Points, float]:
    """Centre line, its headings and its length up to the middle of the turn, at a largest curvature of 1."""
    ramp_angle = RAMP * pi / 4
    ramp = 2 * ramp_angle
    length = ramp + (pi / 4 - ramp_angle)
    step = length / STEPS

    def angle(s: float) -> float:
        return s * s / (2 * ramp) if s < ramp else ramp_angle + (s - ramp)

    line: Points = [(0.0, 0.0)]
    for k in range(STEPS):
        middle = angle((k + 0.5) * step)
        line.append((line[-1][0] + cos(middle) * step, line[-1][1] + sin(middle) * step))
    return line, [(cos(angle(k * step)), sin(angle(k * step))) for k in range(STEPS + 1)], length


def _edges(points: Points, headings: Points, width_nm: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Right and left edge of a waveguide along a line."""
    half = width_nm / 2
    pairs = list(zip(points, headings, strict=True))
    right = [(round(x + half * dy), round(y - half * dx)) for (x, y), (dx, dy) in pairs]
    left = [(round(x - half * dy), round(y + half * dx)) for (x, y), (dx, dy) in pairs]
    return right, left


def _mirrored_both_ways(edge: list[tuple[int, int]], radius_nm: int) -> list[tuple[int, int]]:
    """Half an edge of a turn and its mirror image at the other diagonal."""
    return edge + [(radius_nm - y, radius_nm - x) for x, y in edge[::-1]]


def _length(points: Points) -> float:
    return sum(hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points))

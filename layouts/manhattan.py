"""One waveguide between two ports: straights and 90° bends.

start ──────╮            a corner takes one bend radius from each of the two straights that meet there
            │
            ╰──────▶ end
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from layouts.geometry import DIRECTION, Angle, Point, Transform
from pdk.contract import Pdk, Port, Role


@dataclass(frozen=True)
class Piece:
    """A straight (with its length) or a bend (length 0); light enters by o1."""

    component: str
    length_nm: int
    place: Transform


class NoRoomError(ValueError):
    """Two ports cannot be joined with this bend radius."""


def corners_between(start: Port, end: Port, radius_nm: int) -> tuple[Point, ...]:
    """Where a wire turns if nobody says so: not at all, once, or twice with the leg half-way.

    `start` and `end` face out of the devices that they belong to.
    """
    ux, uy = DIRECTION[start.angle_deg]
    forward = (end.x_nm - start.x_nm) * ux + (end.y_nm - start.y_nm) * uy
    aside = (end.x_nm - start.x_nm) * -uy + (end.y_nm - start.y_nm) * ux
    turn_deg = (end.angle_deg + 180 - start.angle_deg) % 360
    if turn_deg == 0:
        if aside == 0:
            return ()
        legs = (forward // 2, 0), (forward // 2, aside)
    elif turn_deg == 180:
        reach = max(forward, 0) + radius_nm
        legs = (reach, 0), (reach, aside)
    else:
        legs = ((forward, 0),)
    return tuple((start.x_nm + f * ux - a * uy, start.y_nm + f * uy + a * ux) for f, a in legs)


def wire(pdk: Pdk, start: Port, end: Port, corners: tuple[Point, ...]) -> tuple[Piece, ...]:
    """The pieces of a waveguide that leaves by `start`, turns at the corners and arrives at `end`.

    NoRoomError, with the place, where two turns are too close or a port faces the wrong way.
    """
    radius = pdk.bend_radius_nm
    points = [(start.x_nm, start.y_nm), *corners, (end.x_nm, end.y_nm)]
    headings = list(_headings(points, start))
    if (corners and headings[0] != start.angle_deg) or headings[-1] != (end.angle_deg + 180) % 360:
        raise NoRoomError(f"{_place(start)} to {_place(end)}: a port faces away from its wire")
    pieces: list[Piece] = []
    for k, heading in enumerate(headings):
        (x, y), (to_x, to_y) = points[k], points[k + 1]
        ux, uy = DIRECTION[heading]
        before, behind = radius if k else 0, radius if k + 1 < len(headings) else 0
        length = abs(to_x - x) + abs(to_y - y) - before - behind
        if length < 0:
            raise NoRoomError(f"{_place(start)} to {_place(end)}: {-length} nm short of room for bends of {radius} nm")
        if length:
            place = Transform(x + ux * before, y + uy * before, heading)
            pieces.append(Piece(pdk.roles[Role.STRAIGHT], length, place))
        if behind:
            place = Transform(to_x - ux * radius, to_y - uy * radius, heading, (headings[k + 1] - heading) % 360 == 270)
            pieces.append(Piece(pdk.roles[Role.BEND], 0, place))
    return tuple(pieces)


def _headings(points: list[Point], start: Port) -> Iterator[Angle]:
    for (x, y), (to_x, to_y) in pairwise(points):
        if (x, y) == (to_x, to_y):
            yield start.angle_deg
        elif x == to_x:
            yield 90 if to_y > y else 270
        elif y == to_y:
            yield 0 if to_x > x else 180
        else:
            raise NoRoomError(f"{x / 1000}, {y / 1000} um to {to_x / 1000}, {to_y / 1000} um is not Manhattan")


def _place(port: Port) -> str:
    return f"{port.x_nm / 1000}, {port.y_nm / 1000} um"

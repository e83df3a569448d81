"""Places in integer nanometres: transformations and the ports they move."""

from dataclasses import dataclass
from typing import Literal, cast

import klayout.db as kdb

from compiler.netlist import Instance
from pdk.contract import Port

Angle = Literal[0, 90, 180, 270]
Point = tuple[int, int]

DIRECTION: dict[int, Point] = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}


@dataclass(frozen=True)
class Transform:
    """Mirror at the x axis (if so), then turn, then move: the order of GDS and KLayout."""

    x_nm: int = 0
    y_nm: int = 0
    angle_deg: Angle = 0
    mirror: bool = False

    def point(self, x_nm: int, y_nm: int) -> Point:
        """Where a point of the cell comes to lie in its parent."""
        y = -y_nm if self.mirror else y_nm
        cos, sin = DIRECTION[self.angle_deg]
        return self.x_nm + cos * x_nm - sin * y, self.y_nm + sin * x_nm + cos * y

    def port(self, port: Port) -> Port:
        """A port of the cell as its parent sees it."""
        x_nm, y_nm = self.point(port.x_nm, port.y_nm)
        angle = -port.angle_deg if self.mirror else port.angle_deg
        return Port(port.name, x_nm, y_nm, turn(angle, self.angle_deg), port.width_nm, port.kind)

    def box(self, box_nm: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """A box (left, bottom, right, top) as its parent sees it."""
        left, bottom, right, top = box_nm
        (xa, ya), (xb, yb) = self.point(left, bottom), self.point(right, top)
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)

    def after(self, inner: "Transform") -> "Transform":
        """The transformation that does `inner` first and this one then."""
        x_nm, y_nm = self.point(inner.x_nm, inner.y_nm)
        angle = -inner.angle_deg if self.mirror else inner.angle_deg
        return Transform(x_nm, y_nm, turn(angle, self.angle_deg), self.mirror != inner.mirror)


@dataclass(frozen=True)
class Placed:
    """A device somewhere on the chip."""

    path: str
    instance: Instance
    at: Transform


def trans(at: Transform) -> kdb.Trans:
    """The same transformation for KLayout."""
    return kdb.Trans(at.angle_deg // 90, at.mirror, at.x_nm, at.y_nm)


def turn(angle_deg: int, by_deg: int) -> Angle:
    """A sum of right angles, 0 … 270."""
    return cast(Angle, (angle_deg + by_deg) % 360)


def join(boxes: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    """The smallest box around boxes."""
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)

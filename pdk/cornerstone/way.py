"""A waveguide of straights and bends, drawn as it goes."""

from collections.abc import Sequence

from pdk.contract import Port
from pdk.cornerstone import tech
from pdk.cornerstone.foundry import part
from pdk.kit.drawing import Pieces, box, moved, together
from pdk.ports import STEP

WIDTH = tech.WAVEGUIDE_WIDTH_NM
RADIUS = tech.BEND_RADIUS_NM

Step = int | str
"""Straight of that many nm, or "L" or "R" for a bend to the left or right."""


def optical(name: str, x_nm: int, y_nm: int, angle_deg: int, width_nm: int = WIDTH) -> Port:
    """A port for light."""
    return Port(name, x_nm, y_nm, angle_deg, width_nm)  # type: ignore[arg-type]


def ends(length_nm: int) -> list[Port]:
    """Ports of a device on one line."""
    return [optical("o1", 0, 0, 180), optical("o2", length_nm, 0, 0)]


def line(left_nm: int, right_nm: int, y_nm: int = 0) -> Pieces:
    """A straight waveguide along x."""
    return box(tech.CORE, left_nm, y_nm - WIDTH // 2, right_nm, y_nm + WIDTH // 2)


def bend() -> Pieces:
    """Circular bend from (0, 0), light heading east, to (10, 10) um, heading north."""
    return part("bend_circular", radius=RADIUS / 1000).from_port("o1").pieces


def way(x_nm: int, y_nm: int, heading_deg: int, steps: Sequence[Step]) -> Pieces:
    """The waveguide that leaves (x, y) with that heading and takes these steps."""
    turn, pieces = bend(), []
    for step in steps:
        (dx, dy), (sx, sy) = STEP[heading_deg], STEP[(heading_deg + 90) % 360]  # type: ignore[index]
        if isinstance(step, int):
            pieces.append(moved(line(0, step), x_nm, y_nm, heading_deg))
            x_nm, y_nm = x_nm + step * dx, y_nm + step * dy
            continue
        side = 1 if step == "L" else -1
        pieces.append(moved(turn, x_nm, y_nm, heading_deg, mirror=step == "R"))
        x_nm, y_nm = x_nm + RADIUS * (dx + side * sx), y_nm + RADIUS * (dy + side * sy)
        heading_deg = (heading_deg + 90 * side) % 360
    return together(*pieces)


def way_nm(steps: Sequence[Step], bend_nm: int) -> int:
    """Length of that waveguide."""
    return sum(step if isinstance(step, int) else bend_nm for step in steps)

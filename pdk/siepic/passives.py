"""Cells without a wire: each flat, its first port at (0, 0). Pictures show the port numbers.

    o2 ──┐      ┌── o3      two-by-two cells count clockwise from the lower left
         │      │
    o1 ──┘      └── o4

Light that goes back through a coupler's bus, into o4, leaves by o1 and, coupled, by o2.
"""

from collections.abc import Iterable, Mapping
from functools import cache

import klayout.db as kdb

from pdk.contract import Port
from pdk.kit.curves import euler_bend
from pdk.kit.drawing import Drawn, Pieces, box, drawn, moved, together
from pdk.kit.marks import alignment_cross
from pdk.kit.strip import Strip
from pdk.siepic import tech
from pdk.siepic.coupling import COUPLERS
from pdk.siepic.dimensions import (
    BALANCE_GAP_NM,
    BALANCE_LENGTH_NM,
    COUPLER_GAP_NM,
    COUPLER_LENGTH_NM,
    TAP_GAP_NM,
    TAP_LENGTH_NM,
)
from pdk.siepic.library import fixed

WIDTH, RADIUS = tech.WAVEGUIDE_WIDTH_NM, tech.BEND_RADIUS_NM
STRIP = Strip(tech.CORE, WIDTH, RADIUS, COUPLERS)
BRANCH = {"opt1": "o1", "opt2": "o2", "opt3": "o3"}
FIBRE_NM = 20_400
"""From the grating's waveguide to the middle of the fibre that ebeam_gc_te1550 marks (layer FbrTgt)."""
FIBRE_WIDTH_NM = 10_000
CAMERA_LEAD_NM = 5_000
"""Waveguide before a grating that a camera looks at: its polygons tell it from one under a fibre."""


def straight(length_nm: int) -> Drawn:
    """A rectangle of core from o1 at (0, 0) to o2 at (length, 0)."""
    return STRIP.straight(length_nm)


def bend_90() -> Drawn:
    """Euler bend, o1 at (0, 0) facing west to o2 at (10, 10) um facing north."""
    return STRIP.bend("bend_90")


def splitter_2x2() -> Drawn:
    """The foundry's broadband 50:50 coupler. Its arms differ in width in the middle, so no mirror image is the same.

    By its S-parameters it is our coupler behind fixed phases: at 1550 nm o1 is 62 degrees ahead of o2, and o4 190
    degrees ahead of o3. The model leaves them out: like what fabrication adds, they shift the zeros of the heaters.
    """
    return own("ebeam_bdc_te1550", {"opt2": "o1", "opt1": "o2", "opt3": "o3", "opt4": "o4"})


def splitter_1x2() -> Drawn:
    """The foundry's y-branch, 50:50: o1 west, o2 upper east, o3 lower east."""
    return own("ebeam_y_1550", BRANCH)


def directional_coupler() -> Drawn:
    """50:50 coupler."""
    return STRIP.coupler("directional_coupler", COUPLER_GAP_NM, COUPLER_LENGTH_NM)


def tap() -> Drawn:
    """3 % coupler: the bus is o1 to o4; light that goes back through the bus leaves by o2 as well."""
    return STRIP.coupler("tap", TAP_GAP_NM, TAP_LENGTH_NM)


def balance_tap() -> Drawn:
    """Coupler whose bus loses what two splitters lose, for arms that bypass an interferometer."""
    return STRIP.coupler("balance_tap", BALANCE_GAP_NM, BALANCE_LENGTH_NM)


def crossing() -> Drawn:
    """The foundry's crossing: o1 west, o2 north, o3 east, o4 south."""
    return own("ebeam_crossing4", {"opt": "o1", "opt2": "o2", "opt4": "o3", "opt3": "o4"})


def grating_coupler() -> Drawn:
    """The foundry's grating: o1 waveguide, o2 the fibre above (its port lies where the fibre points)."""
    return own("ebeam_gc_te1550", {"opt1": "o1"}, [Port("o2", FIBRE_NM, 0, 0, FIBRE_WIDTH_NM)])


def camera_grating() -> Drawn:
    """The same grating behind a lead, for a camera: what the foundry has in place of a photodiode."""
    pieces, _ = turned("ebeam_gc_te1550", {"opt1": "o1"})
    return drawn(
        "camera_grating", together(STRIP.line(0, CAMERA_LEAD_NM), moved(pieces, CAMERA_LEAD_NM)), STRIP.ends(0)
    )


def termination() -> Drawn:
    """The foundry's taper to 60 nm, which lets go of what enters o1."""
    return own("ebeam_terminator_te1550", {"opt1": "o1"})


def loop_mirror() -> Drawn:
    """Y-branch whose two outputs are joined by six bends: what enters o1 comes back."""
    branch, ports = turned("ebeam_y_1550", BRANCH)
    end = next(p for p in ports if p.name == "o2")
    x, y, r = end.x_nm, end.y_nm, RADIUS
    upper = together(
        moved(turn(), x, y),
        moved(turn(), x + 2 * r, y + 2 * r, 180),
        moved(turn(), x + 2 * r, y + 2 * r, mirror=True),
    )
    half = WIDTH // 2
    back = box(tech.CORE, x + 3 * r - half, -(y + r), x + 3 * r + half, y + r)
    return drawn("loop_mirror", together(branch, upper, moved(upper, mirror=True), back), STRIP.ends(0))


def alignment_mark() -> Drawn:
    """Cross on silicon and M2, its middle at (0, 0): what lithography and bonders align to."""
    return alignment_cross("alignment_mark", (tech.CORE, tech.M2), tech.MARK_SIZE_NM, tech.MARK_BAR_NM)


@cache
def turn() -> Pieces:
    """The bend, as pieces."""
    return {tech.CORE: kdb.Region(euler_bend(RADIUS, WIDTH)[0])}


def turned(name: str, names: Mapping[str, str]) -> tuple[Pieces, list[Port]]:
    """A foundry's cell, turned and moved so that its o1 is at (0, 0) facing west; `names`: its ports to ours."""
    pieces, ports = fixed(name)
    found = {names[p.name]: p for p in ports if p.name in names}
    first = found.get("o1") or found["e1"]
    turn_deg = (180 - first.angle_deg) % 360
    trans = kdb.Trans(turn_deg // 90, False, 0, 0)
    origin = trans.trans(kdb.Point(first.x_nm, first.y_nm))
    moved_ports = []
    for new, p in found.items():
        at = trans.trans(kdb.Point(p.x_nm, p.y_nm))
        angle = (p.angle_deg + turn_deg) % 360
        moved_ports.append(Port(new, at.x - origin.x, at.y - origin.y, angle, p.width_nm, p.kind))  # pyright: ignore
    return moved(pieces, -origin.x, -origin.y, turn_deg), moved_ports


def own(name: str, names: Mapping[str, str], more: Iterable[Port] = ()) -> Drawn:
    """A device that is one cell of the foundry, under its name."""
    pieces, ports = turned(name, names)
    return drawn(name, pieces, [*ports, *more])

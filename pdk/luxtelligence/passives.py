"""Cells without a wire, their first port at (0, 0). Two-by-two cells count ports clockwise from the lower left."""

import klayout.db as kdb

from pdk.contract import Port
from pdk.kit.drawing import Drawn, box, drawn, moved, together
from pdk.kit.marks import alignment_cross
from pdk.luxtelligence import coupling, tech
from pdk.luxtelligence.foundry import guide, mirrored_x, piece

WIDTH_NM, RADIUS_NM = tech.WAVEGUIDE_WIDTH_NM, tech.BEND_RADIUS_NM

LEAD_NM = 30_000
"""Waveguide before a camera's grating; before a fibre's it is 10 um."""
MIRROR_SBEND_NM = 150_000
MIRROR_Y_NM = 1_650
"""Half of the distance of the outputs of an mmi1x2."""
TIP_NM = 250
TERMINATION_NM = 40_000
OVERHANG_NM = 5_000
"""How far a tip reaches beyond the chip's edge (lnoi400 2.1.1, cells.double_linear_inverse_taper)."""
EDGE_NM = 365_000
"""From the chip's side to the facet: tapers of 360 um and 5 um of straight tip."""


def straight(length_nm: int) -> Drawn:
    """Ridge and slab from o1 at (0, 0) to o2 at (length, 0)."""
    return drawn(f"straight_{length_nm}", guide(0, length_nm), [_west("o1"), _east("o2", length_nm)])


def bend_euler() -> Drawn:
    """Euler bend, o1 at (0, 0) facing west to o2 at (60, 60) um facing north."""
    ports = [_west("o1"), Port("o2", RADIUS_NM, RADIUS_NM, 90, WIDTH_NM)]
    return drawn("bend_euler", piece("bend_euler", radius=RADIUS_NM / 1000), ports)


def mmi2x2() -> Drawn:
    """50:50 splitter and combiner; ports 3.5 um apart."""
    length, pitch = coupling.MMI_2X2_NM, 3_500
    ports = [_west("o1"), _west("o2", pitch), _east("o3", length, pitch), _east("o4", length)]
    return drawn("mmi2x2optimized1550", piece("mmi2x2optimized1550"), ports)


def mmi1x2() -> Drawn:
    """50:50 splitter: o1 west, o2 upper east, o3 lower east."""
    length = coupling.MMI_1X2_NM
    ports = [_west("o1"), _east("o2", length, MIRROR_Y_NM), _east("o3", length, -MIRROR_Y_NM)]
    return drawn("mmi1x2_optimized1550", piece("mmi1x2_optimized1550"), ports)


def coupler() -> Drawn:
    """50:50 coupler."""
    return _coupler("coupler", coupling.COUPLER_GAP_NM, coupling.COUPLER_LENGTH_NM)


def tap() -> Drawn:
    """3 % coupler: the bus is o1 to o4; light that goes back through the bus leaves by o2 as well."""
    return _coupler("tap", coupling.TAP_GAP_NM, coupling.TAP_LENGTH_NM)


def balance_tap() -> Drawn:
    """Coupler whose bus loses what two mmi2x2 lose, for arms that bypass an interferometer."""
    return _coupler("balance_tap", coupling.BALANCE_GAP_NM, coupling.BALANCE_LENGTH_NM)


def loop_mirror() -> Drawn:
    """1x2 splitter whose outputs part along S-bends and meet in a half-turn: what enters o1 comes back."""
    rise = RADIUS_NM - MIRROR_Y_NM
    sbend = piece("bend_s", size=(MIRROR_SBEND_NM / 1000, rise / 1000))
    turn = moved(piece("bend_euler", radius=RADIUS_NM / 1000), mirror=True)
    x = coupling.MMI_1X2_NM
    upper = together(moved(sbend, x, MIRROR_Y_NM), moved(turn, x + MIRROR_SBEND_NM, RADIUS_NM))
    return drawn(
        "loop_mirror", together(piece("mmi1x2_optimized1550"), upper, moved(upper, mirror=True)), [_west("o1")]
    )


def edge_coupler() -> Drawn:
    """Inverse taper in two layers: o1 on the chip's side, o2 (250 nm wide) at the facet, past which the tip goes on."""
    taper = piece("double_linear_inverse_taper_mirror", "o2", input_ext=10.0)
    ports = [_west("o1"), Port("o2", EDGE_NM, 0, 0, TIP_NM)]
    return drawn("double_linear_inverse_taper", taper, ports)


def grating_coupler() -> Drawn:
    """Focusing grating: o1 waveguide, o2 the fibre above it (14.5 degrees off the normal in air)."""
    ports = [_west("o1"), Port("o2", 52_780, 0, 0, 10_000)]
    return drawn("gc_focusing_1550", piece("gc_focusing_1550"), ports)


def camera_grating() -> Drawn:
    """The same grating behind a longer lead, seen by a camera or a fibre array: what reads light in this process."""
    grating = piece("gc_focusing_1550", waveguide_length=LEAD_NM / 1000)
    return drawn("camera_grating", grating, [_west("o1")])


def termination() -> Drawn:
    """Taper of the ridge to 250 nm: light spreads into the slab."""
    half, tip, length = WIDTH_NM // 2, TIP_NM // 2, TERMINATION_NM
    corners = [(0, -half), (0, half), (length, tip), (length, -tip)]
    ridge = {tech.CORE: kdb.Region(kdb.Polygon([kdb.Point(*corner) for corner in corners]))}
    slab = box(tech.SLAB, 0, -tech.SLAB_WIDTH_NM // 2, length + 5_000, tech.SLAB_WIDTH_NM // 2)
    return drawn("termination", together(ridge, slab), [_west("o1")])


def alignment_mark() -> Drawn:
    """Cross on ridge and metal, its middle at (0, 0)."""
    return alignment_cross("alignment_mark", (tech.CORE, tech.TL), tech.MARK_SIZE_NM, tech.MARK_BAR_NM)


def _coupler(name: str, gap_nm: int, length_nm: int) -> Drawn:
    """The lower waveguide rises to the gap and falls again; the upper one is its mirror image."""
    sbend, rise = coupling.SBEND_NM, coupling.sbend_height_nm(gap_nm)
    length, pitch = 2 * sbend + length_nm, coupling.PITCH_NM
    rising = piece("bend_s", size=(sbend / 1000, rise / 1000))
    lower = together(rising, guide(sbend, sbend + length_nm, rise), mirrored_x(rising, length))
    ports = [_west("o1"), _west("o2", pitch), _east("o3", length, pitch), _east("o4", length)]
    return drawn(name, together(lower, moved(lower, 0, pitch, mirror=True)), ports)


def _west(name: str, y_nm: int = 0) -> Port:
    return Port(name, 0, y_nm, 180, WIDTH_NM)


def _east(name: str, x_nm: int, y_nm: int = 0) -> Port:
    return Port(name, x_nm, y_nm, 0, WIDTH_NM)

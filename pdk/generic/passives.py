"""Cells without a wire: each a flat component, its first port at (0, 0). Pictures show the port numbers.

    o2 ──┐      ┌── o3      two-by-two cells count clockwise from the lower left
         │      │
    o1 ──┘      └── o4

Light that goes back through a coupler's bus, into o4, leaves by o1 and, coupled, by o2.
"""

import gdsfactory as gf
import klayout.db as kdb

from pdk.contract import Port
from pdk.generic import coupling, tech
from pdk.generic.dimensions import (
    BALANCE_GAP_NM,
    BALANCE_LENGTH_NM,
    COUPLER_GAP_NM,
    COUPLER_LENGTH_NM,
    TAP_GAP_NM,
    TAP_LENGTH_NM,
)
from pdk.generic.drawing import component, flat, parts

FOUR = {"o1": "o1", "o2": "o2", "o3": "o3", "o4": "o4"}
THREE = {"o1": "o1", "o2": "o2", "o3": "o3"}
TWO = {"o1": "o1", "o2": "o2"}


def straight(length_nm: int) -> gf.Component:
    """A rectangle of core from o1 at (0, 0) to o2 at (length, 0)."""
    half = tech.WAVEGUIDE_WIDTH_NM // 2
    core = kdb.Region(kdb.Box(0, -half, length_nm, half))
    west = Port("o1", 0, 0, 180, tech.WAVEGUIDE_WIDTH_NM)
    east = Port("o2", length_nm, 0, 0, tech.WAVEGUIDE_WIDTH_NM)
    return component(f"straight_{length_nm}", {tech.LAYERS["core"]: core}, [west, east])


def bend_90() -> gf.Component:
    """Euler bend, o1 at (0, 0) facing west to o2 at (10, 10) um facing north."""
    return flat("bend_90", parts().bend_euler(radius=tech.BEND_RADIUS_NM / 1000), TWO)


def mmi2x2() -> gf.Component:
    """50:50 splitter and combiner."""
    return flat("mmi2x2", parts().mmi2x2(), FOUR)


def mmi1x2() -> gf.Component:
    """50:50 splitter: o1 west, o2 upper east, o3 lower east."""
    return flat("mmi1x2", parts().mmi1x2(), THREE)


def directional_coupler() -> gf.Component:
    """50:50 coupler."""
    return _coupler("directional_coupler", COUPLER_GAP_NM, COUPLER_LENGTH_NM)


def tap() -> gf.Component:
    """1 % coupler: the bus is o1 to o4; light that goes back through the bus leaves by o2 as well."""
    return _coupler("tap", TAP_GAP_NM, TAP_LENGTH_NM)


def balance_tap() -> gf.Component:
    """Coupler whose bus loses what two mmi2x2 lose, for arms that bypass an interferometer."""
    return _coupler("balance_tap", BALANCE_GAP_NM, BALANCE_LENGTH_NM)


def crossing() -> gf.Component:
    """Two waveguides cross: o1 west, o2 north, o3 east, o4 south."""
    return flat("crossing", parts().crossing(), FOUR)


def loop_mirror() -> gf.Component:
    """1x2 splitter whose two outputs are joined: what enters o1 comes back."""
    return flat("loop_mirror", parts().loop_mirror(), {"o1": "o1"})


def edge_coupler() -> gf.Component:
    """Inverse taper: o1 on the chip's side, o2 (200 nm wide) at the facet."""
    return flat("edge_coupler", parts().edge_coupler_silicon(), TWO)


def grating_coupler() -> gf.Component:
    """Elliptical grating: o1 waveguide, o2 the fibre above (its port lies where the fibre points, not on an edge)."""
    return flat("grating_coupler", parts().grating_coupler_elliptical_te(), TWO)


def termination() -> gf.Component:
    """Taper to a doped tip that absorbs what enters o1."""
    return flat("termination", parts().terminator(length=40.0), {"o1": "o1"})


def alignment_mark() -> gf.Component:
    """Cross on waveguide core and top metal, its middle at (0, 0): what lithography and flip-chip bonders align to."""
    half, reach = tech.MARK_BAR_NM // 2, tech.MARK_SIZE_NM // 2
    cross = kdb.Region(kdb.Box(-reach, -half, reach, half)) + kdb.Region(kdb.Box(-half, -reach, half, reach))
    cross.merge()
    return component("alignment_mark", {tech.LAYERS["core"]: cross, tech.LAYERS["m3"]: cross}, [])


def _coupler(name: str, gap_nm: int, length_nm: int) -> gf.Component:
    source = parts().coupler(
        gap=gap_nm / 1000, length=length_nm / 1000, dx=coupling.SBEND_LENGTH_UM, dy=coupling.PITCH_UM
    )
    return flat(name, source, FOUR)

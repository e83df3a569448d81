"""The process's curves; `pdk.kit.curves` has what they are."""

import klayout.db as kdb

from pdk.kit import curves
from pdk.siepic.tech import BEND_RADIUS_NM, WAVEGUIDE_WIDTH_NM


def euler_bend() -> tuple[kdb.Polygon, int]:
    """The turn of 90 degrees, and its length in nm."""
    return curves.euler_bend(BEND_RADIUS_NM, WAVEGUIDE_WIDTH_NM)


def s_bend(length_nm: int, height_nm: int) -> tuple[kdb.Polygon, int]:
    """A waveguide from (0, 0) east to (length, height), and its length in nm."""
    return curves.s_bend(length_nm, height_nm, WAVEGUIDE_WIDTH_NM)

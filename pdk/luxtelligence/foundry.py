"""Pieces of the package lnoi400, drawn by gdsfactory with that package's PDK active. The only place that imports it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import klayout.db as kdb

from pdk.kit.active import activated, take_layers
from pdk.kit.drawing import Pieces, moved, polygons
from pdk.luxtelligence import tech

FABRICATED = (tech.CORE, tech.SLAB, tech.SLAB_NEGATIVE, tech.TL)


@cache
def piece(name: str, port: str = "o1", **settings: Any) -> Pieces:
    """Polygons of one of its cells, with `port` at (0, 0) facing west."""
    with _active() as cells:
        drawn = getattr(cells, name)(**settings)
        at = drawn.ports[port]
        x_um, y_um = at.dcenter
        to_west = (180 - round(at.orientation)) % 360
        here = moved(polygons(drawn.kdb_cell, FABRICATED), -round(x_um * 1000), -round(y_um * 1000))
        return moved(here, angle_deg=to_west)


@cache
def length_nm(name: str, **settings: Any) -> int:
    """Length of waveguide of one of its bends."""
    with _active() as cells:
        return round(getattr(cells, name)(**settings).info["length"] * 1000)


def mirrored_x(pieces: Pieces, width_nm: int) -> Pieces:
    """The mirror image, west for east, of what lies between x = 0 and a width."""
    return moved(pieces, width_nm, 0, 180, mirror=True)


def guide(left_nm: int, right_nm: int, y_nm: int = 0) -> Pieces:
    """A straight waveguide: ridge and slab."""
    half, slab = tech.WAVEGUIDE_WIDTH_NM // 2, tech.SLAB_WIDTH_NM // 2
    return {
        tech.CORE: kdb.Region(kdb.Box(left_nm, y_nm - half, right_nm, y_nm + half)),
        tech.SLAB: kdb.Region(kdb.Box(left_nm, y_nm - slab, right_nm, y_nm + slab)),
    }


@contextmanager
def _active() -> Iterator[Any]:
    """The package's cells, its PDK active for that long: gdsfactory has one active PDK for everyone."""
    take_layers()
    import lnoi400

    with activated(lnoi400.PDK):
        yield lnoi400.cells

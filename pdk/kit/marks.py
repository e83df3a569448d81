"""Cells that light does not pass: pads and alignment marks."""

import klayout.db as kdb

from pdk.contract import Layer, Port
from pdk.kit.drawing import Drawn, box, drawn, together


def bond_pad(name: str, metal: Layer, opening: Layer, size_nm: int, rim_nm: int) -> Drawn:
    """A square of metal, opened up to a rim; e1 in the middle of its west edge."""
    half = size_nm // 2
    inside = box(opening, rim_nm, rim_nm - half, size_nm - rim_nm, half - rim_nm)
    port = Port("e1", 0, 0, 180, size_nm, "electrical")
    return drawn(name, together(box(metal, 0, -half, size_nm, half), inside), [port])


def alignment_cross(name: str, layers: tuple[Layer, ...], size_nm: int, bar_nm: int) -> Drawn:
    """A cross on some layers, its middle at (0, 0)."""
    half, reach = bar_nm // 2, size_nm // 2
    cross = kdb.Region(kdb.Box(-reach, -half, reach, half)) + kdb.Region(kdb.Box(-half, -reach, half, reach))
    cross.merge()
    return drawn(name, dict.fromkeys(layers, cross), [])

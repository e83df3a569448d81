"""Devices as flat cells on the nanometre grid, drawn with klayout alone, out of pieces of a foundry's own cells.

    pieces = polygons(cell, layers)                      what a foundry's cell holds, layer by layer
    device = drawn("tap", together(a, moved(b, x)), ports)

Polygons are never merged: a loop of waveguide would become a polygon with a hole, which GDS stores only with a cut
whose ends snap to the grid.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import klayout.db as kdb

from pdk.contract import Layer, Port

Pieces = Mapping[Layer, kdb.Region]
"""Polygons in nm by layer."""


@dataclass(frozen=True)
class Drawn:
    """A drawn device: a klayout cell in a layout of its own, and its ports."""

    kdb_cell: kdb.Cell
    ports: tuple[Port, ...]
    layout: kdb.Layout = field(repr=False)
    """Kept, because a cell lives no longer than its layout."""


def drawn(name: str, pieces: Pieces, ports: Iterable[Port]) -> Drawn:
    """A flat cell of these polygons; ports come in the order o1, o2, ... e1, e2, ..."""
    layout = kdb.Layout()
    layout.dbu = 0.001
    cell = layout.create_cell(name)
    for layer, region in pieces.items():
        if not region.is_empty():
            cell.shapes(layout.layer(*layer)).insert(region)
    return Drawn(cell, tuple(sorted(ports, key=lambda p: (p.kind != "optical", p.name))), layout)


def polygons(cell: kdb.Cell, layers: Mapping[Layer, Layer] | Iterable[Layer]) -> dict[Layer, kdb.Region]:
    """Every polygon of a cell and of the cells below it, on the layers asked for; a mapping renames layers.

    ValueError if the cell's database unit is not 1 nm.
    """
    if abs(cell.layout().dbu - 0.001) > 1e-9:
        raise ValueError(f"{cell.name}: database unit is {cell.layout().dbu} um, expected 0.001 um")
    wanted = dict(layers) if isinstance(layers, Mapping) else {layer: layer for layer in layers}
    found: dict[Layer, kdb.Region] = {}
    for source, target in wanted.items():
        index = cell.layout().find_layer(*source)
        if index is not None:
            region = kdb.Region(cell.begin_shapes_rec(index))
            region.merged_semantics = False
            if not region.is_empty():
                found[target] = found.get(target, kdb.Region()) + region
    return found


def moved(pieces: Pieces, x_nm: int = 0, y_nm: int = 0, angle_deg: int = 0, mirror: bool = False) -> Pieces:
    """Mirrored at the x axis if asked for, then turned by a multiple of 90 degrees, then moved."""
    trans = kdb.Trans(angle_deg // 90 % 4, mirror, x_nm, y_nm)
    return {layer: region.transformed(trans) for layer, region in pieces.items()}


def together(*parts: Pieces) -> Pieces:
    """All polygons of several."""
    found: dict[Layer, kdb.Region] = {}
    for part in parts:
        for layer, region in part.items():
            found[layer] = found.get(layer, kdb.Region()) + region
    return found


def box(layer: Layer, left: int, bottom: int, right: int, top: int) -> Pieces:
    """One rectangle, in nm."""
    return {layer: kdb.Region(kdb.Box(left, bottom, right, top))}

"""What a device is, whatever its cell is called: a hash of its polygons and its ports."""

import hashlib
from collections.abc import Iterable, Mapping

import klayout.db as kdb

from pdk.contract import Layer, Port
from pdk.ports import fabricated_layers, require_nm


def fingerprint(cell: kdb.Cell, ports: Iterable[Port], layers: Mapping[str, Layer]) -> str:
    """SHA-256 (hex) of everything fabricated in the cell, layer by layer, and of its ports.

    Polygons are merged first, so neither their order, their first vertex, nor how an area is cut into polygons
    matters (GDS cannot store holes and cuts them open). Anything that moves by 1 nm changes the hash; the cell's
    name, pins, outline and labels do not enter. The cell's database unit must be 1 nm (ValueError).
    """
    require_nm(cell)
    lines = []
    for index in fabricated_layers(cell, layers):
        region = kdb.Region(cell.begin_shapes_rec(index))
        region.merged_semantics = True
        polygons = sorted(polygon.to_s() for polygon in region.merged().each())
        if polygons:
            info = cell.layout().get_info(index)
            lines += [f"layer {info.layer}/{info.datatype}", *polygons]
    lines += sorted(f"port {p.name} {p.x_nm} {p.y_nm} {p.angle_deg} {p.width_nm} {p.kind}" for p in ports)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

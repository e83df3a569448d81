"""Wires as polygons: boxes along a path, and vias between two metals."""

from collections.abc import Iterator
from math import sqrt

import klayout.db as kdb

from layouts.floorplan import Wire
from pdk.contract import Layer, Pdk, Role

CUT_NM = 700
CUT_PITCH_NM = 2_000
"""Cuts of a via, as gdsfactory.gpdk draws them: 0.7 um every 2 um."""
ENCLOSURE_NM = 1_000
"""Metal around the outermost cuts."""


def via_size_nm(width_nm: int) -> int:
    """Side of the square of metal of a via for a wire: one cut, or as many as its width takes."""
    return CUT_NM + 2 * ENCLOSURE_NM + (_cuts(width_nm) - 1) * CUT_PITCH_NM


def shapes(wire: Wire, pdk: Pdk) -> Iterator[tuple[Layer, kdb.Box]]:
    """What a wire or a via draws, layer by layer."""
    if not wire.is_via:
        half = wire.width_nm // 2
        for (xa, ya), (xb, yb) in zip(wire.points, wire.points[1:], strict=False):
            box = kdb.Box(min(xa, xb) - half, min(ya, yb) - half, max(xa, xb) + half, max(ya, yb) + half)
            yield pdk.layers[wire.metal], box
        return
    x, y = wire.points[0]
    cuts, below = pdk.below(wire.metal)
    half = via_size_nm(wire.width_nm) // 2
    for name in (wire.metal, below):
        yield pdk.layers[name], kdb.Box(x - half, y - half, x + half, y + half)
    first = half - ENCLOSURE_NM
    for row in range(_cuts(wire.width_nm)):
        for column in range(_cuts(wire.width_nm)):
            left, bottom = x - first + column * CUT_PITCH_NM, y - first + row * CUT_PITCH_NM
            yield pdk.layers[cuts], kdb.Box(left, bottom, left + CUT_NM, bottom + CUT_NM)


def heater_current_ma(pdk: Pdk) -> float:
    """Current of a heater at the end of its range; none flows where phase shifters are set by a field."""
    drive = pdk.drive
    if drive.kind == "electro-optic":
        return 0.0
    return sqrt(drive.limit * 1e-3 / pdk.value("heater_resistance_ohm")) * 1e3


def modulator_current_ma(pdk: Pdk) -> float:
    """Largest current of a terminal of a modulator: where its two arms are heated (`modulator_mw`, in all, by heaters
    as phase shifters have), that of one arm which takes all of it. Their return carries no more, as the arms are driven
    by voltages of opposite signs. Diodes and electrodes draw next to nothing."""
    if "modulator_mw" not in pdk.numbers:
        return 0.0
    return sqrt(pdk.value("modulator_mw") * 1e-3 / pdk.value("heater_resistance_ohm")) * 1e3


def attenuator_current_ma(pdk: Pdk) -> float:
    """Current of an attenuator that is shut, diode or heater; 0 where a process has none."""
    return pdk.value("attenuator_range_ma") if Role.ATTENUATOR in pdk.roles else 0.0


def draw(cell: kdb.Cell, wires: tuple[Wire, ...], pdk: Pdk) -> None:
    """Draw wires into a cell, merged, so that a layer has one polygon for each piece of metal."""
    regions: dict[Layer, kdb.Region] = {}
    for wire in wires:
        for layer, box in shapes(wire, pdk):
            regions.setdefault(layer, kdb.Region()).insert(box)
    for layer, region in regions.items():
        region.merged_semantics = True
        cell.shapes(cell.layout().layer(*layer)).insert(region.merged(False, 0))


def _cuts(width_nm: int) -> int:
    """Cuts along one side of a via whose metal is about as wide as its wire."""
    return max(1, (width_nm - CUT_NM - 2 * ENCLOSURE_NM) // CUT_PITCH_NM + 1)

"""Wires that lie on a heater: where a metal touches the filament without a cut, what crosses it joins it.

The net extraction follows metals alone, for a filament is what a heater's two ends have between them. So the drawn
wires are laid over the filaments, and nothing may be common but what a device's own contacts cover.
"""

from collections.abc import Iterator, Mapping

import klayout.db as kdb

from layouts.recognise import Kind
from pdk.contract import Pdk
from pdk.finding import Finding

MEND = "lead the wire around the heater"


def shorts(layout: kdb.Layout, kinds: Mapping[int, Kind], pdk: Pdk) -> Iterator[Finding]:
    """A finding for every place where a wire lies on a layer that its metal touches (`Pdk.touching`)."""
    top = layout.top_cell()
    devices = [index for index, kind in kinds.items() if kind.component is not None]
    for metal, below in pdk.touching.items():
        layer, other = layout.layer(*pdk.layers[metal]), layout.layer(*pdk.layers[below])
        contacts = kdb.RecursiveShapeIterator(layout, top, layer)
        contacts.unselect_all_cells()
        contacts.select_cells(devices)
        wires = kdb.RecursiveShapeIterator(layout, top, layer)
        wires.unselect_cells(devices)
        common = (kdb.Region(wires) & kdb.Region(top.begin_shapes_rec(other))) - kdb.Region(contacts)
        for polygon in common.merged().each():
            centre = polygon.bbox().center()
            place = f"{centre.x / 1000}, {centre.y / 1000} um"
            measured = f"a wire on {metal} over {polygon.area() / 1e6:g} um2 of {below}"
            yield Finding(place, "short", measured, "none: they touch", MEND)

"""Nothing may lie on anything else: two devices that share area on a layer touch where nobody meant them to.

Devices whose boxes meet are compared polygon by polygon, once for each way in which two kinds of device can lie to each
other. A chip has thousands of devices and few such ways.
"""

from collections import defaultdict
from collections.abc import Iterator

import klayout.db as kdb

from layouts.geometry import Placed, trans
from pdk.contract import Pdk
from pdk.finding import Finding
from pdk.ports import fabricated_layers, polygon_bbox

BIN_NM = 100_000
"""Side of the squares by which neighbours are found."""


def overlaps(layout: kdb.Layout, pdk: Pdk, devices: list[Placed]) -> list[Finding]:
    """A Finding for each pair of devices whose polygons share area on a fabricated layer."""
    shapes = {device.cell: _regions(layout.cell(device.cell), pdk) for device in _distinct(devices)}
    outlines = {cell: polygon_bbox(layout.cell(cell), pdk.layers) for cell in shapes}
    boxes = [outlines[device.cell].transformed(trans(device.at)) for device in devices]
    shared: dict[tuple[int, int, str], tuple[int, kdb.Box] | None] = {}
    findings = []
    for a, b in _neighbours(boxes):
        first, second = devices[a], devices[b]
        relative = trans(first.at).inverted() * trans(second.at)
        key = (first.cell, second.cell, relative.to_s())
        if key not in shared:
            shared[key] = _shared(shapes[first.cell], shapes[second.cell], relative)
        found = shared[key]
        if found is not None:
            layer, box = layout.get_info(found[0]), found[1]
            centre = box.transformed(trans(first.at)).center()
            measured = f"shares {box.width()} x {box.height()} nm on {layer.layer}/{layer.datatype} with {second.path}"
            place = f"{first.path} at {centre.x / 1000}, {centre.y / 1000} um"
            findings.append(Finding(place, "overlap", measured, "no shared area", "move one of them"))
    return findings


def _distinct(devices: list[Placed]) -> Iterator[Placed]:
    yield from {device.cell: device for device in devices}.values()


def _regions(cell: kdb.Cell, pdk: Pdk) -> dict[int, kdb.Region]:
    found = {index: kdb.Region(cell.begin_shapes_rec(index)) for index in fabricated_layers(cell, pdk.layers)}
    return {index: region.merged() for index, region in found.items() if not region.is_empty()}


def _shared(a: dict[int, kdb.Region], b: dict[int, kdb.Region], relative: kdb.Trans) -> tuple[int, kdb.Box] | None:
    for index in sorted(a.keys() & b.keys()):
        common = a[index] & b[index].transformed(relative)
        if common.area() > 0:
            return index, common.bbox()
    return None


def _neighbours(boxes: list[kdb.Box]) -> Iterator[tuple[int, int]]:
    """Pairs of boxes that share area."""
    bins: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, box in enumerate(boxes):
        for x in range(box.left // BIN_NM, box.right // BIN_NM + 1):
            for y in range(box.bottom // BIN_NM, box.top // BIN_NM + 1):
                bins[x, y].append(number)
    seen: set[tuple[int, int]] = set()
    for members in bins.values():
        for position, a in enumerate(members):
            for b in members[position + 1 :]:
                if (a, b) not in seen and boxes[a].overlaps(boxes[b]):
                    seen.add((a, b))
                    yield a, b

"""Nothing may lie on anything else: two devices that share area on a layer touch where nobody meant them to.

What lies on what inside a cell is found once for each distinct cell. Two neighbouring cells are opened only where their
boxes meet, and once for each way in which two cells can lie to each other: a mesh has thousands of neighbours and few
such ways.

    cell ─┬─ inside each child (its own cell, once)
          └─ between two children whose boxes meet ── between what they are made of ── … ── polygon by polygon
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import klayout.db as kdb
import numpy as np

from layouts.geometry import Transform, trans
from pdk.contract import Pdk
from pdk.finding import Finding
from pdk.ports import fabricated_layers, polygon_bbox

Places = Mapping[str, Mapping[str, tuple[Transform, int]]]
"""Cell name to instance name to its place and the index of its cell. A cell that is not there is a device."""


class Shared(NamedTuple):
    """Two devices that lie on each other: paths from their cells, layer, and box in the frame of the first cell."""

    a: str
    b: str
    layer: int
    box: kdb.Box


class _Child(NamedTuple):
    name: str
    cell: int
    at: kdb.Trans
    box: kdb.Box
    """Around the devices in it, in the frame of its parent."""


def overlaps(layout: kdb.Layout, pdk: Pdk, places: Places) -> list[Finding]:
    """A Finding for each pair of devices whose polygons share area on a fabricated layer.

    What goes with a waveguide, the slab of a rib, is one sheet where two come near, and may be shared. A pair inside a
    cell that is used more than once is told once, at the first use.
    """
    search = _Search(layout, pdk, places)
    uses, first = _uses(layout, search.children)
    findings = []
    for index, (prefix, at) in first.items():
        more = f" (the same in {uses[index] - 1} more)" if uses[index] > 1 else ""
        for found in search.inside(index):
            layer, centre = layout.get_info(found.layer), found.box.transformed(at).center()
            size = f"{found.box.width()} x {found.box.height()} nm"
            measured = f"shares {size} on {layer.layer}/{layer.datatype} with {prefix}{found.b}{more}"
            place = f"{prefix}{found.a} at {centre.x / 1000}, {centre.y / 1000} um"
            findings.append(Finding(place, "overlap", measured, "no shared area", "move one of them"))
    return findings


def _uses(
    layout: kdb.Layout, children: Mapping[int, list[_Child]]
) -> tuple[Counter[int], dict[int, tuple[str, kdb.Trans]]]:
    """Of each cell that holds others: how often it is used, and path (with its last dot) and place of the first use."""
    top = layout.top_cell().cell_index()
    uses, first = Counter({top: 1}), {top: ("", kdb.Trans())}
    for index in layout.each_cell_top_down():
        for child in children.get(index, ()):
            uses[child.cell] += uses[index]
            if child.cell not in first and child.cell in children:
                prefix, at = first[index]
                first[child.cell] = f"{prefix}{child.name}.", at * child.at
    return uses, first


class _Search:
    """What is known so far of the cells of one layout."""

    def __init__(self, layout: kdb.Layout, pdk: Pdk, places: Places) -> None:
        self._layout, self._pdk = layout, pdk
        self._regions: dict[int, dict[int, kdb.Region]] = {}
        self._pairs: dict[tuple[int, int, kdb.Trans], tuple[Shared, ...]] = {}
        self._boxes: dict[int, kdb.Box] = {}
        self.children: dict[int, list[_Child]] = {}
        for index in layout.each_cell_bottom_up():
            cell = layout.cell(index)
            if cell.name not in places:
                self._boxes[index] = polygon_bbox(cell, pdk.layers)
                continue
            here = self.children[index] = []
            self._boxes[index] = kdb.Box()
            for name, (at, below) in places[cell.name].items():
                place = trans(at)
                box = self._boxes[below].transformed(place)
                here.append(_Child(name, below, place, box))
                self._boxes[index] += box

    def inside(self, index: int) -> Iterator[Shared]:
        """Pairs of devices that stand in different children of a cell."""
        children = self.children[index]
        for i, j in _neighbours([child.box for child in children]):
            a, b = children[i], children[j]
            for found in self.between(a.cell, b.cell, a.at.inverted() * b.at):
                yield Shared(_path(a, found.a), _path(b, found.b), found.layer, found.box.transformed(a.at))

    def between(self, a: int, b: int, relative: kdb.Trans) -> tuple[Shared, ...]:
        """Pairs of a device in one cell and a device in another that lies so to the first."""
        key = (a, b, relative)
        if key not in self._pairs:
            self._pairs[key] = tuple(self._compare(a, b, relative))
        return self._pairs[key]

    def _compare(self, a: int, b: int, relative: kdb.Trans) -> Iterator[Shared]:
        reach_a, reach_b = self._boxes[a], self._boxes[b].transformed(relative)
        if a in self.children:
            for child in self.children[a]:
                if child.box.overlaps(reach_b):
                    for found in self.between(child.cell, b, child.at.inverted() * relative):
                        yield Shared(_path(child, found.a), found.b, found.layer, found.box.transformed(child.at))
        elif b in self.children:
            for child in self.children[b]:
                if child.box.transformed(relative).overlaps(reach_a):
                    for found in self.between(a, child.cell, relative * child.at):
                        yield found._replace(b=_path(child, found.b))
        else:
            shared = _shared(self._region(a), self._region(b), relative)
            if shared is not None:
                yield Shared("", "", *shared)

    def _region(self, index: int) -> dict[int, kdb.Region]:
        if index not in self._regions:
            cell = self._layout.cell(index)
            sheets = {self._layout.find_layer(*self._pdk.layers[name]) for name in self._pdk.straight_layers}
            layers = [layer for layer in fabricated_layers(cell, self._pdk.layers) if layer not in sheets]
            found = {layer: kdb.Region(cell.begin_shapes_rec(layer)) for layer in layers}
            self._regions[index] = {layer: region.merged() for layer, region in found.items() if not region.is_empty()}
        return self._regions[index]


def _path(child: _Child, below: str) -> str:
    return f"{child.name}.{below}" if below else child.name


def _shared(a: dict[int, kdb.Region], b: dict[int, kdb.Region], relative: kdb.Trans) -> tuple[int, kdb.Box] | None:
    for index in sorted(a.keys() & b.keys()):
        common = a[index] & b[index].transformed(relative)
        if common.area() > 0:
            return index, common.bbox()
    return None


def _neighbours(boxes: list[kdb.Box]) -> Iterator[tuple[int, int]]:
    """Pairs of boxes that share area, the lower number first: a sweep from left to right."""
    edges = np.array([(box.left, box.bottom, box.right, box.top) for box in boxes], dtype=np.int64).reshape(-1, 4)
    order = np.argsort(edges[:, 0], kind="stable")
    left, bottom, right, top = edges[order].T
    ends = np.searchsorted(left, right, "left")
    for k in range(len(boxes)):
        rest = slice(k + 1, max(k + 1, ends[k]))
        meets = (bottom[rest] < top[k]) & (top[rest] > bottom[k]) & (right[rest] > left[k])
        for j in np.flatnonzero(meets) + k + 1:
            yield (min(order[k], order[j]), max(order[k], order[j]))

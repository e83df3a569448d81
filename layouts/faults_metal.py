"""The wires that a fault is drawn on: those of a cell taken at random, with the metal of the devices they lead to."""

import random
from typing import NamedTuple

import klayout.db as kdb

from layouts.faults_draw import own_cell, pick
from layouts.metal import CUT_NM
from pdk.contract import Pdk

GAP_NM = 100
"""Width of a cut, and the least length of a narrow place."""


class Wires(NamedTuple):
    """A cell of one's own that draws wires, and its wires on one metal."""

    path: str
    cell: kdb.Cell
    layer: int
    own: kdb.Region
    below: kdb.Region
    """Metal of the same layer in the cell's instances."""

    def touching(self, wires: kdb.Region) -> list[str]:
        """Names of the instances whose metal some wires lie on."""
        found = []
        for instance in self.cell.each_inst():
            if not instance.bbox(self.layer).empty():
                inner = self.cell.layout().cell(instance.cell_index)
                metal = kdb.Region(inner.begin_shapes_rec(self.layer)).transformed(instance.trans)
                if not (metal & wires).is_empty():
                    found.append(str(instance.property(0)))
        return found

    def net(self, wire: kdb.Polygon) -> str:
        """The net of a wire by the bump that it leads to, or else a device that it touches."""
        touching = self.touching(kdb.Region(wire))
        bumps = [name.removeprefix("bump_") for name in touching if name.startswith("bump_")]
        return f"{self.path}.{(bumps or touching)[0]}"

    def to_bumps(self) -> list[kdb.Polygon]:
        """Wires that lead to a bump: each is a net of its own."""
        bumps = kdb.Region()
        for instance in filter(is_bump, self.cell.each_inst()):
            bumps.insert(instance.bbox(self.layer))
        return list(self.own.interacting(bumps).each())

    def redraw(self, wires: kdb.Region) -> None:
        """Put other wires in the place of the cell's own."""
        self.cell.shapes(self.layer).clear()
        self.cell.shapes(self.layer).insert(wires)


def wires_of(
    layout: kdb.Layout, pdk: Pdk, rng: random.Random, *, apart: bool = False, cells: set[str] | None = None
) -> Wires:
    """A cell's wires on a metal drawn at random; on the top metal, of a cell with two nets or more, if `apart`."""
    metals = [layout.layer(*pdk.layers[metal.name]) for metal in pdk.metals]
    wired = {
        cell.name
        for cell in layout.each_cell()
        if cell.child_instances()
        and not cell.shapes(metals[-1]).is_empty()
        and sum(map(is_bump, cell.each_inst())) > (1 if apart else 0)
    }
    path, instance = pick(layout, rng, lambda name, cell: cell in (cells or wired))
    cell = own_cell(layout, instance)
    drawn = [layer for layer in metals if not cell.shapes(layer).is_empty()]
    layer = metals[-1] if apart or cells else rng.choice(drawn)
    return Wires(path, cell, layer, kdb.Region(cell.shapes(layer)).merged(), below(cell, layer))


def is_bump(instance: kdb.Instance) -> bool:
    """Whether an instance is a bump, by its name."""
    return str(instance.property(0)).startswith("bump_")


def below(cell: kdb.Cell, layer: int) -> kdb.Region:
    """A layer in the instances of a cell, without what the cell itself draws."""
    shapes = cell.begin_shapes_rec(layer)
    shapes.min_depth = 1
    return kdb.Region(shapes).merged()


def leg(found: Wires, rng: random.Random) -> tuple[kdb.Box, bool]:
    """A straight stretch of a wire that lies on no other metal, longer ones more often; whether it runs along y."""
    legs = [p.bbox() for p in (found.own - found.below).decompose_trapezoids_to_region().each()]
    legs = [leg for leg in legs if max(leg.width(), leg.height()) > min(leg.width(), leg.height()) + 2 * GAP_NM]
    chosen = rng.choices(legs, [max(leg.width(), leg.height()) for leg in legs])[0]
    return chosen, chosen.height() > chosen.width()


def near(found: Wires, rng: random.Random) -> tuple[str, tuple[kdb.Point, kdb.Point]]:
    """The net of a wire, and two spots: one on it, one on the wire of another net that comes nearest to it."""
    wires = found.to_bumps()
    a = rng.choice(wires)
    others = kdb.Region([wire for wire in wires if wire != a])
    reach = 1_000
    while (kdb.Region(a).sized(reach) & others).is_empty():
        reach += 1_000
    there = _spot(kdb.Region(a).sized(reach) & others, rng)
    square = kdb.Region(kdb.Box(there, there).enlarged(reach, reach))
    return found.net(a), (_spot(kdb.Region(a) & square, rng), there)


def _spot(region: kdb.Region, rng: random.Random) -> kdb.Point:
    return rng.choice(list(region.merged().decompose_trapezoids_to_region().each())).bbox().center()


def corner(a: kdb.Point, b: kdb.Point) -> tuple[kdb.Box, kdb.Box]:
    """A wire without width: along x from one point, along y to the other."""
    bend = kdb.Point(b.x, a.y)
    return kdb.Box(a, bend), kdb.Box(bend, b)


def cuts_layer(layout: kdb.Layout, pdk: Pdk) -> int:
    """The layer of the vias to the top metal."""
    return layout.layer(*pdk.layers[pdk.below(pdk.metals[-1].name)[0]])


def cut_at(centre: kdb.Point) -> kdb.Box:
    """One cut of a via."""
    left, bottom = centre.x - CUT_NM // 2, centre.y - CUT_NM // 2
    return kdb.Box(left, bottom, left + CUT_NM, bottom + CUT_NM)

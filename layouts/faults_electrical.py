"""Ways to spoil what current sees: wires, vias, bumps, and terminals.

A fault must be one: a cut leaves two pieces that both lead somewhere, metal that joins two nets joins two different
ones. What would change no net is drawn again elsewhere.
"""

import random
from typing import NamedTuple

import klayout.db as kdb

from layouts.faults_draw import move_pin, own_cell, pick, step
from layouts.metal import CUT_NM, via_size_nm
from pdk.contract import Pdk, Role

GAP_NM = 100
SLIVER_NM = (5, 100)
"""Least and most that a wire loses in width."""


class _Wires(NamedTuple):
    """A cell of one's own that draws wires, and its wires on one metal."""

    path: str
    cell: kdb.Cell
    layer: int
    own: kdb.Region
    below: kdb.Region
    """Metal of the same layer in the cell's instances."""

    def net(self, wire: kdb.Polygon) -> str:
        """The net of a wire by the bump that it leads to, or else a device that it touches."""
        touching = []
        for instance in self.cell.each_inst():
            if not instance.bbox(self.layer).empty():
                inner = self.cell.layout().cell(instance.cell_index)
                metal = kdb.Region(inner.begin_shapes_rec(self.layer)).transformed(instance.trans)
                if not (metal & kdb.Region(wire)).is_empty():
                    touching.append(str(instance.property(0)))
        bumps = [name.removeprefix("bump_") for name in touching if name.startswith("bump_")]
        return f"{self.path}.{(bumps or touching)[0]}"

    def to_bumps(self) -> list[kdb.Polygon]:
        """Wires that lead to a bump: each is a net of its own."""
        bumps = kdb.Region()
        for instance in filter(_is_bump, self.cell.each_inst()):
            bumps.insert(instance.bbox(self.layer))
        return list(self.own.interacting(bumps).each())

    def redraw(self, wires: kdb.Region) -> None:
        """Put other wires in the place of the cell's own."""
        self.cell.shapes(self.layer).clear()
        self.cell.shapes(self.layer).insert(wires)


def cut_wire(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Take 100 nm out of a wire, across."""
    found = _wires(layout, pdk, rng)
    while True:
        leg, along = _leg(found, rng)
        start = rng.randrange((leg.bottom if along else leg.left), (leg.top if along else leg.right) - GAP_NM)
        gap = (
            kdb.Box(leg.left, start, leg.right, start + GAP_NM)
            if along
            else kdb.Box(start, leg.bottom, start + GAP_NM, leg.top)
        )
        wire = next(found.own.interacting(kdb.Region(gap)).each())
        pieces = (kdb.Region(wire) - kdb.Region(gap)).merged()
        if pieces.count() > 1 and pieces.interacting(found.below).count() == pieces.count():
            break
    net = found.net(wire)
    found.redraw(found.own - kdb.Region(gap))
    return net


def narrow_wire(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Take 5 nm or more from the side of a wire, over 100 nm or more of its length."""
    found = _wires(layout, pdk, rng)
    leg, along = _leg(found, rng)
    low, high = (leg.bottom, leg.top) if along else (leg.left, leg.right)
    start = rng.randrange(low, high - GAP_NM)
    end = rng.randrange(start + GAP_NM, high + 1)
    by_nm = rng.randint(*SLIVER_NM)
    sliver = (
        kdb.Box(leg.left, start, leg.left + by_nm, end)
        if along
        else kdb.Box(start, leg.bottom, end, leg.bottom + by_nm)
    )
    net = found.net(next(found.own.interacting(kdb.Region(sliver)).each()))
    found.redraw(found.own - kdb.Region(sliver))
    return net


def drop_wire(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Remove a whole wire."""
    found = _wires(layout, pdk, rng)
    wire = rng.choice(list(found.own.each()))
    net = found.net(wire)
    found.redraw(found.own - kdb.Region(wire))
    return net


def short_wires(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Join two wires of a cell where they come near each other."""
    found = _wires(layout, pdk, rng, apart=True)
    net, ends = _near(found, rng)
    half = pdk.metals[-1].width_nm // 2
    for box in _corner(*ends):
        found.cell.shapes(found.layer).insert(box.enlarged(half, half))
    return net


def short_by_vias(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Join two wires of a cell by a piece of the metal below, with a via at each end."""
    found = _wires(layout, pdk, rng, apart=True)
    net, ends = _near(found, rng)
    half = via_size_nm(0) // 2
    for box in _corner(*ends):
        found.cell.shapes(layout.layer(*pdk.layers[pdk.metals[-2].name])).insert(box.enlarged(half, half))
    for end in ends:
        found.cell.shapes(_cuts(layout, pdk)).insert(_cut_at(end))
    return net


def via_at_crossing(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Put a via where a wire crosses another net's wire on the metal below; where no wires cross, short by vias."""
    low = layout.layer(*pdk.layers[pdk.metals[-2].name])
    crossed = {cell.name for cell in layout.each_cell() if cell.child_instances() and not cell.shapes(low).is_empty()}
    if not crossed:
        return short_by_vias(layout, pdk, rng)
    found = _wires(layout, pdk, rng, cells=crossed)
    straps = kdb.Region(found.cell.shapes(low)).merged()
    spots = []
    for strap in straps.each():
        pads = _below(found.cell, low).interacting(kdb.Region(strap))
        same = found.own.interacting(found.below.interacting(pads))
        spots += list((kdb.Region(strap) & (found.own - same)).merged().each())
    piece = rng.choice(spots)
    found.cell.shapes(_cuts(layout, pdk)).insert(_cut_at(piece.bbox().center()))
    return found.net(next(found.own.interacting(kdb.Region(piece)).each()))


def missing_via(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Leave the cuts of one terminal of a device out, so that its metals do not meet."""
    cuts, metal = _cuts(layout, pdk), layout.layer(*pdk.layers[pdk.metals[-1].name])
    with_vias = {cell.name for cell in layout.each_cell() if cell.name in pdk.devices and cell.shapes(cuts).size()}
    path, instance = pick(layout, rng, lambda name, cell: cell in with_vias)
    cell = own_cell(layout, instance)
    found = kdb.Region(cell.shapes(cuts)).merged()
    pads = kdb.Region(cell.shapes(metal)).merged().interacting(found)
    pad = rng.choice(list(pads.each()))
    cell.shapes(cuts).clear()
    cell.shapes(cuts).insert(found - kdb.Region(pad))
    return path


def short_cells(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Join bumps of two neighbouring cells by a wire in the cell that holds both."""
    wired = {cell.name for cell in layout.each_cell() if any(map(_is_bump, cell.each_inst()))}
    parents = {
        cell.name
        for cell in layout.each_cell()
        if sum(layout.cell(i.cell_index).name in wired for i in cell.each_inst()) > 1
    }
    path, instance = pick(layout, rng, lambda name, cell: cell in parents)
    cell = own_cell(layout, instance)
    bumps = [
        (str(i.property(0)), str(bump.property(0)).removeprefix("bump_"), bump.bbox().transformed(i.trans).center())
        for i in cell.each_inst()
        for bump in layout.cell(i.cell_index).each_inst()
        if _is_bump(bump)
    ]
    child, net, at = rng.choice(bumps)
    to = min((other[2] for other in bumps if other[0] != child), key=lambda point: point.sq_distance(at))
    half = pdk.metals[-1].width_nm // 2
    for box in _corner(at, to):
        cell.shapes(layout.layer(*pdk.layers[pdk.metals[-1].name])).insert(box.enlarged(half, half))
    return f"{path}.{child}.{net}"


def swap_bumps(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Exchange the places of two bumps of a cell, and so the far ends of their wires."""
    several = {cell.name for cell in layout.each_cell() if sum(map(_is_bump, cell.each_inst())) > 1}
    path, instance = pick(layout, rng, lambda name, cell: cell in several)
    cell = own_cell(layout, instance)
    a, b = rng.sample(sorted(filter(_is_bump, cell.each_inst()), key=lambda bump: str(bump.property(0))), 2)
    a.trans, b.trans = b.trans, a.trans
    return f"{path}.{a.property(0)}"


def drop_bump(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Remove a bump."""
    path, instance = pick(layout, rng, lambda name, cell: name.startswith("bump_"))
    instance.delete()
    return path


def move_electrical_pin(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Move a terminal of a device by 10 nm or more, away from where its metal is contacted."""
    layer = layout.layer(*pdk.layers["pin_electrical"])
    with_pins = {cell.name for cell in layout.each_cell() if not cell.shapes(layer).is_empty()}
    path, instance = pick(layout, rng, lambda name, cell: cell in with_pins)
    move_pin(own_cell(layout, instance), layer, rng, step(rng, rng.randint(10, 200)))
    return path


def mirror_diode(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Lay a photodiode on its back: anode and cathode change places, light enters where it did."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.PHOTODIODE])
    instance.trans = instance.trans * kdb.Trans(0, True, 0, 2 * pdk.device(Role.PHOTODIODE).port("o1").y_nm)
    return path


def turn_modulator(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Turn a modulator end to end: signal and bias change places, light passes as it did."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.MODULATOR])
    instance.trans = instance.trans * kdb.Trans(2, True, pdk.device(Role.MODULATOR).port("o2").x_nm, 0)
    return path


def turn_heater(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """No fault: turn a heater end to end. Current flows through it the other way."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.PHASE_SHIFTER])
    instance.trans = instance.trans * kdb.Trans(2, True, pdk.device(Role.PHASE_SHIFTER).port("o2").x_nm, 0)
    return path


def _is_bump(instance: kdb.Instance) -> bool:
    return str(instance.property(0)).startswith("bump_")


def _wires(
    layout: kdb.Layout, pdk: Pdk, rng: random.Random, *, apart: bool = False, cells: set[str] | None = None
) -> _Wires:
    """A cell's wires on a metal drawn at random; on the top metal, of a cell with two nets or more, if `apart`."""
    metals = [layout.layer(*pdk.layers[metal.name]) for metal in pdk.metals]
    wired = {
        cell.name
        for cell in layout.each_cell()
        if cell.child_instances()
        and not cell.shapes(metals[-1]).is_empty()
        and sum(map(_is_bump, cell.each_inst())) > (1 if apart else 0)
    }
    path, instance = pick(layout, rng, lambda name, cell: cell in (cells or wired))
    cell = own_cell(layout, instance)
    drawn = [layer for layer in metals if not cell.shapes(layer).is_empty()]
    layer = metals[-1] if apart or cells else rng.choice(drawn)
    return _Wires(path, cell, layer, kdb.Region(cell.shapes(layer)).merged(), _below(cell, layer))


def _below(cell: kdb.Cell, layer: int) -> kdb.Region:
    shapes = cell.begin_shapes_rec(layer)
    shapes.min_depth = 1
    return kdb.Region(shapes).merged()


def _leg(found: _Wires, rng: random.Random) -> tuple[kdb.Box, bool]:
    """A straight stretch of a wire that lies on no other metal, longer ones more often; whether it runs along y."""
    legs = [p.bbox() for p in (found.own - found.below).decompose_trapezoids_to_region().each()]
    legs = [leg for leg in legs if max(leg.width(), leg.height()) > min(leg.width(), leg.height()) + 2 * GAP_NM]
    leg = rng.choices(legs, [max(leg.width(), leg.height()) for leg in legs])[0]
    return leg, leg.height() > leg.width()


def _near(found: _Wires, rng: random.Random) -> tuple[str, tuple[kdb.Point, kdb.Point]]:
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


def _corner(a: kdb.Point, b: kdb.Point) -> tuple[kdb.Box, kdb.Box]:
    """A wire without width: along x from one point, along y to the other."""
    corner = kdb.Point(b.x, a.y)
    return kdb.Box(a, corner), kdb.Box(corner, b)


def _cuts(layout: kdb.Layout, pdk: Pdk) -> int:
    return layout.layer(*pdk.layers[pdk.vias[pdk.metals[-1].name]])


def _cut_at(centre: kdb.Point) -> kdb.Box:
    left, bottom = centre.x - CUT_NM // 2, centre.y - CUT_NM // 2
    return kdb.Box(left, bottom, left + CUT_NM, bottom + CUT_NM)

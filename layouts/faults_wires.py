"""Ways to spoil wires and the vias on them.

A fault must be one: a cut leaves two pieces that both lead somewhere, metal that joins two nets joins two different
ones. What would change no net is drawn again elsewhere.
"""

import random

import klayout.db as kdb

from layouts.faults_draw import own_cell, pick
from layouts.faults_metal import GAP_NM, below, corner, cut_at, cuts_layer, is_bump, leg, near, wires_of
from layouts.metal import via_size_nm
from pdk.contract import Pdk

SLIVER_NM = (5, 100)
"""Least and most that a wire loses in width."""


def cut_wire(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Take 100 nm out of a wire, across."""
    found = wires_of(layout, pdk, rng)
    while True:
        stretch, along_y = leg(found, rng)
        low, high = _span(stretch, along_y)
        start = rng.randrange(low, high - GAP_NM)
        gap = kdb.Region(_part(stretch, along_y, start, start + GAP_NM))
        wire = next(found.own.interacting(gap).each())
        pieces = (kdb.Region(wire) - gap).merged()
        if pieces.count() > 1 and pieces.interacting(found.below).count() == pieces.count():
            break
    net = found.net(wire)
    found.redraw(found.own - gap)
    return net


def narrow_wire(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Take 5 nm or more from the side of a wire, over 100 nm or more of its length."""
    found = wires_of(layout, pdk, rng)
    stretch, along_y = leg(found, rng)
    low, high = _span(stretch, along_y)
    start = rng.randrange(low, high - GAP_NM)
    place = _part(stretch, along_y, start, rng.randrange(start + GAP_NM, high + 1))
    by_nm = rng.randint(*SLIVER_NM)
    if along_y:
        place.right = place.left + by_nm
    else:
        place.top = place.bottom + by_nm
    sliver = kdb.Region(place)
    net = found.net(next(found.own.interacting(sliver).each()))
    found.redraw(found.own - sliver)
    return net


def _span(stretch: kdb.Box, along_y: bool) -> tuple[int, int]:
    return (stretch.bottom, stretch.top) if along_y else (stretch.left, stretch.right)


def _part(stretch: kdb.Box, along_y: bool, low: int, high: int) -> kdb.Box:
    """Its whole width, from one place along it to another."""
    if along_y:
        return kdb.Box(stretch.left, low, stretch.right, high)
    return kdb.Box(low, stretch.bottom, high, stretch.top)


def drop_wire(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Remove a whole wire."""
    found = wires_of(layout, pdk, rng)
    wire = rng.choice(list(found.own.each()))
    net = found.net(wire)
    found.redraw(found.own - kdb.Region(wire))
    return net


def short_wires(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Join two wires of a cell where they come near each other."""
    found = wires_of(layout, pdk, rng, apart=True)
    net, ends = near(found, rng)
    half = pdk.metals[-1].width_nm // 2
    for box in corner(*ends):
        found.cell.shapes(found.layer).insert(box.enlarged(half, half))
    return net


def short_by_vias(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Join two wires of a cell by a piece of the metal below, with a via at each end."""
    found = wires_of(layout, pdk, rng, apart=True)
    net, ends = near(found, rng)
    half = via_size_nm(0) // 2
    for box in corner(*ends):
        found.cell.shapes(layout.layer(*pdk.layers[pdk.metals[-2].name])).insert(box.enlarged(half, half))
    for end in ends:
        found.cell.shapes(cuts_layer(layout, pdk)).insert(cut_at(end))
    return net


def via_at_crossing(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Put a via where a wire crosses another net's wire on the metal below, which may lie in a cell inside; where no
    wires cross, short by vias."""
    low, high = (layout.layer(*pdk.layers[metal.name]) for metal in pdk.metals[-2:])
    top = layout.top_cell().cell_index()
    blocks = [cell for cell in layout.each_cell() if cell.child_instances() and cell.cell_index() != top]
    crossed = {cell.name for cell in blocks if _crossings(cell, low, high)}
    if not crossed:
        return short_by_vias(layout, pdk, rng)
    found = wires_of(layout, pdk, rng, cells=crossed)
    piece = rng.choice(_crossings(found.cell, low, high))
    found.cell.shapes(cuts_layer(layout, pdk)).insert(cut_at(piece.bbox().center()))
    return found.net(next(found.own.interacting(kdb.Region(piece)).each()))


def _crossings(cell: kdb.Cell, low: int, high: int) -> list[kdb.Polygon]:
    """Where a cell's own wires on the upper metal cross metal of other nets on the lower one."""
    own, inside = kdb.Region(cell.shapes(high)).merged(), below(cell, high)
    spots: list[kdb.Polygon] = []
    for strap in kdb.Region(cell.begin_shapes_rec(low)).merged().interacting(own).each():
        same = own.interacting(inside.interacting(kdb.Region(strap)))
        spots += (kdb.Region(strap) & (own - same)).merged().each()
    return spots


def short_cells(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Join bumps of two neighbouring cells by a wire in the cell that holds both."""
    wired = {cell.name for cell in layout.each_cell() if any(map(is_bump, cell.each_inst()))}
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
        if is_bump(bump)
    ]
    child, net, at = rng.choice(bumps)
    to = min((other[2] for other in bumps if other[0] != child), key=lambda point: point.sq_distance(at))
    half = pdk.metals[-1].width_nm // 2
    for box in corner(at, to):
        cell.shapes(layout.layer(*pdk.layers[pdk.metals[-1].name])).insert(box.enlarged(half, half))
    return f"{path}.{child}.{net}"

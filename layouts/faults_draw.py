"""Where a fault is drawn: an instance taken at random from the whole chip, in cells that only its own path uses."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import klayout.db as kdb

from pdk.contract import Pdk, Role

Change = Callable[[kdb.Layout, Pdk, random.Random], str]
"""Spoils the layout; returns the path of the instance, or the net, that a Finding must name."""

Wanted = Callable[[str, str], bool]
"""Whether an instance will do, by its name and its cell's name."""


@dataclass(frozen=True)
class Fault:
    """A named way to spoil a layout."""

    name: str
    change: Change

    def __call__(self, layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
        """Draw it, and take cells that nothing uses any longer out of the layout: a GDS of a chip has one top cell."""
        top = layout.top_cell()
        place = self.change(layout, pdk, rng)
        for cell in layout.top_cells():
            if cell.cell_index() != top.cell_index():
                layout.prune_cell(cell.cell_index(), -1)
        return place


def pick(layout: kdb.Layout, rng: random.Random, wanted: Wanted) -> tuple[str, kdb.Instance]:
    """An instance drawn from all whose name and cell are wanted, alone on its path: cells above it are copied."""
    names = rng.choice(sorted(_paths(layout, layout.top_cell(), (), wanted)))
    cell = layout.top_cell()
    for name in names[:-1]:
        cell = own_cell(layout, named(cell, name))
    return ".".join(names), named(cell, names[-1])


def named(cell: kdb.Cell, name: str) -> kdb.Instance:
    """A cell's instance of that name."""
    return next(instance for instance in cell.each_inst() if instance.property(0) == name)


def own_cell(layout: kdb.Layout, instance: kdb.Instance) -> kdb.Cell:
    """A copy of the instance's cell that only it uses."""
    copy = layout.cell(instance.cell_index).dup()
    instance.cell_index = copy.cell_index()
    return copy


def is_straight(name: str, cell: str) -> bool:
    """Wanted: waveguides."""
    return cell.startswith("straight_")


def is_splitter(pdk: Pdk) -> Wanted:
    """Wanted: the splitters of interferometers."""
    return lambda name, cell: cell == pdk.roles[Role.SPLITTER_2X2] and "coupler" in name


def move_pin(cell: kdb.Cell, layer: int, rng: random.Random, by: tuple[int, int]) -> None:
    """Move one pin of a cell, drawn at random: its name and its path."""
    shapes = cell.shapes(layer)
    text = rng.choice(sorted(shapes.each(kdb.Shapes.STexts), key=lambda shape: shape.text.string))
    at = kdb.Point(text.text.x, text.text.y)
    path = next(shape for shape in shapes.each(kdb.Shapes.SPaths) if shape.bbox().center() == at)
    for shape in (text, path):
        shape.transform(kdb.Trans(*by))


def step(rng: random.Random, by_nm: int) -> tuple[int, int]:
    """A displacement along one axis, either way."""
    return rng.choice(((by_nm, 0), (-by_nm, 0), (0, by_nm), (0, -by_nm)))


def _paths(layout: kdb.Layout, cell: kdb.Cell, above: tuple[str, ...], wanted: Wanted) -> Iterator[tuple[str, ...]]:
    for instance in cell.each_inst():
        name, child = str(instance.property(0)), layout.cell(instance.cell_index)
        if wanted(name, child.name):
            yield (*above, name)
        if child.child_instances():
            yield from _paths(layout, child, (*above, name), wanted)

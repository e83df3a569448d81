"""Ways to spoil a drawn chip, so that the comparison can be shown to find them.

Each fault changes one place of an open layout, drawn from a random generator, and says which instance it touched. A
cell on the way there is copied first, so that its other uses stay as they are.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import klayout.db as kdb

from pdk.contract import Pdk, Role

Change = Callable[[kdb.Layout, Pdk, random.Random], str]
"""Spoils the layout; returns the path of the instance that a Finding must name."""


@dataclass(frozen=True)
class Fault:
    """A named way to spoil a layout."""

    name: str
    change: Change


def cut_waveguide(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Take 100 nm out of the middle of a straight."""
    path, instance = _pick(layout, rng, lambda name, cell: cell.startswith("straight_") and int(cell[9:]) > 1000)
    cell = _own_cell(layout, instance)
    core = layout.layer(*pdk.layers["core"])
    box = cell.bbox(core)
    gap = kdb.Region(kdb.Box(box.center().x - 50, box.bottom, box.center().x + 50, box.top))
    rest = kdb.Region(cell.shapes(core)) - gap
    cell.shapes(core).clear()
    cell.shapes(core).insert(rest)
    return path


def swap_ports(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Exchange the names of the two pins on the left of an MZI."""
    path, instance = _pick(layout, rng, lambda name, cell: cell == "mzi")
    cell = _own_cell(layout, instance)
    for shape in list(cell.shapes(layout.layer(*pdk.layers["pin"])).each(kdb.Shapes.STexts)):
        text = shape.text
        text.string = {"o1": "o2", "o2": "o1"}.get(text.string, text.string)
        shape.text = text
    return path


def drop_shifter(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Remove a phase shifter."""
    path, instance = _pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.PHASE_SHIFTER])
    instance.delete()
    return path


def wrong_splitter(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Put a tap where a splitter was."""
    path, instance = _pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.SPLITTER_2X2] and "coupler" in name)
    instance.cell_index = layout.cell(pdk.roles[Role.TAP]).cell_index()
    return path


def longer_waveguide(by_nm: int) -> Change:
    """Make a straight longer and leave everything else where it is."""

    def change(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
        path, instance = _pick(layout, rng, lambda name, cell: cell.startswith("straight_"))
        cell = _own_cell(layout, instance)
        for layer in ("core", "pin", "outline"):
            _stretch(cell, layout.layer(*pdk.layers[layer]), by_nm)
        return path

    return change


def turn_tap(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Turn a tap block round, so that its photodiode sees forward light; its ends stay where they were."""
    path, instance = _pick(layout, rng, lambda name, cell: cell == "backward_tap")
    length = pdk.device(Role.TAP).port("o4").x_nm
    instance.trans = instance.trans * kdb.Trans(2, True, length, 0)
    return path


def lying_label(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Exchange the labels of two devices."""
    shapes = layout.top_cell().shapes(layout.layer(*pdk.layers["label"]))
    texts = [shape for shape in shapes.each(kdb.Shapes.STexts) if not shape.text.string.startswith("pdk ")]
    first, second = rng.sample(sorted(texts, key=lambda shape: shape.text.string), 2)
    a, b = first.text, second.text
    a.string, b.string = b.string, a.string
    first.text, second.text = a, b
    return a.string


def impostor(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Keep a cell's name and draw another device's polygons and pins in it."""
    path, instance = _pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.TAP])
    victim, other = layout.cell(instance.cell_index), layout.cell(pdk.roles[Role.BALANCE_TAP])
    for layer in layout.layer_indexes():
        victim.shapes(layer).clear()
        victim.shapes(layer).insert(other.shapes(layer))
    return path


def duplicate(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Place a device a second time, on itself, under its own name."""
    path, instance = _pick(layout, rng, lambda name, cell: cell in pdk.devices)
    again = instance.parent_cell.insert(instance.cell_inst)
    again.set_property(0, instance.property(0))
    return path


def shift_device(by_nm: int) -> Change:
    """Move a device sideways."""

    def change(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
        path, instance = _pick(layout, rng, lambda name, cell: cell in pdk.devices)
        instance.trans = kdb.Trans(0, False, 0, by_nm) * instance.trans
        return path

    return change


def narrow_waveguide(by_nm: int) -> Change:
    """Make a straight narrower on both sides together."""

    def change(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
        path, instance = _pick(layout, rng, lambda name, cell: cell.startswith("straight_"))
        cell = _own_cell(layout, instance)
        core = layout.layer(*pdk.layers["core"])
        box = cell.bbox(core)
        cell.shapes(core).clear()
        cell.shapes(core).insert(kdb.Box(box.left, box.bottom + by_nm // 2, box.right, box.top - (by_nm + 1) // 2))
        return path

    return change


FAULTS: tuple[Fault, ...] = (
    Fault("a waveguide cut", cut_waveguide),
    Fault("two ports swapped", swap_ports),
    Fault("a phase shifter missing", drop_shifter),
    Fault("a wrong splitter", wrong_splitter),
    Fault("a waveguide 10 um longer", longer_waveguide(10_000)),
    Fault("a waveguide 2 nm longer", longer_waveguide(2)),
    Fault("a tap turned round", turn_tap),
    Fault("a label that lies", lying_label),
    Fault("a cell with another's polygons", impostor),
    Fault("a duplicate instance", duplicate),
    Fault("a device moved by 1 nm", shift_device(1)),
    Fault("a waveguide 5 nm narrower", narrow_waveguide(5)),
)


def mirror_symmetric(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """No fault: lay a splitter on its back. Its ports change places, the circuit does not."""
    path, instance = _pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.SPLITTER_2X2] and "coupler" in name)
    gap = pdk.device(Role.SPLITTER_2X2).port("o2").y_nm
    length = pdk.device(Role.SPLITTER_2X2).port("o4").x_nm
    flips = (kdb.Trans(0, True, 0, gap), kdb.Trans(2, False, length, gap), kdb.Trans(2, True, length, 0))
    instance.trans = instance.trans * rng.choice(flips)
    return path


def _pick(layout: kdb.Layout, rng: random.Random, wanted: Callable[[str, str], bool]) -> tuple[str, kdb.Instance]:
    """An instance drawn from all whose name and cell are wanted, alone on its path: cells above it are copied."""
    paths = sorted(_paths(layout, layout.top_cell(), (), wanted))
    names = rng.choice(paths)
    cell = layout.top_cell()
    for name in names[:-1]:
        cell = _own_cell(layout, _named(cell, name))
    return ".".join(names), _named(cell, names[-1])


def _paths(
    layout: kdb.Layout, cell: kdb.Cell, above: tuple[str, ...], wanted: Callable[[str, str], bool]
) -> Iterator[tuple[str, ...]]:
    for instance in cell.each_inst():
        name, child = str(instance.property(0)), layout.cell(instance.cell_index)
        if wanted(name, child.name):
            yield (*above, name)
        if child.child_instances():
            yield from _paths(layout, child, (*above, name), wanted)


def _named(cell: kdb.Cell, name: str) -> kdb.Instance:
    return next(instance for instance in cell.each_inst() if instance.property(0) == name)


def _own_cell(layout: kdb.Layout, instance: kdb.Instance) -> kdb.Cell:
    """A copy of the instance's cell that only it uses."""
    copy = layout.cell(instance.cell_index).dup()
    instance.cell_index = copy.cell_index()
    return copy


def _stretch(cell: kdb.Cell, layer: int, by_nm: int) -> None:
    """Lengthen a straight's shapes along x: whatever lies in its right half moves out."""
    middle = cell.bbox().center().x
    for shape in list(cell.shapes(layer).each()):
        box = shape.bbox()
        if box.left >= middle:
            shape.transform(kdb.Trans(by_nm, 0))
        elif box.right > middle:
            shape.box = kdb.Box(box.left, box.bottom, box.right + by_nm, box.top)

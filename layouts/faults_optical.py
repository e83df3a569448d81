"""Ways to spoil what light sees: waveguides, devices, their ends and their places."""

import random

import klayout.db as kdb

from layouts.faults_draw import Change, is_splitter, is_straight, move_pin, named, own_cell, pick, step
from pdk.contract import Pdk, Role

MOST_NM = 100
"""Changes of length and width are drawn up to this: small ones are the hard ones."""


def cut_waveguide(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Take 100 nm out of a straight."""
    path, instance = pick(layout, rng, lambda name, cell: is_straight(name, cell) and int(cell[9:]) > 1000)
    cell = own_cell(layout, instance)
    core = layout.layer(*pdk.layers["core"])
    box = cell.bbox(core)
    left = rng.randrange(box.left + 1, box.right - 101)
    rest = kdb.Region(cell.shapes(core)) - kdb.Region(kdb.Box(left, box.bottom, left + 100, box.top))
    cell.shapes(core).clear()
    cell.shapes(core).insert(rest)
    return path


def swap_ports(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Exchange the names of the two pins on the left of an MZI."""
    path, instance = pick(layout, rng, lambda name, cell: cell == "mzi")
    cell = own_cell(layout, instance)
    for shape in list(cell.shapes(layout.layer(*pdk.layers["pin"])).each(kdb.Shapes.STexts)):
        text = shape.text
        text.string = {"o1": "o2", "o2": "o1"}.get(text.string, text.string)
        shape.text = text
    return path


def drop_shifter(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Remove a phase shifter."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.PHASE_SHIFTER])
    instance.delete()
    return path


def drop_anything(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Remove a device, a waveguide or a whole block."""
    path, instance = pick(layout, rng, lambda name, cell: True)
    instance.delete()
    return path


def wrong_splitter(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Put a tap where a splitter was."""
    path, instance = pick(layout, rng, is_splitter(pdk))
    tap = layout.cell(pdk.roles[Role.TAP]) or layout.cell(pdk.roles[Role.BALANCE_TAP])
    instance.cell_index = tap.cell_index()
    return path


def wrong_device(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Put any other device that the chip uses where one was."""
    path, instance = pick(layout, rng, lambda name, cell: cell in pdk.devices)
    here = layout.cell(instance.cell_index).name
    others = [name for name in sorted(pdk.devices) if name != here and layout.cell(name) is not None]
    instance.cell_index = layout.cell(rng.choice(others)).cell_index()
    return path


def wrong_end(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Put a termination where a photodiode was, or the other way round: both end a waveguide."""
    ends = [pdk.roles[Role.PHOTODIODE], pdk.roles[Role.TERMINATION]]
    path, instance = pick(layout, rng, lambda name, cell: cell in ends)
    other = ends[1 - ends.index(layout.cell(instance.cell_index).name)]
    instance.cell_index = layout.cell(other).cell_index()
    return path


def length_changed(least_nm: int, most_nm: int = MOST_NM) -> Change:
    """Make a straight longer or shorter and leave everything else where it is."""

    def change(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
        path, instance = pick(layout, rng, lambda n, cell: is_straight(n, cell) and int(cell[9:]) > 2 * most_nm)
        cell = own_cell(layout, instance)
        by_nm = rng.randint(least_nm, most_nm) * rng.choice((-1, 1))
        for layer in ("core", "pin", "outline"):
            _stretch(cell, layout.layer(*pdk.layers[layer]), by_nm)
        return path

    return change


def width_changed(least_nm: int, most_nm: int = MOST_NM) -> Change:
    """Make a straight narrower or wider, on both sides together."""

    def change(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
        path, instance = pick(layout, rng, is_straight)
        cell = own_cell(layout, instance)
        core = layout.layer(*pdk.layers["core"])
        box = cell.bbox(core)
        by_nm = rng.randint(least_nm, most_nm) * rng.choice((-1, 1))
        cell.shapes(core).clear()
        cell.shapes(core).insert(kdb.Box(box.left, box.bottom - by_nm // 2, box.right, box.top + by_nm - by_nm // 2))
        return path

    return change


def turn_tap(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Turn a tap block round, so that its photodiode sees forward light; its ends stay where they were."""
    path, instance = pick(layout, rng, lambda name, cell: cell == "backward_tap")
    length = pdk.device(Role.TAP).port("o4").x_nm
    instance.trans = instance.trans * kdb.Trans(2, True, length, 0)
    return path


def mirror_mzi(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Lay an MZI on its back: its phase shifters change arms, its ends stay where they were."""
    path, instance = pick(layout, rng, lambda name, cell: cell == "mzi")
    pins = layout.cell(instance.cell_index).shapes(layout.layer(*pdk.layers["pin"]))
    ys = {shape.text.y for shape in pins.each(kdb.Shapes.STexts)}
    instance.trans = instance.trans * kdb.Trans(0, True, 0, sum(ys))
    return path


def swap_columns(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Exchange the places of two MZIs of different columns of a mesh."""
    path, instance = pick(layout, rng, lambda name, cell: cell.startswith("mesh_"))
    cell = own_cell(layout, instance)
    names = sorted(str(i.property(0)) for i in cell.each_inst() if str(i.property(0)).startswith("mzi_"))
    first = rng.choice(names)
    second = rng.choice([name for name in names if name.split("_")[1] != first.split("_")[1]])
    a, b = named(cell, first), named(cell, second)
    a.trans, b.trans = b.trans, a.trans
    return f"{path}.{first}"


def impostor(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Keep a cell's name and draw another device's polygons and pins in it."""
    path, instance = pick(layout, rng, lambda name, cell: cell == pdk.roles[Role.TAP])
    victim, other = layout.cell(instance.cell_index), layout.cell(pdk.roles[Role.BALANCE_TAP])
    for layer in layout.layer_indexes():
        victim.shapes(layer).clear()
        victim.shapes(layer).insert(other.shapes(layer))
    return path


def duplicate(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Place a device a second time, on itself, under its own name."""
    path, instance = pick(layout, rng, lambda name, cell: cell in pdk.devices)
    again = instance.parent_cell.insert(instance.cell_inst)
    again.set_property(0, instance.property(0))
    return path


def shift(by_nm: int) -> Change:
    """Move a device, a waveguide or a whole block along either axis."""

    def change(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
        path, instance = pick(layout, rng, lambda name, cell: cell not in pads and not cell.startswith("layer"))
        instance.trans = kdb.Trans(*step(rng, by_nm)) * instance.trans
        return path

    pads = ("bump", "bond_pad")
    return change


def move_optical_pin(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """Move an optical pin of a device, a waveguide or a block by 1 nm."""
    layer = layout.layer(*pdk.layers["pin"])
    shown = {cell.name for cell in layout.each_cell() if not cell.shapes(layer).is_empty()}
    path, instance = pick(layout, rng, lambda name, cell: cell in shown)
    move_pin(own_cell(layout, instance), layer, rng, step(rng, 1))
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


def mirror_symmetric(layout: kdb.Layout, pdk: Pdk, rng: random.Random) -> str:
    """No fault: lay a splitter on its back. Its ports change places, the circuit does not."""
    path, instance = pick(layout, rng, is_splitter(pdk))
    gap = pdk.device(Role.SPLITTER_2X2).port("o2").y_nm
    length = pdk.device(Role.SPLITTER_2X2).port("o4").x_nm
    flips = (kdb.Trans(0, True, 0, gap), kdb.Trans(2, False, length, gap), kdb.Trans(2, True, length, 0))
    instance.trans = instance.trans * rng.choice(flips)
    return path


def _stretch(cell: kdb.Cell, layer: int, by_nm: int) -> None:
    """Lengthen a straight's shapes along x: whatever lies in its right half moves out."""
    middle = cell.bbox().center().x
    for shape in list(cell.shapes(layer).each()):
        box = shape.bbox()
        if box.left >= middle:
            shape.transform(kdb.Trans(by_nm, 0))
        elif box.right > middle:
            shape.box = kdb.Box(box.left, box.bottom, box.right + by_nm, box.top)

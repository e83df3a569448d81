"""Pins put back into a layout that has none: a foundry's file, as `layouts.strip` leaves it, read with KLayout alone.

    device    known by its polygons; its ports are those of the PDK's table
    straight  a box of waveguide; its ports are the middles of its ends
    block     where ports of its instances meet nobody inside, and somebody outside, the block has a port

Everything behind this pass reads pins, wherever they come from. What is no device has the ports that its name promises,
so that one spoiled cell does not open all that it touches.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import klayout.db as kdb

from compiler.names import TOP
from layouts.frame import LABEL, TEXT_CELL
from layouts.lettering import pixels, read_letters
from layouts.open_ports import exported
from layouts.recognise import base_name, straight_box
from pdk.contract import Device, Pdk, Port, Role
from pdk.fingerprint import fingerprint
from pdk.ports import draw_pins, polygon_bbox

FIBRES = (Role.EDGE_COUPLER, Role.GRATING_COUPLER)
"""Devices whose o2 is a port of the chip."""


def is_stripped(layout: kdb.Layout, pdk: Pdk) -> bool:
    """Whether no cell has a pin."""
    found = [layout.find_layer(*pdk.layers[name]) for name in ("pin", "pin_electrical")]
    layers = [layer for layer in found if layer is not None]
    return all(cell.shapes(layer).is_empty() for cell in layout.each_cell() for layer in layers)


def restore(layout: kdb.Layout, pdk: Pdk) -> None:
    """Draw the pins of every cell into a stripped layout, name its top cell as compile does, and, where its foundry
    takes no labels, write the design's label that stands there as metal."""
    top = layout.top_cell()
    layout.rename_cell(top.cell_index(), TOP)
    sizes: dict[tuple[int, int, int, int], list[Device]] = defaultdict(list)
    for device in pdk.devices.values():
        sizes[device.bbox_nm].append(device)
    leaves: dict[int, tuple[Port, ...]] = {}
    fibres: set[int] = set()
    for cell in layout.each_cell():
        if not cell.child_instances():
            device = _device(cell, sizes, pdk)
            leaves[cell.cell_index()] = device.ports if device else _straight_ports(cell, pdk)
            if device and device.role in FIBRES:
                fibres.add(cell.cell_index())
    for index, ports in leaves.items():
        draw_pins(layout.cell(index), ports, pdk.layers)
    for index, ports in exported(layout, leaves, fibres).items():
        draw_pins(layout.cell(index), ports, pdk.layers)
    if "label" in pdk.submission.drops:
        _sign(top, pdk)


def _device(cell: kdb.Cell, sizes: Mapping[tuple[int, int, int, int], list[Device]], pdk: Pdk) -> Device | None:
    """The device of the PDK with just these polygons, else the one that the cell is called after."""
    box = polygon_bbox(cell, pdk.layers)
    named = pdk.devices.get(base_name(cell.name))
    same = sizes.get((box.left, box.bottom, box.right, box.top), []) if not box.empty() else []
    for device in sorted(same, key=lambda device: device is not named):
        if fingerprint(cell, device.ports, pdk.layers) == device.fingerprint:
            return device
    return named if straight_box(cell, pdk) is None else None


def _straight_ports(cell: kdb.Cell, pdk: Pdk) -> tuple[Port, ...]:
    """Both ends of a straight waveguide, or of what claims to be one, o1 at its left or lower end."""
    box = straight_box(cell, pdk)
    core = cell.layout().find_layer(*pdk.layers["core"])
    if box is None and base_name(cell.name) == pdk.roles[Role.STRAIGHT] and core is not None:
        box = cell.bbox(core)
    if box is None or box.empty():
        return ()
    width = pdk.waveguide_width_nm
    x, y = (box.left + box.right) // 2, (box.bottom + box.top) // 2
    if box.height() == width or (box.width() != width and box.width() >= box.height()):
        return Port("o1", box.left, y, 180, width), Port("o2", box.right, y, 0, width)
    return Port("o1", x, box.bottom, 270, width), Port("o2", x, box.top, 90, width)


def _sign(top: kdb.Cell, pdk: Pdk) -> None:
    for instance in _texts(top):
        metal = instance.cell.shapes(top.layout().layer(*pdk.layers[pdk.metals[-1].name]))
        text = read_letters(kdb.Region(metal), pixels(pdk.metals[-1]))
        if text is not None:
            name, _, digest = text.rpartition(" ")
            label = kdb.Text(f"{LABEL}{name} {digest.lower()}", kdb.Trans(instance.trans.disp))
            top.shapes(top.layout().layer(*pdk.layers["label"])).insert(label)


def _texts(top: kdb.Cell) -> Iterator[kdb.Instance]:
    yield from [instance for instance in top.each_inst() if instance.cell.name.split("$")[0] == TEXT_CELL]

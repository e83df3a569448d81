"""Layout to GDS: hierarchy, named instances, pins and labels.

gdsfactory draws the devices, one cell for each distinct one. KLayout's database, on which gdsfactory stands, holds
the hierarchy, so that nothing depends on what else the process has drawn.
"""

from pathlib import Path
from typing import Any

import klayout.db as kdb

from compiler.netlist import Netlist
from layouts.canonical import write
from layouts.devices import devices
from layouts.floorplan import Layout
from layouts.frame import draw_die
from layouts.geometry import trans
from layouts.labels import is_labelled, pdk_label
from layouts.metal import draw
from pdk.contract import Pdk, Port
from pdk.ports import draw_outline, draw_pins

INSTANCE_NAME = 0
"""GDS property number that holds an instance's name."""


def emit(layout: Layout, pdk: Pdk, path: Path) -> None:
    """Write the layout. The same layout gives the same bytes, whatever this process has drawn before."""
    target = kdb.Layout()
    target.dbu = 0.001
    for layer in sorted(set(pdk.layers.values())):
        target.layer(*layer)
    drawn: dict[str, kdb.Cell] = {}
    for name in _children_first(layout.netlist):
        drawn[name] = _draw_cell(name, layout, pdk, target, drawn)
    top = drawn[layout.netlist.top]
    _label(top, layout, pdk)
    if layout.die:
        draw_die(top, layout.die, pdk)
    write(target, path)


def _draw_cell(name: str, layout: Layout, pdk: Pdk, target: kdb.Layout, drawn: dict[str, kdb.Cell]) -> kdb.Cell:
    cell = target.create_cell(name)
    plan = layout.cells[name]
    for instance_name, instance in layout.netlist.cells[name].instances.items():
        length = instance.settings.get("length_nm")
        child = f"{instance.component}_{length}" if length is not None else instance.component
        if child not in drawn:
            drawn[child] = _draw_device(child, instance.component, length, pdk, target)
        at = plan.places[instance_name]
        placed = cell.insert(kdb.CellInstArray(drawn[child].cell_index(), trans(at)))
        placed.set_property(INSTANCE_NAME, instance_name)
    draw(cell, plan.wires, pdk)
    draw_pins(cell, plan.ports, pdk.layers)
    return cell


def _draw_device(name: str, component: str, length: Any, pdk: Pdk, target: kdb.Layout) -> kdb.Cell:
    """Copy a device's polygons from gdsfactory as they are, and add its pins and outline.

    They are not merged: GDS has no holes, and cutting a merged ring open would move vertices by rounding. A layer may
    be there twice, with a name and without: gdsfactory has one layout for all processes, and they name layers.
    """
    source = pdk.build(component, length).kdb_cell
    cell = target.create_cell(name)
    for layer in sorted({(info.layer, info.datatype) for info in source.layout().layer_infos()}):
        region = kdb.Region(source.begin_shapes_rec(source.layout().layer(*layer)))
        cell.shapes(target.layer(*layer)).insert(region)
    draw_pins(cell, straight_ports(length, pdk) if length else pdk.devices[component].ports, pdk.layers)
    draw_outline(cell, pdk.layers)
    return cell


def straight_ports(length_nm: int, pdk: Pdk) -> tuple[Port, Port]:
    """Ports of a straight waveguide."""
    return (
        Port("o1", 0, 0, 180, pdk.waveguide_width_nm),
        Port("o2", length_nm, 0, 0, pdk.waveguide_width_nm),
    )


def _children_first(netlist: Netlist) -> list[str]:
    order: list[str] = []

    def visit(name: str) -> None:
        for instance in netlist.cells[name].instances.values():
            if instance.component in netlist.cells and instance.component not in order:
                visit(instance.component)
        order.append(name)

    visit(netlist.top)
    return order


def _label(top: kdb.Cell, layout: Layout, pdk: Pdk) -> None:
    """Write the process and the path of every device that one programs or reads."""
    shapes = top.shapes(top.layout().layer(*pdk.layers["label"]))
    shapes.insert(kdb.Text(pdk_label(pdk), kdb.Trans()))
    places = {name: cell.places for name, cell in layout.cells.items()}
    for device in devices(layout.netlist, places, lambda name, component: is_labelled(name, component, pdk)):
        left, bottom, right, top_nm = device.at.box(pdk.devices[device.instance.component].bbox_nm)
        shapes.insert(kdb.Text(device.path, kdb.Trans((left + right) // 2, (bottom + top_nm) // 2)))

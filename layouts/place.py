"""Netlist to floorplan: every cell gets its places from the template of its kind."""

from collections.abc import Callable

from compiler import cells
from compiler.crossbar_paths import is_crossbar
from compiler.netlist import Cell, Netlist
from compiler.structures import BARE_MZI, STRUCTURES
from layouts import blocks, crossbar_blocks, crossbar_shelves, structures, templates
from layouts.extent import floorplan_box
from layouts.floorplan import CellPlan, Floorplan
from layouts.frame import margin_nm, widest_nm
from layouts.yard import Corridors, beside, bonded, corridors
from pdk.contract import Pdk, Role

SMALL: dict[str, Callable[[Pdk, Corridors], CellPlan]] = {
    cells.BACKWARD_TAP: lambda pdk, _: templates.tap(pdk, Role.TAP, "pd"),
    cells.BLIND_TAP: lambda pdk, _: templates.tap(pdk, Role.TAP, "end_2"),
    cells.BALANCE: lambda pdk, _: templates.tap(pdk, Role.BALANCE_TAP, "end_2"),
    cells.MZI: lambda pdk, room: templates.mzi(pdk, pdk.row_pitch_nm, room),
    cells.ATTENUATOR: lambda pdk, _: templates.attenuator(pdk, templates.dump_offset_nm(pdk)),
    cells.EDGE: templates.edge,
    cells.INPUT: templates.input_cell,
    cells.OUTPUT: templates.output_cell,
    BARE_MZI: lambda pdk, _: structures.bare_mzi(pdk),
}


def place(netlist: Netlist, pdk: Pdk) -> Floorplan:
    """A place for every instance of a compiled circuit. KeyError for a cell that no template knows."""
    if is_crossbar(netlist):
        tests = {cells.BACKWARD_TAP, BARE_MZI, STRUCTURES} & netlist.cells.keys()
        others = {name: _plan(name, netlist.cells[name], pdk, 0, Corridors()) for name in sorted(tests)}
        if bonded(pdk):
            return crossbar_shelves.place(netlist, pdk, others)
        return Floorplan(netlist, crossbar_blocks.place(netlist, pdk, others))
    if beside(pdk, pdk.role_of(netlist.cells["layer"].instances["laser"].component)):
        floorplan = _mesh_chip(netlist, pdk, is_beside=True)
        left, _, right, _ = floorplan_box(floorplan, pdk)
        if right - left + 2 * margin_nm(pdk) <= widest_nm(pdk):
            return floorplan
    return _mesh_chip(netlist, pdk, is_beside=False)


def _mesh_chip(netlist: Netlist, pdk: Pdk, *, is_beside: bool) -> Floorplan:
    """`is_beside`: whether test structures stand beside the layers."""
    layer = netlist.cells["layer"]
    ports = sum(1 for name in layer.instances if name.startswith("in_"))
    dumps = sum(1 for name in layer.instances if name.startswith("dump_"))
    room = corridors(netlist, pdk, is_beside=is_beside)
    plans: dict[str, CellPlan] = {}
    for name, cell in netlist.cells.items():
        if name == STRUCTURES:
            plans[name] = structures.structures(pdk, cell, is_beside=is_beside)
        elif name not in (netlist.top, "layer"):
            plans[name] = _plan(name, cell, pdk, ports, room)
    plans["layer"] = blocks.layer(pdk, layer, plans, room)
    plans[netlist.top] = blocks.chip(pdk, netlist, plans, ports, dumps, room, is_beside=is_beside)
    return Floorplan(netlist, plans)


def _plan(name: str, cell: Cell, pdk: Pdk, ports: int, room: Corridors) -> CellPlan:
    if name in SMALL:
        return SMALL[name](pdk, room)
    if name.startswith("feed_"):
        return templates.feed(pdk, len(cell.ports) - 1)
    if name.startswith("mesh_"):
        return blocks.mesh(pdk, cell, ports, room)
    if name == STRUCTURES:
        return structures.structures(pdk, cell)
    if name == "escape":
        return blocks.escape(pdk, cell, ports)
    raise KeyError(f"no template places the cell {name}")

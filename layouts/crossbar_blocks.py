"""Placement of a crossbar's blocks: column, bank, layer, read-out, chip.

    fibre ─ scale ────────────╮
                      ╭───────┴───────╮       supply: a tree on its side, above the columns
                 ╭────┴────╮     ╭────┴────╮
        ╭─ head ─╯ ╭─ head ╯          …       light runs through a head from right to left
        │          │
        ├─ tree ─ weights ─ tree ─ weights    every column is a tree of its own, which grows to the right
    ════╪══════════╪════════════════════ ○    the wire of each row ends at a bump

No waveguide crosses another, and all ways from a bank's fibre to its weights are equally long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from compiler import crossbar
from compiler.netlist import Cell, Netlist, Pin
from compiler.structures import INSTANCE
from layouts import crossbar_cells as small
from layouts.floorplan import ROW_PITCH_NM, CellPlan
from layouts.geometry import Transform
from layouts.structures import fibre_nm
from layouts.templates import CLEARANCE_NM, optical
from pdk.contract import Pdk, Port, Role

SMALL = {
    crossbar.WEIGHT["mzi"]: small.weight_mzi,
    crossbar.WEIGHT["pin"]: small.weight_pin,
    crossbar.MONITOR_TAP: small.monitor_tap,
    crossbar.INPUT_HEAD: small.input_head,
    crossbar.NEURON_HEAD: small.neuron_head,
    crossbar.OUTPUT_NEURON: small.output_neuron,
}
HEAD_NM = 2 * ROW_PITCH_NM
"""From the first row up to the line of the heads: the bumps of both stand between."""
LINES = {crossbar.INPUT_HEAD: 1, crossbar.NEURON_HEAD: 2}
"""Rows from that line up to the supply."""
MARGIN_NM = ROW_PITCH_NM
"""Beyond the outermost row or line of a block: its bumps, and a space."""
WEST_NM = 150_000
"""From the side of the fibres to the first column."""
PITCH_GRID_NM = 2_000
"""Columns stand at multiples of it, so that half-way between two is on the grid."""


@dataclass(frozen=True)
class Block:
    """A placed block, and where it ends."""

    plan: CellPlan
    bottom_nm: int
    top_nm: int


def place(netlist: Netlist, pdk: Pdk, others: Mapping[str, CellPlan]) -> dict[str, CellPlan]:
    """Plans of every cell of a crossbar chip. `others`: those of its test structures, if it has any."""
    circuit, top = netlist.cells, netlist.cells[netlist.top]
    plans = dict(others) | {name: template(pdk) for name, template in SMALL.items() if name in circuit}
    blocks: dict[str, Block] = {}
    for name, instance in top.instances.items():
        of = circuit[instance.component]
        if name == crossbar.READOUT:
            blocks[name] = _readout(pdk, of, plans)
        elif name == INSTANCE:
            plan = plans[instance.component]
            heights = [port.y_nm for port in plan.ports.values()]
            blocks[name] = Block(plan, min(heights) - MARGIN_NM, max(heights) + MARGIN_NM)
        else:
            banks = {side: _bank(pdk, circuit[bank.component], plans, circuit) for side, bank in of.instances.items()}
            plans |= {bank.component: banks[side].plan for side, bank in of.instances.items()}
            blocks[name] = _stack(of, banks)
        plans[instance.component] = blocks[name].plan
    plans[netlist.top] = _stack(top, blocks).plan
    return plans


def _column(pdk: Pdk, cell: Cell, plans: dict[str, CellPlan]) -> CellPlan:
    """Light enters from above, at the right, turns down at the left of its head, and comes into the tree's root."""
    head, tree = (plans[cell.instances[name].component] for name in ("head", "tree"))
    radius, end = pdk.bend_radius_nm, head.ports["o2"].x_nm
    lines = LINES[cell.instances["head"].component]
    places = {
        "head": Transform(radius + end, HEAD_NM, 180, mirror=True),
        "tree": Transform(radius, 0),
    }
    rows = [name for name in cell.instances if name.startswith("w_")]
    leaf = tree.ports["o2"]
    places |= {name: Transform(radius + leaf.x_nm, -int(name[2:]) * ROW_PITCH_NM) for name in rows}
    corners = {Pin("head", "o2"): ((0, HEAD_NM), (0, tree.ports["o1"].y_nm))}
    port = optical(pdk, "o1", end + 2 * radius, HEAD_NM + lines * ROW_PITCH_NM, 90)
    return CellPlan(places, {"o1": port}, corners)


def _bank(pdk: Pdk, cell: Cell, plans: dict[str, CellPlan], circuit: Mapping[str, Cell]) -> Block:
    """Columns side by side, the supply above them, the fibre and what scales the whole bank above that."""
    first = cell.instances["col_0"].component
    rows = [instance.component for name, instance in circuit[first].instances.items() if name.startswith("w_")]
    tree = circuit[first].instances["tree"].component
    plans[tree] = small.tree(pdk, len(rows), ROW_PITCH_NM)
    plans[first] = column = _column(pdk, circuit[first], plans)
    weight = plans[rows[0]]
    diode = column.places["w_0"].x_nm + weight.places["plus"].x_nm + pdk.device(Role.PHOTODIODE).bbox_nm[2]
    pitch = _on_grid(max(column.ports["o1"].x_nm, diode) + CLEARANCE_NM)
    columns = [name for name in cell.instances if name.startswith("col_")]
    places = {name: Transform(WEST_NM + int(name[4:]) * pitch, 0) for name in columns}
    entry = places["col_0"].port(column.ports["o1"])
    feed, y_fibre = _supply(pdk, cell, plans, len(columns), pitch, (entry.x_nm, entry.y_nm))
    places |= feed
    laser = pdk.devices[cell.instances["laser"].component]
    places["scale"] = Transform(fibre_nm(laser) + 2 * CLEARANCE_NM, y_fibre)
    plan = CellPlan(places, {"o1": _fibre(pdk, cell, places)})
    return Block(plan, -(len(rows) - 1) * ROW_PITCH_NM - MARGIN_NM, y_fibre + MARGIN_NM)


def _readout(pdk: Pdk, cell: Cell, plans: dict[str, CellPlan]) -> Block:
    """The output neurons as columns: light enters each from above, at the right, and runs to the left."""
    neuron, radius = plans[crossbar.OUTPUT_NEURON], pdk.bend_radius_nm
    width = neuron.places["output"].x_nm + pdk.device(Role.PHOTODIODE).bbox_nm[2]
    pitch = _on_grid(width + radius + CLEARANCE_NM)
    names = [name for name in cell.instances if name.startswith("out_")]
    x, y = WEST_NM + width, 2 * ROW_PITCH_NM
    places = {name: Transform(x + int(name[4:]) * pitch, 0, 180, mirror=True) for name in names}
    feed, y_fibre = _supply(pdk, cell, plans, len(names), pitch, (x + radius, y))
    places |= feed
    plan = CellPlan(places, {"o1": _fibre(pdk, cell, places)})
    return Block(plan, -ROW_PITCH_NM - MARGIN_NM, y_fibre + MARGIN_NM)


def _supply(
    pdk: Pdk, cell: Cell, plans: dict[str, CellPlan], leaves: int, pitch_nm: int, first: tuple[int, int]
) -> tuple[dict[str, Transform], int]:
    """Places of fibre coupler and supply, whose first leaf looks down on a point; the height of the fibre."""
    plans[cell.instances["supply"].component] = plan = small.tree(pdk, leaves, pitch_nm)
    supply = Transform(first[0], first[1] + plan.ports["o2"].x_nm, 270, mirror=True)
    y = -(-(supply.y_nm + 2 * pdk.bend_radius_nm) // ROW_PITCH_NM) * ROW_PITCH_NM
    laser = pdk.devices[cell.instances["laser"].component]
    return {"supply": supply, "laser": Transform(fibre_nm(laser), y, 180)}, y


def _fibre(pdk: Pdk, cell: Cell, places: Mapping[str, Transform]) -> Port:
    laser = pdk.devices[cell.instances["laser"].component]
    return replace(places["laser"].port(laser.port("o2")), name="o1")


def _on_grid(least_nm: int) -> int:
    return -(-least_nm // PITCH_GRID_NM) * PITCH_GRID_NM


def _stack(cell: Cell, blocks: Mapping[str, Block]) -> Block:
    """Blocks from top to bottom, the first at y = 0; all fibres stay on the grid of one array."""
    places: dict[str, Transform] = {}
    bottom = top = 0
    for name, block in blocks.items():
        y = (bottom - block.top_nm) // ROW_PITCH_NM * ROW_PITCH_NM if places else 0
        places[name] = Transform(0, y)
        top = max(top, y + block.top_nm)
        bottom = y + block.bottom_nm
    shown = {
        port: replace(places[pin.instance].port(blocks[pin.instance].plan.ports[pin.port]), name=port)
        for port, pin in cell.ports.items()
    }
    return Block(CellPlan(places, shown), bottom, top)

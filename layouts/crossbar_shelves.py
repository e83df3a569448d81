"""Placement of a crossbar whose wires lie on one metal: blocks on two shelves, the wires of each to its own edge.

    ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢      pads
    ╷ layer1 ╷ ╷ layer2.backward ╷ ╷ test ╷      wires rise beside every column
    ╵ ╵ ╵ ╵ ╵  layer2.forward  ╵ ╵ ╵ ╵ ╵ ╵       upside down: wires fall
    ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢ ▢

Light comes from above, so fibres may stand anywhere; all of them stand on one grid.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from compiler import crossbar
from compiler.netlist import Cell, Netlist, Pin
from compiler.structures import INSTANCE
from layouts.crossbar_cells import monitor_tap
from layouts.crossbar_columns import Block, Plans, bank, readout, structures
from layouts.crossbar_tracks import pad_step_nm
from layouts.floorplan import FIBRE_PITCH_NM, CellPlan, Floorplan
from layouts.geometry import Transform, join
from layouts.templates import CLEARANCE_NM
from pdk.contract import Pdk

Path = tuple[str, ...]
"""A block: its layer and bank, or its one name."""


def place(netlist: Netlist, pdk: Pdk, others: Mapping[str, CellPlan]) -> Floorplan:
    """A crossbar chip. `others`: plans of its test structures, if it has any.

    The banks of a layer stand apart, but where two layers are the same cell. Fibres are numbered from west to east, and
    of those that stand above each other from the top.
    """
    circuit, top = dict(netlist.cells), netlist.cells[netlist.top]
    plans: Plans = dict(others) | {crossbar.MONITOR_TAP: monitor_tap(pdk)}
    uses = Counter(instance.component for instance in top.instances.values())
    blocks: dict[Path, Block] = {}
    for name, instance in top.instances.items():
        cell = circuit[instance.component]
        if name == crossbar.READOUT:
            blocks[name,] = readout(cell, circuit, plans, pdk)
        elif name == INSTANCE:
            blocks[name,] = structures(instance.component, circuit, plans, pdk)
        else:
            banks = {side: bank(circuit[part.component], circuit, plans, pdk) for side, part in cell.instances.items()}
            plans |= {part.component: banks[side].plan for side, part in cell.instances.items()}
            if uses[instance.component] == 1:
                blocks |= {(name, side): block for side, block in banks.items()}
                continue
            blocks[name,], circuit[instance.component] = _beside(cell, banks, plans)
        plans[instance.component] = blocks[name,].plan
    found = _shelves(blocks, pdk)
    places: dict[str, Transform] = {}
    for name, instance in top.instances.items():
        places[name] = found.get((name,), Transform())
        if (name,) not in found:
            cell = circuit[instance.component]
            inside = {side: found[name, side] for side in cell.instances}
            plans[instance.component], circuit[instance.component] = _numbered(cell, inside, plans)
    plans[netlist.top], circuit[netlist.top] = _numbered(top, places, plans)
    return Floorplan(replace(netlist, cells=circuit), plans)


def _beside(cell: Cell, banks: Mapping[str, Block], plans: Plans) -> tuple[Block, Cell]:
    """The banks of a layer as one block, and its cell."""
    places = _row(banks)
    box = join([at.box(banks[name].box_nm) for name, at in places.items()])
    first = next(iter(places))
    wires = sum(block.wires for block in banks.values())
    plan, numbered = _numbered(cell, places, plans)
    return Block(plan, box, places[first].y_nm + banks[first].fibre_nm, wires), numbered


def _shelves(blocks: Mapping[Path, Block], pdk: Pdk) -> dict[Path, Transform]:
    """The longest block first, each on the shelf that stays shorter, counting what its pads take of the edge.

    What has the most pads for its width stands in the middle of its shelf, so that its wires turn to both sides.
    """

    def excess(path: Path) -> int:
        return blocks[path].wires * pad_step_nm(pdk) - _width(blocks[path])

    def length(shelf: list[Path]) -> int:
        width = sum(_width(blocks[path]) for path in shelf)
        return width + max(0, sum(map(excess, shelf)))

    shelves: tuple[list[Path], list[Path]] = [], []
    for path in sorted(blocks, key=lambda path: -length([path])):
        min(shelves, key=lambda shelf: length([*shelf, path])).append(path)
    rows = []
    for shelf in shelves:
        order: list[Path] = []
        for k, path in enumerate(sorted(shelf, key=excess, reverse=True)):
            order.insert(len(order) * (k % 2), path)
        rows.append(_row({path: blocks[path] for path in order}))
    upper, lower = rows
    bottom, lowest = (
        min((blocks[path].box_nm[1] + at.y_nm for path, at in row.items()), default=0) for row in (upper, lower)
    )
    down = (bottom - CLEARANCE_NM + lowest) // FIBRE_PITCH_NM * FIBRE_PITCH_NM
    return upper | {path: Transform(at.x_nm, down - at.y_nm, mirror=True) for path, at in lower.items()}


def _row[Name](blocks: Mapping[Name, Block]) -> dict[Name, Transform]:
    """Blocks side by side, fibres on one grid, none of them higher than the first one's."""
    places: dict[Name, Transform] = {}
    x = top = 0
    for name, block in blocks.items():
        above = block.box_nm[3] - block.fibre_nm
        top = top if places else above
        y = -block.fibre_nm - max(0, -(-(above - top) // FIBRE_PITCH_NM)) * FIBRE_PITCH_NM
        places[name] = Transform(x - block.box_nm[0], y)
        x += _width(block)
    return places


def _width(block: Block) -> int:
    return block.box_nm[2] - block.box_nm[0] + CLEARANCE_NM


def _numbered(cell: Cell, places: Mapping[str, Transform], plans: Plans) -> tuple[CellPlan, Cell]:
    """A cell of blocks, which shows all of their fibres."""
    found = [
        (places[name].port(port), Pin(name, port.name))
        for name, instance in cell.instances.items()
        for port in plans[instance.component].ports.values()
    ]
    found.sort(key=lambda item: (item[0].x_nm, -item[0].y_nm))
    names = [f"o{number}" for number in range(1, len(found) + 1)]
    ports = {name: replace(port, name=name) for name, (port, _) in zip(names, found, strict=True)}
    pins = {name: pin for name, (_, pin) in zip(names, found, strict=True)}
    return CellPlan(places, ports), replace(cell, ports=pins)

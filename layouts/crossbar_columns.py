"""Columns of a crossbar whose wires lie on one metal, and the blocks that they make up.

    fibre ─ scale ─╮
            ╭──────╯
        ╭───┴───╮        supply: a tree on its side, above the columns
        │       │
       head    head      light runs through a head from top to bottom
        ├ tree ─ weights
        │       ├ tree ─ weights

East of each column wires rise, and west of its metal returns; `crossbar_tracks` says how much room they take.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from compiler import crossbar
from compiler.cells import DRIVEN
from compiler.netlist import Cell, Netlist, Pin
from layouts import crossbar_lines as small
from layouts.crossbar_cells import tree
from layouts.crossbar_lines import GAP_NM, below_nm, half_nm, on_grid
from layouts.crossbar_tracks import count, tracks
from layouts.extent import floorplan_box
from layouts.floorplan import FIBRE_PITCH_NM, Box, CellPlan, Floorplan
from layouts.geometry import Point, Transform
from layouts.structures import fibre_nm
from layouts.templates import CLEARANCE_NM
from layouts.yard import terminals
from pdk.contract import Device, Pdk, Role

HEADS = {crossbar.INPUT_HEAD: small.input_head, crossbar.NEURON_HEAD: small.neuron_head}
Circuit = Mapping[str, Cell]
Plans = dict[str, CellPlan]


@dataclass(frozen=True)
class Column:
    """A placed column: its box, wires above its highest line included, and where its metal begins."""

    name: str
    box_nm: Box
    metal_nm: int
    elements: tuple[Device, ...]


@dataclass(frozen=True)
class Block:
    """A placed block: its box, all tracks included, and the height of one of its fibres."""

    plan: CellPlan
    box_nm: Box
    fibre_nm: int
    wires: int
    """That leave it."""


def bank(cell: Cell, circuit: Circuit, plans: Plans, pdk: Pdk) -> Block:
    """The plan of a bank; those of the cells in it are added to `plans`."""
    name = cell.instances["col_0"].component
    column, inside = circuit[name], tuple(elements(name, circuit, pdk))
    weight, head = (column.instances[part].component for part in ("w_0", "head"))
    at = small.lines(pdk, inside)
    plans |= {head: HEADS[head](at), weight: small.weight(pdk, weight)}
    bottom, top = _extent(weight, circuit, plans, pdk)[1::2]
    element = pdk.device(Role.PHASE_SHIFTER if "theta" in circuit[weight].instances else Role.ATTENUATOR)
    top += tracks(pdk).above_nm(element)
    heat_nm = round(pdk.value("heater_thermal_space_um") * 1000) + half_nm(element)
    pitch, y = on_grid(max(FIBRE_PITCH_NM, top - bottom, heat_nm)), on_grid(top + below_nm(pdk.device(Role.MODULATOR)))
    stem, rows = column.instances["tree"].component, [part for part in column.instances if part.startswith("w_")]
    plans[stem] = tree(pdk, len(rows), pitch)
    metal = min(x for x, _ in _metal(weight, circuit, plans, pdk))
    x = max(pdk.bend_radius_nm + plans[stem].ports["o2"].x_nm, at.metal_nm - metal)
    places = {"head": Transform(0, y), "tree": Transform(pdk.bend_radius_nm, 0)}
    places |= {row: Transform(x, -int(row[2:]) * pitch) for row in rows}
    plans[name] = CellPlan(places, {"o1": places["head"].port(plans[head].ports["o1"])})
    return _block(cell, _column(name, inside, circuit, plans, pdk), circuit, plans, pdk)


def readout(cell: Cell, circuit: Circuit, plans: Plans, pdk: Pdk) -> Block:
    """The plan of the read-out: the output neurons are its columns."""
    inside = tuple(elements(crossbar.OUTPUT_NEURON, circuit, pdk))
    plans[crossbar.OUTPUT_NEURON] = small.output_neuron(small.lines(pdk, inside))
    return _block(cell, _column(crossbar.OUTPUT_NEURON, inside, circuit, plans, pdk), circuit, plans, pdk)


def structures(name: str, circuit: Circuit, plans: Plans, pdk: Pdk) -> Block:
    """The test structures with tracks beside them."""
    left, bottom, right, top = _extent(name, circuit, plans, pdk)
    heights = [port.y_nm for port in plans[name].ports.values()]
    inside = list(elements(name, circuit, pdk))
    right += tracks(pdk).east_nm(inside)
    return Block(plans[name], (left, bottom, right, top), max(heights), count(inside))


def elements(name: str, circuit: Circuit, pdk: Pdk) -> Iterator[Device]:
    """Devices of a cell that a program sets, those of its cells included."""
    for part, instance in circuit[name].instances.items():
        if instance.component in circuit:
            yield from elements(instance.component, circuit, pdk)
        elif is_element(part, instance.component, pdk):
            yield pdk.devices[instance.component]


def is_element(name: str, component: str, pdk: Pdk) -> bool:
    """Whether a device of that name takes wires; the twins of phase shifters do not."""
    if component not in pdk.devices or not terminals(pdk.devices[component]):
        return False
    return pdk.role_of(component) is not Role.PHASE_SHIFTER or name in DRIVEN


def _column(name: str, inside: tuple[Device, ...], circuit: Circuit, plans: Plans, pdk: Pdk) -> Column:
    """The column of that cell, as it is placed."""
    left, bottom, right, _ = _extent(name, circuit, plans, pdk)
    metal = list(_metal(name, circuit, plans, pdk))
    highest = max(y for _, y in metal)
    return Column(name, (left, bottom, right, highest), min(x for x, _ in metal), inside)


def _block(cell: Cell, column: Column, circuit: Circuit, plans: Plans, pdk: Pdk) -> Block:
    """Columns side by side, the supply above them, then what scales them all, if anything does, and the fibre."""
    radius, wires, scale = pdk.bend_radius_nm, tracks(pdk), pdk.device(Role.MODULATOR)
    has_scale = "scale" in cell.instances
    laser = pdk.devices[cell.instances["laser"].component]
    begin = fibre_nm(laser) + GAP_NM
    inside = [*([scale] if has_scale else []), *column.elements]
    reach = begin + radius + (scale.port("o2").x_nm if has_scale else 0)
    lit = 2 * (fibre_nm(laser) - laser.port("o2").x_nm) + GAP_NM
    x = on_grid(max(CLEARANCE_NM, reach - column.box_nm[2], lit - column.metal_nm + wires.west_nm(column.elements)))
    pitch = on_grid(column.box_nm[2] + wires.east_nm(inside) + GAP_NM)
    names = [name for name, instance in cell.instances.items() if instance.component == column.name]
    places = {name: Transform(x + int(name.rpartition("_")[2]) * pitch, 0) for name in names}

    supply = cell.instances["supply"].component
    plans[supply] = plan = tree(pdk, len(names), pitch)
    stem = Transform(x, column.box_nm[3] + radius + plan.ports["o2"].x_nm, 270, mirror=True)
    root = stem.port(plan.ports["o1"])
    back = root.y_nm + radius + GAP_NM
    y = back + GAP_NM + max(2 * radius, half_nm(laser), below_nm(scale) if has_scale else 0)
    places |= {"supply": stem, "laser": Transform(fibre_nm(laser), y, 180)}
    end, top = places["laser"].port(laser.port("o1")), y + half_nm(laser)
    if has_scale:
        places["scale"] = Transform(max(begin, x + column.metal_nm), y)
        end, top = places["scale"].port(scale.port("o2")), y + scale.bbox_nm[3] + wires.above_nm(scale)
    turn = end.x_nm + radius
    if abs(turn - root.x_nm) < 2 * radius:
        turn = root.x_nm + 2 * radius
    corners = ((turn, y), (turn, back), (root.x_nm, back))
    ports = {"o1": replace(places["laser"].port(laser.port("o2")), name="o1")}
    start = Pin("scale", "o2") if has_scale else Pin("laser", "o1")
    box = (0, column.box_nm[1], x + len(names) * pitch, top)
    leaving = len(names) * count(column.elements) + has_scale * count([scale])
    return Block(CellPlan(places, ports, {start: corners}), box, y, leaving)


def _extent(name: str, circuit: Circuit, plans: Plans, pdk: Pdk) -> Box:
    return floorplan_box(Floorplan(Netlist(name, circuit), plans), pdk)


def _metal(name: str, circuit: Circuit, plans: Plans, pdk: Pdk) -> Iterator[Point]:
    """The west end of everything with terminals in a cell, and the height that its wires reach."""
    for part, instance in circuit[name].instances.items():
        at = plans[name].places[part]
        if instance.component in circuit:
            inner = [at.point(x, y) for x, y in _metal(instance.component, circuit, plans, pdk)]
            yield from inner
        elif instance.component in pdk.devices and terminals(pdk.devices[instance.component]):
            device = pdk.devices[instance.component]
            left, _, _, top = at.box(device.bbox_nm)
            yield left, top + tracks(pdk).above_nm(device)

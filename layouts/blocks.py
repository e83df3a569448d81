"""Placement of the blocks: mesh, escape grid, layer, chip."""

import re

from compiler.cells import MZI, OUTPUT
from compiler.mesh import escape_dump_in, escape_dump_out, escape_signal_in, escape_signal_out
from compiler.names import left, right
from compiler.netlist import Cell, Netlist, Pin
from compiler.structures import FIBRES, INSTANCE
from layouts.floorplan import FIBRE_PITCH_NM, CellPlan
from layouts.geometry import Point, Transform
from layouts.structures import fibre_nm, pitch_nm
from layouts.templates import (
    CLEARANCE_NM,
    NO_CORRIDORS,
    drop_nm,
    dump_offset_nm,
    hump_nm,
    mzi_length_nm,
    optical,
    rise_nm,
)
from layouts.yard import Corridors, bonded
from pdk.contract import Pdk, Port, Role

LINE_PITCH_NM = 80_000
"""Distance between the dump lines of the escape grid: room for a termination beside each crossing."""
LAYER_MARGIN_NM = 150_000
"""Between the outermost row of a layer and its edge: room for bumps, and for what stands beside a row."""


def row_y_nm(row: int, pdk: Pdk) -> int:
    """Height of a row; row 0 is the top one."""
    return -row * pdk.row_pitch_nm


def margin_above_nm(pdk: Pdk) -> int:
    """From the uppermost row to the waveguide that runs above it, clear of the photodiodes of its taps and dummies."""
    above = pdk.device(Role.TAP).port("o2").y_nm + rise_nm(pdk, Role.TAP) + pdk.device(Role.PHOTODIODE).bbox_nm[3]
    return max(LAYER_MARGIN_NM, above + CLEARANCE_NM, hump_nm(pdk) + CLEARANCE_NM)


def clear_nm(pdk: Pdk) -> int:
    """Between blocks; a third of it where all of a chip's width is needed for wires."""
    return CLEARANCE_NM // 3 if bonded(pdk) else CLEARANCE_NM


def aside_nm(pdk: Pdk) -> int:
    """Along x from a splitter to a waveguide that turns away from it."""
    return max(CLEARANCE_NM, pdk.bend_radius_nm)


def mesh(pdk: Pdk, cell: Cell, ports: int, room: Corridors = NO_CORRIDORS) -> CellPlan:
    """One column every MZI length. Bare rows at the bottom take the dummy upside down, so that it points outwards."""
    length = mzi_length_nm(pdk, room)
    places: dict[str, Transform] = {}
    columns = 0
    for name, instance in cell.instances.items():
        column, row = (int(part) for part in re.findall(r"\d+", name))
        columns = max(columns, column + 1)
        if instance.component == MZI:
            places[name] = Transform(column * length, row_y_nm(row + 1, pdk))
        else:
            places[name] = Transform(column * length, row_y_nm(row, pdk), mirror=row > 0)
    shown = {left(ports, row): (0, row_y_nm(row, pdk), 180) for row in range(ports)}
    shown |= {right(ports, row): (columns * length, row_y_nm(row, pdk), 0) for row in range(ports)}
    return CellPlan(places, {name: optical(pdk, name, *at) for name, at in shown.items()})


def escape(pdk: Pdk, cell: Cell, rows: int) -> CellPlan:
    """Lines at equal distance; a dummy's terminations turn aside, so that they reach neither a dump nor a signal."""
    crossing = pdk.device(Role.CROSSING)
    o2, o4 = crossing.port("o2"), crossing.port("o4")
    radius = pdk.bend_radius_nm
    end = rows * LINE_PITCH_NM + CLEARANCE_NM
    top = 2 * CLEARANCE_NM
    places: dict[str, Transform] = {}
    for name in cell.instances:
        row, line = (int(part) for part in re.findall(r"\d+", name))
        x, y = CLEARANCE_NM + line * LINE_PITCH_NM, row_y_nm(row, pdk)
        if name.startswith("cross"):
            places[name] = Transform(x, y)
        else:
            port, side = (o2, 1) if name.endswith("n") else (o4, -1)
            places[name] = Transform(x + port.x_nm + radius, y + port.y_nm + side * radius)
    shown: dict[str, tuple[int, int, int]] = {}
    for row in range(rows):
        shown[escape_signal_in(rows, row)] = (0, row_y_nm(row, pdk), 180)
        shown[escape_dump_in(rows, row)] = (0, row_y_nm(row, pdk) - dump_offset_nm(pdk), 180)
        shown[escape_signal_out(rows, row)] = (end, row_y_nm(row, pdk), 0)
        shown[escape_dump_out(rows, row)] = (CLEARANCE_NM + row * LINE_PITCH_NM + o2.x_nm, top, 90)
    return CellPlan(places, {name: optical(pdk, name, *at) for name, at in shown.items()})


def layer(pdk: Pdk, cell: Cell, plans: dict[str, CellPlan], room: Corridors = NO_CORRIDORS) -> CellPlan:
    """Laser, feed tree, input cells, linear part, output cells, feed tree, in a line; the second feed runs above."""
    laser = pdk.device(_role(pdk, cell))
    splitter = pdk.device(Role.SPLITTER_2X2)
    radius = pdk.bend_radius_nm
    ports = sum(1 for name in cell.instances if name.startswith("in_"))
    feed_in, feed_out = plans[cell.instances["feed_in"].component], plans[cell.instances["feed_out"].component]
    root = feed_in.ports["o1"].y_nm
    aside = aside_nm(pdk)
    lead = aside + clear_nm(pdk)
    x_split = fibre_nm(laser) + lead
    places = {
        "laser": Transform(fibre_nm(laser), root + splitter.port("o2").y_nm, 180),
        "split": Transform(x_split, root),
        "split_end": Transform(x_split - radius, root - radius, 270),
    }
    x_split_end = x_split + splitter.port("o4").x_nm
    x = x_split_end + lead
    places["feed_in"] = Transform(x, 0)
    x = max(x + feed_in.ports["o2"].x_nm, fibre_nm(laser) + room.before_modulator)
    for row in range(ports):
        places[f"in_{row}"] = Transform(x, row_y_nm(row, pdk))
    x += plans[cell.instances["in_0"].component].ports["o2"].x_nm
    x, places = _linear(pdk, cell, plans, places, x, ports)
    top = 0
    for name in cell.instances:
        if name.startswith(("out_", "dump_")):
            row = int(name.split("_")[1]) - (ports if name.startswith("dump_") else 0)
            places[name] = Transform(x, row_y_nm(row, pdk))
            top = max(top, row_y_nm(row, pdk))
    x += plans[cell.instances["out_0"].component].ports["o2"].x_nm
    feed_length = feed_out.ports["o2"].x_nm
    places["feed_out"] = Transform(x + feed_length, top, 180, mirror=True)
    bus, x_up, x_down = top + margin_above_nm(pdk), x_split_end + aside, x + feed_length + aside
    y_up, y_down = root + splitter.port("o3").y_nm, top + feed_out.ports["o1"].y_nm
    corners: dict[Pin, tuple[Point, ...]] = {
        Pin("split", "o3"): ((x_up, y_up), (x_up, bus), (x_down, bus), (x_down, y_down))
    }
    for line in range(ports):
        if f"dump_{line}" in places:
            port = plans["escape"].ports[escape_dump_out(ports, line)]
            corner = places["escape"].point(port.x_nm, port.y_nm)[0], places[f"dump_{line}"].y_nm
            corners[Pin("escape", port.name)] = (corner,)
    fibre = places["laser"].port(laser.port("o2"))
    return CellPlan(places, {"o1": _renamed(fibre, "o1")}, corners)


def _linear(
    pdk: Pdk, cell: Cell, plans: dict[str, CellPlan], places: dict[str, Transform], x: int, ports: int
) -> tuple[int, dict[str, Transform]]:
    """Place the blocks between input and output cells; where they end, and all places so far."""
    places = dict(places)
    for name in ("mesh", "mesh_v", "att", "escape", "mesh_u"):
        if name == "att" and "att_0" in cell.instances:
            places |= {f"att_{row}": Transform(x, row_y_nm(row, pdk)) for row in range(ports)}
            x += plans[cell.instances["att_0"].component].ports["o2"].x_nm
        elif name in cell.instances:
            places[name] = Transform(x, 0)
            x += max(port.x_nm for port in plans[cell.instances[name].component].ports.values())
    return x, places


def chip(
    pdk: Pdk,
    netlist: Netlist,
    plans: dict[str, CellPlan],
    ports: int,
    dumps: int,
    room: Corridors = NO_CORRIDORS,
    *,
    is_beside: bool = False,
) -> CellPlan:
    """Layers from top to bottom, all fibres on the grid of one array; test structures below them, or beside them."""
    cell = netlist.cells[netlist.top]
    height = layer_pitch_nm(pdk, ports, dumps)
    layers = [name for name in cell.instances if name != INSTANCE]
    places = {name: Transform(0, -index * height) for index, name in enumerate(layers)}
    fibre = plans["layer"].ports["o1"].y_nm
    if INSTANCE in cell.instances and is_beside:
        at = plans["layer"].places["feed_out"].x_nm + aside_nm(pdk) + clear_nm(pdk)
        out = max(place.x_nm for name, place in plans["layer"].places.items() if name.startswith("out_"))
        wired = out + plans[OUTPUT].ports["o2"].x_nm + room.behind_modulator
        high = len(FIBRES) * pitch_nm(pdk) - ((len(layers) - 1) * height + (ports + dumps) * pdk.row_pitch_nm)
        places[INSTANCE] = Transform(max(at, wired), fibre + high // (2 * FIBRE_PITCH_NM) * FIBRE_PITCH_NM)
    elif INSTANCE in cell.instances:
        below = places[layers[-1]].y_nm + row_y_nm(ports - 1, pdk) - _below_nm(pdk)
        places[INSTANCE] = Transform(0, fibre + (below - fibre) // FIBRE_PITCH_NM * FIBRE_PITCH_NM)
    shown = {
        port: places[pin.instance].port(plans[cell.instances[pin.instance].component].ports[pin.port])
        for port, pin in cell.ports.items()
    }
    return CellPlan(places, {port: _renamed(at, port) for port, at in shown.items()})


def layer_pitch_nm(pdk: Pdk, ports: int, dumps: int) -> int:
    """From a layer to the next; where no bumps stand between them, no more than what does."""
    if not bonded(pdk):
        return (ports + dumps + 2) * pdk.row_pitch_nm
    between = max(pdk.row_pitch_nm, margin_above_nm(pdk) + _hangs_nm(pdk))
    return -(-((ports + dumps - 1) * pdk.row_pitch_nm + between) // FIBRE_PITCH_NM) * FIBRE_PITCH_NM


def _hangs_nm(pdk: Pdk) -> int:
    """From the lowest row of a layer to what stands below it, clear of what hangs from the row."""
    diode, mirror = pdk.device(Role.PHOTODIODE).bbox_nm, pdk.device(Role.LOOP_MIRROR).bbox_nm
    hangs = max(drop_nm(pdk) + max(diode[3], -diode[1]), 2 * pdk.bend_radius_nm + mirror[3] - mirror[1], hump_nm(pdk))
    return hangs + CLEARANCE_NM


def _below_nm(pdk: Pdk) -> int:
    """The same to the uppermost fibre of test structures below the layers, a bump between them."""
    return max(3 * FIBRE_PITCH_NM // 2, _hangs_nm(pdk) + CLEARANCE_NM)


def _renamed(port: Port, name: str) -> Port:
    return Port(name, port.x_nm, port.y_nm, port.angle_deg, port.width_nm, port.kind)


def _role(pdk: Pdk, cell: Cell) -> Role:
    role = pdk.role_of(cell.instances["laser"].component)
    assert role is not None, "a laser port is a device of the PDK"
    return role

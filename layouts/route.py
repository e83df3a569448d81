"""Floorplan to layout: every optical net becomes a waveguide, and the netlist gains each straight and bend."""

from collections.abc import Mapping
from dataclasses import replace

from compiler.netlist import Cell, Instance, Netlist, Pin
from layouts.floorplan import CellLayout, CellPlan, Floorplan, Layout
from layouts.geometry import Transform, turn
from layouts.manhattan import NoRoomError, corners_between, wire
from pdk.contract import Pdk, Port, Role


def route(floorplan: Floorplan, pdk: Pdk) -> Layout:
    """Join every net. The netlist of the result is the designed one, waveguides included: `netlist.yml`.

    NoRoomError where two ports cannot be joined; its text names the cell and the net.
    """
    shown = {name: plan.ports for name, plan in floorplan.cells.items()}
    cells: dict[str, Cell] = {}
    layouts: dict[str, CellLayout] = {}
    for name, cell in floorplan.netlist.cells.items():
        try:
            cells[name], layouts[name] = _route_cell(cell, floorplan.cells[name], shown, pdk)
        except NoRoomError as error:
            raise NoRoomError(f"{name}: {error}") from error
    return Layout(Netlist(floorplan.netlist.top, cells, floorplan.netlist.electrical), layouts)


def port_of(component: str, port: str, shown: Mapping[str, Mapping[str, Port]], pdk: Pdk) -> Port:
    """A port in the frame of its cell or device."""
    return shown[component][port] if component in shown else pdk.devices[component].port(port)


def _route_cell(
    cell: Cell, plan: CellPlan, shown: Mapping[str, Mapping[str, Port]], pdk: Pdk
) -> tuple[Cell, CellLayout]:
    instances = dict(cell.instances)
    places: dict[str, Transform] = dict(plan.places)
    nets: list[tuple[Pin, Pin]] = []

    def at(pin: Pin) -> Port:
        return plan.places[pin.instance].port(port_of(instances[pin.instance].component, pin.port, shown, pdk))

    def lead(start: Pin, end: Port) -> Pin:
        """Add the waveguide from a pin to a place; the pin at its far end (the same one if none was needed)."""
        here = at(start)
        if (here.x_nm, here.y_nm) == (end.x_nm, end.y_nm) and (here.angle_deg + 180 - end.angle_deg) % 360 == 0:
            return start
        corners = plan.corners.get(start) or corners_between(here, end, pdk.bend_radius_nm)
        try:
            pieces = wire(pdk, here, end, corners)
        except NoRoomError as error:
            raise NoRoomError(f"{start}: {error}") from error
        end_pin = start
        for k, piece in enumerate(pieces):
            name = f"wg_{start.instance}_{start.port}_{k}"
            settings = {"length_nm": piece.length_nm} if piece.component == pdk.roles[Role.STRAIGHT] else {}
            instances[name] = Instance(piece.component, settings)
            places[name] = piece.place
            nets.append((end_pin, Pin(name, "o1")))
            end_pin = Pin(name, "o2")
        return end_pin

    for a, b in cell.nets:
        nets.append((lead(a, at(b)), b))
    ports: dict[str, Pin] = {}
    for name, pin in cell.ports.items():
        outside = plan.ports[name]
        ports[name] = lead(pin, replace(outside, angle_deg=turn(outside.angle_deg, 180)))
    return Cell(instances, tuple(nets), ports), CellLayout(places, tuple(plan.ports.values()), plan.wires)

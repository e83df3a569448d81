"""How large a chip is: the box around a floorplan, or around everything that a layout draws."""

from collections.abc import Mapping

from compiler.netlist import Instance, Netlist
from layouts.floorplan import Box, Floorplan, Layout, Wire
from layouts.geometry import Transform, join
from pdk.contract import Pdk, Role


def floorplan_box(floorplan: Floorplan, pdk: Pdk) -> Box:
    """The box around every device, port, wire and turn of a waveguide that placement decided."""
    own: dict[str, list[Box]] = {}
    for name, plan in floorplan.cells.items():
        points = [(port.x_nm, port.y_nm) for port in plan.ports.values()]
        points += [point for corners in plan.corners.values() for point in corners]
        own[name] = [*((x, y, x, y) for x, y in points), *_wires(plan.wires)]
    places = {name: plan.places for name, plan in floorplan.cells.items()}
    return _box(floorplan.netlist, places, own, pdk)


def layout_box(layout: Layout, pdk: Pdk) -> Box:
    """The box around everything that is drawn."""
    own = {name: _wires(cell.wires) for name, cell in layout.cells.items()}
    places = {name: cell.places for name, cell in layout.cells.items()}
    return _box(layout.netlist, places, own, pdk)


def _wires(wires: tuple[Wire, ...]) -> list[Box]:
    boxes: list[Box] = []
    for wire in wires:
        half = wire.width_nm // 2
        boxes += [(x - half, y - half, x + half, y + half) for x, y in wire.points]
    return boxes


def _box(
    netlist: Netlist, places: Mapping[str, Mapping[str, Transform]], own: Mapping[str, list[Box]], pdk: Pdk
) -> Box:
    """Each distinct cell once; `own` is what a cell holds beside its instances."""
    found: dict[str, Box] = {}

    def around(name: str) -> Box:
        if name not in found:
            inside = [at.box(child(netlist.cells[name].instances[key])) for key, at in places[name].items()]
            found[name] = join([*own[name], *inside])
        return found[name]

    def child(instance: Instance) -> Box:
        if instance.component in netlist.cells:
            return around(instance.component)
        if instance.component == pdk.roles[Role.STRAIGHT]:
            half = pdk.waveguide_width_nm // 2
            return 0, -half, int(instance.settings["length_nm"]), half
        return pdk.devices[instance.component].bbox_nm

    return around(netlist.top)

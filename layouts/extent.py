"""How large a chip is, from its floorplan."""

from layouts.floorplan import Floorplan
from layouts.geometry import join
from pdk.contract import Pdk

Box = tuple[int, int, int, int]
"""left, bottom, right, top in nm."""


def floorplan_box(floorplan: Floorplan, pdk: Pdk) -> Box:
    """The box around every device, port, wire and turn of a waveguide that placement decided."""
    return _box(floorplan.netlist.top, floorplan, pdk, {})


def _box(name: str, floorplan: Floorplan, pdk: Pdk, known: dict[str, Box]) -> Box:
    if name not in known:
        plan, circuit = floorplan.cells[name], floorplan.netlist.cells
        points = [(port.x_nm, port.y_nm) for port in plan.ports.values()]
        points += [point for corners in plan.corners.values() for point in corners]
        boxes: list[Box] = [(x, y, x, y) for x, y in points]
        for wire in plan.wires:
            half = wire.width_nm // 2
            boxes += [(x - half, y - half, x + half, y + half) for x, y in wire.points]
        for instance, at in plan.places.items():
            component = circuit[name].instances[instance].component
            inner = _box(component, floorplan, pdk, known) if component in circuit else pdk.devices[component].bbox_nm
            boxes.append(at.box(inner))
        known[name] = join(boxes)
    return known[name]

"""Bond pads in the top cell, each with the net that a wire leads to it: what every way of wire bonding ends with."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from compiler.netlist import Instance, Netlist, Pin
from layouts.floorplan import Floorplan, Wire
from layouts.geometry import Point, Transform
from pdk.contract import Pdk, Role


def with_pads(
    placement: Floorplan,
    pdk: Pdk,
    pads: Mapping[str, Point],
    nets: Mapping[str, tuple[Pin, ...]],
    wires: Iterable[Wire],
) -> Floorplan:
    """The floorplan with pads and wires in its top cell, which has these nets alone.

    `pads`: net to the middle of its pad, numbered in this order; `nets`: net to what its wire leads to.
    """
    netlist, top, pad = placement.netlist, placement.netlist.top, pdk.device(Role.BOND_PAD)
    half = (pad.bbox_nm[2] - pad.bbox_nm[0]) // 2
    cell, plan = netlist.cells[top], placement.cells[top]
    names = {net: f"pad_{number}" for number, net in enumerate(pads, start=1)}
    instances = {name: Instance(pad.name) for name in names.values()}
    places = {names[net]: Transform(x - half, y) for net, (x, y) in pads.items()}
    joined = {net: (*pins, Pin(names[net], pad.port("e1").name)) for net, pins in nets.items()}
    cells = {**netlist.cells, top: replace(cell, instances={**cell.instances, **instances})}
    plans = {
        **placement.cells,
        top: replace(plan, places={**plan.places, **places}, wires=(*plan.wires, *wires)),
    }
    return Floorplan(Netlist(top, cells, {**netlist.electrical, top: joined}), plans)

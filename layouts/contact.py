"""Every electrical terminal gets a pad: bumps in each cell (flip chip)."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from compiler import cells
from compiler.netlist import Instance, Netlist, Pin
from compiler.structures import BARE_MZI, STRUCTURES
from layouts import bumps, structure_bumps
from layouts.bumps import Landing
from layouts.floorplan import CellPlan, Floorplan, Wire
from layouts.geometry import Transform
from layouts.metal import heater_current_ma
from pdk.contract import Pdk, Role

Template = Callable[[Pdk, CellPlan], dict[str, Landing]]

LANDED: Mapping[str, Template] = {
    cells.MZI: bumps.mzi,
    cells.EDGE: bumps.edge,
    cells.INPUT: bumps.input_cell,
    cells.OUTPUT: bumps.output_cell,
    cells.ATTENUATOR: bumps.attenuator,
    BARE_MZI: structure_bumps.bare_mzi,
    STRUCTURES: structure_bumps.structures,
}
"""Cells that hold terminals, and where their bumps stand."""


def contact(floorplan: Floorplan, pdk: Pdk) -> Floorplan:
    """The floorplan with a bump for every net, wires, and the electrical nets in its netlist."""
    metal, bump = pdk.metals[-1], pdk.device(Role.BUMP)
    pad = bump.port("e1")
    half_nm = (bump.bbox_nm[2] - bump.bbox_nm[0]) // 2
    circuit, plans = dict(floorplan.netlist.cells), dict(floorplan.cells)
    electrical: dict[str, dict[str, tuple[Pin, ...]]] = {}
    for name, template in LANDED.items():
        if name not in circuit:
            continue
        cell, plan = circuit[name], plans[name]
        instances, places = dict(cell.instances), dict(plan.places)
        wires: list[Wire] = []
        electrical[name] = {}
        for net, landing in template(pdk, plan).items():
            instance = f"bump_{net}"
            instances[instance] = Instance(bump.name)
            places[instance] = Transform(landing.bump[0] - half_nm, landing.bump[1])
            width = metal.wire_width_nm(landing.current_ma)
            wires += [Wire(metal.name, path, width) for path in landing.paths]
            electrical[name][net] = (*landing.pins, Pin(instance, pad.name))
        if name == cells.ATTENUATOR:
            wires += bumps.attenuator_straps(pdk, plan, metal.wire_width_nm(heater_current_ma(pdk)))
        circuit[name] = replace(cell, instances=instances)
        plans[name] = replace(plan, places=places, wires=tuple(wires))
    return Floorplan(Netlist(floorplan.netlist.top, circuit, electrical), plans)

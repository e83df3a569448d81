"""Every electrical terminal gets a pad: bond pads at two edges where they fit, else bumps in each cell (flip chip)."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from compiler import cells
from compiler.netlist import Instance, Netlist, Pin
from compiler.structures import BARE_MZI, STRUCTURES
from layouts import bond, bumps, structure_bumps
from layouts.bumps import Landing
from layouts.comb import NotPlanarError
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
}
"""Cells of a layer that hold terminals, and where their bumps stand."""
PROBED: Mapping[str, Template] = {
    BARE_MZI: structure_bumps.bare_mzi,
    STRUCTURES: structure_bumps.structures,
}
"""The same for test structures."""


def contact(floorplan: Floorplan, pdk: Pdk, bonding: str = "bump") -> Floorplan:
    """The floorplan with pads and wires, and the electrical nets in its netlist.

    `bonding`: bump, wire, or auto, which takes wires where the edges hold all pads and the channels all wires. Test
    structures always have landings of their own. NotPlanarError where wire is asked for and cannot be.
    """
    on_probes = land(floorplan, pdk, PROBED)
    if bonding == "auto":
        bonding = "wire" if _fits_edges(floorplan, pdk) else "bump"
    return bond.bond(on_probes, pdk) if bonding == "wire" else land(on_probes, pdk, LANDED)


def _fits_edges(floorplan: Floorplan, pdk: Pdk) -> bool:
    try:
        return bond.terminals(floorplan, pdk) <= bond.sites(floorplan, pdk) and bool(bond.bond(floorplan, pdk))
    except NotPlanarError:
        return False


def land(floorplan: Floorplan, pdk: Pdk, templates: Mapping[str, Template]) -> Floorplan:
    """Bumps for every net of some kinds of cell."""
    metal, bump = pdk.metals[-1], pdk.device(Role.BUMP)
    pad = bump.port("e1")
    half_nm = (bump.bbox_nm[2] - bump.bbox_nm[0]) // 2
    circuit, plans = dict(floorplan.netlist.cells), dict(floorplan.cells)
    electrical: dict[str, Mapping[str, tuple[Pin, ...]]] = dict(floorplan.netlist.electrical)
    for name, template in templates.items():
        if name not in circuit:
            continue
        cell, plan = circuit[name], plans[name]
        instances, places = dict(cell.instances), dict(plan.places)
        wires: list[Wire] = []
        nets: dict[str, tuple[Pin, ...]] = {}
        for net, landing in template(pdk, plan).items():
            instance = f"bump_{net}"
            instances[instance] = Instance(bump.name)
            places[instance] = Transform(landing.bump[0] - half_nm, landing.bump[1])
            width = metal.wire_width_nm(landing.current_ma)
            wires += [Wire(metal.name, path, width) for path in landing.paths]
            nets[net] = (*landing.pins, Pin(instance, pad.name))
        electrical[name] = nets
        if name == cells.ATTENUATOR:
            wires += bumps.attenuator_straps(pdk, plan, metal.wire_width_nm(heater_current_ma(pdk)))
        circuit[name] = replace(cell, instances=instances)
        plans[name] = replace(plan, places=places, wires=tuple(wires))
    return Floorplan(Netlist(floorplan.netlist.top, circuit, electrical), plans)

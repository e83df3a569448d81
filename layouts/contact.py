"""Every electrical terminal gets a pad: bond pads at two edges where they fit, else bumps in each cell (flip chip).

A process without bumps has bond pads alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from compiler import cells
from compiler.crossbar_paths import is_crossbar
from compiler.netlist import Instance, Netlist, Pin
from compiler.structures import BARE_MZI, STRUCTURES
from layouts import bond, bumps, corridors, crossbar_bumps, crossbar_wires, structure_bumps, structure_pads
from layouts.bumps import Landing
from layouts.comb import NotPlanarError
from layouts.floorplan import CellPlan, Floorplan, Wire
from layouts.geometry import Transform
from layouts.yard import bonded
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
PADDED: Mapping[str, Template] = {BARE_MZI: structure_pads.bare_mzi, STRUCTURES: structure_pads.structures}
"""The same where there are no bumps."""


def contact(floorplan: Floorplan, pdk: Pdk, bonding: str = "bump") -> Floorplan:
    """The floorplan with pads and wires, and the electrical nets in its netlist.

    `bonding`: bump, wire, or auto, which takes wires where the edges hold all pads and the channels all wires. Test
    structures always have landings of their own. NotPlanarError where wires are asked for, or bumps cannot be had, and
    the channels do not hold them all.
    """
    if is_crossbar(floorplan.netlist) and bonded(pdk):
        return crossbar_wires.bond(floorplan, pdk)
    on_probes = land(floorplan, pdk, PADDED if bonded(pdk) else PROBED)
    if is_crossbar(floorplan.netlist):
        return land(on_probes, pdk, crossbar_bumps.templates(floorplan))
    if bonded(pdk):
        return corridors.bond(on_probes, pdk)
    if bonding == "auto" and bond.terminals(floorplan, pdk) > bond.sites(floorplan, pdk):
        bonding = "bump"
    if bonding != "bump":
        try:
            return bond.bond(on_probes, pdk)
        except NotPlanarError:
            if bonding == "wire":
                raise
    return land(on_probes, pdk, LANDED)


def land(floorplan: Floorplan, pdk: Pdk, templates: Mapping[str, Template]) -> Floorplan:
    """Bumps, or bond pads where there are none, for every net of some kinds of cell."""
    metal, bump = pdk.metals[-1], pdk.device(Role.BOND_PAD if bonded(pdk) else Role.BUMP)
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
            instance = f"pad_{net.replace('.', '_')}" if bonded(pdk) else f"bump_{net}"
            instances[instance] = Instance(bump.name)
            places[instance] = Transform(landing.bump[0] - half_nm, landing.bump[1])
            width = metal.wire_width_nm(landing.current_ma)
            wires += [Wire(metal.name, path, width) for path in landing.paths]
            wires += [Wire(pdk.below(metal.name)[1], path, width) for path in landing.below]
            nets[net] = (*landing.pins, Pin(instance, pad.name))
        electrical[name] = nets
        circuit[name] = replace(cell, instances=instances)
        plans[name] = replace(plan, places=places, wires=tuple(wires))
    return Floorplan(Netlist(floorplan.netlist.top, circuit, electrical), plans)

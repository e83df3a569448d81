"""Room for wires and test structures around the layers of a chip whose terminals are wired to pads at its edges."""

from compiler.cells import DRIVEN
from compiler.netlist import Netlist
from compiler.structures import INSTANCE
from layouts.metal import bond_pitch_nm, bond_width_nm
from pdk.contract import Pdk, Role

SIDE_NM = 20_000
"""From what is wired to the first of the wires that pass it."""


def bonded(pdk: Pdk) -> bool:
    """Whether the process has no bumps: all wires then go to bond pads."""
    return Role.BUMP not in pdk.roles


def beside(pdk: Pdk, io: Role | None) -> bool:
    """Whether test structures stand beside the layers: light from above may come anywhere, and dies are of fixed size,
    wider than high."""
    return io is Role.GRATING_COUPLER and bool(pdk.dies_nm)


def yard_nm(netlist: Netlist, pdk: Pdk) -> int:
    """Width of the strip at each side of the layers that wires rise and fall in; 0 where there are bumps.

    Half of the terminals leave by each side, half of those to each edge; where test structures stand below the layers,
    all of a side go to one edge.
    """
    if not bonded(pdk):
        return 0
    laser = netlist.cells["layer"].instances["laser"].component
    edges = 2 if beside(pdk, pdk.role_of(laser)) or INSTANCE not in netlist.cells[netlist.top].instances else 1
    count = sum(
        len([port for port in pdk.devices[leaf.component].ports if port.kind == "electrical"])
        for path, leaf in netlist.flat.leaves.items()
        if leaf.component in pdk.devices
        and not path.startswith(f"{INSTANCE}.")
        and _is_driven(path, leaf.component, pdk)
    )
    tracks = -(-count // (2 * edges)) + 1
    return tracks * bond_pitch_nm(pdk) + bond_width_nm(pdk) + 2 * SIDE_NM


def _is_driven(path: str, component: str, pdk: Pdk) -> bool:
    return pdk.role_of(component) is not Role.PHASE_SHIFTER or path.rpartition(".")[2] in DRIVEN

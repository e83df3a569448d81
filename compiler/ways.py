"""How long a way is that light takes."""

from compiler.netlist import Netlist
from compiler.wiring import Hops
from pdk.contract import Pdk, Role

LIMIT_NM = 1
"""Largest difference of two ways that counts as matched: the grid."""


def way_nm(hops: Hops, netlist: Netlist, pdk: Pdk) -> int:
    """Length of a chain of devices along the light, in nm. ValueError for one that the PDK does not have."""
    return sum(device_nm(hop.path, netlist, pdk) for hop in hops)


def device_nm(path: str, netlist: Netlist, pdk: Pdk) -> int:
    """Length of one device along the light, in nm. ValueError where the PDK does not have it."""
    leaf = netlist.device(path)
    if leaf.component == pdk.roles[Role.STRAIGHT]:
        return int(leaf.settings.get("length_nm", 0))
    if leaf.component not in pdk.devices:
        raise ValueError(f"{path}: found {leaf.component}, expected a device whose length is known")
    return pdk.devices[leaf.component].path_nm

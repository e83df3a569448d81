"""How long a way is that light takes."""

from compiler.netlist import Netlist
from compiler.wiring import Hops
from pdk.contract import Pdk, Role

LIMIT_NM = 1
"""Largest difference of two ways that counts as matched: the grid."""


def way_nm(hops: Hops, netlist: Netlist, pdk: Pdk) -> int:
    """Length of a chain of devices along the light, in nm."""
    return sum(_device_nm(hop.path, netlist, pdk) for hop in hops)


def _device_nm(path: str, netlist: Netlist, pdk: Pdk) -> int:
    leaf = netlist.device(path)
    if leaf.component == pdk.roles[Role.STRAIGHT]:
        return int(leaf.settings.get("length_nm", 0))
    return pdk.devices[leaf.component].path_nm

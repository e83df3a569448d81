"""A circuit's fingerprint: the same for a designed circuit and the same one read back from a GDS."""

import hashlib
import json

from compiler.netlist import Netlist

LETTERS = 12
"""Hexadecimal digits that are written on a die: 48 bits."""


def digest(netlist: Netlist) -> str:
    """The first digits of the SHA-256 of what netlist.yml holds: every list sorted, nets without their names."""
    told = netlist.as_dict()
    for cell in told["cells"].values():
        cell["nets"] = sorted(sorted(net.values()) for net in cell["nets"])
    told["electrical"] = {
        cell: sorted(sorted(pins) for pins in nets.values()) for cell, nets in told["electrical"].items() if nets
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LETTERS]

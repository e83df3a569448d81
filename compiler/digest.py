"""A circuit's fingerprint: the same for a designed circuit and the same one read back from a GDS."""

import hashlib
import json

from compiler.netlist import Netlist

LETTERS = 12
"""Hexadecimal digits that are written on a die: 48 bits."""


def digest(netlist: Netlist) -> str:
    """The first digits of the SHA-256 of what netlist.yml holds.

    Every list is sorted; names of nets, and terminals that no wire reaches, are left out: a layout does not tell them.
    """
    told = netlist.as_dict()
    for cell in told["cells"].values():
        cell["nets"] = sorted(sorted(net.values()) for net in cell["nets"])
    joined = {
        cell: sorted(sorted(pins) for pins in nets.values() if len(pins) > 1)
        for cell, nets in told["electrical"].items()
    }
    told["electrical"] = {cell: nets for cell, nets in joined.items() if nets}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LETTERS]

"""Electrical nets against electrical nets: what a wire should join, and what it joins.

Nets are compared cell by cell as sets of terminals. Only where a cell's nets differ are they opened to whole paths,
so that a short between two cells is told once, with the names of the nets that it joins.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from compiler.netlist import Netlist, Pin
from pdk.finding import Finding

MEND = "mend the wire, or compile the design again"
SHOWN = 4
"""Terminals of one net that a finding names."""

Nets = Mapping[str, Mapping[str, tuple[Pin, ...]]]


def compare_nets(designed: Netlist, extracted: Netlist) -> Iterator[Finding]:
    """Opens, shorts and wires to nowhere; nothing where every net joins what it should."""
    wanted, drawn = designed.electrical, extracted.electrical
    cells = {cell for cell in wanted.keys() | drawn.keys() if _sets(wanted, cell) != _sets(drawn, cell)}
    if not cells:
        return
    net_of = _flat(designed, cells)
    pieces: dict[str, list[list[Pin]]] = defaultdict(list)
    for members in _members(_flat(extracted, cells)).values():
        names = sorted({net_of[pin] for pin in members if pin in net_of})
        if len(names) > 1:
            yield Finding(names[0], "short", f"joined with {_list(names[1:])}", "nets apart from each other", MEND)
        for name in names:
            pieces[name].append([pin for pin in members if net_of.get(pin) == name])
        strangers = [str(pin) for pin in members if pin not in net_of]
        if strangers and names:
            yield Finding(names[0], "extra_terminal", _list(strangers), "its own terminals only", MEND)
    for name, members in sorted(_members(net_of).items()):
        parts = pieces.get(name, [])
        found = {pin for part in parts for pin in part}
        missing = [str(pin) for pin in members if pin not in found]
        if len(parts) > 1:
            apart = " | ".join(_list([str(pin) for pin in part]) for part in parts)
            yield Finding(name, "open", f"{len(parts)} pieces: {apart}", "one net", MEND)
        if missing:
            yield Finding(name, "unwired", f"nothing at {_list(missing)}", "a wire to its pad", MEND)


def _sets(nets: Nets, cell: str) -> set[frozenset[Pin]]:
    return {frozenset(pins) for pins in nets.get(cell, {}).values()}


def _flat(netlist: Netlist, cells: set[str]) -> dict[Pin, str]:
    """Every terminal of the nets in some cells, as a whole path, and the net that it is on."""
    found: dict[Pin, str] = {}
    for cell in cells & netlist.electrical.keys():
        for use in [""] if cell == netlist.top else netlist.instances_of(cell):
            prefix = f"{use}." if use else ""
            for name, pins in netlist.electrical[cell].items():
                found |= {Pin(prefix + pin.instance, pin.port): prefix + name for pin in pins}
    return found


def _members(net_of: Mapping[Pin, str]) -> dict[str, list[Pin]]:
    members: dict[str, list[Pin]] = defaultdict(list)
    for pin, name in net_of.items():
        members[name].append(pin)
    return members


def _list(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more

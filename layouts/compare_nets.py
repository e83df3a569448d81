"""Electrical nets against electrical nets: what a wire should join, and what it joins.

Nets are compared as sets of terminals, once for each pair of a designed cell and the one drawn in its place. Only where
the two differ are they opened to whole paths, so that a short between two cells is told once, with the names of the
nets that it joins. A device with equivalent terminals may be wired either way round.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from compiler.netlist import Netlist, Pin
from layouts.symmetries import Permutation, symmetries
from pdk.contract import Pdk
from pdk.finding import Finding

MEND = "mend the wire, or compile the design again"
SHOWN = 4
"""Terminals of one net that a finding names."""
SHOWN_NETS = 16
"""Nets that one short joins and that its finding names: a wire across a few cells crosses no more."""

Pair = tuple[str, str]
"""A designed cell and the one that is drawn where it should be."""


def compare_nets(designed: Netlist, extracted: Netlist, pdk: Pdk) -> Iterator[Finding]:
    """Opens, shorts and wires to nowhere; nothing where every net joins what it should."""
    pairs = {pair for _, pair in _uses(designed, extracted, once=True) if _differ(designed, extracted, pair)}
    if not pairs:
        return
    net_of: dict[Pin, str] = {}
    drawn: dict[Pin, str] = {}
    for prefix, pair in _uses(designed, extracted):
        if pair in pairs:
            net_of |= _flat(designed, pair[0], prefix)
            drawn |= _flat(extracted, pair[1], prefix)
    drawn = _turned(drawn, net_of, designed, pdk)
    yield from _joined(drawn, net_of)


def _uses(designed: Netlist, extracted: Netlist, *, once: bool = False) -> Iterator[tuple[str, Pair]]:
    """Every path (with its last dot) that is a block on both sides, and the two blocks; each pair `once` if asked."""
    seen: set[Pair] = set()
    stack = [("", (designed.top, extracted.top))]
    while stack:
        prefix, pair = stack.pop()
        if once and pair in seen:
            continue
        seen.add(pair)
        yield prefix, pair
        below = extracted.cells[pair[1]].instances
        for name, instance in designed.cells[pair[0]].instances.items():
            other = below.get(name)
            if other and instance.component in designed.cells and other.component in extracted.cells:
                stack.append((f"{prefix}{name}.", (instance.component, other.component)))


def _differ(designed: Netlist, extracted: Netlist, pair: Pair) -> bool:
    wanted, drawn = designed.electrical.get(pair[0], {}), extracted.electrical.get(pair[1], {})
    return {frozenset(pins) for pins in wanted.values()} != {frozenset(pins) for pins in drawn.values()}


def _flat(netlist: Netlist, cell: str, prefix: str) -> dict[Pin, str]:
    """Terminals of a cell's nets as whole paths, and the net that each is on."""
    nets = netlist.electrical.get(cell, {})
    return {Pin(prefix + pin.instance, pin.port): prefix + name for name, pins in nets.items() for pin in pins}


def _turned(drawn: Mapping[Pin, str], net_of: Mapping[Pin, str], designed: Netlist, pdk: Pdk) -> dict[Pin, str]:
    """The drawn nets, equivalent terminals renamed where the device then fits its designed nets better."""
    found, wanted = _members(drawn), _members(net_of)
    leaves = designed.flat.leaves
    ports: dict[str, list[Pin]] = defaultdict(list)
    for pin in drawn:
        if pin.instance in leaves:
            ports[pin.instance].append(pin)
    renamed = dict(drawn)
    for instance, pins in ports.items():

        def fit(permutation: Permutation, pins: list[Pin] = pins, instance: str = instance) -> int:
            """Neighbours on the net that stay, over all terminals; the device's own count for nothing."""
            total = 0
            for pin in pins:
                there = wanted.get(net_of.get(Pin(instance, permutation.get(pin.port, pin.port)), ""), [])
                total += sum(end.instance != instance for end in set(found[drawn[pin]]) & set(there))
            return total

        best = max(symmetries(leaves[instance].component, pdk), key=fit)
        renamed |= {Pin(instance, best.get(pin.port, pin.port)): drawn[pin] for pin in pins}
    return renamed


def _joined(drawn: Mapping[Pin, str], net_of: Mapping[Pin, str]) -> Iterator[Finding]:
    pieces: dict[str, list[list[Pin]]] = defaultdict(list)
    for members in _members(drawn).values():
        names = sorted({net_of[pin] for pin in members if pin in net_of})
        if len(names) > 1:
            yield Finding(
                names[0], "short", f"joined with {_list(names[1:], SHOWN_NETS)}", "nets apart from each other", MEND
            )
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


def _members(net_of: Mapping[Pin, str]) -> dict[str, list[Pin]]:
    members: dict[str, list[Pin]] = defaultdict(list)
    for pin, name in net_of.items():
        members[name].append(pin)
    return members


def _list(names: list[str], shown: int = SHOWN) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more

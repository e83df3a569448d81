"""Wires of a flip chip: every terminal reaches one bump, bumps keep their pitch, wires carry their current."""

from collections import Counter
from itertools import combinations

import pytest

from compiler.netlist import Netlist, Pin
from layouts.devices import devices
from layouts.extract import extract
from layouts.metal import heater_current_ma
from layouts.nets import PADS
from layouts.rules import check_rules
from pdk.contract import Pdk, Role

CHIPS = [(4, 1, "unitary"), (4, 1, "svd"), (3, 1, "unitary")]
"""Ports, layers, kind."""

each_chip = pytest.mark.parametrize("chip", CHIPS, ids=lambda chip: "-".join(map(str, chip)))


@each_chip
def test_every_terminal_is_on_one_net_and_every_net_on_one_pad(drawn, pdk, chip):
    netlist = drawn(*chip).layout.netlist
    nets = flat_nets(netlist)
    times = Counter(pin for pins in nets.values() for pin in pins)
    assert times == dict.fromkeys(terminals(netlist, pdk), 1)
    leaves = netlist.flat.leaves
    for name, pins in nets.items():
        pads = [pin for pin in pins if pdk.role_of(leaves[pin.instance].component) in PADS]
        assert len(pads) == 1, name


@each_chip
def test_bumps_keep_their_pitch(drawn, pdk, chip):
    """Centre to centre, on the chip, across cells: a cell does not know its neighbour's bumps."""
    layout = drawn(*chip).layout
    bump = pdk.device(Role.BUMP)
    places = {name: cell.places for name, cell in layout.cells.items()}
    centres = []
    for placed in devices(layout.netlist, places, lambda name, component: component == bump.name):
        left, bottom, right, top = placed.at.box(bump.bbox_nm)
        centres.append((placed.path, (left + right) / 2, (bottom + top) / 2))
    assert len(centres) == len(flat_nets(layout.netlist))
    near = [
        (a, b, distance_nm)
        for (a, ax, ay), (b, bx, by) in combinations(centres, 2)
        if (distance_nm := ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5) < pdk.bump_pitch_nm
    ]
    assert near == []


@each_chip
def test_wires_carry_their_current(drawn, pdk, chip):
    """Widths and currents as read from the polygons: a heater at the end of its range, nothing else."""
    wired = extract(drawn(*chip).path, pdk).wired
    currents = set()
    for nets in wired.values():
        for name, net in nets.items():
            assert net.width_nm is not None, name
            assert net.width_nm >= net.needs_nm >= pdk.metals[-1].wire_width_nm(net.current_ma), name
            assert net.resistance_ohm > 0, name
            currents.add(net.current_ma)
    assert currents == {0.0, heater_current_ma(pdk)}


@each_chip
def test_nets_drawn_are_the_nets_designed(drawn, pdk, chip):
    found = extract(drawn(*chip).path, pdk).netlist
    wanted = drawn(*chip).layout.netlist
    assert joined(found) == joined(wanted)
    assert {cell: sorted(nets) for cell, nets in found.electrical.items()} == {
        cell: sorted(nets) for cell, nets in wanted.electrical.items()
    }


@each_chip
def test_wires_break_no_rule(drawn, pdk, chip):
    assert check_rules(drawn(*chip).path, pdk) == ()


def flat_nets(netlist: Netlist) -> dict[str, tuple[Pin, ...]]:
    """Every net of the chip by its whole name, with its terminals as whole paths."""
    found = {}
    for cell, nets in netlist.electrical.items():
        for use in [""] if cell == netlist.top else netlist.instances_of(cell):
            prefix = f"{use}." if use else ""
            for name, pins in nets.items():
                found[prefix + name] = tuple(Pin(prefix + pin.instance, pin.port) for pin in pins)
    return found


def joined(netlist: Netlist) -> set[frozenset[Pin]]:
    """Which terminals of the chip hang together."""
    return {frozenset(pins) for pins in flat_nets(netlist).values()}


def terminals(netlist: Netlist, pdk: Pdk) -> list[Pin]:
    """Every electrical pin of the chip, pads included."""
    return [
        Pin(path, port.name)
        for path, leaf in netlist.flat.leaves.items()
        if leaf.component in pdk.devices
        for port in pdk.devices[leaf.component].ports
        if port.kind == "electrical"
    ]

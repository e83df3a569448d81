"""Wire bonding: every terminal at a pad, on one metal or two, and no wire across another."""

import random
from dataclasses import replace
from itertools import combinations, pairwise

import klayout.db as kdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compile import MissingRoleError, build
from compiler.netlist import Cell, Instance, Netlist, Pin
from layouts.bond import bond, sites, terminals
from layouts.comb import Channel, NotPlanarError, Riser, fan, leave, quadrants
from layouts.compare import compare
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import extract
from layouts.floorplan import CellPlan, Floorplan
from layouts.geometry import Transform
from layouts.place import place
from layouts.route import route
from layouts.rules import check_rules
from pdk.contract import Role

PITCH_NM = 5_000
UPPER, LOWER = Channel(127_000, 167_000), Channel(0, 40_000)


def bare_mesh(pdk, ports):
    """A Clements mesh without boundary cells, placed."""
    chip = build(pdk, ports=ports, layers=1)
    plans, name = place(chip, pdk).cells, f"mesh_{ports}"
    used = {cell: chip.cells[cell] for cell in (name, "mzi", "edge", "balance", "backward_tap", "blind_tap")}
    top = Cell({"mesh": Instance(name)}, (), {port: Pin("mesh", port) for port in used[name].ports})
    chosen = {cell: plans[cell] for cell in used}
    return Floorplan(
        Netlist("chip", {"chip": top, **used}), {**chosen, "chip": CellPlan({"mesh": Transform()}, plans[name].ports)}
    )


def read_back(floorplan, pdk, path):
    layout = route(floorplan, pdk)
    emit(layout, pdk, path)
    return layout, extract(path, pdk)


@pytest.mark.parametrize("ports", [4, 5, 8])
def test_heaters_on_one_metal(pdk, tmp_path, ports):
    """Both ends of every driven heater, and no short: 112 terminals at 8 ports."""
    floorplan = bond(bare_mesh(pdk, ports), pdk, metals=1, heaters_only=True)
    layout, found = read_back(floorplan, pdk, tmp_path / "mesh.gds")
    assert compare(layout.netlist, found.netlist, pdk) == ()
    assert check_rules(tmp_path / "mesh.gds", pdk) == ()
    nets = [net for net in found.wired["chip"].values() if net.padded]
    assert len(nets) == 2 * ports * (ports - 1)
    assert all(len(net.pins) == 2 and net.resistance_ohm > 0 for net in nets)
    metals = {wire.metal for wire in floorplan.cells["chip"].wires}
    assert metals == {"m3"}


@pytest.mark.parametrize(("ports", "layers", "structures"), [(3, 1, False), (4, 2, True)])
def test_a_whole_chip_on_two_metals(pdk, tmp_path, ports, layers, structures):
    circuit = build(pdk, ports=ports, layers=layers, structures=structures)
    floorplan = contact(place(circuit, pdk), pdk, "wire")
    layout, found = read_back(floorplan, pdk, tmp_path / "chip.gds")
    assert compare(layout.netlist, found.netlist, pdk) == ()
    assert [f for f in found.findings if f.rule != "label"] == []
    assert check_rules(tmp_path / "chip.gds", pdk) == ()
    assert {wire.metal for wire in floorplan.cells["chip"].wires} == {"m2", "m3"}


def test_pads_are_numbered_as_one_reads(pdk):
    places = contact(place(build(pdk, ports=3, layers=1), pdk), pdk, "wire").cells["chip"].places
    pads = [places[f"pad_{number}"] for number in range(1, 1 + sum(name.startswith("pad_") for name in places))]
    assert pads == sorted(pads, key=lambda at: (-at.y_nm, at.x_nm))
    upper = [at.x_nm for at in pads if at.y_nm == pads[0].y_nm]
    assert {b - a for a, b in pairwise(upper)} == {pdk.pad_pitch_nm}


def test_what_cannot_be_reached_is_named_before_anything_is_drawn(pdk):
    with pytest.raises(NotPlanarError, match=r"no track on m3 and m2 for layer1\.mesh\.mzi_") as refusal:
        contact(place(build(pdk, ports=8, layers=1), pdk), pdk, "wire")
    assert all(name.startswith("layer1.") for name in refusal.value.terminals)


def test_auto_takes_bumps_where_the_edges_are_too_short(pdk):
    small, large = (place(build(pdk, ports=ports, layers=1), pdk) for ports in (2, 4))
    assert terminals(small, pdk) <= sites(small, pdk) and terminals(large, pdk) > sites(large, pdk)
    assert any(name.startswith("pad_") for name in contact(small, pdk, "auto").cells["chip"].places)
    assert "bump_phi" in contact(large, pdk, "auto").cells["mzi"].places


def test_a_process_without_a_role_is_refused(pdk):
    roles = {role: name for role, name in pdk.roles.items() if role not in (Role.TAP, Role.MODULATOR)}
    with pytest.raises(MissingRoleError, match="generic has no tap, modulator, which this design needs"):
        build(replace(pdk, roles=roles), ports=4, layers=1)


@given(st.integers(0, 2**31), st.integers(1, 24))
@settings(max_examples=60, deadline=None)
def test_wires_never_cross(seed, count):
    """Whatever the terminals: all ways of one metal, drawn as wide as their pitch allows, stay apart."""
    rng = random.Random(seed)
    xs = rng.sample(range(0, 2_000_000, 20_000), count)
    channels = {UPPER: [], LOWER: []}
    for k, x in enumerate(xs):
        channel, up = rng.choice((UPPER, LOWER)), rng.random() < 0.7
        y = channel.bottom_nm - 30_000 if up else channel.top_nm + 30_000
        if len(channels[channel]) < 2 * channel.tracks(PITCH_NM) - 1:
            channels[channel].append(Riser(f"n{k}", ((x, y),), up))
    west, east = leave(channels, PITCH_NM)
    box = (-40_000, -200_000, 2_040_000, 400_000)
    corners = quadrants(west, east, box, ((len(west) + 1) // 2, (len(east) + 1) // 2))
    ways = {}
    for name, quadrant in corners.items():
        y = 700_000 * quadrant.flip_y
        spots = [(1_000_000 - quadrant.flip_x * (62_500 + 125_000 * k), y) for k in range(len(quadrant.ways))]
        ways |= fan(quadrant, spots, PITCH_NM)
        assert name[0] == ("n" if quadrant.flip_y > 0 else "s")
    assert ways.keys() == {riser.net for risers in channels.values() for riser in risers}
    drawn = [kdb.Region(kdb.Path([kdb.Point(*p) for p in way], 3_000).polygon()) for way in ways.values()]
    assert all((a & b).is_empty() for a, b in combinations(drawn, 2))

"""The compiled circuit: counts, names, schema, and that every port leads somewhere."""

import re
from collections import Counter

import pytest

from compiler import crossbar
from compiler.compile import build
from compiler.netlist import Cell, Flat, Instance, Netlist, Pin
from pdk.conform.statement import BLOCKS
from pdk.contract import Role


@pytest.mark.parametrize(
    ("ports", "mzis", "shifters", "edges", "cells"), [(4, 18, 36, 12, 12), (8, 84, 168, 24, 24), (16, 360, 720, 48, 48)]
)
def test_counts_of_three_layers(pdk, ports, mzis, shifters, edges, cells):
    """N (N − 1) / 2 MZIs a layer, two trainable shifters each, two dummies per odd column, N boundary cells a side."""
    netlist = build(pdk, ports=ports, layers=3)
    count = {name: sum(1 for _ in netlist.instances_of(name)) for name in netlist.cells}
    assert count["mzi"] == mzis
    assert count["backward_tap"] == shifters
    assert count["edge"] == edges
    assert count["input_cell"] == count["output_cell"] == cells
    leaves = Counter(leaf.component for leaf in netlist.flat.leaves.values())
    twins_and_dummies = shifters + 2 * edges
    assert leaves[pdk.roles[Role.PHASE_SHIFTER]] == shifters + twins_and_dummies + cells


@pytest.mark.parametrize("ports", [2, 3, 4, 5, 8, 16])
@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_every_optical_port_is_connected(pdk, ports, linear):
    """Light never ends in nothing: each port has a net, or is a port of the chip."""
    flat = build(pdk, ports=ports, layers=1, linear=linear).flat
    shown = set(flat.ports.values())
    for path, leaf in flat.leaves.items():
        for port in pdk.devices[leaf.component].ports:
            if port.kind == "optical":
                assert (Pin(path, port.name) in flat.links) != (Pin(path, port.name) in shown)


def test_svd_layer_has_an_output_cell_at_every_dump(pdk):
    netlist = build(pdk, ports=4, layers=1, linear="svd")
    attenuators = list(netlist.instances_of("mzi_attenuator"))
    assert sorted(attenuators) == [f"layer1.att_{row}" for row in range(4)]
    outputs = {path.split(".")[1] for path in netlist.instances_of("output_cell")}
    assert outputs == {f"out_{row}" for row in range(4)} | {f"dump_{row}" for row in range(4)}


def test_a_dump_reaches_its_own_output_cell(pdk):
    flat = build(pdk, ports=4, layers=1, linear="svd").flat
    for row in range(4):
        pin = flat.links[Pin(f"layer1.att_{row}.coupler_2", "o4")]
        while pin.instance.startswith("layer1.escape"):
            assert (pin.port, flat.leaves[pin.instance].component) == ("o4", pdk.roles[Role.CROSSING])
            pin = flat.links[Pin(pin.instance, "o2")]
        assert pin == Pin(f"layer1.dump_{row}.coupler", "o2")


def test_signals_of_an_svd_layer_pass_equally_many_crossings(pdk):
    flat = build(pdk, ports=5, layers=1, linear="svd").flat
    crossings = Counter(re.findall(r"cross_(\d)_", p)[0] for p in flat.leaves if ".escape.cross_" in p)
    assert set(crossings.values()) == {5}


def test_backward_light_and_not_forward_reaches_the_tap_photodiode(pdk):
    """In a directional coupler light from o4 leaves at o2; forward light from o1 leaves at o3, into the termination."""
    flat = build(pdk, ports=4, layers=1).flat
    assert flat.links[Pin("layer1.mesh.mzi_0_0.theta_tap.tap", "o2")].instance.endswith("theta_tap.pd")
    assert flat.links[Pin("layer1.mesh.mzi_0_0.theta_tap.tap", "o1")] == Pin("layer1.mesh.mzi_0_0.theta", "o2")


def test_forward_light_never_meets_the_mirror(pdk):
    """Mesh and mirror are on the same side of the output coupler."""
    flat = build(pdk, ports=4, layers=1).flat
    assert flat.links[Pin("layer1.out_0.coupler", "o1")].instance == "layer1.out_0.mirror"
    assert flat.links[Pin("layer1.out_0.coupler", "o2")].instance.startswith("layer1.mesh.")


def test_dictionary_round_trip(pdk):
    circuit = build(pdk, ports=4, layers=2, linear="svd")
    netlist = Netlist(circuit.top, circuit.cells, {"mzi": {"phi": (Pin("phi", "e2"), Pin("bump_phi", "e1"))}})
    assert Netlist.from_dict(netlist.as_dict()) == netlist


@pytest.mark.parametrize("broken", [{}, {"schema": 99}, {"schema": 1, "top": "a", "cells": {"a": 3}}, []])
def test_a_dictionary_of_another_kind_is_refused(broken):
    with pytest.raises(ValueError, match="netlist"):
        Netlist.from_dict(broken)


def test_sax_reads_the_optical_part_unchanged(pdk):
    """A whole input cell through `sax.circuit`: half of the light goes to the mesh, half to the monitor."""
    import sax

    netlist = build(pdk, ports=2, layers=1)
    optical = netlist.optical()
    cell = {"cell": optical["input_cell"]}
    cell["cell"]["instances"] = {n: {"component": i["component"]} for n, i in cell["cell"]["instances"].items()}
    model, _ = sax.circuit(cell, models=dict(pdk.models()))
    s = sax.sdict(model(wl=1.55))
    through = float(abs(s["o1", "o2"]) ** 2)
    modulator = float(abs(pdk.models()["modulator"](wl=1.55)["o1", "o2"]) ** 2)
    splitter = float(abs(pdk.models()["mmi2x2"](wl=1.55)["o2", "o3"]) ** 2)
    assert through == pytest.approx(modulator * splitter, rel=1e-12)
    assert splitter == pytest.approx(0.5, rel=0.05)


def test_graph_has_a_node_per_device_and_an_edge_per_net(pdk):
    netlist = build(pdk, ports=4, layers=1)
    graph = netlist.graph()
    assert set(graph.nodes) == set(netlist.flat.leaves)
    assert graph.number_of_edges() == len(netlist.flat.links) // 2
    assert graph.nodes["layer1.mesh.mzi_0_0.theta"]["component"] == pdk.roles[Role.PHASE_SHIFTER]


def test_a_net_to_nowhere_is_refused():
    cell = Cell({"a": Instance("straight")}, ((Pin("a", "o1"), Pin("b", "o1")),), {})
    with pytest.raises(ValueError, match="no instance b"):
        _ = Netlist("top", {"top": cell}).flat


def test_a_port_with_two_nets_is_refused():
    parts = {name: Instance("straight") for name in "abc"}
    nets = ((Pin("a", "o2"), Pin("b", "o1")), (Pin("a", "o2"), Pin("c", "o1")))
    with pytest.raises(ValueError, match="two nets"):
        _ = Netlist("top", {"top": Cell(parts, nets, {})}).flat


def test_a_cell_in_itself_is_refused():
    with pytest.raises(ValueError, match="contains itself"):
        _ = Netlist("top", {"top": Cell({"a": Instance("top")}, (), {})}).flat


def test_flat_is_the_same_object_every_time(pdk):
    netlist = build(pdk, ports=2, layers=1)
    assert isinstance(netlist.flat, Flat)
    assert netlist.flat is netlist.flat


@pytest.mark.parametrize("weight", ["mzi", "pin"])
@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_no_device_may_have_the_name_of_a_block(pdk, linear, weight):
    """A circuit finds blocks and devices by name: the conformance test of foundries knows all names of blocks."""
    mesh = build(pdk, ports=5, layers=2, linear=linear, structures=True)
    banks = crossbar.build(pdk, inputs=(2, 3), outputs=(3, 1), weight=weight, io="edge", structures=True)
    assert [name for name in (*mesh.cells, *banks.cells) if not BLOCKS.fullmatch(name)] == []
    assert [name for name in pdk.devices if BLOCKS.fullmatch(name)] == []

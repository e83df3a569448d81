"""The crossbar's circuit: counts, equal splitting, ways back to the fibres, and weights that are what they say."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler import crossbar
from compiler.crossbar_paths import crossbar_paths, is_crossbar
from compiler.crossbar_tables import crossbar_tables
from compiler.netlist import Cell, Instance, Netlist, Pin
from pdk.contract import Role


def of_size(pdk, *widths, **kind):
    return crossbar.build(pdk, inputs=widths[:-1], outputs=widths[1:], **kind)


@pytest.mark.parametrize("widths", [(2, 8, 1), (1, 1), (3, 4, 5, 2)])
@pytest.mark.parametrize("weight", ["mzi", "pin"])
def test_counts(pdk, widths, weight):
    """(n + 1) m weights in a forward bank, m n in a backward one; two photodiodes each."""
    netlist = of_size(pdk, *widths, weight=weight)
    forward = sum((n + 1) * m for n, m in pairwise(widths))
    backward = sum(n * m for n, m in pairwise(widths[1:]))
    columns = sum(n + 1 for n in widths[:-1]) + sum(widths[2:])
    neurons = sum(n + 1 for n in widths[1:-1]) + widths[-1]  # bias columns have a replica too, to lose as much
    assert sum(1 for _ in netlist.instances_of(crossbar.WEIGHT[weight])) == forward + backward
    leaves = Counter(leaf.component for leaf in netlist.flat.leaves.values())
    assert leaves[pdk.roles[Role.PHOTODIODE]] == 2 * (forward + backward) + columns + neurons + widths[-1]
    banks = 2 * (len(widths) - 1) - 1
    assert leaves[pdk.roles[Role.MODULATOR]] == columns + neurons + widths[-1] + banks


@pytest.mark.parametrize("weight", ["mzi", "pin"])
def test_every_optical_port_is_connected(pdk, weight):
    """Light never ends in nothing: each port has a net, or is a port of the chip."""
    flat = of_size(pdk, 2, 3, 2, weight=weight, structures=True).flat
    shown = set(flat.ports.values())
    for path, leaf in flat.leaves.items():
        for port in pdk.devices[leaf.component].ports:
            if port.kind == "optical":
                assert (Pin(path, port.name) in flat.links) != (Pin(path, port.name) in shown)


@given(leaves=st.integers(1, 40))
@settings(deadline=None, max_examples=40)
def test_every_leaf_of_a_tree_is_as_deep_as_the_others(pdk, leaves):
    tree = crossbar.tree(pdk, leaves)
    source = {b.instance: a.instance for a, b in tree.nets}

    def above(name):
        return 1 + above(source[name]) if name in source else 1

    depths = {above(tree.ports[f"o{row + 2}"].instance) for row in range(leaves)}
    assert depths == {max(1, crossbar.depth(leaves))}
    ends = [name for name in tree.instances if name.startswith("end_")]
    splits = [name for name in tree.instances if name.startswith("split_")]
    assert leaves + len(ends) == len(splits) + 1, "a binary tree has one more leaf than splitters"


def test_all_columns_and_rows_of_a_bank_lose_the_same(pdk):
    tables = crossbar_tables(of_size(pdk, 4, 5, 3), pdk)
    for bank in tables.banks:
        np.testing.assert_allclose(bank.weight, bank.weight[0, 0], rtol=1e-12)
        assert 0 < bank.weight.sum() < 1, "a passive chip gives no more than it gets"
    assert [bank.name for bank in tables.banks] == ["layer1.forward", "layer2.forward", "layer2.backward"]
    assert [bank.weight.shape for bank in tables.banks] == [(5, 5), (3, 6), (5, 3)]
    assert tables.layers == 2
    assert tables.kind == "mzi"


def test_ways_lead_from_a_fibre_to_the_photodiode(pdk):
    netlist = of_size(pdk, 2, 3, 1)
    links = netlist.flat.links
    found = crossbar_paths(netlist, pdk)
    ways = [weight.plus for bank in found.banks for row in bank.weights for weight in row]
    ways += [column.slope for column in found.bank("layer2.forward").columns] + [out.output for out in found.outputs]
    for way in ways:
        assert pdk.role_of(netlist.device(way[0].path).component) is Role.EDGE_COUPLER
        for here, there in pairwise(way):
            assert links[Pin(here.path, here.out)] == Pin(there.path, there.into)
        last = links[Pin(way[-1].path, way[-1].out)]
        assert pdk.role_of(netlist.device(last.instance).component) is Role.PHOTODIODE


def test_a_mesh_is_no_crossbar(pdk):
    from compiler.compile import build

    mesh = build(pdk, ports=4, layers=1)
    assert not is_crossbar(mesh)
    assert is_crossbar(of_size(pdk, 2, 2))
    with pytest.raises(ValueError, match="t: found no layer1"):
        crossbar_paths(Netlist("t", {"t": Cell({"readout": Instance("r")}, (), {}), "r": Cell({}, (), {})}), pdk)

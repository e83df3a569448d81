"""Light's ways and the nominal tables, checked against the loss that the models themselves say."""

from dataclasses import replace

import numpy as np
import pytest

from compiler.compile import build
from compiler.netlist import Netlist
from compiler.paths import layer_paths
from compiler.tables import Nominal, tables
from pdk.contract import Role


@pytest.mark.parametrize("ports", [2, 3, 4, 5, 8])
def test_a_row_passes_every_column(pdk, ports):
    """N columns of two couplers each; every trainable shifter is found with its tap, once."""
    (path,) = layer_paths(build(pdk, ports=ports, layers=1), pdk)
    assert (path.ports, path.rows, path.dumps) == (ports, ports, 0)
    assert len(path.couplings) == (2 * ports if ports > 2 else 2)
    assert len({t.shifter for t in path.taps}) == len(path.taps) == ports * (ports - 1)
    for tap in path.taps:
        assert tap.path == f"{tap.shifter}_tap"
        assert tap.photodiode == f"{tap.path}.pd"
    assert sorted(out.row for out in path.outputs) == list(range(ports))


def test_rows_stay_in_order(pdk):
    """A coupler's bar path keeps a row in its place, so output i ends row i."""
    (path,) = layer_paths(build(pdk, ports=6, layers=1), pdk)
    assert [(out.cell, out.row) for out in path.outputs] == [(f"layer1.out_{row}", row) for row in range(6)]
    for stage in path.couplings:
        assert all(c.b == c.a + 1 for c in stage)


def test_svd_layer_has_dark_rows_that_end_in_dumps(pdk):
    (path,) = layer_paths(build(pdk, ports=4, layers=1, linear="svd"), pdk)
    assert (path.ports, path.rows, path.dumps) == (4, 8, 4)
    assert len(path.taps) == 2 * 12 + 2 * 4
    assert sorted(out.row for out in path.outputs[4:]) == [4, 5, 6, 7]
    attenuated = {(c.a, c.b) for stage in path.couplings for c in stage if ".att_" in c.path}
    assert {a for a, _ in attenuated} == {0, 1, 2, 3}


def test_a_post_falls_along_the_mesh(pdk):
    """Light that is nearer to the outputs has less loss before it, and nothing gains power."""
    (table,) = tables(build(pdk, ports=8, layers=1), pdk).layers
    column = np.array([int(name.split("mzi_")[1].split("_")[0]) for name in table.shifters])
    by_column = [table.a_post[column == c].mean() for c in range(8)]
    assert np.all(np.diff(by_column) > 0)
    assert np.all(table.a_post < 1)
    assert table.a_tot < table.a_post.min()


def test_loss_of_one_mzi_is_the_product_of_its_parts(pdk):
    """Two ports: one MZI, so A_tot is two shifters, two taps and two splitters, and A_post(theta) one splitter."""
    (table,) = tables(build(pdk, ports=2, layers=1), pdk).layers
    models = pdk.models()
    shifter = float(abs(models[pdk.roles[Role.PHASE_SHIFTER]](wl=1.55)["o1", "o2"]) ** 2)
    tap = float(abs(models[pdk.roles[Role.TAP]](wl=1.55)["o1", "o4"]) ** 2)
    s = models[pdk.roles[Role.SPLITTER_2X2]](wl=1.55)
    splitter = float(abs(s["o2", "o3"]) ** 2 + abs(s["o2", "o4"]) ** 2)
    assert table.a_tot == pytest.approx((shifter * tap * splitter) ** 2, rel=1e-9)
    theta = table.shifters.index("layer1.mesh.mzi_0_0.theta")
    assert table.a_post[theta] == pytest.approx(splitter, rel=1e-9)


def test_edge_dummies_lose_what_an_mzi_loses(pdk):
    """The residual mismatch of a bare row, in dB."""
    netlist = build(pdk, ports=4, layers=1)
    (path,) = layer_paths(netlist, pdk)
    nominal = Nominal(netlist, pdk)
    edge = [hops for rows in path.segments for hops in rows if any(".edge_1_0." in hop.path for hop in hops)]
    in_edge = tuple(hop for hop in edge[0] if ".edge_1_0." in hop.path)
    (two,) = tables(build(pdk, ports=2, layers=1), pdk).layers
    mismatch_db = 10 * np.log10(nominal.power(in_edge) / two.a_tot)
    assert abs(mismatch_db) < 0.02


def test_echo_gain_evens_out_the_dumps(pdk):
    """A dump skips the second mesh, so its echo is sent weaker than a signal's; signals have gain 1."""
    (table,) = tables(build(pdk, ports=4, layers=1, linear="svd"), pdk).layers
    assert np.array_equal(table.echo_gain[:4], np.ones(4))
    assert np.all((table.echo_gain[4:] > 0) & (table.echo_gain[4:] < 1))


def test_power_in_is_shared_among_all_sources(pdk):
    """A tree of eight leaves after the first splitter, and a lossy modulator: less than 1/16 each, equal for all."""
    (table,) = tables(build(pdk, ports=8, layers=1), pdk).layers
    assert np.ptp(table.source) < 1e-12
    assert np.all(table.source * 2 < 1 / 16)
    assert np.all(table.source > 0)


def test_an_open_waveguide_is_refused_with_its_place(pdk):
    netlist = build(pdk, ports=2, layers=1)
    mzi = netlist.cells["mzi"]
    cut = replace(mzi, nets=tuple(net for net in mzi.nets if net[0].instance != "theta_tap"))
    with pytest.raises(ValueError, match=r"layer1\.mesh\.mzi_0_0\.theta_tap\.tap,o4: nothing is connected"):
        layer_paths(Netlist(netlist.top, {**netlist.cells, "mzi": cut}), pdk)

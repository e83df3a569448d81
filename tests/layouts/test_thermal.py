"""Heat by distance: the model against what is known of it, the table against the floorplan, the rule against a move."""

from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest

from compiler.compile import build
from compiler.paths import layer_paths
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import extract
from layouts.place import place
from layouts.route import route
from layouts.thermal import heaters, shares, thermal

LENGTH_NM = 120_800
LINE = np.array([[0, 0], [LENGTH_NM, 0]])


@pytest.fixture(scope="module")
def chip(drawn, pdk):
    """Extraction and thermal neighbours of four ports."""
    extraction = extract(drawn(4, 1).path, pdk)
    return extraction, thermal(extraction, pdk)


def share(pdk, first, second):
    return float(shares(np.array([first]), np.array([second]), pdk)[0])


def test_heat_falls_with_distance(pdk):
    apart_nm = np.geomspace(20_000, 1_000_000, 30)
    beside = [share(pdk, LINE, LINE + np.array([0, d])) for d in apart_nm]
    behind = [share(pdk, LINE, LINE + np.array([LENGTH_NM + d, 0])) for d in apart_nm]
    assert (np.diff(beside) < 0).all() and (np.diff(behind) < 0).all()
    assert min(behind) > 0
    assert (np.array(beside) > behind).all(), "side by side couples more than end to end"
    assert share(pdk, LINE, LINE + np.array([0, 100_000])) > share(pdk, LINE, LINE + np.array([60_000, 100_000])), (
        "less overlap, less heat"
    )


def test_heat_is_mutual(pdk):
    rng = np.random.default_rng(0)
    for _ in range(10):
        other = LINE[:, ::-1] * rng.choice([-1, 1], 2) + rng.integers(100_000, 600_000, 2)
        assert share(pdk, LINE, other) == pytest.approx(share(pdk, other, LINE), rel=1e-12)


def test_far_heaters_feel_the_heat_sink(pdk):
    """The sum over images against that over the wafer's own modes: 1/r + … = (2/h) Σ K0((2m + 1) π r/2h)."""
    h_um = pdk.value("wafer_thickness_um")

    def k0(z):
        t = np.linspace(0, 8, 20_000)
        return np.trapezoid(np.exp(-z * np.cosh(t)), t)

    for r_um in (500.0, 800.0, 1000.0):
        modes = 2 / h_um * sum(k0((2 * m + 1) * np.pi * r_um / (2 * h_um)) for m in range(6))
        short = np.array([[0, 0], [1000, 0]])
        far, near = (
            share(pdk, short, short + np.array([0, r_um * 1000])),
            share(pdk, short, short + np.array([0, 10_000])),
        )
        image = 1 / 10 - np.log(2) / h_um  # at 10 µm: the source, and all images from so far that r does not matter
        assert far / near == pytest.approx(modes / image, rel=2e-3)


def test_rule_is_where_a_neighbour_takes_one_percent(pdk):
    limit_nm = 1000 * pdk.value("heater_thermal_space_um")
    assert 0.009 < share(pdk, LINE, LINE + np.array([0, limit_nm])) < 0.01


def test_table_is_the_floorplan(chip, pdk):
    """Every driven heater warms every shifter in reach, itself excepted, by what the model says of the two."""
    extraction, found = chip
    names, ends_nm = heaters(extraction)
    table = found.table
    assert table.shifters == names and len(names) == 12 * 2 + 4 * 2 + 4
    (path,) = layer_paths(extraction.netlist, pdk)
    driven = {tap.shifter for tap in path.taps} | {out.shifter for out in path.outputs}
    reach_nm = 1000 * pdk.value("thermal_reach_um")
    centre = ends_nm.mean(axis=1)
    expected = {
        (a, b)
        for a in range(len(names))
        for b in range(len(names))
        if names[a] in driven and a != b and np.hypot(*(centre[a] - centre[b])) <= reach_nm
    }
    pairs = list(zip(table.heater.tolist(), table.warmed.tolist(), strict=True))
    assert len(pairs) == len(expected) and set(pairs) == expected
    for n, (a, b) in enumerate(pairs):
        assert table.share[n] == pytest.approx(share(pdk, ends_nm[a], ends_nm[b]), rel=1e-9)
    by_pair = dict(zip(pairs, table.share, strict=True))
    assert all(by_pair[b, a] == pytest.approx(value) for (a, b), value in by_pair.items() if (b, a) in by_pair)


def test_nearest_neighbours_of_four_ports(chip):
    """phi's own undriven twin one row below, theta behind it in the same row, then the next row of its column."""
    table = chip[1].table

    def warmest(name, count):
        mine = table.heater == table.shifters.index(f"layer1.mesh.{name}")
        order = np.argsort(-table.share[mine], kind="stable")[:count]
        return [table.shifters[k].removeprefix("layer1.mesh.") for k in table.warmed[mine][order]]

    assert warmest("mzi_0_0.phi", 1) == ["mzi_0_0.phi_twin"]
    assert warmest("mzi_1_1.theta", 1) == ["edge_1_0.shifter_2"], "the dummy of row 0 stands in the same column"
    assert "mzi_0_0.theta" in warmest("mzi_0_0.phi", 4)
    assert "mzi_0_2.phi" in warmest("mzi_0_0.phi", 5)
    assert not any(name.startswith("mzi_3") for name in warmest("mzi_0_0.phi", 99)), "out of reach"
    assert 0.003 < table.share.max() < 0.01


@pytest.mark.parametrize("linear", ["unitary", "svd"])
def test_drawn_chips_keep_the_rule(drawn, pdk, linear):
    found = thermal(extract(drawn(4, 2, linear).path, pdk), pdk)
    assert found.findings == ()
    assert found.closest_um == pytest.approx(104.732, abs=0.001), "phi and theta of one arm, end to end"
    assert found.limit_um == 60


def test_heater_moved_near_another_is_found(pdk, tmp_path):
    """theta of every MZI 70 µm nearer to phi. Its waveguides stay behind, so the circuit is taken from the design."""
    layout = route(contact(place(build(pdk, ports=4, layers=1), pdk), pdk), pdk)
    mzi = layout.cells["mzi"]
    theta = mzi.places["theta"]
    moved = {**mzi.places, "theta": replace(theta, x_nm=theta.x_nm - 70_000, y_nm=theta.y_nm + 20_000)}
    emit(replace(layout, cells={**layout.cells, "mzi": replace(mzi, places=moved)}), pdk, tmp_path / "chip.gds")
    found = thermal(replace(extract(tmp_path / "chip.gds", pdk), netlist=layout.netlist), pdk)
    assert len(found.findings) == 6
    assert {f.rule for f in found.findings} == {"thermal_space"}
    assert found.closest_um == pytest.approx(np.hypot(34.732, 20), abs=0.001)
    assert "layer1.mesh.mzi_0_0.theta" in found.findings[0].place
    assert "layer1.mesh.mzi_0_0.phi" in found.findings[0].measured


def test_a_stricter_process_finds_the_pairs_that_are_nearest(chip, pdk):
    wide = replace(pdk.numbers["heater_thermal_space_um"], value=110.0)
    strict = replace(pdk, numbers={**pdk.numbers, "heater_thermal_space_um": wide})
    found = thermal(chip[0], strict).findings
    assert len(found) == 6 and {f.limit for f in found} == {"110 um"}
    pairs = {(f.place.split(" at ")[0].rsplit(".")[-2], f.measured.split(".")[-2]) for f in found}
    assert all(one == other for one, other in pairs), "phi and theta of one MZI"


def test_many_heaters_take_little_time(drawn, pdk):
    extraction = extract(drawn(16, 2).path, pdk)
    layer_paths(extraction.netlist, pdk)
    start = perf_counter()
    table = thermal(extraction, pdk).table
    assert perf_counter() - start < 2
    assert len(table.shifters) == 1056


def test_voltages_warm_nothing(chip, voltage_pdk):
    """No number of heat is read, no pair is found, no rule is broken, however near two shifters are."""
    found = thermal(chip[0], voltage_pdk)
    assert not found.findings and found.table.shifters == () and len(found.table.share) == 0
    assert found.closest_um == np.inf and found.limit_um == 0.0

"""The GDS is the circuit: what was drawn, read back from geometry alone, equals what was designed."""

import shutil
import subprocess
from dataclasses import replace

import klayout.db as kdb
import networkx
import pytest

from compiler.compile import build
from compiler.netlist import Pin
from layouts.compare import compare
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import NotALayoutError, extract
from layouts.floorplan import ROW_PITCH_NM
from layouts.lengths import matched_lengths
from layouts.picture import svg
from layouts.place import place
from layouts.route import route

DESIGNS = [(2, 1, "unitary"), (3, 2, "unitary"), (4, 3, "unitary"), (8, 1, "unitary"), (16, 1, "unitary")]
DESIGNS += [(2, 1, "svd"), (4, 2, "svd"), (5, 1, "svd"), (8, 1, "svd")]


@pytest.mark.parametrize(("ports", "layers", "linear"), DESIGNS)
def test_drawn_is_designed(drawn, check, pdk, ports, layers, linear):
    chip = drawn(ports, layers, linear)
    assert check(chip.path, chip.layout) == ()
    extracted = extract(chip.path, pdk).netlist
    assert extracted.flat.leaves == chip.layout.netlist.flat.leaves
    assert dict(extracted.flat.links) == dict(chip.layout.netlist.flat.links)


@pytest.mark.parametrize(("ports", "layers", "linear"), DESIGNS)
def test_every_way_is_matched(drawn, pdk, ports, layers, linear):
    worst_nm, findings = matched_lengths(extract(drawn(ports, layers, linear).path, pdk).netlist, pdk)
    assert worst_nm <= 1
    assert findings == ()


def test_gratings_instead_of_edge_couplers(drawn, check):
    chip = drawn(4, 1, io="grating")
    assert check(chip.path, chip.layout) == ()


def test_nothing_but_waveguides_was_added(drawn, pdk):
    """Routing adds straights and bends between the designed devices and changes nothing else but pads."""
    designed = build(pdk, ports=4, layers=2)
    routed = drawn(4, 2).layout.netlist
    graph = networkx.Graph(routed.graph())
    graph.remove_nodes_from([n for n, data in graph.nodes(data=True) if data["component"] == "bump"])
    waveguides = {n for n, data in graph.nodes(data=True) if data["component"] in ("straight", "bend_90")}
    assert set(graph.nodes) - waveguides == set(designed.graph().nodes)
    for node in waveguides:
        neighbours = list(graph.neighbors(node))
        graph.remove_node(node)
        if len(neighbours) == 2:
            graph.add_edge(*neighbours)
    assert {frozenset(e) for e in graph.edges} == {frozenset(e) for e in designed.graph().edges}


def test_an_arm_drawn_longer_is_found_though_everything_still_fits(drawn, check, pdk, tmp_path):
    """The second coupler of every MZI 1 nm lower: all ports meet, only the lengths tell (2 nm between the arms)."""
    plan = contact(place(build(pdk, ports=4, layers=1), pdk), pdk)
    mzi = plan.cells["mzi"]
    at = mzi.places["coupler_2"]
    moved = replace(mzi, places={**mzi.places, "coupler_2": replace(at, y_nm=at.y_nm - 1)})
    layout = route(replace(plan, cells={**plan.cells, "mzi": moved}), pdk)
    emit(layout, pdk, tmp_path / "chip.gds")
    found = check(tmp_path / "chip.gds", drawn(4, 1).layout)
    assert {f.rule for f in found} == {"length"}
    assert any("(+1 nm)" in f.measured for f in found)
    worst_nm, unmatched = matched_lengths(extract(tmp_path / "chip.gds", pdk).netlist, pdk)
    assert worst_nm >= 2
    assert any(f.place.endswith("mzi_0_0.coupler_2") for f in unmatched)


def test_a_column_longer_by_10_um_is_found(drawn, check, pdk, tmp_path):
    """The detour of the edge dummy 5 um higher: 10 um longer than the MZI beside it."""
    plan = contact(place(build(pdk, ports=4, layers=1), pdk), pdk)
    edge = plan.cells["edge"]
    (pin, corners), *_ = edge.corners.items()
    taller = {pin: tuple((x, y + 5_000 if y else y) for x, y in corners)}
    layout = route(replace(plan, cells={**plan.cells, "edge": replace(edge, corners=taller)}), pdk)
    emit(layout, pdk, tmp_path / "chip.gds")
    assert any("(+5000 nm)" in f.measured for f in check(tmp_path / "chip.gds", drawn(4, 1).layout))
    worst_nm, _ = matched_lengths(extract(tmp_path / "chip.gds", pdk).netlist, pdk)
    assert worst_nm == 10_000


def test_contacts_and_ports(drawn, pdk):
    extraction = extract(drawn(4, 1).path, pdk)
    named = {(c.instance, c.terminal) for c in extraction.contacts}
    assert {("layer1.mesh.mzi_0_0.theta", "e1"), ("layer1.mesh.mzi_0_0.theta", "e2")} <= named
    assert ("layer1.in_0.monitor", "e1") in named
    assert set(extraction.netlist.electrical["mzi"]["theta"]) == {Pin("theta", "e2"), Pin("bump_theta", "e1")}
    assert [(p.name, p.x_nm) for p in extraction.ports] == [("o1", 0)]


def test_rows_keep_their_distance(drawn, pdk):
    """Two heaters of neighbouring rows are one row pitch apart on the chip."""
    contacts = {(c.instance, c.terminal): c for c in extract(drawn(4, 1).path, pdk).contacts}
    upper = contacts["layer1.mesh.mzi_0_0.theta", "e1"]
    lower = contacts["layer1.mesh.mzi_0_2.theta", "e1"]
    assert upper.y_nm - lower.y_nm == 2 * ROW_PITCH_NM
    assert upper.x_nm == lower.x_nm


def test_hierarchy_is_kept(drawn):
    """One cell per distinct device: a chip of twice the layers has the same cells."""

    def cells(path):
        layout = kdb.Layout()
        layout.read(str(path))
        return {cell.name for cell in layout.each_cell()}

    assert cells(drawn(4, 1).path) == cells(drawn(4, 3).path)


def test_picture_uses_every_cell_once(drawn, pdk):
    picture = svg(drawn(4, 1).path, pdk)
    assert picture.count('id="cell-mzi"') == 1
    assert picture.count('href="#cell-mzi"') == 6


@pytest.mark.parametrize("content", [b"", b"not a layout", b"\x00\x06\x00\x02\x02\x58" + bytes(100)])
def test_not_a_gds(tmp_path, pdk, content):
    path = tmp_path / "chip.gds"
    path.write_bytes(content)
    with pytest.raises(NotALayoutError) as refusal:
        extract(path, pdk)
    assert "\n" not in str(refusal.value)
    assert str(path) in str(refusal.value)


@pytest.mark.skipif(shutil.which("klayout") is None, reason="KLayout's application is not installed")
def test_klayout_application_opens_it(drawn, tmp_path):
    """Debian's KLayout 0.28.5 reads the file and counts the instances of its top cell."""
    script = tmp_path / "count.py"
    script.write_text(
        "import pya\nlayout = pya.Layout()\nlayout.read(gds)\n"
        "print('top', layout.top_cell().name, layout.top_cell().child_instances())\n"
    )
    run = subprocess.run(
        ["klayout", "-zz", "-rd", f"gds={drawn(4, 3).path}", "-r", str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "top chip 3" in run.stdout


def test_compare_is_not_blind_to_names(drawn, pdk):
    """Control: two designs that differ are told apart, in both directions."""
    small, large = drawn(3, 1).layout.netlist, drawn(4, 1).layout.netlist
    assert any(f.rule == "missing_instance" for f in compare(large, small, pdk))
    assert any(f.rule == "extra_instance" for f in compare(small, large, pdk))

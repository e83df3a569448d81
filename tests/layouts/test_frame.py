"""A die: what is drawn around a chip is there, is clean, and tells which circuit it is."""

from functools import cache

import klayout.db as kdb
import pytest

from compiler.compile import build
from compiler.digest import digest
from compiler.structures import FIBRES
from layouts.compare import compare
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import extract
from layouts.floorplan import ROW_PITCH_NM
from layouts.frame import MARKS, TEXT_CELL, frame, margin_nm
from layouts.lettering import Pixels, letters
from layouts.place import place
from layouts.route import route
from layouts.rules import check_rules
from layouts.structures import LINES, LONG_NM, SHORT_NM

DESIGNS = [(2, 1, "unitary", "edge"), (3, 2, "unitary", "grating"), (4, 2, "svd", "edge")]
TEXTS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz_-", "0123456789 17 40 96"


@pytest.fixture(scope="module")
def die(pdk, tmp_path_factory):
    """Draw a die: die(ports, layers, linear, io) -> (layout, path)."""
    folder = tmp_path_factory.mktemp("die")

    @cache
    def draw(ports, layers, linear, io):
        circuit = build(pdk, ports=ports, layers=layers, linear=linear, io=io, structures=True)
        layout = frame(route(contact(place(circuit, pdk), pdk), pdk), pdk, "moons")
        path = folder / f"{ports}_{layers}_{linear}_{io}.gds"
        emit(layout, pdk, path)
        return layout, path

    return draw


@pytest.fixture
def changed(die, pdk, tmp_path):
    """Findings of a copy of a die that a function of (layout, top) spoiled."""

    def findings(change):
        layout = kdb.Layout()
        layout.read(str(die(*DESIGNS[0])[1]))
        change(layout, layout.top_cell())
        layout.write(str(tmp_path / "changed.gds"))
        return extract(tmp_path / "changed.gds", pdk).findings

    return findings


@pytest.mark.parametrize("design", DESIGNS)
def test_the_die_is_the_circuit_and_keeps_the_rules(die, pdk, design):
    layout, path = die(*design)
    extraction = extract(path, pdk)
    assert extraction.findings == ()
    assert compare(layout.netlist, extraction.netlist, pdk) == ()
    assert check_rules(path, pdk) == ()


@pytest.mark.parametrize("design", DESIGNS)
def test_fibres_stand_on_one_grid_on_the_west_side(die, pdk, design):
    layout, path = die(*design)
    ports = extract(path, pdk).ports
    ys = sorted(port.y_nm for port in ports)
    assert len(ports) == design[1] + len(FIBRES)
    assert len({port.x_nm for port in ports}) == 1
    assert {(y - ys[0]) % ROW_PITCH_NM for y in ys} == {0}
    assert len(set(ys)) == len(ys)
    if design[3] == "edge":
        assert {(port.x_nm, port.angle_deg) for port in ports} == {(layout.die.frame_nm[0], 180)}


@pytest.mark.parametrize("design", DESIGNS)
def test_structures_make_the_die_no_wider(die, pdk, design):
    ports, layers, linear, io = design
    circuit = build(pdk, ports=ports, layers=layers, linear=linear, io=io)
    bare = frame(route(contact(place(circuit, pdk), pdk), pdk), pdk).die
    assert bare is not None
    left, _, right, _ = die(*design)[0].die.frame_nm
    assert (left, right) == (bare.frame_nm[0], bare.frame_nm[2])


def test_bumps_keep_their_pitch(die, pdk):
    layout = kdb.Layout()
    layout.read(str(die(*DESIGNS[0])[1]))
    bump = layout.cell("bump").cell_index()
    at, todo = [], [(layout.top_cell(), kdb.Trans())]
    while todo:
        cell, here = todo.pop()
        for instance in cell.each_inst():
            if instance.cell_index == bump:
                at.append((here * instance.trans).disp)
            else:
                todo.append((instance.cell, here * instance.trans))
    near = min((a - b).length() for k, a in enumerate(at) for b in at[:k])
    assert near >= pdk.bump_pitch_nm


def test_cutbacks_differ_in_straight_waveguide_alone(die, pdk):
    cell = die(*DESIGNS[0])[0].netlist.cells["structures"]

    def way(name):
        parts = [part for path, part in cell.instances.items() if path.startswith(f"wg_{name}_")]
        bends = sum(part.component == "bend_90" for part in parts)
        return bends, sum(part.settings.get("length_nm", 0) for part in parts)

    (short_bends, short_nm), (long_bends, long_nm) = way("short_in"), way("long_in")
    assert short_bends == long_bends
    assert long_nm - short_nm == LINES * (LONG_NM - SHORT_NM)


def test_frame_marks_and_name_are_drawn(die, pdk):
    layout, path = die(*DESIGNS[0])
    drawn = kdb.Layout()
    drawn.read(str(path))
    top = drawn.top_cell()
    frames = [shape.box for shape in top.shapes(drawn.find_layer(*pdk.layers["die"])).each()]
    assert frames == [kdb.Box(*layout.die.frame_nm)]
    assert {inst.property(0) for inst in top.each_inst() if inst.cell.name == "alignment_mark"} == set(MARKS)
    texts = [s.text.string for s in top.shapes(drawn.find_layer(*pdk.layers["label"])).each(kdb.Shapes.STexts)]
    assert f"design moons {digest(extract(path, pdk).netlist)}" in texts
    for name in (*MARKS, TEXT_CELL):
        box = next(inst.bbox() for inst in top.each_inst() if inst.property(0) == name)
        assert box.inside(frames[0])
        assert box.height() <= margin_nm(pdk)


def test_another_circuit_under_the_same_name_is_found(changed):
    """One instance has another name: the die says a hash that is not its circuit's."""

    def change(layout, top):
        test = next(inst for inst in top.each_inst() if inst.property(0) == "test")
        loop = next(inst for inst in test.cell.each_inst() if inst.property(0) == "loop_in")
        loop.set_property(0, "loop_on")

    assert [f.rule for f in changed(change)] == ["design_name"]


def test_another_hash_is_found(changed, pdk):
    def change(layout, top):
        for shape in top.shapes(layout.find_layer(*pdk.layers["label"])).each(kdb.Shapes.STexts):
            if shape.text.string.startswith("design "):
                shape.text_string = "design moons 000000000000"

    found = changed(change)
    assert sorted(f.rule for f in found) == ["design_name", "design_name", "unknown_device"]


def test_a_frame_too_small_is_found(changed, pdk):
    def change(layout, top):
        for shape in top.shapes(layout.find_layer(*pdk.layers["die"])).each():
            box = shape.box
            shape.box = kdb.Box(box.left - 1, box.bottom + 1_000, box.right, box.top)

    rules = [f.rule for f in changed(change)]
    assert rules.count("facet") == 1 + len(FIBRES)
    assert "die_margin" in rules


def test_no_frame_is_found(changed, pdk):
    found = changed(lambda layout, top: top.shapes(layout.find_layer(*pdk.layers["die"])).clear())
    assert [f.rule for f in found] == ["die_frame"]


def test_a_missing_mark_is_found(changed):
    def change(layout, top):
        next(inst for inst in top.each_inst() if inst.property(0) == "mark_ne").delete()

    assert {f.rule for f in changed(change)} == {"alignment_mark", "design_name"}


@pytest.mark.parametrize("text", TEXTS)
def test_letters_keep_the_rules_of_the_metal(pdk, text):
    metal = pdk.metals[-1]
    drawn = letters(text)
    assert drawn.width_check(metal.width_nm).count() == 0
    assert drawn.space_check(metal.space_nm).count() == drawn.notch_check(metal.space_nm).count() == 0
    assert drawn.bbox().height() <= Pixels().height_nm


def test_digits_of_a_hash_are_told_apart():
    drawn = [letters(f"0{letter}0") for letter in "0123456789abcdef"]
    assert all(not (a ^ b).is_empty() for k, a in enumerate(drawn) for b in drawn[:k])

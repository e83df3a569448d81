"""A foundry's file, without pins and outlines: it is proved unchanged, and read back from polygons alone."""

from dataclasses import replace

import klayout.db as kdb
import pytest

from compiler.digest import digest
from layouts.compare import compare
from layouts.emit import emit
from layouts.extract import extract, read
from layouts.faults import CROSSBAR_FAULTS, FAULTS, HARMLESS
from layouts.frame import frame
from layouts.strip import prove, strip, top_cell_name
from pdk.contract import Submission

PINS_ONLY = ("two ports swapped", "an optical pin moved by 1 nm", "an electrical pin moved")
"""Faults of what a stripped file does not have."""

CHIPS = [(2, 1, "unitary", "edge"), (3, 1, "svd", "grating"), (4, 2, "svd", "edge"), (5, 2, "unitary", "grating")]
"""Ports, layers, linear, io."""


@pytest.fixture
def stripped(pdk, tmp_path):
    """Strip a layout file: stripped(path) → path."""

    def make(path):
        out = tmp_path / "stripped.gds"
        strip(path, out, pdk, "a design")
        return out

    return make


@pytest.fixture
def framed(drawn, pdk, tmp_path):
    """A chip as a die with a name: its path."""
    layout = frame(drawn(2, 1).layout, pdk, "tiny")
    emit(layout, pdk, tmp_path / "framed.gds")
    return layout, tmp_path / "framed.gds"


@pytest.mark.parametrize("spec", CHIPS, ids=lambda spec: "-".join(map(str, spec)))
def test_a_stripped_mesh_is_the_designed_circuit(drawn, pdk, stripped, spec):
    chip = drawn(*spec)
    path = stripped(chip.path)
    assert prove(chip.path, path, pdk).ok
    found, whole = extract(path, pdk), extract(chip.path, pdk)
    assert found.stripped
    assert not whole.stripped
    assert found.findings == ()
    assert compare(chip.layout.netlist, found.netlist, pdk) == ()
    assert found.netlist == whole.netlist
    assert found.contacts == whole.contacts
    assert found.ports == whole.ports


@pytest.mark.parametrize(("weight", "io"), [("mzi", "edge"), ("pin", "grating")])
def test_a_stripped_crossbar_is_the_designed_circuit(drawn_crossbar, pdk, stripped, weight, io):
    chip = drawn_crossbar((2, 3, 1), weight, io)
    found = extract(stripped(chip.path), pdk)
    assert found.findings == ()
    assert found.netlist == extract(chip.path, pdk).netlist


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_faults_are_found_without_pins(drawn, check, spoil, stripped, fault):
    chip = drawn(4, 2, "svd")
    path, touched = spoil(chip, fault, 1)
    found = check(stripped(path), chip.layout)
    if fault.name in PINS_ONLY:
        assert found == ()
    else:
        assert any(touched in f"{f.place} {f.measured} {f.limit}" for f in found), [str(f) for f in found]


FEW = ("a waveguide cut", "a wrong device", "an instance missing", "an instance moved by 1 nm", "a wire cut")


@pytest.mark.parametrize("fault", [f for f in CROSSBAR_FAULTS if f.name in FEW], ids=lambda fault: fault.name)
def test_faults_of_a_crossbar_are_found_without_pins(drawn_crossbar, check, spoil, stripped, fault):
    chip = drawn_crossbar((2, 3, 1))
    path, touched = spoil(chip, fault, 2)
    found = check(stripped(path), chip.layout)
    assert any(touched in f"{f.place} {f.measured} {f.limit}" for f in found), [str(f) for f in found]


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.name)
def test_what_leaves_the_circuit_as_it_is_is_no_fault_without_pins(drawn, check, spoil, stripped, change):
    chip = drawn(4, 2)
    path, _ = spoil(chip, change, 3)
    assert check(stripped(path), chip.layout) == ()


def test_a_block_that_stands_1_nm_off_keeps_its_ports(drawn, spoil, stripped, pdk):
    """What is told is the gap, not every port of the block by another name."""

    def shift(layout, pdk, rng):
        block = next(one for one in layout.cell("layer").each_inst() if one.property(0) == "in_1")
        block.trans = kdb.Trans(0, 1) * block.trans
        return "layer1.in_1"

    path, touched = spoil(drawn(3, 1), shift, 0)
    found = extract(stripped(path), pdk).findings
    assert {f.rule for f in found} == {"open_port"}
    assert all(f.place.startswith("layer1.") for f in found)
    assert any(f.place == f"{touched},o2" for f in found), [str(f) for f in found]


def test_the_same_layout_gives_the_same_bytes(drawn, pdk, tmp_path):
    """Whatever order cells and shapes stand in."""
    chip = drawn(3, 1)
    layout = read(chip.path)
    layout.create_cell("unused")
    layout.prune_cell(layout.cell("unused").cell_index(), -1)
    options = kdb.SaveLayoutOptions()
    options.gds2_write_timestamps = True
    layout.write(str(tmp_path / "again.gds"), options)
    assert (tmp_path / "again.gds").read_bytes() != chip.path.read_bytes()
    for source, name in ((chip.path, "a.gds"), (tmp_path / "again.gds", "b.gds")):
        strip(source, tmp_path / name, pdk, "x")
    assert (tmp_path / "a.gds").read_bytes() == (tmp_path / "b.gds").read_bytes()


def test_only_pins_and_outlines_are_gone(drawn, pdk, stripped):
    chip = drawn(3, 1)
    path = stripped(chip.path)
    layout = read(path)
    layers = {(info.layer, info.datatype) for info in layout.layer_infos()}
    assert not layers & {pdk.layers[name] for name in ("pin", "pin_electrical", "outline")}
    assert layout.top_cell().name == "a_design" == top_cell_name("a design", pdk)
    proof = prove(chip.path, path, pdk)
    assert proof.ok
    assert proof.left_out == ("pin", "pin_electrical", "outline")
    assert {"core", "heater", "m1", "label"} <= {layer.name for layer in proof.layers}
    assert all(layer.same and layer.xor_area_nm2 == 0 and layer.polygons + layer.texts for layer in proof.layers)


def _widen(layout, pdk):
    layer = layout.layer(*pdk.layers["core"])
    cell = next(cell for cell in layout.each_cell() if cell.name.startswith("straight_"))
    shape = next(cell.shapes(layer).each())
    cell.shapes(layer).insert(shape.bbox().enlarged(0, 1))


def _rename(layout, pdk):
    next(layout.cell("mzi").each_inst()).set_property(0, "other")


def _shift(layout, pdk):
    one = next(layout.cell("mzi").each_inst())
    one.trans = kdb.Trans(1, 0) * one.trans


def _cell(layout, pdk):
    layout.create_cell("more")
    layout.top_cells()[0].insert(kdb.CellInstArray(layout.cell("more").cell_index(), kdb.Trans()))


def _pin(layout, pdk):
    layout.top_cell().shapes(layout.layer(*pdk.layers["pin"])).insert(kdb.Box(0, 0, 10, 10))


def _cut(layout, pdk):
    """The same area, cut into other polygons."""
    layer = layout.layer(*pdk.layers["core"])
    cell = next(cell for cell in layout.each_cell() if cell.name.startswith("straight_"))
    shape = next(cell.shapes(layer).each())
    box = shape.bbox()
    cell.shapes(layer).erase(shape)
    cell.shapes(layer).insert(kdb.Box(box.left, box.bottom, box.left + 1, box.top))
    cell.shapes(layer).insert(kdb.Box(box.left + 1, box.bottom, box.right, box.top))


@pytest.mark.parametrize("change", [_widen, _rename, _shift, _cell, _pin, _cut], ids=lambda change: change.__name__)
def test_the_proof_finds_what_was_changed(drawn, pdk, stripped, change):
    chip = drawn(3, 1)
    path = stripped(chip.path)
    layout = read(path)
    change(layout, pdk)
    layout.write(str(path))
    proof = prove(chip.path, path, pdk)
    assert not proof.ok
    assert proof.differences


def test_a_die_keeps_its_name_without_labels(framed, pdk, tmp_path):
    """Where a foundry takes no labels, the name and the hash are read off the metal."""
    layout, path = framed
    drops = ("pin", "pin_electrical", "outline", "label")
    shy = replace(pdk, submission=Submission(top_cell="Cell0_{name}", drops=drops))
    strip(path, tmp_path / "shy.gds", shy, "tiny")
    assert read(tmp_path / "shy.gds").top_cell().name == "Cell0_tiny"
    found = extract(tmp_path / "shy.gds", shy)
    assert found.findings == ()
    assert digest(found.netlist) == digest(layout.netlist)
    assert "label" in {f.rule for f in extract(tmp_path / "shy.gds", pdk).findings}

"""Crossbars on a die: the GDS is the circuit, ways are equal, rows are wires, and what no die holds is refused."""

import hashlib
import re
from dataclasses import replace

import klayout.db as kdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler import crossbar
from compiler.compile import compile_circuit
from compiler.netlist import Instance, Netlist, Pin
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.ways import way_nm
from layouts.compare import compare
from layouts.contact import contact
from layouts.crossbar_cells import tree
from layouts.crossbar_lengths import LIMIT_DB, spreads
from layouts.emit import emit
from layouts.extent import floorplan_box
from layouts.extract import extract, read
from layouts.fits import DieError, die_check, fits
from layouts.floorplan import ROW_PITCH_NM, Floorplan
from layouts.lengths import matched_lengths
from layouts.place import place
from layouts.route import route
from layouts.rules import check_rules
from layouts.thermal import thermal

DESIGNS = [
    ((2, 8, 1), "mzi", "edge"),
    ((2, 8, 1), "pin", "edge"),
    ((3, 5, 2, 3), "mzi", "edge"),
    ((4, 3), "mzi", "grating"),
    ((1, 1), "pin", "grating"),
]
"""Widths of the network, kind of weight, light."""

GOLDEN = {
    ((2, 8, 1), "mzi"): "2e3ce4741e8bc4ed29b73b624b56f48b6f92b5e49dde12a63b49a4a1af1482b1",
    ((3, 5, 2, 3), "pin"): "fe208dc87ab09e14d34f63f907161d58f939893000a2f3e8ece0bf60a3c98f43",
}
"""SHA-256 of the GDS, as in test_bytes.py."""


@pytest.fixture(params=DESIGNS, ids=lambda spec: "-".join(map(str, (*spec[0], *spec[1:]))))
def chip(request, drawn_crossbar):
    return drawn_crossbar(*request.param)


def test_drawn_is_designed(chip, check, pdk):
    assert check(chip.path, chip.layout) == ()
    extracted = extract(chip.path, pdk).netlist
    assert extracted.flat.leaves == chip.layout.netlist.flat.leaves
    assert dict(extracted.flat.links) == dict(chip.layout.netlist.flat.links)


def test_wires_of_attenuators_carry_their_current(chip, pdk):
    """Shutters, and PIN weights, draw more than a heater: their wires are wider, and none is too narrow."""
    wired = [net for nets in extract(chip.path, pdk).wired.values() for net in nets.values()]
    driven = [net for net in wired if any(re.search(r"shutter|att_", pin.instance) for pin in net.pins)]
    assert driven
    for net in driven:
        assert net.current_ma == pdk.value("attenuator_range_ma")
        assert net.width_nm is not None and net.width_nm >= pdk.metals[-1].wire_width_nm(net.current_ma)
    assert all(net.width_nm is None or net.width_nm >= net.needs_nm for net in wired)


def test_design_rules_are_kept(chip, pdk):
    assert check_rules(chip.path, pdk) == ()


def test_ways_are_equal_and_cross_nothing(chip, pdk):
    netlist = extract(chip.path, pdk).netlist
    assert matched_lengths(netlist, pdk) == (0, ())
    for spread in spreads(netlist, pdk):
        assert spread.length_nm == 0
        assert spread.loss_db < LIMIT_DB
    assert "crossing" not in {leaf.component for leaf in netlist.flat.leaves.values()}


def test_bumps_keep_their_pitch(chip, pdk):
    at = np.array([(c.x_nm, c.y_nm) for c in extract(chip.path, pdk).contacts if c.role == "bump"])
    apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) + np.where(np.eye(len(at)), np.inf, 0)
    assert apart.min() >= pdk.bump_pitch_nm


def test_golden_hash(drawn_crossbar):
    measured = {key: hashlib.sha256(drawn_crossbar(*key).path.read_bytes()).hexdigest() for key in GOLDEN}
    assert measured == GOLDEN


def test_same_bytes_twice(drawn_crossbar, pdk, tmp_path):
    again = crossbar.build(pdk, inputs=(2, 8), outputs=(8, 1))
    emit(route(contact(place(again, pdk), pdk), pdk), pdk, tmp_path / "again.gds")
    assert (tmp_path / "again.gds").read_bytes() == drawn_crossbar((2, 8, 1)).path.read_bytes()


@given(leaves=st.integers(1, 33), pitch_nm=st.sampled_from([ROW_PITCH_NM, 570_000, 684_000]))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_trees_are_equal_at_any_size(pdk, tmp_path, leaves, pitch_nm):
    """Every way from root to leaf is as long, nothing lies on anything else, nothing reaches beyond the leaves."""
    netlist = Netlist("tree", {"tree": crossbar.tree(pdk, leaves)})
    plan = tree(pdk, leaves, pitch_nm)
    layout = route(Floorplan(netlist, {"tree": plan}), pdk)
    emit(layout, pdk, tmp_path / "tree.gds")
    extraction = extract(tmp_path / "tree.gds", pdk)
    assert extraction.findings == () and compare(layout.netlist, extraction.netlist, pdk) == ()
    flat = extraction.netlist.flat
    lengths = set()
    for leaf in range(leaves):
        pin, length = flat.ports[f"o{leaf + 2}"], 0
        while pin != flat.ports["o1"]:
            length += way_nm((_hop(pin.instance),), extraction.netlist, pdk)
            pin = Pin(pin.instance, "o1")
            pin = flat.links.get(pin, pin)
        lengths.add(length)
    assert len(lengths) == 1
    heights = [at.y_nm for at in layout.cells["tree"].places.values()]
    assert max(heights) <= 0 and min(heights) >= -(leaves - 1) * pitch_nm - ROW_PITCH_NM // 2


def _hop(path: str):
    from compiler.wiring import Hop

    return Hop(path, "o1", "o2")


def test_an_arm_drawn_longer_is_found_though_everything_still_fits(drawn_crossbar, pdk, tmp_path):
    """The second coupler of every weight 1 nm lower: 2 nm between the arms, in each weight."""
    plan = contact(place(crossbar.build(pdk, inputs=(2,), outputs=(2,)), pdk), pdk)
    weight = plan.cells["weight_mzi"]
    at = weight.places["coupler_2"]
    moved = replace(weight, places={**weight.places, "coupler_2": replace(at, y_nm=at.y_nm - 1)})
    emit(route(replace(plan, cells={**plan.cells, "weight_mzi": moved}), pdk), pdk, tmp_path / "chip.gds")
    worst_nm, findings = matched_lengths(extract(tmp_path / "chip.gds", pdk).netlist, pdk)
    assert worst_nm == 2
    assert sorted(f.place for f in findings) == [
        f"layer1.forward.col_{column}.w_{row}.coupler_2" for column in range(3) for row in range(2)
    ]


def test_a_lossy_branch_is_found(drawn_crossbar, pdk):
    """A straight before the last row 2 mm longer than it is drawn: 0.4 dB in every column."""
    netlist = drawn_crossbar((2, 8, 1)).layout.netlist
    cell = netlist.cells["tree_8"]
    last = max(name for name in cell.instances if name.startswith("wg_split_6_7_o3") and cell.instances[name].settings)
    length_nm = cell.instances[last].settings["length_nm"] + 2_000_000
    longer = replace(cell, instances={**cell.instances, last: Instance("straight", {"length_nm": length_nm})})
    changed = replace(netlist, cells={**netlist.cells, "tree_8": longer})
    worst_nm, findings = matched_lengths(changed, pdk)
    assert worst_nm == 0
    assert {f.rule for f in findings} == {"equal_loss"}
    forward = {f"layer1.forward.col_{column}.w_7.{diode}" for column in range(3) for diode in ("plus", "minus")}
    backward = {f"layer2.backward.col_0.w_7.{diode}" for diode in ("plus", "minus")}
    assert {f.place for f in findings} == forward | backward


def test_a_way_past_another_device_is_found(drawn_crossbar, pdk):
    """An attenuator before the last row, in place of a straight."""
    netlist = drawn_crossbar((2, 8, 1)).layout.netlist
    cell = netlist.cells["tree_8"]
    last = max(name for name in cell.instances if name.startswith("wg_split_6_7_o3") and cell.instances[name].settings)
    other = replace(cell, instances={**cell.instances, last: Instance("attenuator")})
    _, findings = matched_lengths(replace(netlist, cells={**netlist.cells, "tree_8": other}), pdk)
    assert {f.rule for f in findings} == {"equal_loss"} and len(findings) == 2 * (3 + 1)
    assert {f.measured for f in findings} == {"1 attenuator more or less than other ways"}


@pytest.mark.parametrize("weight", ["mzi", "pin"])
def test_a_row_is_one_wire_with_all_columns_on_it(drawn_crossbar, pdk, weight):
    chip = drawn_crossbar((2, 8, 1), weight)
    extraction = extract(chip.path, pdk)
    bank = "bank_3x8_input"
    diodes = {(f"col_{column}", diode) for column in range(3) for diode in (("plus", "e1"), ("minus", "e2"))}
    layout = read(chip.path)
    cell = layout.cell(bank)
    wires = kdb.Region(cell.shapes(layout.layer(*pdk.layers["m3"]))).merged()
    bumps = {str(i.property(0)): i for i in cell.each_inst()}
    for row in range(8):
        net = extraction.netlist.electrical[bank][f"row_{row}"]
        wanted = {Pin(f"{column}.w_{row}.{name}", terminal) for column, (name, terminal) in diodes}
        assert set(net) == wanted | {Pin(f"bump_row_{row}", "e1")}
        mine = wires.interacting(kdb.Region(bumps[f"bump_row_{row}"].bbox()))
        assert mine.count() == 1
        assert extraction.wired[bank][f"row_{row}"].resistance_ohm > 0


def test_every_weight_has_its_own_contacts(drawn_crossbar, pdk):
    nets = extract(drawn_crossbar((2, 8, 1)).path, pdk).netlist.electrical["weight_mzi"]
    assert set(nets) == {"theta", "theta_return", "bias_low", "bias_high"}
    returned = {Pin("theta", "e1"), Pin("theta_twin", "e1"), Pin("theta_twin", "e2"), Pin("bump_theta_return", "e1")}
    assert set(nets["theta_return"]) == returned
    nets = extract(drawn_crossbar((2, 8, 1), "pin").path, pdk).netlist.electrical["weight_pin"]
    assert set(nets["att_plus"]) == {Pin("att_plus", "e2"), Pin("bump_att_plus", "e1")}
    assert set(nets["att_minus_return"]) == {Pin("att_minus", "e1"), Pin("bump_att_minus_return", "e1")}


def test_what_one_programs_or_reads_is_labelled(drawn_crossbar, pdk):
    layout = read(drawn_crossbar((2, 8, 1)).path)
    shapes = layout.top_cell().shapes(layout.layer(*pdk.layers["label"]))
    labels = {shape.text.string for shape in shapes.each(kdb.Shapes.STexts)}
    column = "layer2.forward.col_8"
    named = ("w_0.theta", "w_0.plus", "w_0.minus", "head.shutter", "head.modulator", "head.replica", "head.slope")
    assert {f"{column}.{name}" for name in named} <= labels
    assert {f"{column}.head.monitor.pd", "layer2.backward.scale", "readout.out_0.output"} <= labels
    assert not any("twin" in label for label in labels)


def test_heat_of_the_driven_heaters(drawn_crossbar, pdk):
    found = thermal(extract(drawn_crossbar((2, 8, 1)).path, pdk), pdk)
    assert found.findings == ()
    assert found.closest_um == ROW_PITCH_NM / 1000, "a weight and the one of the next row"
    heaters = {found.table.shifters[k] for k in found.table.heater}
    weights = 3 * 8 + 9 * 1 + 1 * 8
    assert len(heaters) == weights and all(name.endswith(".theta") for name in heaters)
    assert len(found.table.shifters) == 2 * weights, "undriven twins are warmed too"


def test_attenuators_have_no_thermal_neighbours(drawn_crossbar, pdk):
    found = thermal(extract(drawn_crossbar((2, 8, 1), "pin").path, pdk), pdk)
    assert found.findings == () and len(found.table.heater) == 0


def design(*widths: int, weight: str = "mzi") -> Design:
    layers = tuple(Layer(outputs, "modulator") for outputs in widths[1:])
    chip = ChipSpec(architecture="crossbar", weight=weight)
    return Design(Network("net", widths[0], layers, "mse"), chip, TrainSpec("moons"))


@pytest.mark.parametrize("weight", ["mzi", "pin"])
def test_a_die_holds_three_layers_of_32(pdk, weight):
    asked = design(32, 32, 32, 32, weight=weight)
    planned = contact(place(compile_circuit(asked, pdk), pdk), pdk)
    assert fits(asked, planned, pdk) is planned


def test_the_largest_that_fits_is_said_and_true(pdk):
    asked = design(2, 32, 32, 32, 32)
    with pytest.raises(DieError) as refusal:
        fits(asked, contact(place(compile_circuit(asked, pdk), pdk), pdk), pdk)
    said = str(refusal.value)
    assert said.startswith("network: found 2-32-32-32-32, a chip of ") and "mm too high" in said
    width = int(said.split("at most ")[-1].split()[0])
    assert said.endswith(f"with 4 layers inputs and outputs of at most {width} fit")
    for outputs, does_fit in ((width, True), (width + 1, False)):
        smaller = compile_circuit(design(2, *[outputs] * 4), pdk)
        box = floorplan_box(contact(place(smaller, pdk), pdk), pdk)
        assert (die_check(box, pdk) is None) == does_fit

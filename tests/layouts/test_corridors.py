"""Meshes of foundries with one metal and no bumps: every terminal at a pad, no wire on another, on metal, or on light.

Only what is drawn needs a foundry's package; where things stand is known without it.
"""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations

import klayout.db as kdb
import pytest

from compiler.cells import DRIVEN
from compiler.compile import build, compile_circuit
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.structures import INSTANCE
from layouts.comb import NotPlanarError
from layouts.compare import compare
from layouts.contact import contact
from layouts.corridors import free, keep_out
from layouts.emit import emit
from layouts.extract import extract
from layouts.fits import DieError, fits
from layouts.frame import frame
from layouts.frame_check import check_die
from layouts.lengths import matched_lengths
from layouts.lettering import letters, pixels
from layouts.metal import heater_current_ma, modulator_current_ma
from layouts.place import place
from layouts.route import route
from layouts.rules import check_rules
from layouts.yard import Corridors, bonded, corridors
from pdk import registry
from pdk.contract import Role

FOUNDRIES = ("cornerstone-si220", "luxtelligence-lnoi400", "siepic-ebeam")
SIZES = ((4, 3), (5, 2), (3, 1))
"""Ports and layers."""

each_foundry = pytest.mark.parametrize("name", FOUNDRIES)
each_chip = pytest.mark.parametrize(("name", "size"), [(name, size) for name in FOUNDRIES for size in SIZES])


@cache
def planned(name, size):
    """A chip with pads and wires, and its process."""
    process = registry.get(name)
    circuit = build(process, ports=size[0], layers=size[1], structures=True)
    return contact(place(circuit, process), process), process


def design(ports, layers, name):
    stack = (*[Layer(2, "sqrt")] * (layers - 1), Layer(2))
    return Design(Network("net", 2, stack), ChipSpec(ports=ports, pdk=name), TrainSpec("moons"))


def wires_of(plan):
    """Every wire of the top cell as a region, by the net whose terminal it begins at."""
    top = plan.netlist.top
    drawn = []
    for wire in plan.cells[top].wires:
        path = kdb.Path([kdb.Point(*point) for point in wire.points], wire.width_nm, wire.width_nm // 2, 0)
        drawn.append(kdb.Region(path.polygon()))
    return drawn


@each_chip
def test_every_driven_terminal_has_a_pad_of_its_own(name, size):
    plan, process = planned(name, size)
    nets = plan.netlist.electrical[plan.netlist.top]
    reached = Counter(pin for pins in nets.values() for pin in pins)
    wanted = {
        (path, port.name)
        for path, leaf in plan.netlist.flat.leaves.items()
        if leaf.component in process.devices and not path.startswith(f"{INSTANCE}.")
        for port in process.devices[leaf.component].ports
        if port.kind == "electrical"
        and (process.role_of(leaf.component) is not Role.PHASE_SHIFTER or path.rpartition(".")[2] in DRIVEN)
    }
    assert reached == dict.fromkeys(wanted, 1)
    assert all(sum(pin.instance.startswith("pad_") for pin in pins) == 1 for pins in nets.values())


@each_chip
def test_no_wire_meets_another_or_metal_or_light(name, size):
    plan, process = planned(name, size)
    wires, space = wires_of(plan), process.metals[-1].space_nm
    grown = kdb.Region()
    for wire in wires:
        grown += wire.sized((space - 1) // 2)
    assert grown.merged(False, 0).count() == len(wires), "wires keep their distance"
    boxes = [kdb.Box(*box) for test in (True, False) for box in keep_out(plan, process, test=test)]
    for wire in wires:
        met = [box for box in boxes if not (wire & kdb.Region(box)).is_empty()]
        assert len(met) == 2, "the device that it begins at, and its pad"


@each_chip
def test_pads_keep_their_pitch(name, size):
    plan, process = planned(name, size)
    places = plan.cells[plan.netlist.top].places
    pads = [places[pad] for pad in places if pad.startswith("pad_")]
    for one, other in combinations(pads, 2):
        assert one.y_nm != other.y_nm or abs(one.x_nm - other.x_nm) >= process.pad_pitch_nm
    assert [f"pad_{n + 1}" for n in range(len(pads))] == sorted(
        (pad for pad in places if pad.startswith("pad_")), key=lambda pad: (-places[pad].y_nm, places[pad].x_nm)
    )


@each_chip
def test_ways_that_meet_are_equally_long(name, size):
    plan, process = planned(name, size)
    assert matched_lengths(route(plan, process).netlist, process) == (0, ())


@each_foundry
def test_wires_are_as_wide_as_their_current_asks_for(name):
    plan, process = planned(name, SIZES[0])
    current = heater_current_ma(process)
    assert (current == 0) == (process.drive.kind == "electro-optic")
    assert modulator_current_ma(process) <= current
    widths = {wire.width_nm for wire in plan.cells[plan.netlist.top].wires}
    assert widths == {process.metals[-1].wire_width_nm(current)}


@pytest.mark.parametrize("name", ("cornerstone-si220", "siepic-ebeam"))
def test_wires_of_heated_modulators_are_read_back_with_their_current(name, tmp_path):
    """Where an arm takes all of the modulator's power; a wire that is too narrow for it is found."""
    plan, process = planned(name, (2, 1))
    if not registry.is_installed(process):
        pytest.skip(f"{process.package} draws the cells")
    layout = route(plan, process)
    emit(layout, process, tmp_path / "chip.gds")
    power_w = process.value("modulator_mw") * 1e-3
    current = (power_w / process.value("heater_resistance_ohm")) ** 0.5 * 1e3
    wired = [net for nets in extract(tmp_path / "chip.gds", process).wired.values() for net in nets.values()]
    modulators = [net for net in wired if any("modulator" in pin.instance for pin in net.pins)]
    assert len(modulators) == 3 * (2 + 2 + 1), "three terminals of two inputs, two outputs and the test's"
    assert all(net.current_ma == pytest.approx(current) for net in modulators)
    assert not any(finding.rule == "wire_width" for finding in extract(tmp_path / "chip.gds", process).findings)
    hungry = replace(process.numbers["modulator_mw"], value=4 * process.value("modulator_mw"))
    starved = replace(process, numbers={**process.numbers, "modulator_mw": hungry})
    found = extract(tmp_path / "chip.gds", starved).findings
    assert len([finding for finding in found if finding.rule == "wire_width"]) == len(modulators)


@each_foundry
def test_three_layers_of_four_ports_fit(name):
    """The moons example; its frame is a die of the foundry's, where those have fixed sizes."""
    plan, process = planned(name, SIZES[0])
    assert fits(design(4, 3, name), plan, process) is plan
    die = frame(route(plan, process), process).die
    assert die is not None
    size = die.frame_nm[2] - die.frame_nm[0], die.frame_nm[3] - die.frame_nm[1]
    assert not process.dies_nm or size in process.dies_nm


def test_eight_ports_fit_the_full_cell_of_cornerstone():
    plan, process = planned("cornerstone-si220", (8, 1))
    assert fits(design(8, 1, process.name), plan, process) is plan


def test_what_no_die_holds_is_refused_with_by_how_much_and_what_would_fit():
    process = registry.get("cornerstone-si220")
    asked = design(8, 3, process.name)
    plan = contact(place(compile_circuit(asked, process), process), process)
    with pytest.raises(DieError) as error:
        fits(asked, plan, process)
    said = str(error.value)
    assert said.startswith("chip.ports: found 8 ports, a chip of ") and "\n" not in said
    assert " mm too wide and " in said and " mm too high (528 bond pads take 31.68 mm of each of two edges), " in said
    assert "expected a die of 11.47 x 4.90 mm at most" in said
    assert said.endswith("with 3 unitary layers at most 4 ports fit")


def test_a_frame_that_nobody_sells_is_found():
    process = registry.get("cornerstone-si220")
    layout = kdb.Layout()
    layout.dbu = 0.001
    top = layout.create_cell("chip")
    top.shapes(layout.layer(*process.layers["die"])).insert(kdb.Box(0, 0, 5_000_000, 4_900_000))
    netlist = planned(process.name, SIZES[2])[0].netlist
    (finding,) = check_die(top, netlist, [], process, spelled=True)
    assert finding.rule == "die_frame" and finding.measured == "5 x 4.9 mm"
    assert finding.limit == "a die of cornerstone-si220: 5.5 x 4.9, 11.47 x 4.9 mm"


def test_rows_too_near_for_wires_are_refused_by_name():
    process = replace(registry.get("cornerstone-si220"), row_pitch_nm=90_000)
    with pytest.raises(NotPlanarError, match=r"the one metal of cornerstone-si220, for layer1\.") as refusal:
        contact(place(build(process, ports=4, layers=1), process), process)
    assert str(refusal.value).endswith("use fewer ports, or linear: unitary") and len(refusal.value.terminals) > 8


def test_where_there_are_bumps_there_are_no_corridors(pdk):
    assert not bonded(pdk)
    assert corridors(build(pdk, ports=4, layers=2), pdk) == Corridors()


def test_what_intervals_leave_free():
    assert free(0, 10, []) == [(0, 10)]
    assert free(0, 10, [(4, 6), (2, 5), (9, 30), (-5, 1)]) == [(1, 2), (6, 9)]
    assert free(0, 10, [(-1, 11)]) == []


@each_foundry
def test_letters_keep_the_rules_of_the_metal(name):
    process = registry.get(name)
    metal = process.metals[-1]
    drawn = letters("moons 0123456789abcdef", pixels(metal))
    assert drawn.width_check(metal.width_nm, False, kdb.Metrics.Euclidian, 80).count() == 0
    assert drawn.space_check(metal.space_nm, False, kdb.Metrics.Euclidian, 80).count() == 0
    assert pixels(metal).height_nm < round(process.value("die_margin_um") * 1000)


@each_foundry
def test_a_drawn_chip_is_its_circuit_and_breaks_no_rule(name, tmp_path):
    process = registry.get(name)
    if not registry.is_installed(process):
        pytest.skip(f"{process.package} draws the cells")
    plan, _ = planned(name, (4, 1))
    layout = frame(route(plan, process), process)
    path = tmp_path / "chip.gds"
    emit(layout, process, path)
    found = extract(path, process)
    assert found.findings == ()
    assert compare(layout.netlist, found.netlist, process) == ()
    assert check_rules(path, process) == ()


def test_test_structures_stand_below_where_beside_the_layers_is_too_wide():
    """Three layers of lithium niobate fill the width of the widest die; those of silicon do not."""
    for name, is_beside in (("luxtelligence-lnoi400", False), ("cornerstone-si220", True)):
        process = registry.get(name)
        circuit = build(process, ports=4, layers=3, io="grating", structures=True)
        plan = contact(place(circuit, process), process)
        places = plan.cells[plan.netlist.top].places
        assert (places[INSTANCE].x_nm > 0) == is_beside
        assert fits(design(4, 3, name), plan, process) is plan

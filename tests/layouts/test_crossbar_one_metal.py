"""A crossbar whose wires lie on one metal, as foundries without bumps have: planar, and the same circuit as any.

Only what is drawn needs a foundry's package; where things stand is known without it.
"""

from dataclasses import replace
from itertools import combinations

import klayout.db as kdb
import pytest

from compiler import crossbar
from compiler.compile import MissingRoleError, compile_circuit
from compiler.netlist import Pin
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from layouts.comb import NotPlanarError
from layouts.compare import compare
from layouts.contact import contact
from layouts.crossbar_lengths import LIMIT_DB, spreads
from layouts.crossbar_tracks import terminals
from layouts.devices import devices
from layouts.emit import emit
from layouts.extent import floorplan_box
from layouts.extract import extract, read
from layouts.fits import DieError, die_check, fits
from layouts.floorplan import FIBRE_PITCH_NM
from layouts.lengths import matched_lengths
from layouts.metal import shapes
from layouts.place import place
from layouts.route import route
from layouts.rules import check_rules
from layouts.thermal import thermal
from pdk import registry
from pdk.contract import Role

PROCESSES = ("cornerstone-si220", "siepic-ebeam")
SIZES = [((2, 8, 1), "mzi"), ((2, 8, 1), "pin"), ((1, 1), "mzi"), ((3, 3, 3, 2), "mzi")]
"""Widths of the network and kind of weight; the last has two layers that are one cell."""


@pytest.fixture(scope="module", params=PROCESSES)
def one_metal(request):
    """A foundry's process."""
    return registry.get(request.param)


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: "-".join(map(str, size[0])) + f"-{size[1]}")
def planned(request, one_metal):
    widths, weight = request.param
    circuit = crossbar.build(
        one_metal, inputs=widths[:-1], outputs=widths[1:], weight=weight, io="grating", structures=True
    )
    return contact(place(circuit, one_metal), one_metal)


@pytest.fixture(scope="module")
def drawn(one_metal, tmp_path_factory):
    """The 2-8-1 crossbar: its layout and its GDS."""
    if not registry.is_installed(one_metal):
        pytest.skip(f"{one_metal.package} draws the cells")
    circuit = crossbar.build(one_metal, inputs=(2, 8), outputs=(8, 1), io="grating", structures=True)
    layout = route(contact(place(circuit, one_metal), one_metal), one_metal)
    path = tmp_path_factory.mktemp("gds") / "chip.gds"
    emit(layout, one_metal, path)
    return layout, path


def metal_of_nets(plan, pdk):
    """Net to the metal of its wires and of its pad."""
    top = plan.netlist.top
    pad = pdk.device(Role.BOND_PAD)
    found, layer = {}, pdk.layers[pdk.metals[-1].name]
    pieces = kdb.Region()
    for wire in plan.cells[top].wires:
        for on, box in shapes(wire, pdk):
            assert on == layer
            pieces.insert(box)
    merged = pieces.merged()
    for net, pins in plan.netlist.electrical[top].items():
        name = next(pin.instance for pin in pins if pin.instance.startswith("pad_"))
        box = kdb.Region(kdb.Box(*plan.cells[top].places[name].box(pad.bbox_nm)))
        found[net] = (merged.interacting(box) + box).merged()
    return found


def placed(plan, names):
    places = {name: cell.places for name, cell in plan.cells.items()}
    return [*devices(plan.netlist, places, lambda _, component: component in names)]


def test_wires_of_different_nets_keep_apart(planned, one_metal):
    space = one_metal.metals[-1].space_nm
    grown = {net: metal.sized(space // 2 - 1) for net, metal in metal_of_nets(planned, one_metal).items()}
    assert all(metal.merged().count() == 1 for metal in grown.values()), "each net is one piece"
    whole = kdb.Region()
    for metal in grown.values():
        whole += metal.merged()
    assert whole.merged().count() == len(grown), "no two of them touch"


def test_every_terminal_is_on_a_net_and_every_net_on_a_pad(planned, one_metal):
    wired = {name for name, device in one_metal.devices.items() if terminals(device)}
    wanted = {
        Pin(at.path, port.name)
        for at in placed(planned, wired)
        if not at.path.startswith("pad_") and not at.path.endswith("_twin")
        for port in terminals(one_metal.devices[at.instance.component])
    }
    nets = planned.netlist.electrical[planned.netlist.top].values()
    pins = [pin for net in nets for pin in net if not pin.instance.startswith("pad_")]
    assert set(pins) == wanted and len(pins) == len(wanted)
    assert all(sum(pin.instance.startswith("pad_") for pin in net) == 1 for net in nets)


def test_two_elements_share_a_return_and_nothing_else_is_joined(planned):
    for net in planned.netlist.electrical[planned.netlist.top].values():
        pins = [pin for pin in net if not pin.instance.startswith("pad_")]
        assert len(pins) <= 2
        assert len({pin.instance for pin in pins}) == len(pins)


def test_wires_keep_off_gratings(planned, one_metal):
    """Light leaves the chip through the gratings of the camera, and comes onto it where fibres stand."""
    metal = kdb.Region()
    for piece in metal_of_nets(planned, one_metal).values():
        metal += piece
    gratings = kdb.Region()
    camera = one_metal.devices[one_metal.roles[Role.PHOTODIODE]]
    for at in placed(planned, {camera.name}):
        gratings.insert(kdb.Box(*at.at.box(camera.bbox_nm)))
    fibre = one_metal.device(Role.GRATING_COUPLER)
    tip = fibre.bbox_nm[2]
    for at in placed(planned, {fibre.name}):
        spot = 2 * fibre.port("o2").x_nm - tip, fibre.bbox_nm[1], tip, fibre.bbox_nm[3]
        gratings.insert(kdb.Box(*at.at.box(spot)))
    assert (metal & gratings.sized(one_metal.metals[-1].space_nm - 1)).is_empty()


def test_fibres_stand_on_one_grid_and_are_numbered_from_the_west(planned, one_metal):
    ports = [*planned.cells[planned.netlist.top].ports.values()]
    assert [port.name for port in ports] == [f"o{k + 1}" for k in range(len(ports))]
    assert ports == sorted(ports, key=lambda port: (port.x_nm, -port.y_nm))
    assert {(port.y_nm - ports[0].y_nm) % FIBRE_PITCH_NM for port in ports} == {0}


def test_pads_stand_in_two_rows_at_two_edges(planned, one_metal):
    top = planned.netlist.top
    pads = [at for name, at in planned.cells[top].places.items() if name.startswith("pad_")]
    assert len({at.y_nm for at in pads}) in (2, 4)
    spots = {(at.x_nm, at.y_nm) for at in pads}
    assert len(spots) == len(pads)
    for (xa, ya), (xb, yb) in combinations(spots, 2):
        assert max(abs(xa - xb), abs(ya - yb)) >= one_metal.pad_pitch_nm


def test_the_largest_die_holds_it(one_metal):
    circuit = crossbar.build(one_metal, inputs=(2, 8), outputs=(8, 1), io="edge", structures=True)
    plan = contact(place(circuit, one_metal), one_metal)
    assert die_check(floorplan_box(plan, one_metal), one_metal) is None


def test_what_no_die_holds_is_refused_by_how_much():
    """Twelve neurons take more pads than two edges of the foundry's largest cell hold."""
    process = registry.get("cornerstone-si220")
    asked = asks_for("mzi", 12, 1)
    plan = contact(place(compile_circuit(asked, process), process), process)
    with pytest.raises(DieError, match=r"found 2-12-1, .* mm too wide .*bond pads.*, .* at most \d+ fit"):
        fits(asked, plan, process)


def test_a_weight_of_diodes_is_refused_where_an_interferometer_stands_in_for_them(one_metal, pdk):
    """Its transmission is no attenuation in dB that grows with a current, as training takes it to be."""
    compile_circuit(asks_for("mzi", 2, 1), one_metal)
    compile_circuit(asks_for("pin", 2, 1), pdk)
    with pytest.raises(MissingRoleError, match=r"has no attenuator \(no diodes: .*\), .* set weight: mzi, or choose"):
        compile_circuit(asks_for("pin", 2, 1), one_metal)


def test_a_process_without_shutters_is_told_to_take_a_mesh():
    for weight in ("mzi", "pin"):
        with pytest.raises(MissingRoleError, match=r"has no attenuator \(.*shutters.*\), .* set architecture: mesh"):
            compile_circuit(asks_for(weight, 2, 1), registry.get("luxtelligence-lnoi400"))


def asks_for(weight, *outputs):
    """A design: a crossbar of two inputs."""
    network = Network("net", 2, tuple(Layer(width, "modulator") for width in outputs), "mse")
    return Design(network, ChipSpec(architecture="crossbar", weight=weight), TrainSpec("moons"))


def test_photodiodes_with_wires_are_refused(pdk):
    """The wire of a row would cross the others: on one metal it cannot."""
    roles = {role: name for role, name in pdk.roles.items() if role is not Role.BUMP}
    without = replace(pdk, roles=roles, metals=pdk.metals[-1:])
    circuit = crossbar.build(without, inputs=(2,), outputs=(2,), io="grating")
    with pytest.raises(NotPlanarError, match=r"monitor\.pd with terminals e1 .*; a crossbar on one metal needs"):
        contact(place(circuit, without), without)


def test_drawn_is_designed(drawn, one_metal):
    layout, path = drawn
    extraction = extract(path, one_metal)
    assert extraction.findings == () and compare(layout.netlist, extraction.netlist, one_metal) == ()
    assert check_rules(path, one_metal) == ()


def test_ways_are_equal_and_heaters_far_apart(drawn, one_metal):
    extraction = extract(drawn[1], one_metal)
    assert matched_lengths(extraction.netlist, one_metal) == (0, ())
    for spread in spreads(extraction.netlist, one_metal):
        assert spread.length_nm == 0 and spread.loss_db < LIMIT_DB
    found = thermal(extraction, one_metal)
    assert found.findings == () and found.closest_um >= found.limit_um


@pytest.mark.parametrize("fault", ["cut", "short"])
def test_a_wire_cut_or_two_joined_are_found(drawn, one_metal, tmp_path, fault):
    layout = read(drawn[1])
    top, metal = layout.top_cell(), layout.layer(*one_metal.layers[one_metal.metals[-1].name])
    wires = [*kdb.Region(top.shapes(metal)).merged().each()]
    one = max(wires, key=lambda wire: wire.bbox().height())
    middle = kdb.Box(one.bbox().left - 1, one.bbox().center().y, one.bbox().right + 1, one.bbox().center().y + 5_000)
    if fault == "cut":
        changed = kdb.Region(wires) - kdb.Region(middle)
    else:
        changed = kdb.Region(wires) + kdb.Region(middle.enlarged(200_000, 0))
    top.shapes(metal).clear()
    top.shapes(metal).insert(changed.merged())
    layout.write(str(tmp_path / "spoiled.gds"))
    extraction = extract(tmp_path / "spoiled.gds", one_metal)
    found = [*extraction.findings, *compare(drawn[0].netlist, extraction.netlist, one_metal)]
    assert {f.rule for f in found} & ({"unwired", "loose_polygon"} if fault == "cut" else {"short"})

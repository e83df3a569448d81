"""Every foundry keeps the contract; and every rule of the contract can be broken, which is then said."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import klayout.db as kdb
import numpy as np
import pytest

from pdk.conform.cells import cells
from pdk.conform.frames import frames
from pdk.conform.models import models
from pdk.conform.numbers import numbers, required
from pdk.conform.statement import statement
from pdk.conformance import check, unchecked
from pdk.contract import Device, Number, Pdk, Role, Submission
from pdk.finding import Finding
from pdk.kit.drawing import Drawn, box, drawn, moved, polygons, together
from pdk.registry import get, names

GENERIC = get("generic")
Change = Callable[[Pdk], Pdk]


@pytest.mark.parametrize("name", names())
def test_every_foundry_keeps_the_contract(name: str) -> None:
    assert check(get(name)) == ()


def test_what_is_not_installed_is_not_drawn_and_that_is_said() -> None:
    absent = replace(GENERIC, package="no_such_package", extra="more")
    assert check(absent) == () and unchecked(GENERIC) == ""
    assert "cells were not drawn: the package no_such_package is not installed (extra more)" in unchecked(absent)


def said(part: Callable[[Pdk], Iterator[Finding]], pdk: Pdk) -> str:
    """What a part of the test says of a process; every finding is one whole line."""
    lines = [str(finding) for finding in part(pdk)]
    assert all("\n" not in line and line.startswith(pdk.name) for line in lines)
    return "\n".join(lines)


def with_device(role: Role, change: Callable[[Device], Device]) -> Change:
    def changed(pdk: Pdk) -> Pdk:
        device = pdk.device(role)
        return replace(pdk, devices={**pdk.devices, device.name: change(device)})

    return changed


def with_port(role: Role, name: str, /, **values: object) -> Change:
    def change(device: Device) -> Device:
        ports = tuple(replace(port, **values) if port.name == name else port for port in device.ports)
        return replace(device, ports=ports)

    return with_device(role, change)


def lacking(role: Role) -> Change:
    return lambda pdk: replace(pdk, roles={r: name for r, name in pdk.roles.items() if r is not role})


def number(name: str, /, **values: object) -> Change:
    return lambda pdk: replace(pdk, numbers={**pdk.numbers, name: replace(pdk.numbers[name], **values)})


def metal(**values: object) -> Change:
    return lambda pdk: replace(pdk, metals=(replace(pdk.metals[0], **values), *pdk.metals[1:]))


STATEMENTS: dict[str, tuple[Change, str]] = {
    "a role left open": (lacking(Role.CROSSING), "generic crossing: role: found neither played nor missing"),
    "no straight": (lacking(Role.STRAIGHT), "generic straight: role: found none, expected a cell"),
    "a role of no cell": (
        lambda p: replace(p, roles={**p.roles, Role.TAP: "tapp"}),
        "generic tap: role: found a cell 'tapp' that is not there",
    ),
    "another's cell, not said": (
        lambda p: replace(p, roles={**p.roles, Role.BUMP: "bond_pad"}),
        "generic bump: role: found bond_pad, a cell for bond_pad",
    ),
    "missing without a word": (lambda p: replace(p, missing={Role.BUMP: " "}), "found missing without a word"),
    "a device named as a block": (
        lambda p: replace(p, devices={**p.devices, "mzi": p.devices["tap"]}),
        "generic mzi: name: found the name of a block of circuits",
    ),
    "no die layer": (
        lambda p: replace(p, layers={name: layer for name, layer in p.layers.items() if name != "die"}),
        "found no die",
    ),
    "no layer beside the core": (lambda p: replace(p, straight_layers={"slab": 3000}), "found no slab"),
    "a layer twice": (lambda p: replace(p, layers={**p.layers, "wg": (1, 0)}), "found 1/0 as core too"),
    "a rule that cannot be checked": (
        lambda p: replace(p, rules=(replace(p.rules[0], limit=0),)),
        "rule: found generic rule 'core_width': found a limit of 0 nm",
    ),
    "a rule without a source": (lambda p: replace(p, rules=(replace(p.rules[0], source=""),)), "source: found none"),
    "no metal": (lambda p: replace(p, metals=(), stack=()), "generic metals: metal: found none"),
    "a metal of no layer": (metal(name="m9"), "generic metal m9: metal: found no such layer"),
    "an odd wire": (metal(width_nm=2001), "expected even width, all above 0"),
    "a metal without a source": (metal(source=""), "expected even width, all above 0"),
    "a stack in disorder": (lambda p: replace(p, stack=p.stack[::-1]), "generic stack: stack: found m3, via2, m2"),
    "a stack without cuts": (lambda p: replace(p, stack=("m1", "via1", "m2", "m3")), "expected metal, cuts, metal"),
    "an odd waveguide": (lambda p: replace(p, waveguide_width_nm=501), "generic waveguide: width: found 501 nm"),
    "too tight a bend": (lambda p: replace(p, bend_radius_nm=4_999), "bend_radius: found 4999 nm"),
    "other wavelengths": (lambda p: replace(p, wavelength_range_um=(1.26, 1.36)), "a range about 1.55 um"),
    "pads that touch": (lambda p: replace(p, pad_pitch_nm=80_000), "pitch: found a pitch of 80000 nm"),
    "a camera over wires": (
        lambda p: replace(p, missing={**p.missing, Role.PHOTODIODE: "a camera"}),
        "generic photodiode: role: found photodiode of 2 terminals, expected none",
    ),
    "a diode without wires": (
        with_device(
            Role.PHOTODIODE, lambda d: replace(d, ports=tuple(port for port in d.ports if port.kind == "optical"))
        ),
        "generic photodiode: role: found photodiode of 0 terminals, expected 2",
    ),
    "a die that is not sold": (
        lambda p: replace(p, dies_nm=((26_000_000, 33_000_001),)),
        "generic dies: die: found 26000000 x 33000001 nm, expected inside 33000000 x 26000000 nm",
    ),
    "dies in disorder": (lambda p: replace(p, dies_nm=((9, 9), (5, 5))), "expected the smallest first"),
    "no licence": (lambda p: replace(p, licence=""), "generic licence: statement: found nothing"),
    "no word of it": (lambda p: replace(p, about=""), "generic about: statement: found nothing"),
    "no extra": (lambda p: replace(p, package="fab"), "found none, expected what installs fab"),
    "one top cell for all": (lambda p: replace(p, submission=Submission("top", needs=("x",))), "found top, expected a"),
    "nothing to submit": (lambda p: replace(p, submission=Submission()), "generic submission: submission: found no"),
}

NUMBERS: dict[str, tuple[Change, str]] = {
    "one that is not there": (
        lambda p: replace(p, numbers={n: v for n, v in p.numbers.items() if n != "die_margin_um"}),
        "generic die_margin_um: number: found none",
    ),
    "one that is none": (number("n_g", value=math.nan), "generic n_g: number: found nan"),
    "no source": (number("n_g", source=""), "generic n_g: source: found none"),
    "no unit": (number("n_g", unit=""), "generic n_g: unit: found none, expected 1"),
    "less than a turn": (
        number("shifter_range_rad", value=6.28),
        "shifter_range_rad: drive: found 6.28 rad, expected a w",
    ),
    "a phase for nothing": (
        number("heater_p_pi_mw", value=0.0),
        "phase shifter: drive: found 0 mW for pi, expected above",
    ),
    "heaters that melt": (number("heater_limit_ma", value=9.5), "drive: found 9.57 mA at full range, expected 9.5 mA"),
    "no resistance": (number("heater_resistance_ohm", value=0.0), "heater_limit_ma: drive: found inf mA at full range"),
    "another unit": (number("bend_loss_db", unit="dB/cm"), "generic bend_loss_db: unit: found dB/cm, expected dB"),
}

FRAMES: dict[str, tuple[Change, str]] = {
    "o1 elsewhere": (with_port(Role.TAP, "o1", y_nm=2), "found o1 at 0, 2 nm facing 180 deg, expected 0, 0 nm"),
    "o1 turned": (with_port(Role.TERMINATION, "o1", angle_deg=0), "facing 0 deg, expected 0, 0 nm facing 180 deg"),
    "polygons west of o1": (
        with_device(Role.LOOP_MIRROR, lambda d: replace(d, bbox_nm=(-5, *d.bbox_nm[1:]))),
        "found polygons down to x = -5 nm",
    ),
    "polygons east of o4": (
        with_device(Role.TAP, lambda d: replace(d, bbox_nm=(*d.bbox_nm[:2], 30_000, d.bbox_nm[3]))),
        "found polygons up to x = 30000 nm",
    ),
    "a bend of another radius": (with_port(Role.BEND, "o2", x_nm=9_000), "o2 at 9000, 10000 nm facing 90 deg"),
    "a bus that is not straight": (with_port(Role.SPLITTER_2X2, "o4", y_nm=2), "o4 at 25500, 2 nm"),
    "a coupler that is not symmetric": (
        with_device(Role.COUPLER, lambda d: replace(d, bbox_nm=(0, -350, *d.bbox_nm[2:]))),
        "y from -350 to 4250 nm, expected symmetric about y = 2000 nm",
    ),
    "branches swapped": (with_port(Role.SPLITTER_1X2, "o2", y_nm=-625), "o2 at y = -625 nm, expected the upper port"),
    "a crossing that is not square": (with_port(Role.CROSSING, "o3", x_nm=7_000), "o3 at 7000, 0 nm"),
    "a shifter with a step": (with_port(Role.PHASE_SHIFTER, "o2", y_nm=100), "o2 at 132000, 100 nm"),
    "terminals that are no mirror images": (
        with_port(Role.PHASE_SHIFTER, "e1", x_nm=6_000),
        "expected mirror images about x = 66000 nm",
    ),
    "a terminal to the south": (with_port(Role.MODULATOR, "e1", angle_deg=270), "found e1 facing 270 deg, expected n"),
    "a terminal outside": (with_port(Role.ATTENUATOR, "e1", x_nm=-10), "found e1 at x = -10 nm, expected between"),
    "a diode upside down": (with_port(Role.PHOTODIODE, "e1", y_nm=-9_000), "expected the anode e1 above the cathode"),
    "a facet inside": (with_port(Role.EDGE_COUPLER, "o2", x_nm=90_000), "o2 at x = 90000 nm, expected at the facet"),
    "a tip that reaches too far": (
        with_device(Role.EDGE_COUPLER, lambda d: replace(d, bbox_nm=(*d.bbox_nm[:2], 105_001, d.bbox_nm[3]))),
        "o2 at x = 100000 nm, expected at the facet, x = 105001 nm",
    ),
    "a fibre to the north": (with_port(Role.GRATING_COUPLER, "o2", angle_deg=90), "facing 90 deg, expected"),
    "a pad off its place": (with_port(Role.BOND_PAD, "e1", x_nm=40_000), "e1 at 40000, 0 nm facing 180 deg"),
    "a mark off its place": (
        with_device(Role.ALIGNMENT_MARK, lambda d: replace(d, bbox_nm=(0, 0, 9, 9))),
        "expected its middle at 0, 0",
    ),
    "a path of no length": (with_device(Role.TAP, lambda d: replace(d, path_nm=0)), "found a path of 0 nm"),
    "no o4": (
        with_device(Role.TAP, lambda d: replace(d, ports=d.ports[:3])),
        "generic tap: ports: found o1, o2, o3, expected o1, o2, o3, o4 (tap)",
    ),
    "ports out of order": (with_device(Role.TAP, lambda d: replace(d, ports=d.ports[::-1])), "found o4, o3, o2, o1"),
    "terminals with other names": (with_port(Role.BUMP, "e1", name="e3"), "found e3, expected e1, e2, ... in order"),
    "one terminal": (with_device(Role.PHASE_SHIFTER, lambda d: replace(d, ports=d.ports[:3])), "expected 2 electrical"),
    "an odd width": (with_port(Role.BOND_PAD, "e1", width_nm=79_999), "port_width: found 79999 nm, expected an even"),
    "another waveguide": (with_port(Role.TAP, "o2", width_nm=450), "found 450 nm, expected the waveguide's 500 nm"),
    "a port off the device": (with_port(Role.MODULATOR, "e2", y_nm=50_000), "generic modulator.e2: port_place"),
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_a_statement_that_does_not_hold_is_said(case: str) -> None:
    change, line = STATEMENTS[case]
    assert line in said(statement, change(GENERIC))


@pytest.mark.parametrize("case", NUMBERS)
def test_a_number_that_is_wrong_is_said(case: str) -> None:
    change, line = NUMBERS[case]
    assert line in said(numbers, change(GENERIC))


@pytest.mark.parametrize("case", FRAMES)
def test_a_frame_that_is_not_kept_is_said(case: str) -> None:
    change, line = FRAMES[case]
    assert line in said(frames, change(GENERIC))


def test_what_is_asked_follows_the_drive() -> None:
    driven = replace(GENERIC, numbers={**GENERIC.numbers, "shifter_v_pi_v": Number(3.0, "V", "assumed: here")})
    assert "heater_p_pi_mw" in required(GENERIC) and "shifter_v_pi_v" not in required(GENERIC)
    assert "heater_p_pi_mw" not in required(driven) and "shifter_v_pi_v" in required(driven)


CORE, METALS = GENERIC.layers["core"], {GENERIC.layers[metal.name] for metal in GENERIC.metals}


def drawing(name: str, change: Callable[[Drawn], object]) -> Pdk:
    """The generic process with one cell alone, drawn otherwise than the table says."""

    def build(asked: str, length_nm: int | None = None) -> object:
        made = GENERIC.build(asked, length_nm)
        if asked != name or length_nm is not None:
            return made
        pieces = polygons(made.kdb_cell, GENERIC.layers.values())
        return change(drawn(name, pieces, GENERIC.devices[name].ports))

    return replace(GENERIC, devices={name: GENERIC.devices[name]}, build=build)


def redrawn(name: str, change: Callable[..., object]) -> Pdk:
    """The same, its polygons changed."""
    return drawing(name, lambda made: drawn(name, change(polygons(made.kdb_cell, GENERIC.layers.values())), made.ports))


def below(made: Drawn) -> Drawn:
    """The cell as a cell of another one."""
    top = made.layout.create_cell("top")
    top.insert(kdb.CellInstArray(made.kdb_cell.cell_index(), kdb.Trans()))
    return replace(made, kdb_cell=top)


def fails(made: Drawn) -> Drawn:
    raise RuntimeError("no such layer\nin the package")


BLOCK = box(CORE, 10_000, 5_000, 12_000, 7_000)
CELLS: dict[str, tuple[Pdk, str]] = {
    "one that fails": (
        drawing("tap", fails),
        "generic tap: builds: found RuntimeError: no such layer, expected a cell",
    ),
    "one that is not flat": (drawing("tap", below), "generic tap: flat: found 1 cells below"),
    "other polygons": (redrawn("tap", lambda p: together(p, BLOCK)), "generic tap: fingerprint: found other polygons"),
    "another box": (redrawn("tap", lambda p: together(p, BLOCK)), "generic tap: bbox: found (0,-250;28032,7000)"),
    "a layer of nobody's": (
        drawing("tap", lambda made: drawn("tap", {(99, 0): box(CORE, 0, 0, 9, 9)[CORE]}, made.ports)),
        "layer: found polygons on 99/0",
    ),
    "ports off their edges": (redrawn("crossing", lambda p: moved(p, 2)), "generic crossing.o1: port_edge: found no e"),
    "an edge wider than its port": (
        redrawn("termination", lambda p: together(p, box(CORE, 0, -300, 1_000, 300))),
        "generic termination.o1: port_edge: found an edge wider than the port",
    ),
    "a port that points inward": (
        redrawn("termination", lambda p: together(p, box(CORE, -500, -2_000, -3, 2_000))),
        "generic termination.o1: port_outward",
    ),
    "a terminal without metal": (
        redrawn("photodiode", lambda p: {layer: region for layer, region in p.items() if layer not in METALS}),
        "generic photodiode.e1: port_edge: found no edge of m2 or m3 there",
    ),
    "a facet of another width": (
        redrawn("edge_coupler", lambda p: together(p, box(CORE, 99_000, -150, 100_000, 150))),
        "generic edge_coupler.o2: port_edge: found a waveguide of 300 nm, expected 200 nm",
    ),
    "a coupler that is no mirror image": (
        redrawn("tap", lambda p: together(p, box(CORE, 5_000, 4_000, 5_500, 4_500))),
        "generic tap: symmetry: found other polygons on 1/0 with o1 for o2",
    ),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_that_is_drawn_otherwise_is_said(case: str) -> None:
    pdk, line = CELLS[case]
    assert line in said(cells, pdk)


def test_two_cells_that_polygons_cannot_tell_apart_are_said() -> None:
    tap = GENERIC.devices["tap"]
    twice = replace(GENERIC, devices={"tap": tap, "twin": replace(tap, name="twin")}, build=lambda *_: None)
    assert "generic twin: fingerprint: found the polygons and ports of tap" in said(cells, twice)


def test_a_straight_that_is_none_is_said() -> None:
    tap = {"tap": GENERIC.devices["tap"]}
    plain = replace(GENERIC, devices=tap, build=lambda name, length_nm=None: GENERIC.build("tap"))
    assert "generic straight: straight: found (0,-250;28032,4250), expected (0,-250;1234,250) nm" in said(cells, plain)
    assert "found straight drawn without a length, expected ValueError" in said(cells, plain)
    assert "found tap drawn with a length, expected ValueError" in said(cells, plain)
    slab = replace(GENERIC, devices=tap, straight_layers={"slab90": 3_000})
    assert "expected (0,-1500;1234,1500) nm; a rectangle of slab90" in said(cells, slab)


OWN = GENERIC.models()


def model_of(name: str, made: Callable[..., object]) -> Pdk:
    """The generic process with another model for one cell, and that cell alone."""
    devices = {name: GENERIC.devices[name]}
    return replace(GENERIC, devices=devices, models=lambda: {"straight": OWN["straight"], name: made})


def tap_but(change: Callable[[dict], dict]) -> Pdk:
    return model_of("tap", lambda wl=1.55, coupling=0.01: change(dict(OWN["tap"](wl=wl, coupling=coupling))))


def all_pairs(factor: complex) -> Callable[[dict], dict]:
    return lambda s: {pair: factor * value for pair, value in s.items()}


def broken() -> dict:
    raise OSError("data/ is not in the wheel")


MODELS: dict[str, tuple[Pdk, str]] = {
    "none": (replace(GENERIC, models=dict), "generic model straight: model: found none"),
    "none that open": (replace(GENERIC, models=broken), "generic models: model: found OSError: data/ is not in the wh"),
    "one that fails": (model_of("tap", lambda wl=1.55: broken()), "generic model tap: model: found OSError"),
    "other ports": (
        tap_but(lambda s: {("o1", "o2"): s["o1", "o4"], ("o2", "o1"): s["o4", "o1"]}),
        "ports: found o1, o2",
    ),
    "a setting that it lacks": (
        model_of("phase_shifter", lambda wl=1.55: OWN["phase_shifter"](wl=wl)),
        "setting: found wl, expected a setting phase_rad (phase_shifter)",
    ),
    "no batches": (
        model_of("tap", lambda wl=1.55, coupling=0.01: OWN["tap"](wl=np.ravel(wl)[0])),
        "generic model tap: batch: found (), expected (7, 5)",
    ),
    "batches of other values": (
        tap_but(lambda s: s if np.ndim(s["o1", "o4"]) else all_pairs(0.9)(s)),
        "batch: found other values in a batch than alone",
    ),
    "single precision": (
        tap_but(lambda s: {pair: np.asarray(value, np.complex64) for pair, value in s.items()}),
        "precision: found complex64",
    ),
    "not finite": (tap_but(all_pairs(math.nan)), "generic model tap: finite"),
    "gain": (tap_but(all_pairs(1.01)), "generic model tap: passive: found 1.01"),
    "one way only": (tap_but(lambda s: {p: v for p, v in s.items() if p != ("o4", "o1")}), "generic model tap: recipr"),
    "a symmetry that it claims": (
        tap_but(lambda s: s | {("o1", "o4"): 0.9 * s["o1", "o4"], ("o4", "o1"): 0.9 * s["o4", "o1"]}),
        "generic model tap: symmetry: found S that differs by",
    ),
    "no quarter of a wave": (
        tap_but(lambda s: {(a, b): v if {a, b} & {"o4"} and {a, b} & {"o1"} else -v for (a, b), v in s.items()}),
        "generic model tap: quarter: found o1 to o3 -1.571 rad ahead",
    ),
}


@pytest.mark.parametrize("case", MODELS)
def test_a_model_that_breaks_its_word_is_said(case: str) -> None:
    pdk, line = MODELS[case]
    assert line in said(models, pdk)

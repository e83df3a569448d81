"""Seeded faults of a crossbar: each is found, and the Finding names the place. What leaves it as it is must pass."""

import zlib
from contextlib import suppress

import pytest

from layouts.extract import extract
from layouts.faults import CROSSBAR_FAULTS, HARMLESS, MZI_ONLY
from layouts.lengths import matched_lengths
from layouts.thermal import thermal

CASES = [(fault, "mzi") for fault in CROSSBAR_FAULTS]
CASES += [(fault, "pin") for fault in CROSSBAR_FAULTS if fault.name not in MZI_ONLY]


@pytest.mark.parametrize(("fault", "weight"), CASES, ids=lambda value: getattr(value, "name", value))
def test_fault_is_found_and_named(drawn_crossbar, check, spoil, fault, weight):
    chip = drawn_crossbar((2, 3, 1), weight)
    path, touched = spoil(chip, fault, zlib.crc32(fault.name.encode()))
    found = check(path, chip.layout)
    assert any(touched in f"{f.place} {f.measured} {f.limit}" for f in found), [str(f) for f in found]


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.name)
def test_what_leaves_the_circuit_as_it_is_is_no_fault(drawn_crossbar, check, spoil, change):
    chip = drawn_crossbar((2, 3, 1))
    for seed in range(3):
        path, _ = spoil(chip, change, seed)
        assert path.read_bytes() != chip.path.read_bytes()
        assert check(path, chip.layout) == ()


def test_a_via_on_a_row_shorts_it_with_a_heater(drawn_crossbar, check, spoil):
    """The one place where wires of two nets cross: the row's wire over a heater's return, on the metal below."""
    chip = drawn_crossbar((2, 3, 1))
    fault = next(fault for fault in CROSSBAR_FAULTS if fault.name == "a via at a crossing")
    path, touched = spoil(chip, fault, 1)
    assert ".row_" in touched
    shorts = [f for f in check(path, chip.layout) if f.rule == "short"]
    assert any("theta_return" in f"{f.place} {f.measured}" for f in shorts)


@pytest.mark.parametrize("name", ["a via missing", "a waveguide's width by 5 nm or more", "an instance missing"])
def test_what_cannot_be_followed_is_said(drawn_crossbar, pdk, spoil, name):
    """Lengths and heat of a spoiled chip are found, or are refused as the flow expects it: by ValueError."""
    fault = next(fault for fault in CROSSBAR_FAULTS if fault.name == name)
    for seed in range(4):
        path, _ = spoil(drawn_crossbar((2, 3, 1)), fault, seed)
        extraction = extract(path, pdk)
        with suppress(ValueError):
            matched_lengths(extraction.netlist, pdk)
        with suppress(ValueError):
            thermal(extraction, pdk)

"""Seeded faults: each is found, and the Finding names the place. What leaves the circuit as it is must pass."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layouts.extract import extract
from layouts.faults import FAULTS, HARMLESS

SEEDS = st.integers(0, 2**31)
FEW = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SPECS = [
    (2, 1, "unitary", "edge"),
    (2, 2, "svd", "grating"),
    (3, 1, "unitary", "grating"),
    (3, 3, "svd", "edge"),
    (4, 1, "unitary", "edge"),
    (4, 4, "unitary", "grating"),
    (4, 1, "svd", "grating"),
    (5, 2, "unitary", "edge"),
    (5, 1, "svd", "edge"),
    (6, 2, "svd", "grating"),
    (7, 3, "unitary", "grating"),
    (8, 1, "unitary", "edge"),
]
"""Ports, layers, linear, io."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("linear", ["unitary", "svd"])
@given(seed=SEEDS)
@FEW
def test_fault_is_found_and_named(drawn, check, spoil, fault, linear, seed):
    chip = drawn(4, 2, linear)
    path, touched = spoil(chip, fault, seed)
    found = check(path, chip.layout)
    assert any(touched in f"{f.place} {f.measured} {f.limit}" for f in found), [str(f) for f in found]


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.name)
@pytest.mark.parametrize("linear", ["unitary", "svd"])
@given(seed=SEEDS)
@settings(FEW, max_examples=5)
def test_what_leaves_the_circuit_as_it_is_is_no_fault(drawn, check, spoil, change, linear, seed):
    chip = drawn(4, 2, linear)
    path, _ = spoil(chip, change, seed)
    assert path.read_bytes() != chip.path.read_bytes()
    assert check(path, chip.layout) == ()


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: "-".join(map(str, spec)))
def test_clean_designs_raise_no_alarm(drawn, check, spec):
    chip = drawn(*spec)
    assert check(chip.path, chip.layout) == ()


def test_each_fault_is_told_by_its_own_rule(drawn, check, spoil):
    """The rule that speaks up is the one a person would look under."""
    expected = {
        "a waveguide cut": "unknown_device",
        "two ports swapped": "net",
        "a phase shifter missing": "missing_instance",
        "an instance missing": "missing_instance",
        "a wrong splitter": "device",
        "a wrong device": "device",
        "a photodiode for a termination": "device",
        "a waveguide's length by 10 um": "length",
        "a waveguide's length by 2 nm or more": "length",
        "a waveguide's width by 5 nm or more": "waveguide_width",
        "a tap turned round": "net",
        "an MZI upside down": "net",
        "two MZIs in each other's columns": "net",
        "a label that lies": "label",
        "a cell with another's polygons": "cell_name",
        "a duplicate instance": "duplicate_instance",
        "an instance moved by 1 nm": "open_port",
        "an optical pin moved by 1 nm": "open_port",
        "a wire cut": "open",
        "a wire narrower by 5 nm or more": "wire_width",
        "a wire missing": "open",
        "two wires shorted": "short",
        "two cells shorted": "short",
        "two wires shorted by vias": "short",
        "a via at a crossing": "short",
        "a via missing": "unknown_device",
        "two bumps swapped": "short",
        "a bump missing": "missing_instance",
        "an electrical pin moved": "unknown_device",
        "a photodiode upside down": "short",
        "a modulator turned round": "short",
    }
    assert set(expected) == {fault.name for fault in FAULTS}
    chip = drawn(4, 2)
    for fault in FAULTS:
        path, _ = spoil(chip, fault, 1)
        assert expected[fault.name] in {f.rule for f in check(path, chip.layout)}, fault.name


def test_a_device_that_lies_on_another_is_found(drawn, spoil, pdk):
    """A copy under a fresh name shares every polygon with what lies below it."""

    def copy(layout, pdk, rng):
        mzi = layout.cell("mzi")
        instance = next(i for i in mzi.each_inst() if i.property(0) == "phi")
        again = mzi.insert(instance.cell_inst)
        again.set_property(0, "phi_copy")
        return "phi_copy"

    path, touched = spoil(drawn(4, 2), copy, 0)
    overlaps = [f for f in extract(path, pdk).findings if f.rule == "overlap"]
    assert any(touched in f"{f.place} {f.measured}" for f in overlaps)


def test_another_process_is_refused(drawn, spoil, pdk):
    """A GDS whose label names another PDK version is not the one that the tables describe."""

    def relabel(layout, pdk, rng):
        for shape in list(layout.top_cell().shapes(layout.layer(*pdk.layers["label"])).each()):
            if shape.is_text() and shape.text.string.startswith("pdk "):
                shape.text_string = "pdk other 9"
        return "pdk other 9"

    path, touched = spoil(drawn(4, 2), relabel, 0)
    assert [(f.rule, f.measured) for f in extract(path, pdk).findings] == [("process", touched)]

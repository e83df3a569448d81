"""Seeded faults: each is found, and the Finding names the place. What leaves the circuit as it is must pass."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layouts.extract import extract
from layouts.faults import FAULTS, mirror_symmetric

SEEDS = st.integers(0, 2**31)
FEW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("linear", ["unitary", "svd"])
@given(seed=SEEDS)
@FEW
def test_fault_is_found_and_named(drawn, check, spoil, fault, linear, seed):
    chip = drawn(4, 2, linear)
    path, touched = spoil(chip, fault.change, seed)
    found = check(path, chip.layout)
    assert any(touched in f"{f.place} {f.measured} {f.limit}" for f in found), [str(f) for f in found]


@pytest.mark.parametrize("linear", ["unitary", "svd"])
@given(seed=SEEDS)
@FEW
def test_a_mirrored_splitter_is_no_fault(drawn, check, spoil, linear, seed):
    chip = drawn(4, 2, linear)
    path, _ = spoil(chip, mirror_symmetric, seed)
    assert path.read_bytes() != chip.path.read_bytes()
    assert check(path, chip.layout) == ()


def test_each_fault_is_told_by_its_own_rule(drawn, check, spoil):
    """The rule that speaks up is the one a person would look under."""
    expected = {
        "a waveguide cut": "unknown_device",
        "two ports swapped": "net",
        "a phase shifter missing": "missing_instance",
        "a wrong splitter": "device",
        "a waveguide 10 um longer": "length",
        "a waveguide 2 nm longer": "length",
        "a tap turned round": "net",
        "a label that lies": "label",
        "a cell with another's polygons": "cell_name",
        "a duplicate instance": "duplicate_instance",
        "a device moved by 1 nm": "open_port",
        "a waveguide 5 nm narrower": "waveguide_width",
    }
    assert set(expected) == {fault.name for fault in FAULTS}
    chip = drawn(4, 2)
    for fault in FAULTS:
        path, _ = spoil(chip, fault.change, 1)
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

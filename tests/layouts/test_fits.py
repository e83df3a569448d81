"""A design that no die holds is refused in one line, before anything is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.compile import build, compile_circuit
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from layouts.contact import contact
from layouts.extent import floorplan_box
from layouts.extract import read
from layouts.fits import DieError, die_check, fits
from layouts.place import place
from layouts.route import route


def design(ports: int, layers: int = 1, linear: str = "unitary") -> Design:
    stack = (*[Layer(2, "sqrt")] * (layers - 1), Layer(2))
    return Design(Network("net", 2, stack), ChipSpec(ports=ports, linear=linear), TrainSpec("moons"))


def does_fit(asked: Design, pdk) -> bool:
    try:
        fits(asked, contact(place(compile_circuit(asked, pdk), pdk), pdk), pdk)
    except DieError:
        return False
    return True


@pytest.mark.parametrize(
    ("width_mm", "height_mm", "found"),
    [
        (33.0, 26.0, None),
        (26.0, 33.0, None),
        (33.1, 26.0, "a chip of 33.10 x 26.00 mm, 0.10 mm too wide"),
        (26.0, 33.000001, "a chip of 26.00 x 33.00 mm, 0.00 mm too high"),
        (40.0, 28.0, "a chip of 40.00 x 28.00 mm, 7.00 mm too wide and 2.00 mm too high"),
        (28.0, 40.0, "a chip of 28.00 x 40.00 mm, 2.00 mm too wide and 7.00 mm too high"),
    ],
)
def test_either_way_round(pdk, width_mm, height_mm, found):
    margin_nm = round(pdk.value("die_margin_um") * 1000)
    box = 0, 0, round(width_mm * 1e6) - 2 * margin_nm, round(height_mm * 1e6) - 2 * margin_nm
    finding = die_check(box, pdk)
    assert (finding and finding.measured) == found


@given(st.tuples(*[st.integers(-(10**8), 10**8)] * 2), st.tuples(*[st.integers(1, 10**8)] * 2))
def test_a_turned_chip_fits_as_well_as_it_did(pdk, corner, size):
    (x, y), (width, height) = corner, size
    lying, standing = (x, y, x + width, y + height), (-y - height, x, -y, x + width)
    assert (die_check(lying, pdk) is None) == (die_check(standing, pdk) is None)


def test_the_box_is_that_of_the_layout(pdk, drawn):
    """What placement says is the size of the GDS, but for labels and outlines, to a waveguide's bend."""
    chip = drawn(8, 2, "svd")
    planned = floorplan_box(contact(place(build(pdk, ports=8, layers=2, linear="svd"), pdk), pdk), pdk)
    layout = read(chip.path)
    box = layout.top_cell().bbox()
    for wanted, found in zip(planned, (box.left, box.bottom, box.right, box.top), strict=True):
        assert abs(wanted - found) <= 2 * pdk.bend_radius_nm


def test_the_largest_that_fits_is_said_and_true(pdk):
    asked = design(64, 3, "svd")
    with pytest.raises(DieError) as error:
        fits(asked, contact(place(compile_circuit(asked, pdk), pdk), pdk), pdk)
    most = int(str(error.value).split("at most ")[-1].split()[0])
    assert str(error.value).endswith(f"with 3 svd layers at most {most} ports fit")
    assert does_fit(design(most, 3, "svd"), pdk) and not does_fit(design(most + 1, 3, "svd"), pdk)


def test_what_fits_is_left_as_it_is(pdk):
    floorplan = place(compile_circuit(design(64), pdk), pdk)
    assert fits(design(64), floorplan, pdk) is floorplan
    assert route(floorplan, pdk).netlist.top == "chip"

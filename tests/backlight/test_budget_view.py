"""The words of a budget: units that suit, and a camera where one reads."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlight import budget_view as view
from backlight.report import losses
from compiler.budget import budget
from compiler.compile import compile_circuit
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.tables import tables
from pdk import registry


@pytest.mark.parametrize(
    ("value", "units", "text"),
    [
        (10_000, view.POWER, "10 W"),
        (999.6, view.POWER, "1 W"),
        (720, view.POWER, "720 mW"),
        (0.0, view.POWER, "0 mW"),
        (2_035_008.2, view.TIME, "2.04 ms"),
        (0.152, view.TIME, "0.152 ns"),
        (5e-7, view.FREQUENCY, "500 Hz"),
        (0.099, view.FREQUENCY, "99 MHz"),
        (8.58e12, view.ENERGIES, "8.58 J"),
    ],
)
def test_the_unit_suits(value, units, text):
    assert view.with_unit(value, units) == text


@given(st.floats(1e-3, 1e18), st.sampled_from([view.POWER, view.TIME, view.FREQUENCY, view.ENERGIES]))
def test_no_value_is_written_with_a_power_of_ten_nor_wrong(value, units):
    number, unit = view.with_unit(value, units).split(" ")
    assert "e+" not in number
    assert float(number.replace(",", "")) * dict(units)[unit] == pytest.approx(value, rel=6e-3)


def words(pdk):
    design = Design(Network("moons", 2, (Layer(2),)), ChipSpec(ports=2, bias="none"), TrainSpec("moons"))
    circuit = compile_circuit(design, pdk)
    known = tables(circuit, pdk)
    page = view.page(budget(design, circuit, pdk, tables=known), pdk)
    said = [cell for part in page["tables"] for row in part["rows"] for cell in row]
    return [*(part["title"] for part in page["tables"]), *said, *(name for name, _ in losses(known))]


def test_a_camera_is_called_so(camera_pdk):
    said = words(camera_pdk)
    assert {"Light at the camera", "laser to camera grating", "10 W"} <= set(said)
    assert not any("photodiode" in word for word in said)
    assert not any(re.search(r"\de\+", word) for word in said)
    assert {"Light at the photodiodes", "laser to photodiode"} <= set(words(registry.get("generic")))

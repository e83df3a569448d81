"""program.json says a program in the unit of the process's drive."""

import json
from math import pi

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backlight import programs
from compiler.compile import build
from compiler.crossbar import build as build_crossbar
from compiler.crossbar_tables import crossbar_tables
from compiler.tables import tables
from pdk import registry

FEW = hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def circuit():
    return build(registry.get("generic"), ports=2, layers=1)


@FEW
@given(st.floats(-pi, pi))
def test_a_voltage_program_comes_back(circuit, voltage_pdk, tmp_path, phase_rad):
    known = tables(circuit, voltage_pdk)
    program = dict.fromkeys(programs.elements(known), phase_rad)
    programs.write_program(tmp_path / "program.json", program, known, "a test")
    told = json.loads((tmp_path / "program.json").read_text())["settings"]
    assert all(one.keys() == {"phase_rad", "voltage_v"} for one in told.values())
    assert all(one["voltage_v"] == pytest.approx(4.5 * phase_rad / pi, abs=1e-12) for one in told.values())
    assert programs.read_program(tmp_path / "program.json", known) == program


def test_mid_range_is_no_voltage_and_half_of_a_heaters_power(circuit, voltage_pdk, tmp_path):
    generic = registry.get("generic")
    for pdk, unit, expected in ((voltage_pdk, "voltage_v", 0.0), (generic, "heater_mw", generic.drive.limit / 2)):
        known = tables(circuit, pdk)
        programs.write_program(tmp_path / "program.json", programs.mid_range(known), known, "mid-range")
        told = json.loads((tmp_path / "program.json").read_text())["settings"]
        assert [one[unit] for one in told.values()] == pytest.approx([expected] * len(told))


def test_drives_of_a_crossbar_are_phases(voltage_pdk):
    netlist = build_crossbar(voltage_pdk, inputs=(2,), outputs=(1,), weight="mzi")
    known = crossbar_tables(netlist, voltage_pdk)
    bank = known.banks[0]
    drives = {b.name: known.drive.setting(0.0 * b.weight - 0.5) for b in known.banks}
    program = programs.crossbar_program(drives, known)
    assert set(program) == set(programs.elements(known))
    assert program[bank.drives[0][0][0]] == pytest.approx(-0.5)

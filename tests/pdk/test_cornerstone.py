"""CORNERSTONE's process as a value, without cspdk: roles, numbers, frames that planar wiring relies on, models."""

import subprocess
import sys

import numpy as np
import pytest

from pdk import rules
from pdk.conform.numbers import required
from pdk.contract import NotInstalledError, Pdk, Role
from pdk.cornerstone import checks, coupling, foundry
from pdk.registry import get


@pytest.fixture(scope="module")
def cornerstone() -> Pdk:
    return get("cornerstone-si220")


def test_roles_are_played_or_stated_missing(cornerstone: Pdk) -> None:
    assert set(cornerstone.roles) | set(cornerstone.missing) == set(Role)
    stand_ins = {role: name for role, name in cornerstone.roles.items() if cornerstone.role_of(name) is not role}
    assert stand_ins == {Role.EDGE_COUPLER: "grating_coupler_rectangular"}
    assert Role.BUMP not in cornerstone.roles
    assert set(stand_ins) | {Role.BUMP, Role.PHOTODIODE, Role.ATTENUATOR} == set(cornerstone.missing)


def test_light_is_read_by_a_camera_since_the_photodiode_is_far_larger_than_a_row(cornerstone: Pdk) -> None:
    assert cornerstone.camera and cornerstone.roles[Role.PHOTODIODE] == "camera_grating"
    grating, diode = cornerstone.device(Role.PHOTODIODE), cornerstone.devices["photodiode_integrated"]
    assert not [port for port in grating.ports if port.kind == "electrical"]
    left, bottom, right, top = diode.bbox_nm
    assert top - bottom > 10 * cornerstone.row_pitch_nm > 10 * (grating.bbox_nm[3] - grating.bbox_nm[1])
    fit = [(w // (right - left)) * (h // (top - bottom)) for w, h in cornerstone.dies_nm]
    assert fit == [15, 30]
    assert all(f" {number} " in cornerstone.missing[Role.PHOTODIODE] for number in fit)


def test_every_number_has_a_unit_and_a_source(cornerstone: Pdk) -> None:
    marks = ("cspdk 2.1.0", "doi:", "assumed: ", "derived: ", "design value: ", "from memory: ")
    for name, number in cornerstone.numbers.items():
        assert number.unit and any(mark in number.source for mark in marks), f"{name}: {number.source}"
    rules.require(cornerstone)
    assert all("cspdk 2.1.0" in rule.source or "assumed: " in rule.source for rule in cornerstone.rules)
    assert set(required(cornerstone)) <= set(cornerstone.numbers)


def test_one_metal_whose_terminals_all_face_north(cornerstone: Pdk) -> None:
    assert cornerstone.stack == ("metal",) == tuple(metal.name for metal in cornerstone.metals)
    for role, names in {Role.PHASE_SHIFTER: 2, Role.MODULATOR: 3, Role.ATTENUATOR: 2}.items():
        device = cornerstone.device(role)
        wires = [port for port in device.ports if port.kind == "electrical"]
        assert [port.name for port in wires] == [f"e{k + 1}" for k in range(names)]
        assert {(port.angle_deg, port.y_nm) for port in wires} == {(90, device.bbox_nm[3])}
        assert device.bbox_nm[0] == 0 and device.bbox_nm[2] == device.port("o2").x_nm
        assert device.bbox_nm[3] - device.bbox_nm[1] < cornerstone.row_pitch_nm - cornerstone.metals[0].space_nm


def test_couplers_have_the_lengths_that_their_powers_need(cornerstone: Pdk) -> None:
    power = coupling.COUPLERS.power
    assert power(coupling.COUPLER_GAP_NM, coupling.COUPLER_LENGTH_NM) == pytest.approx(0.5, abs=1e-3)
    assert power(coupling.TAP_GAP_NM, coupling.TAP_LENGTH_NM) == pytest.approx(
        cornerstone.value("tap_coupling"), abs=1e-4
    )
    models = cornerstone.models()
    rest_nm = 2 * coupling.MMI2X2_LENGTH_NM - cornerstone.devices["balance_tap"].port("o4").x_nm
    bypass = abs(models["balance_tap"]()["o1", "o4"] * models["straight"](length_nm=rest_nm)["o1", "o2"]) ** 2
    assert -10 * np.log10(bypass) == pytest.approx(2 * cornerstone.value("splitter_2x2_loss_db"), abs=1e-3)


def test_every_cell_that_light_passes_has_a_passive_reciprocal_model(cornerstone: Pdk) -> None:
    models = cornerstone.models()
    optical = {n: [p.name for p in d.ports if p.kind == "optical"] for n, d in cornerstone.devices.items()}
    optical = {name: ports for name, ports in optical.items() if ports} | {"straight": ["o1", "o2"]}
    assert set(models) == set(optical)
    for name, ports in optical.items():
        for wl in (1.5, 1.53, 1.55, 1.565, 1.6):
            s = np.zeros((len(ports),) * 2, complex)
            for (a, b), value in models[name](wl=wl).items():
                s[ports.index(b), ports.index(a)] = complex(value)
            assert np.linalg.norm(s, 2) <= 1 + 1e-12, name
            np.testing.assert_allclose(s, s.T, atol=1e-14)


def test_a_modulator_turns_its_field_and_the_photodiodes_take_all(cornerstone: Pdk) -> None:
    models = cornerstone.models()
    one, minus = (complex(models["modulator"](amplitude=a)["o1", "o2"]) for a in (1.0, -1.0))
    assert minus == pytest.approx(-one)
    for name in ("camera_grating", "photodiode_integrated"):
        assert complex(models[name]()["o1", "o1"]) == 0


def test_opening_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pdk.registry import get; p = get('cornerstone-si220'); p.devices; "
        "print(sorted({'jax', 'gdsfactory', 'sax', 'cspdk'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_without_cspdk_drawing_and_checking_name_the_extra(cornerstone: Pdk, monkeypatch, tmp_path) -> None:
    monkeypatch.setitem(sys.modules, "cspdk", None)
    monkeypatch.setitem(sys.modules, "cspdk.si220", None)
    with pytest.raises(NotInstalledError, match=r"backlight\[cornerstone\]"):
        foundry.part("mmi2x2")
    with pytest.raises(NotInstalledError, match=r"backlight\[cornerstone\]"):
        checks.check_submission(tmp_path / "chip.gds")

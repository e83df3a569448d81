"""Luxtelligence's lithium niobate as a value: roles, voltages, numbers, what it lacks, with and without its package."""

import subprocess
import sys
from math import pi

import pytest

from pdk.contract import NotInstalledError, Pdk, Role
from pdk.luxtelligence import coupling, electrodes
from pdk.registry import get
from pdk.rules import require


@pytest.fixture(scope="module")
def niobate() -> Pdk:
    return get("luxtelligence-lnoi400")


def test_roles_are_played_or_stated_missing(niobate: Pdk) -> None:
    assert set(niobate.roles) | set(niobate.missing) == set(Role)
    assert set(niobate.roles) & set(niobate.missing) == {Role.PHOTODIODE}
    assert niobate.camera and niobate.device(Role.PHOTODIODE).name == "camera_grating"
    assert not [port for port in niobate.device(Role.PHOTODIODE).ports if port.kind == "electrical"]


def test_shifters_are_driven_by_voltages_of_either_sign(niobate: Pdk) -> None:
    drive = niobate.drive
    assert (drive.kind, drive.unit) == ("electro-optic", "V")
    assert drive.most_rad == pytest.approx(-drive.least_rad) == pytest.approx(1.1 * pi, rel=1e-4)
    assert drive.setting(0.0) == drive.zero == drive.limit / 2
    assert drive.per_pi * electrodes.SHIFTER_ACTIVE_NM * 1e-7 == pytest.approx(6.6), "6.6 V cm"
    assert not any(name.startswith("heater") for name in niobate.numbers)


def test_electrodes_stand_beside_nearly_all_of_a_shifter(niobate: Pdk) -> None:
    shifter = niobate.device(Role.PHASE_SHIFTER)
    assert shifter.symmetries == ({"o1": "o2", "o2": "o1"},), "its ends are not alike: the phase has a sign"
    assert shifter.path_nm * 0.97 < electrodes.SHIFTER_ACTIVE_NM < shifter.path_nm
    height = shifter.bbox_nm[3] - shifter.bbox_nm[1]
    assert height < niobate.device(Role.MODULATOR).bbox_nm[3] * 2 < niobate.row_pitch_nm / 10


def test_a_row_holds_the_grating_of_a_tap(niobate: Pdk) -> None:
    grating = niobate.device(Role.PHOTODIODE).bbox_nm
    top = niobate.device(Role.TAP).port("o2").y_nm + 2 * niobate.bend_radius_nm + grating[3]
    assert niobate.row_pitch_nm % 127_000 == 0
    assert niobate.row_pitch_nm > 2 * top + 2 * (niobate.metals[0].width_nm + niobate.metals[0].space_nm)


def test_dies_are_those_that_the_largest_bounds(niobate: Pdk) -> None:
    most = niobate.value("reticle_long_mm") * 1e6
    assert niobate.dies_nm[-1] == (most, most)
    areas = [width * height for width, height in niobate.dies_nm]
    assert areas == sorted(areas)


def test_every_number_has_a_source(niobate: Pdk) -> None:
    marks = ("lnoi400 2.1.1", "lxt_pdk_gf", "assumed", "derived: ", "computed: ", "design value: ", "half of ")
    for name, number in niobate.numbers.items():
        assert number.unit and any(mark in number.source for mark in marks), f"{name}: {number.source}"
    require(niobate)
    assert all("lnoi400 2.1.1" in rule.source or "assumed: " in rule.source for rule in niobate.rules)


def test_read_out_is_the_grating_and_what_stands_above_it(niobate: Pdk) -> None:
    behind = 1.0 * 10 ** (-niobate.value("grating_coupler_loss_db") / 10)
    assert niobate.value("photodiode_responsivity_a_per_w") == pytest.approx(behind, abs=5e-3)


def test_couplers_have_the_lengths_that_their_powers_need(niobate: Pdk) -> None:
    power = coupling.COUPLERS.power
    assert power(coupling.COUPLER_GAP_NM, coupling.COUPLER_LENGTH_NM) == pytest.approx(0.5, abs=1e-3)
    assert power(coupling.TAP_GAP_NM, coupling.TAP_LENGTH_NM) == pytest.approx(niobate.value("tap_coupling"), abs=1e-5)
    wanted = coupling.COUPLERS.balance_power(2 * coupling.MMI_2X2_NM)
    assert pytest.approx(wanted, abs=1e-5) == coupling.BALANCE_COUPLING


def test_it_opens_without_its_package_and_says_how_to_install_it() -> None:
    code = (
        "import sys, importlib.util as u; found = u.find_spec; "
        "u.find_spec = lambda name, *rest: None if name == 'lnoi400' else found(name, *rest)\n"
        "from pdk.registry import get; p = get('luxtelligence-lnoi400'); p.models()\n"
        "print(sorted({'gdsfactory', 'sax', 'lnoi400'} & set(sys.modules)))\n"
        "from pdk.contract import NotInstalledError\n"
        "try: p.build('tap')\n"
        "except NotInstalledError as error: print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert out[0] == "[]"
    assert len(out) == 2 and "pip install 'backlight[luxtelligence]'" in out[1]
    assert issubclass(NotInstalledError, ImportError)

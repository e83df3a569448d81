"""SiEPIC EBeam: what it says of itself, with and without its package; and its cells as they are drawn now."""

import json
import subprocess
import sys
from importlib.util import find_spec

import klayout.db as kdb
import pytest

from pdk.conformance import check
from pdk.contract import NotInstalledError, Pdk, Role
from pdk.registry import get
from pdk.rules import require
from pdk.siepic import dimensions, library, table, tech
from pdk.siepic.coupling import COUPLERS

NAMES = sorted(get("siepic-ebeam").devices)
needs_package = pytest.mark.skipif(find_spec(tech.PACKAGE) is None, reason=f"{tech.PACKAGE} is not installed")


@pytest.fixture(scope="module")
def ebeam() -> Pdk:
    return get("siepic-ebeam")


def region(cell: kdb.Cell, layer: tuple[int, int]) -> kdb.Region:
    return kdb.Region(cell.begin_shapes_rec(cell.layout().layer(*layer))).merged()


def test_it_keeps_the_contract(ebeam: Pdk) -> None:
    require(ebeam)
    assert [str(finding) for finding in check(ebeam)] == []


def test_what_it_lacks_is_said_and_stood_in_for(ebeam: Pdk) -> None:
    assert set(ebeam.roles) | set(ebeam.missing) == set(Role)
    assert ebeam.camera and ebeam.device(Role.PHOTODIODE).name == "camera_grating"
    assert ebeam.device(Role.EDGE_COUPLER) is ebeam.device(Role.GRATING_COUPLER)
    assert ebeam.drive.kind == "thermo-optic"
    assert {role for role in ebeam.missing if role not in ebeam.roles} == {Role.BUMP}


def test_it_opens_without_its_package_and_says_how_to_install_it() -> None:
    code = (
        "import sys, importlib.util as u; found = u.find_spec; "
        "u.find_spec = lambda name, *rest: None if name == 'siepic_ebeam_pdk' else found(name, *rest)\n"
        "from pdk.registry import get; p = get('siepic-ebeam'); p.models()\n"
        "print(sorted({'gdsfactory', 'sax', 'siepic_ebeam_pdk'} & set(sys.modules)))\n"
        "from pdk.contract import NotInstalledError\n"
        "p.build('bend_90'); p.build('phase_shifter')\n"
        "try: p.build('ebeam_y_1550')\n"
        "except NotInstalledError as error: print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert out[0] == "[]"
    assert len(out) == 2 and "pip install 'backlight[siepic]'" in out[1]


def test_couplers_have_the_lengths_their_powers_need() -> None:
    assert COUPLERS.power(dimensions.COUPLER_GAP_NM, dimensions.COUPLER_LENGTH_NM) == pytest.approx(0.5, abs=1e-3)
    assert COUPLERS.power(dimensions.TAP_GAP_NM, dimensions.TAP_LENGTH_NM) == pytest.approx(0.03, abs=1e-5)
    wanted = COUPLERS.balance_power(2 * dimensions.SPLITTER_LENGTH_NM)
    assert pytest.approx(wanted, abs=1e-5) == dimensions.BALANCE_COUPLING


@needs_package
def test_the_table_is_what_is_drawn_now() -> None:
    assert json.loads(table.TABLE.read_text()) == table.rows(), "run python -m pdk.siepic.table"


@needs_package
@pytest.mark.parametrize(
    "name",
    ["ebeam_bdc_te1550", "ebeam_y_1550", "ebeam_crossing4", "ebeam_gc_te1550", "ebeam_terminator_te1550"],
)
def test_devices_under_the_foundrys_name_are_its_cells(name: str, ebeam: Pdk) -> None:
    path = next((library.folder() / "gds").glob(f"*/{name}.gds"))
    layout = kdb.Layout()
    layout.read(str(path))
    theirs, ours = region(layout.cell(name), tech.CORE), region(ebeam.build(name).kdb_cell, tech.CORE)
    turn = kdb.Trans.R0 if name not in ("ebeam_gc_te1550", "ebeam_terminator_te1550") else kdb.Trans.R180
    turned = theirs.transformed(kdb.Trans(turn))
    corner = ours.bbox().p2 - turned.bbox().p2
    assert (turned.moved(corner) ^ ours).area() <= 2, "one box of 2 nm at the grating's port is left out"


@needs_package
def test_a_cell_of_another_grid_is_refused(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gds" / "EBeam").mkdir(parents=True)
    layout = kdb.Layout()
    layout.dbu = 0.005
    layout.create_cell("coarse")
    layout.write(str(tmp_path / "gds" / "EBeam" / "coarse.gds"))
    monkeypatch.setattr(library, "folder", lambda: tmp_path)
    with pytest.raises(ValueError, match="database unit"):
        library.fixed("coarse")


@needs_package
def test_the_bend_is_symmetric_and_as_long_as_it_says(ebeam: Pdk) -> None:
    cell = ebeam.build("bend_90").kdb_cell
    shape, radius = region(cell, tech.CORE), tech.BEND_RADIUS_NM
    mirrored = shape.transformed(kdb.Trans(kdb.Trans.M135)).moved(radius, radius)
    assert (mirrored ^ shape).is_empty()
    assert shape.area() / 500 == pytest.approx(ebeam.devices["bend_90"].path_nm, rel=1e-3)
    assert (kdb.Region(kdb.Box(0, -250, 10, 250)) - shape).area() < 20


@needs_package
def test_couplers_keep_their_gap(ebeam: Pdk) -> None:
    for name, gap in (
        ("directional_coupler", 200),
        ("tap", dimensions.TAP_GAP_NM),
        ("balance_tap", dimensions.BALANCE_GAP_NM),
    ):
        shape = region(ebeam.build(name).kdb_cell, tech.CORE)
        assert shape.count() == 2
        assert shape.space_check(gap, False, kdb.Metrics.Projection).count() == 0
        assert shape.space_check(gap + 1, False, kdb.Metrics.Projection).count() > 0


@needs_package
def test_heaters_lie_over_the_waveguide_and_their_contacts_are_apart(ebeam: Pdk) -> None:
    for name, heaters, pieces in (("phase_shifter", 1, 2), ("attenuator", 1, 2), ("modulator", 2, 3)):
        cell = ebeam.build(name).kdb_cell
        heater, contacts, core = (region(cell, layer) for layer in (tech.M1, tech.M2, tech.CORE))
        assert (heater.count(), contacts.count()) == (heaters, pieces), "each electrode is one piece of metal"
        assert (heater & contacts).count() == 2 * heaters, "no strap passes a heater"
        assert all((kdb.Region(one) & core).area() == one.bbox().width() * 500 for one in heater.each())
        assert contacts.bbox().top == ebeam.devices[name].port("e1").y_nm


def test_a_straight_needs_no_package_and_a_length(ebeam: Pdk) -> None:
    drawn = ebeam.build("straight", length_nm=1234)
    assert drawn.kdb_cell.bbox() == kdb.Box(0, -250, 1234, 250)
    with pytest.raises(ValueError, match="length_nm"):
        ebeam.build("straight")
    with pytest.raises(ValueError, match="only straight"):
        ebeam.build("tap", length_nm=5)
    with pytest.raises(KeyError, match="tapp"):
        ebeam.build("tapp")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    with pytest.raises(NotInstalledError, match="uv sync --extra siepic"):
        library.folder()

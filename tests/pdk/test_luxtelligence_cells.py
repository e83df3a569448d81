"""Luxtelligence's cells as its package draws them now, and our models against those of the package that run."""

import json
from importlib.util import find_spec
from math import pi

import klayout.db as kdb
import numpy as np
import pytest

from layouts.rules import check_rules
from pdk.contract import Pdk, Role
from pdk.luxtelligence import electrodes, table, tech
from pdk.registry import get

pytestmark = pytest.mark.skipif(find_spec("lnoi400") is None, reason="lnoi400 is not installed")

NAMES = sorted(table.ROLES)
MIRROR_LEFT_RIGHT, MIRROR_UP_DOWN = kdb.Trans(kdb.Trans.M90), kdb.Trans(kdb.Trans.M0)


@pytest.fixture(scope="module")
def niobate() -> Pdk:
    return get("luxtelligence-lnoi400")


def region(cell: kdb.Cell, name: str) -> kdb.Region:
    index = cell.layout().find_layer(*tech.LAYERS[name])
    return kdb.Region() if index is None else kdb.Region(cell.begin_shapes_rec(index)).merged()


def same(a: kdb.Region, b: kdb.Region, slack_nm: int = 0) -> bool:
    """Whether two regions are one, but for slivers no wider than twice the slack."""
    return (a ^ b).sized(-slack_nm).is_empty()


def test_the_table_is_what_is_drawn_now() -> None:
    assert json.loads(table.TABLE.read_text()) == table.rows(), "run python -m pdk.luxtelligence.table"


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_keeps_every_rule(name: str, niobate: Pdk) -> None:
    layout = kdb.Layout()
    layout.create_cell(name).copy_tree(niobate.build(name).kdb_cell)
    assert [str(finding) for finding in check_rules(layout, niobate)] == []


def test_a_rule_can_fail(niobate: Pdk) -> None:
    layout = kdb.Layout()
    cell = layout.create_cell("thin")
    cell.shapes(layout.layer(*tech.TL)).insert(kdb.Box(0, 0, 50_000, 1_000))
    assert [finding.rule for finding in check_rules(layout, niobate)] == ["tl_width"]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("bend_euler", {"radius": 60.0}),
        ("mmi2x2optimized1550", {}),
        ("mmi1x2_optimized1550", {}),
        ("gc_focusing_1550", {}),
        ("pad", {}),
    ],
)
def test_devices_under_the_foundrys_name_are_its_cells(name: str, settings: dict, niobate: Pdk) -> None:
    import gdsfactory as gf
    import lnoi400

    before = gf.gpdk.PDK
    lnoi400.PDK.activate()
    theirs = getattr(lnoi400.cells, name)(**settings)
    before.activate()
    ours = niobate.build(name).kdb_cell
    for layer in ("core", "slab", "slab_negative", "tl"):
        index = theirs.kcl.layer(*tech.LAYERS[layer])
        shape = kdb.Region(theirs.kdb_cell.begin_shapes_rec(index)).merged()
        mine = region(ours, layer)
        shift = mine.bbox().p1 - shape.bbox().p1
        assert same(shape.moved(shift), mine), f"{name} on {layer}"


def test_ports_end_on_ridge_and_slab(niobate: Pdk) -> None:
    """But those of the edge coupler, where the slab is cut: the package's own taper begins 5.65 um wide."""
    for device in niobate.devices.values():
        if device.role is Role.EDGE_COUPLER:
            continue
        cell = niobate.build(device.name).kdb_cell
        for port in device.ports:
            if port.kind == "optical" and port.width_nm == tech.WAVEGUIDE_WIDTH_NM:
                inward = kdb.Trans(port.angle_deg // 90, False, port.x_nm, port.y_nm)
                for name, width in (("core", tech.WAVEGUIDE_WIDTH_NM), ("slab", tech.SLAB_WIDTH_NM)):
                    end = kdb.Region(kdb.Box(-2, -width // 2, 0, width // 2).transformed(inward))
                    assert (end - region(cell, name)).is_empty(), f"{device.name}.{port.name} on {name}"


@pytest.mark.parametrize("name", ["mmi2x2optimized1550", "coupler", "tap", "balance_tap"])
def test_couplers_are_symmetric(name: str, niobate: Pdk) -> None:
    device, cell = niobate.devices[name], niobate.build(name).kdb_cell
    across, up = kdb.Vector(device.port("o4").x_nm, 0), kdb.Vector(0, device.port("o2").y_nm)
    for layer in ("core", "slab"):
        shape = region(cell, layer)
        assert same(shape.transformed(MIRROR_LEFT_RIGHT).moved(across), shape, 1)
        assert same(shape.transformed(MIRROR_UP_DOWN).moved(up), shape, 1)


@pytest.mark.parametrize("role", [Role.PHASE_SHIFTER, Role.MODULATOR])
def test_both_terminals_are_metal_of_their_own_that_faces_north(role: Role, niobate: Pdk) -> None:
    device = niobate.device(role)
    metal = region(niobate.build(device.name).kdb_cell, "tl")
    assert metal.count() == 2
    e1, e2 = device.port("e1"), device.port("e2")
    assert e1.angle_deg == e2.angle_deg == 90 and e1.y_nm == e2.y_nm == device.bbox_nm[3]
    pieces = list(metal.each())
    on = [next(k for k, piece in enumerate(pieces) if piece.touches(kdb.Edge(*at(port)))) for port in (e1, e2)]
    assert sorted(on) == [0, 1]


def at(port) -> tuple[int, int, int, int]:
    return port.x_nm - port.width_nm // 2, port.y_nm - 1, port.x_nm + port.width_nm // 2, port.y_nm - 1


def test_electrodes_leave_the_packages_gap_on_both_sides_of_each_waveguide(niobate: Pdk) -> None:
    gaps = {
        "phase_shifter": [(electrodes.SHIFTER_NM // 2, 0)],
        "modulator": [(niobate.devices["modulator"].port("o2").x_nm // 2, way * 7_000) for way in (-1, 1)],
    }
    for name, middles in gaps.items():
        cell = niobate.build(name).kdb_cell
        for x, y in middles:
            cut = kdb.Region(kdb.Box(x, y - 5_000, x + 2, y + 5_000))
            free = cut - region(cell, "tl")
            assert free.bbox() == kdb.Box(x, y - 2_000, x + 2, y + 2_000)
            assert (region(cell, "core") & cut).bbox() == kdb.Box(x, y - 1_250, x + 2, y + 1_250)


def test_the_tip_reaches_as_far_beyond_the_facet_as_the_foundry_asks(niobate: Pdk) -> None:
    coupler = niobate.device(Role.EDGE_COUPLER)
    assert coupler.bbox_nm[2] - coupler.port("o2").x_nm == 5_000
    slab = region(niobate.build(coupler.name).kdb_cell, "slab")
    tip = slab & kdb.Region(kdb.Box(360_000, -10_000, 370_000, 10_000))
    assert tip.bbox() == kdb.Box(360_000, -125, 370_000, 125), "5 um of straight on either side of the facet"


def test_drawing_leaves_the_other_foundries_pdk_active(niobate: Pdk) -> None:
    import gdsfactory as gf

    gf.gpdk.PDK.activate()
    from pdk.luxtelligence.foundry import piece

    piece("bend_s", size=(60.0, 4.2))
    assert gf.get_active_pdk() is gf.gpdk.PDK


def test_the_waveguide_is_the_packages(niobate: Pdk) -> None:
    from lnoi400.models import straight_rwg1000

    ours = niobate.models()["straight"]
    for wl in (1.53, 1.55, 1.57):
        theirs = complex(straight_rwg1000(wl=wl, length=1234.5)["o1", "o2"])
        assert complex(ours(wl=wl, length_nm=1_234_500)["o1", "o2"]) == pytest.approx(theirs, abs=1e-9)


def test_the_phase_of_a_voltage_is_the_packages(niobate: Pdk) -> None:
    from lnoi400.models import eo_phase_shifter

    def phases(model, settings) -> np.ndarray:
        fields = np.array([complex(model(**setting)["o1", "o2"]) for setting in settings])
        return np.angle(fields / fields[0])

    volts, drive = np.linspace(0.0, 60.0, 5), niobate.drive
    theirs = phases(eo_phase_shifter, [{"length": electrodes.SHIFTER_ACTIVE_NM / 1e3, "V_dc": v} for v in volts])
    ours = phases(
        niobate.models()["phase_shifter"], [{"phase_rad": drive.phase_rad(drive.zero + volt)} for volt in volts]
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
    assert ours[-1] > 0.9 * pi

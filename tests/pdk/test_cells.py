"""The drawn cells of the generic process, beyond what any foundry is asked for (tests/pdk/test_conformance.py)."""

import json

import klayout.db as kdb
import pytest

from pdk.contract import Pdk, Role
from pdk.fingerprint import fingerprint
from pdk.generic import table
from pdk.ports import fabricated_layers, polygon_bbox
from pdk.registry import get

NAMES = sorted(get("generic").devices)
MIRROR_LEFT_RIGHT = kdb.Trans(kdb.Trans.M90)
MIRROR_UP_DOWN = kdb.Trans(kdb.Trans.M0)
GEOMETRIC = {
    "mmi2x2": [MIRROR_LEFT_RIGHT, MIRROR_UP_DOWN],
    "mmi1x2": [MIRROR_UP_DOWN],
    "directional_coupler": [MIRROR_LEFT_RIGHT, MIRROR_UP_DOWN],
    "tap": [MIRROR_LEFT_RIGHT, MIRROR_UP_DOWN],
    "balance_tap": [MIRROR_LEFT_RIGHT, MIRROR_UP_DOWN],
    "phase_shifter": [MIRROR_LEFT_RIGHT, MIRROR_UP_DOWN],
    "attenuator": [MIRROR_LEFT_RIGHT],
    "crossing": [kdb.Trans(kdb.Trans.R90), MIRROR_UP_DOWN],
}


def region(cell: kdb.Cell, layer: tuple[int, int]) -> kdb.Region:
    return kdb.Region(cell.begin_shapes_rec(cell.layout().layer(*layer))).merged()


def test_the_table_is_what_is_drawn_now() -> None:
    assert json.loads(table.TABLE.read_text()) == table.rows(), "run python -m pdk.generic.table"


@pytest.mark.parametrize("name", NAMES)
def test_cells_carry_their_names(name: str, drawn) -> None:
    assert drawn[name].name == name


@pytest.mark.parametrize("name", sorted(GEOMETRIC))
def test_symmetric_devices_are_symmetric_to_the_nanometre(name: str, generic: Pdk, drawn) -> None:
    cell = drawn[name].kdb_cell
    optical = {(1, 0), (2, 0), (2, 6)} if name == "attenuator" else None  # its doping has a p and an n side
    for index in fabricated_layers(cell, generic.layers):
        info = cell.layout().get_info(index)
        if optical and (info.layer, info.datatype) not in optical:
            continue
        shape = region(cell, (info.layer, info.datatype))
        centre = polygon_bbox(cell, generic.layers)
        for mirror in GEOMETRIC[name]:
            turned = shape.transformed(mirror)
            box = centre.transformed(mirror)
            moved = turned.moved(
                (centre.left + centre.right - box.left - box.right) // 2,
                (centre.bottom + centre.top - box.bottom - box.top) // 2,
            )
            assert (moved ^ shape).is_empty(), f"{name} {mirror} on {info}"


def test_straight_is_a_rectangle_with_its_ports(generic: Pdk) -> None:
    cell = generic.build("straight", length_nm=1234)
    assert cell.kdb_cell.bbox() == kdb.Box(0, -250, 1234, 250)
    assert [(p.name, p.center) for p in cell.ports] == [("o1", (0.0, 0.0)), ("o2", (1.234, 0.0))]
    with pytest.raises(ValueError, match="length_nm"):
        generic.build("straight")
    with pytest.raises(ValueError, match="only straight"):
        generic.build("tap", length_nm=5)
    with pytest.raises(KeyError, match="tapp"):
        generic.build("tapp")


def test_what_floorplans_rely_on(generic: Pdk, drawn) -> None:
    heater, modulator = generic.device(Role.PHASE_SHIFTER), generic.device(Role.MODULATOR)
    left, _, right, _ = heater.bbox_nm
    assert (left, right) == (0, heater.port("o2").x_nm)
    assert modulator.port("o2").y_nm == 0
    left, bottom, right, top = modulator.bbox_nm
    assert right - left <= 350_000 and bottom >= -40_000 and top <= 40_000
    assert generic.device(Role.TERMINATION).bbox_nm[2] <= 50_000
    islands = region(drawn["modulator"].kdb_cell, generic.layers["m3"])
    assert islands.count() == 3, "each electrode of the modulator is one piece of metal, and touches no other"


@pytest.mark.parametrize("name", NAMES)
def test_fingerprints_survive_a_gds_without_metadata(name: str, generic: Pdk, drawn, reread) -> None:
    device = generic.devices[name]
    again = reread(drawn[name].kdb_cell)
    assert fingerprint(again, device.ports, generic.layers) == device.fingerprint
    assert len({d.fingerprint for d in generic.devices.values()}) == len(NAMES)

"""Pins: what is drawn is what is read, and a pin that cannot be read is a Finding."""

import klayout.db as kdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdk.contract import Pdk, Port
from pdk.ports import draw_outline, draw_pins, polygon_bbox, read_pins
from pdk.registry import get

LAYERS = get("generic").layers
ports = st.builds(
    Port,
    name=st.from_regex(r"[oe][1-9][0-9]?", fullmatch=True),
    x_nm=st.integers(-(10**6), 10**6),
    y_nm=st.integers(-(10**6), 10**6),
    angle_deg=st.sampled_from([0, 90, 180, 270]),
    width_nm=st.integers(1, 50_000).map(lambda n: 2 * n),
    kind=st.sampled_from(["optical", "electrical"]),
)
unique_ports = st.lists(ports, max_size=6, unique_by=(lambda p: p.name, lambda p: (p.x_nm, p.y_nm)))


@given(unique_ports)
def test_pins_read_back_as_drawn(drawn_ports: list[Port]) -> None:
    layout = kdb.Layout()
    cell = layout.create_cell("device")
    draw_pins(cell, drawn_ports, LAYERS)
    found, findings = read_pins(cell, LAYERS)
    assert findings == []
    assert set(found) == set(drawn_ports) and len(found) == len(drawn_ports)


@pytest.mark.parametrize("name", sorted(get("generic").devices))
def test_pins_of_every_device_survive_a_gds(name: str, generic: Pdk, drawn, bare_cell, reread) -> None:
    cell = bare_cell()
    cell.copy_tree(drawn[name].kdb_cell)
    draw_pins(cell, generic.devices[name].ports, generic.layers)
    draw_outline(cell, generic.layers)
    again = reread(cell)
    found, findings = read_pins(again, generic.layers)
    assert findings == [] and tuple(found) == generic.devices[name].ports
    box = polygon_bbox(again, generic.layers)
    assert (box.left, box.bottom, box.right, box.top) == generic.devices[name].bbox_nm
    outline = [shape.bbox() for shape in again.shapes(again.layout().layer(*generic.layers["outline"])).each()]
    assert outline == [box]


def test_a_pin_without_a_name_or_with_two_is_a_finding(bare_cell) -> None:
    cell = bare_cell()
    layer = cell.layout().layer(*LAYERS["pin"])
    draw_pins(cell, [Port("o1", 0, 0, 180, 500), Port("o2", 900, 0, 0, 500)], LAYERS)
    cell.shapes(layer).insert(kdb.Text("o3", 900, 0))
    cell.shapes(layer).insert(kdb.Path([kdb.Point(-5, 7000), kdb.Point(5, 7000)], 500))
    found, findings = read_pins(cell, LAYERS)
    assert [p.name for p in found] == ["o1"]
    assert {(f.rule, f.measured) for f in findings} == {("pin_name", "o2, o3"), ("pin_name", "no text")}
    assert any("0.9, 0.0 um" in f.place for f in findings)


def test_a_name_used_twice_and_a_skew_pin_are_findings(bare_cell) -> None:
    cell = bare_cell()
    layer = cell.layout().layer(*LAYERS["pin"])
    draw_pins(cell, [Port("o1", 0, 0, 180, 500), Port("o1", 900, 0, 0, 500)], LAYERS)
    cell.shapes(layer).insert(kdb.Path([kdb.Point(0, 5000), kdb.Point(6, 5008)], 500))
    cell.shapes(layer).insert(kdb.Path([kdb.Point(0, 9000), kdb.Point(40, 9000)], 500))
    _, findings = read_pins(cell, LAYERS)
    assert sorted(f.rule for f in findings) == ["pin_name", "pin_shape", "pin_shape"]
    assert all(f.mend for f in findings)

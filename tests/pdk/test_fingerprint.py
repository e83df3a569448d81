"""The fingerprint: blind to how polygons are stored, and to nothing that is fabricated."""

from dataclasses import replace

import klayout.db as kdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdk.contract import Port
from pdk.fingerprint import fingerprint

LAYERS = {"core": (1, 0), "pin": (1, 10), "pin_electrical": (1, 11), "outline": (68, 0), "label": (66, 0)}
PORTS = (Port("o1", 0, 0, 180, 500), Port("o2", 5000, 0, 0, 500))
BOXES = [(0, -250, 5000, 250), (1000, 2000, 3000, 2600), (4000, 2000, 5000, 2600), (2000, 5000, 2500, 5500)]


def sketch(boxes, name: str = "device", layer=(1, 0)) -> tuple[kdb.Layout, kdb.Cell]:
    layout = kdb.Layout()
    cell = layout.create_cell(name)
    for box in boxes:
        cell.shapes(layout.layer(*layer)).insert(kdb.Box(*box))
    return layout, cell


def print_of(boxes, name: str = "device", layer=(1, 0), ports=PORTS) -> str:
    _layout, cell = sketch(boxes, name, layer)
    return fingerprint(cell, ports, LAYERS)


@given(st.permutations(BOXES), st.permutations(PORTS), st.text("abc", min_size=1, max_size=5))
def test_order_and_name_do_not_matter(boxes, ports, name) -> None:
    assert print_of(boxes, name, ports=ports) == print_of(BOXES)


@given(st.integers(0, len(BOXES) - 1), st.integers(0, 3), st.sampled_from([-1, 1]))
def test_one_nanometre_matters(which: int, side: int, step: int) -> None:
    moved = [list(box) for box in BOXES]
    moved[which][side] += step
    assert print_of(moved) != print_of(BOXES)


@given(st.sampled_from(["x_nm", "y_nm", "width_nm"]), st.sampled_from([-1, 1]), st.integers(0, 1))
def test_ports_matter(field: str, step: int, which: int) -> None:
    ports = list(PORTS)
    ports[which] = replace(ports[which], **{field: getattr(ports[which], field) + step})
    assert print_of(BOXES, ports=ports) != print_of(BOXES)


def test_names_and_kinds_of_ports_matter() -> None:
    first = PORTS[0]
    for changed in (replace(first, name="o3"), replace(first, kind="electrical"), replace(first, angle_deg=90)):
        assert print_of(BOXES, ports=(changed, PORTS[1])) != print_of(BOXES)
    assert print_of(BOXES, ports=PORTS[:1]) != print_of(BOXES)


@given(st.integers(1, 4999))
def test_how_an_area_is_cut_does_not_matter(cut: int) -> None:
    left, right = (0, -250, cut, 250), (cut, -250, 5000, 250)
    assert print_of([left, right, *BOXES[1:]]) == print_of(BOXES)


@given(st.integers(0, 5))
def test_first_vertex_does_not_matter(turn: int) -> None:
    corners = [(0, 0), (4000, 0), (4000, 1000), (2000, 1000), (2000, 3000), (0, 3000)]
    prints = []
    for points in (corners, corners[turn:] + corners[:turn], corners[::-1]):
        layout, cell = sketch([])
        cell.shapes(layout.layer(1, 0)).insert(kdb.Polygon([kdb.Point(*p) for p in points], True))
        prints.append(fingerprint(cell, PORTS, LAYERS))
    assert len(set(prints)) == 1


def test_layers_matter_except_the_marker_layers() -> None:
    assert print_of(BOXES, layer=(2, 0)) != print_of(BOXES)
    layout, cell = sketch(BOXES)
    for marker in ("pin", "pin_electrical", "outline", "label"):
        cell.shapes(layout.layer(*LAYERS[marker])).insert(kdb.Box(0, 0, 77, 77))
    cell.shapes(layout.layer(1, 0)).insert(kdb.Text("note", 0, 0))
    assert fingerprint(cell, PORTS, LAYERS) == print_of(BOXES)


def test_a_layout_on_another_grid_is_refused() -> None:
    layout, cell = sketch(BOXES)
    layout.dbu = 0.005
    with pytest.raises(ValueError, match=r"0\.005 um.*0\.001 um"):
        fingerprint(cell, PORTS, LAYERS)

"""The picture of a layout: wires above devices, the die's outline below, roles and places as data."""

import re

import klayout.db as kdb
import pytest

from layouts.colours import PAINTS
from layouts.picture import layers_in, svg


@pytest.fixture
def drawn_by_hand(tmp_path, pdk):
    """A die with a phase shifter far from the origin and a wire over it."""
    layout = kdb.Layout()
    layout.dbu = 0.001
    top, device = layout.create_cell("chip"), layout.create_cell("phase_shifter")
    at = {name: layout.layer(*pdk.layers[name]) for name in ("core", "m3", "die")}
    device.shapes(at["core"]).insert(kdb.Box(0, 0, 100_000, 500))
    top.shapes(at["m3"]).insert(kdb.Box(0, 0, 20_000_000, 6_000))
    top.shapes(at["die"]).insert(kdb.Box(-1_000, -1_000, 20_001_000, 7_000))
    placed = top.insert(kdb.CellInstArray(device.cell_index(), kdb.Trans(1, True, 12_345_678, 7)))
    placed.set_property(0, "a<b")
    path = tmp_path / "chip.gds"
    layout.write(str(path))
    return path


def test_wires_lie_above_devices_and_the_die_below(drawn_by_hand, pdk):
    top = re.search(r'<g id="cell-chip">(.*?)</g>', svg(drawn_by_hand, pdk))
    assert top
    marks = [top[1].index(mark) for mark in ('class="die"', "<use ", 'class="m3"')]
    assert marks == sorted(marks)
    assert layers_in(drawn_by_hand, pdk) == ["die", "core", "m3"]


def test_places_are_exact_to_the_nanometre(drawn_by_hand, pdk):
    assert 'transform="translate(12345.678 0.007) rotate(90) scale(1,-1)"' in svg(drawn_by_hand, pdk)


def test_roles_and_names_are_data(drawn_by_hand, pdk):
    picture = svg(drawn_by_hand, pdk)
    assert '<g id="cell-phase_shifter" data-role="phase shifter">' in picture
    assert "<title>a&lt;b</title>" in picture


def test_wires_are_told_apart_and_let_waveguides_be_seen():
    m2, m3 = PAINTS["m2"], PAINTS["m3"]
    assert m2.opacity <= 0.5 and m3.opacity <= 0.5
    for a, b in ((m2.light, m3.light), (m2.dark, m3.dark)):
        apart = [int(a[k : k + 2], 16) - int(b[k : k + 2], 16) for k in (1, 3, 5)]
        assert sum(value * value for value in apart) > 100**2

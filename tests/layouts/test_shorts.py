"""A wire across a heater whose filament its metal touches is a short, which no net extraction would see."""

from dataclasses import replace

import klayout.db as kdb
import pytest

from layouts.recognise import Kind
from layouts.shorts import shorts
from pdk.registry import get

GENERIC = get("generic")
BARE = replace(GENERIC, touching={"m3": "heater"})
"""As a process whose one metal lies directly on its heaters."""


def chip(*wires: kdb.Box) -> tuple[kdb.Layout, dict[int, Kind]]:
    """A heater along x with a contact at each end, and wires in the cell above it."""
    layout = kdb.Layout()
    heater, m3 = (layout.layer(*GENERIC.layers[name]) for name in ("heater", "m3"))
    device, top = layout.create_cell("phase_shifter"), layout.create_cell("chip")
    device.shapes(heater).insert(kdb.Box(0, -1_000, 100_000, 1_000))
    for x in (0, 90_000):
        device.shapes(m3).insert(kdb.Box(x, -5_000, x + 10_000, 5_000))
    top.insert(kdb.CellInstArray(device.cell_index(), kdb.Trans(20_000, 0)))
    for wire in wires:
        top.shapes(m3).insert(wire)
    return layout, {device.cell_index(): Kind("phase_shifter", ()), top.cell_index(): Kind(None, ())}


ON_CONTACT = kdb.Box(22_000, 0, 27_000, 60_000)


def test_a_wire_that_ends_on_a_contact_is_no_short() -> None:
    assert list(shorts(*chip(ON_CONTACT), BARE)) == []


@pytest.mark.parametrize("wire", [kdb.Box(60_000, -50_000, 65_000, 50_000), kdb.Box(25_000, -2_000, 40_000, 2_000)])
def test_a_wire_across_a_heater_is_named_where_it_is(wire: kdb.Box) -> None:
    (finding,) = shorts(*chip(ON_CONTACT, wire), BARE)
    assert finding.rule == "short" and "of heater" in finding.measured
    x_um, y_um = (float(word) for word in finding.place.removesuffix(" um").split(", "))
    assert wire.left / 1000 < x_um < wire.right / 1000 and y_um == 0


def test_oxide_between_them_is_enough() -> None:
    assert list(shorts(*chip(kdb.Box(60_000, -50_000, 65_000, 50_000)), GENERIC)) == []

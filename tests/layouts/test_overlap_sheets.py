"""Slabs of neighbouring ribs may be one sheet; their cores may not."""

import klayout.db as kdb
import pytest

from layouts.geometry import Transform
from layouts.overlap import overlaps
from pdk.registry import get


@pytest.mark.parametrize(("apart_nm", "found"), [(3_500, 0), (999, 1)])
def test_only_cores_must_keep_off_each_other(apart_nm: int, found: int) -> None:
    pdk = get("luxtelligence-lnoi400")
    layout = kdb.Layout()
    top, guide = layout.create_cell("top"), layout.create_cell("straight_20000")
    for name, width in {"core": pdk.waveguide_width_nm, **pdk.straight_layers}.items():
        guide.shapes(layout.layer(*pdk.layers[name])).insert(kdb.Box(0, -width // 2, 20_000, width // 2))
    places = {name: (Transform(0, y), guide.cell_index()) for name, y in (("a", 0), ("b", apart_nm))}
    for at, index in places.values():
        top.insert(kdb.CellInstArray(index, kdb.Trans(at.x_nm, at.y_nm)))
    findings = overlaps(layout, pdk, {"top": places})
    assert len(findings) == found
    assert all("on 2/0" in finding.measured for finding in findings)

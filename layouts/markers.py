"""Findings as a KLayout marker database (`.lyrdb`): opened beside the chip, a click goes to the place.

A finding that says where on the chip it is gets a box there; one that names an instance gets its text alone.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import klayout.db as kdb
import klayout.rdb as rdb

from pdk.finding import Finding

HALF_UM = 0.5
"""Half the side of a marker. Assumed: seen at the zoom at which a waveguide is."""

_ON_CHIP = re.compile(r"(?:chip at )?(-?[\d.]+(?:e-?\d+)?), (-?[\d.]+(?:e-?\d+)?) um")


def write_markers(path: Path, top: str, findings: Iterable[Finding]) -> None:
    """Write the findings, a category for each rule; `top` is the name of the layout's top cell."""
    database = rdb.ReportDatabase("backlight verify")
    database.generator = "backlight"
    database.top_cell_name = top
    cell = database.create_cell(top)
    categories: dict[str, rdb.RdbCategory] = {}
    for finding in findings:
        if finding.rule not in categories:
            categories[finding.rule] = database.create_category(finding.rule)
        item = database.create_item(cell.rdb_id(), categories[finding.rule].rdb_id())
        point = _ON_CHIP.match(finding.place)
        if point:
            x_um, y_um = float(point[1]), float(point[2])
            item.add_value(kdb.DBox(x_um - HALF_UM, y_um - HALF_UM, x_um + HALF_UM, y_um + HALF_UM))
        item.add_value(f"place: {finding.place}")
        item.add_value(f"found: {finding.measured}")
        item.add_value(f"expected: {finding.limit}")
        item.add_value(f"mend: {finding.mend}")
    database.save(str(path))

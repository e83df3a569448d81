"""What a layout has on every layer: area, and the narrowest width and gap, beside what the process allows.

Each distinct cell is looked at by itself, its own shapes merged: `layouts.rules` checks what lies between cells.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import klayout.db as kdb

from layouts.extract import read
from layouts.violations import ANGLE_LIMIT_DEG, METRICS
from pdk.contract import Pdk, Rule

REACH = 2
"""Widths and gaps are looked for up to so many times the rule's limit."""


@dataclass(frozen=True)
class Feature:
    """The narrowest place of a layer inside any cell."""

    rule: str
    kind: str
    """width or space."""
    least_nm: int | None
    """None: wider than `REACH` times the limit everywhere."""
    limit_nm: int


@dataclass(frozen=True)
class LayerUse:
    """One layer of a file."""

    layer: str
    """GDS layer and datatype, `3/0`."""
    name: str
    """Name in the process; empty for a layer that it does not know."""
    area_um2: float
    """What all cells on the chip draw; where two cells share area it counts twice."""
    texts: int
    features: tuple[Feature, ...]


def layer_uses(gds: Path, pdk: Pdk) -> tuple[LayerUse, ...]:
    """Every layer that holds anything. NotALayoutError where the file holds no layout."""
    layout = read(gds)
    uses = _uses(layout)
    names = {layer: name for name, layer in pdk.layers.items()}
    found = []
    for info in sorted(layout.layer_infos(), key=lambda info: (info.layer, info.datatype)):
        index, layer = layout.layer(info), (info.layer, info.datatype)
        area, texts, regions = 0, 0, []
        for cell in layout.each_cell():
            if not cell.shapes(index).is_empty():
                regions.append(kdb.Region(cell.shapes(index)).merged())
                area += regions[-1].area() * uses[cell.cell_index()]
                texts += sum(1 for _ in cell.shapes(index).each(kdb.Shapes.STexts)) * uses[cell.cell_index()]
        if area or texts:
            rules = (rule for rule in pdk.rules if rule.layer == layer and rule.kind in ("width", "space"))
            features = tuple(_feature(rule, regions) for rule in rules)
            found.append(LayerUse(f"{layer[0]}/{layer[1]}", names.get(layer, ""), area / 1e6, texts, features))
    return tuple(found)


def _uses(layout: kdb.Layout) -> Counter[int]:
    """How often each cell stands on the chip."""
    uses = Counter({layout.top_cell().cell_index(): 1})
    for index in layout.each_cell_top_down():
        for instance in layout.cell(index).each_inst():
            uses[instance.cell_index] += uses[index]
    return uses


def _feature(rule: Rule, regions: list[kdb.Region]) -> Feature:
    least: int | None = None
    for region in regions:
        check = region.width_check if rule.kind == "width" else region.space_check
        for pair in check(REACH * rule.limit, False, METRICS, ANGLE_LIMIT_DEG).each():
            if pair.distance() > 0:  # corners that touch are no gap
                least = min(round(pair.distance()), least or rule.limit * REACH)
    return Feature(rule.name, rule.kind, least, rule.limit)

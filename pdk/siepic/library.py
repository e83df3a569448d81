"""The foundry's fixed cells, read from the GDS files of its package, which is found and not imported (an import of it
starts SiEPIC-Tools)."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import klayout.db as kdb

from pdk.contract import NotInstalledError, Port
from pdk.kit.drawing import Pieces, polygons
from pdk.ports import STEP
from pdk.siepic import tech

FABRICATED = (tech.CORE, tech.M1, tech.M2, tech.PAD_OPEN)


def folder() -> Path:
    """Where the foundry's package lies; NotInstalledError, which names the extra, if it is absent."""
    spec = find_spec(tech.PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalledError(
            f"pdk: {tech.NAME} needs the package {tech.PACKAGE}, found none; "
            f"install it with: pip install 'backlight[{tech.EXTRA}]' (here: uv sync --extra {tech.EXTRA})"
        )
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def fixed(name: str) -> tuple[Pieces, tuple[Port, ...]]:
    """Polygons on fabricated layers and ports of a foundry's cell, in its own frame and with its own port names.

    What reaches past the device's outline is cut off (ebeam_gc_te1550 has a stray box of 2 nm on its port).
    """
    path = next((folder() / "gds").glob(f"*/{name}.[gG][dD][sS]"))
    layout = kdb.Layout()
    layout.read(str(path))
    cell = layout.cell(name)
    outline = kdb.Region(cell.begin_shapes_rec(layout.layer(*tech.LAYERS["outline"])))
    pieces = polygons(cell, FABRICATED)
    if not outline.is_empty():
        pieces = {layer: region & kdb.Region(outline.bbox()) for layer, region in pieces.items()}
    pieces = {layer: region.flatten() for layer, region in pieces.items()}
    return pieces, _ports(cell, "pin", "optical") + _ports(cell, "pin_electrical", "electrical")


def _ports(cell: kdb.Cell, layer: str, kind: Literal["optical", "electrical"]) -> tuple[Port, ...]:
    """Each pin is a path out of the device with a text on its middle (their length differs from cell to cell)."""
    index = cell.layout().layer(*tech.LAYERS[layer])
    names = {(shape.text.x, shape.text.y): shape.text.string for shape in cell.shapes(index).each(kdb.Shapes.STexts)}
    found = []
    for shape in cell.shapes(index).each(kdb.Shapes.SPaths):
        inside, outside = shape.path.each_point()
        x, y = (inside.x + outside.x) // 2, (inside.y + outside.y) // 2
        step = (outside.x > inside.x) - (outside.x < inside.x), (outside.y > inside.y) - (outside.y < inside.y)
        found += [Port(names[x, y], x, y, at, shape.path.width, kind) for at in STEP if STEP[at] == step]
    return tuple(found)

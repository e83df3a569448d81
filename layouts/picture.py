"""The layout as an SVG that keeps the hierarchy: each cell is drawn once and used as often as the chip uses it.

It is a picture, and it is also data: every cell says what role it plays, every use how it is called, so that a page
can find devices in it without a second copy of the hierarchy.
"""

import re
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import klayout.db as kdb

from layouts.colours import PAINTS
from layouts.extract import read
from pdk.contract import Layer, Pdk
from pdk.ports import polygon_bbox

FRAME = "die"
"""A layer of which only the outline is drawn, below everything."""

MARGIN_NM = 60_000


def svg(path: Path, pdk: Pdk) -> str:
    """An SVG element of the chip in a GDS, in µm, y upwards. Raises NotALayoutError where the file holds none."""
    layout = read(path)
    top = layout.top_cell()
    names: dict[Layer, str] = {layer: name for name, layer in pdk.layers.items() if name in PAINTS}
    definitions: list[str] = []
    done: set[int] = set()

    def define(cell: kdb.Cell) -> None:
        if cell.cell_index() in done:
            return
        done.add(cell.cell_index())
        for child in cell.each_child_cell():
            define(layout.cell(child))
        drawn = _shapes(cell, names)
        frame, paths = drawn.pop(FRAME, ""), "".join(drawn.values())
        head = f"<g id={quoteattr(_id(cell))}{_role(cell, pdk)}>"
        definitions.append(f"{head}{frame}{_uses(cell, layout)}{paths}</g>")

    define(top)
    box = polygon_bbox(top, pdk.layers).enlarged(MARGIN_NM, MARGIN_NM)
    view = " ".join(map(_um, (box.left, -box.top, box.width(), box.height())))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="layout" viewBox="{view}" role="img" '
        f"aria-label={quoteattr(f'layout of {top.name}')}><style>{_style()}</style><defs>{''.join(definitions)}</defs>"
        f'<use href={quoteattr("#" + _id(top))} transform="scale(1,-1)"/></svg>'
    )


def layers_in(path: Path, pdk: Pdk) -> list[str]:
    """Names of the layers with a look that hold anything, the lowest first."""
    layout = read(path)
    top = layout.top_cell()
    indices = {name: layout.find_layer(*pdk.layers[name]) for name in PAINTS if name in pdk.layers}
    return [name for name, index in indices.items() if index is not None and not top.bbox(index).empty()]


def _style() -> str:
    """Fills that a page may override by setting `--name`; thin waveguides never vanish."""
    fills = (
        f".{name}{{fill:var(--{name},{paint.light});fill-opacity:{paint.opacity:g}}}" for name, paint in PAINTS.items()
    )
    strokes = (
        f".{name}{{stroke:var(--{name},{PAINTS[name].light});stroke-width:{width};vector-effect:non-scaling-stroke}}"
        for name, width in (("core", ".7px"), (FRAME, "1px"))
    )
    return "".join((*fills, *strokes))


def _id(cell: kdb.Cell) -> str:
    return f"cell-{cell.name}"


def _role(cell: kdb.Cell, pdk: Pdk) -> str:
    """The role that its name claims; whether it is true is what `verify` finds out."""
    role = pdk.role_of(re.sub(r"(?<=^straight)_\d+$", "", cell.name.split("$")[0]))
    return f" data-role={quoteattr(role.replace('_', ' '))}" if role else ""


def _shapes(cell: kdb.Cell, names: dict[Layer, str]) -> dict[str, str]:
    """A path for every layer that the cell itself draws on, the lowest first."""
    drawn: dict[str, str] = {}
    for layer, name in names.items():
        index = cell.layout().find_layer(*layer)
        if index is not None and not cell.shapes(index).is_empty():
            polygons = kdb.Region(cell.shapes(index)).merged()
            drawn[name] = "".join(_ring(polygon) for polygon in polygons.each())
    return {name: f'<path class="{name}" d="{drawn[name]}"/>' for name in PAINTS if name in drawn}


def _ring(polygon: kdb.Polygon) -> str:
    rings = [polygon.each_point_hull(), *(polygon.each_point_hole(hole) for hole in range(polygon.holes()))]
    return "".join("M" + " ".join(f"{_um(p.x)},{_um(p.y)}" for p in ring) + "Z" for ring in rings)


def _uses(cell: kdb.Cell, layout: kdb.Layout) -> str:
    uses = []
    for instance in cell.each_inst():
        trans = instance.trans
        turn = f" rotate({trans.angle * 90})" if trans.angle else ""
        flip = " scale(1,-1)" if trans.is_mirror() else ""
        place = f"translate({_um(trans.disp.x)} {_um(trans.disp.y)}){turn}{flip}"
        title = f"<title>{escape(str(instance.property(0)))}</title>"
        child = quoteattr("#" + _id(layout.cell(instance.cell_index)))
        uses.append(f'<use href={child} transform="{place}">{title}</use>')
    return "".join(uses)


def _um(value_nm: int) -> str:
    """A length in µm to the nanometre, as short as can be; a chip is longer than six digits."""
    return f"{value_nm / 1000:.3f}".rstrip("0").rstrip(".")

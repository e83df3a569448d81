"""The layout as an SVG that keeps the hierarchy: each cell is drawn once and used as often as the chip uses it."""

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import klayout.db as kdb

from layouts.extract import read
from pdk.contract import Layer, Pdk
from pdk.ports import polygon_bbox

COLOURS: dict[str, str] = {
    "core": "#2563a8",
    "slab90": "#9dbce0",
    "slab150": "#9dbce0",
    "germanium": "#7a4fb0",
    "heater": "#d9822b",
    "m1": "#c8b68a",
    "m2": "#b5a06b",
    "m3": "#a38d52",
}
"""Fill by layer name, where a page sets no `--name` of its own; layers without a colour are not drawn."""

MARGIN_NM = 60_000


def svg(path: Path, pdk: Pdk) -> str:
    """An SVG element of the chip in a GDS, in µm, y upwards. Raises NotALayoutError where the file holds none."""
    layout = read(path)
    top = layout.top_cell()
    names: dict[Layer, str] = {layer: name for name, layer in pdk.layers.items() if name in COLOURS}
    order = [name for name in COLOURS if name in names.values()]
    definitions: list[str] = []
    done: set[int] = set()

    def define(cell: kdb.Cell) -> None:
        if cell.cell_index() in done:
            return
        done.add(cell.cell_index())
        for child in cell.each_child_cell():
            define(layout.cell(child))
        definitions.append(f"<g id={quoteattr(_id(cell))}>{_shapes(cell, names, order)}{_uses(cell, layout)}</g>")

    define(top)
    box = polygon_bbox(top, pdk.layers).enlarged(MARGIN_NM, MARGIN_NM)
    style = "".join(f".{name}{{fill:var(--{name},{COLOURS[name]})}}" for name in order)
    style += f".core{{stroke:var(--core,{COLOURS['core']});stroke-width:.7px;vector-effect:non-scaling-stroke}}"
    view = f"{box.left / 1000:g} {-box.top / 1000:g} {box.width() / 1000:g} {box.height() / 1000:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="layout" viewBox="{view}" role="img" '
        f'aria-label="layout of {escape(top.name)}"><style>{style}</style><defs>{"".join(definitions)}</defs>'
        f'<use href="#{_id(top)}" transform="scale(1,-1)"/></svg>'
    )


def _id(cell: kdb.Cell) -> str:
    return f"cell-{cell.name}"


def _shapes(cell: kdb.Cell, names: dict[Layer, str], order: list[str]) -> str:
    drawn: dict[str, str] = {}
    for layer, name in names.items():
        index = cell.layout().find_layer(*layer)
        if index is not None and not cell.shapes(index).is_empty():
            polygons = kdb.Region(cell.shapes(index)).merged()
            drawn[name] = "".join(_ring(polygon) for polygon in polygons.each())
    return "".join(f'<path class="{name}" d="{drawn[name]}"/>' for name in order if name in drawn)


def _ring(polygon: kdb.Polygon) -> str:
    rings = [polygon.each_point_hull(), *(polygon.each_point_hole(hole) for hole in range(polygon.holes()))]
    return "".join("M" + " ".join(f"{p.x / 1000:g},{p.y / 1000:g}" for p in ring) + "Z" for ring in rings)


def _uses(cell: kdb.Cell, layout: kdb.Layout) -> str:
    uses = []
    for instance in cell.each_inst():
        trans = instance.trans
        turn = f" rotate({trans.angle * 90})" if trans.angle else ""
        flip = " scale(1,-1)" if trans.is_mirror() else ""
        place = f"translate({trans.disp.x / 1000:g} {trans.disp.y / 1000:g}){turn}{flip}"
        title = f"<title>{escape(str(instance.property(0)))}</title>"
        child = _id(layout.cell(instance.cell_index))
        uses.append(f'<use href="#{child}" transform="{place}">{title}</use>')
    return "".join(uses)

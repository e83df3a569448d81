"""Layout to die: frame, margins, alignment marks, and the design's name.

    ┌─────────────────────────────┐
    │ ✛                         ✛ │   marks in three corners: the empty one tells which way it lies
    │   ┌─────────────────────┐   │
    ▶───┤  layers             │   │   facets of edge couplers lie on the frame's west side
    ▶───┤  test structures    │   │
    │   └─────────────────────┘   │
    │ ✛  NAME 0123456789AB        │
    └─────────────────────────────┘

Nothing but marks and the name stands in the margin. Where a foundry sells dies of fixed size, the frame is one of them.
"""

from dataclasses import replace

import klayout.db as kdb

from compiler.digest import digest
from compiler.netlist import Instance, Netlist
from layouts.extent import layout_box
from layouts.floorplan import Box, Die, Layout
from layouts.geometry import Transform, trans
from layouts.lettering import letters, pixels
from pdk.contract import Pdk, Role

MARKS = ("mark_nw", "mark_ne", "mark_sw")
TEXT_CELL = "die_text"
LABEL = "design "
"""What the label that names the design begins with; its name and the digest of its netlist follow."""


def frame(layout: Layout, pdk: Pdk, name: str = "chip") -> Layout:
    """The layout with marks in its top cell, and what else is drawn there once everything is known."""
    margin = margin_nm(pdk)
    edge, half = die_box(layout_box(layout, pdk), facet_nm(layout, pdk), pdk), margin // 2
    corners = {
        "mark_nw": (edge[0] + half, edge[3] - half),
        "mark_ne": (edge[2] - half, edge[3] - half),
        "mark_sw": (edge[0] + half, edge[1] + half),
    }
    mark = pdk.roles[Role.ALIGNMENT_MARK]
    netlist, plan = layout.netlist, layout.cells[layout.netlist.top]
    cell = netlist.cells[netlist.top]
    marked = replace(cell, instances={**cell.instances, **dict.fromkeys(corners, Instance(mark))})
    places = {**plan.places, **{corner: Transform(*at) for corner, at in corners.items()}}
    signed = Netlist(netlist.top, {**netlist.cells, netlist.top: marked}, netlist.electrical)
    text = edge[0] + margin + half, edge[1] + half - pixels(pdk.metals[-1]).height_nm // 2
    drawn = Die(edge, f"{LABEL}{name} {digest(signed)}", text)
    return Layout(signed, {**layout.cells, netlist.top: replace(plan, places=places)}, drawn)


def die_box(box_nm: Box, facet_nm: int | None, pdk: Pdk) -> Box:
    """The die around a chip: its margins, or, where dies are of fixed size, the smallest that holds chip and margins.

    The chip stands in its middle, but facets lie on its west side.
    """
    left, bottom, right, top = box_nm
    margin = margin_nm(pdk)
    west = left - margin if facet_nm is None else facet_nm
    wide, high = right + margin - west, top - bottom + 2 * margin
    die = next((die for die in pdk.dies_nm if die[0] >= wide and die[1] >= high), (wide, high))
    x = west if facet_nm is not None else west - (die[0] - wide) // 2
    y = bottom - margin - (die[1] - high) // 2
    return x, y, x + die[0], y + die[1]


def margin_nm(pdk: Pdk) -> int:
    """From what is on the chip to the edge of its die, facets apart."""
    return round(pdk.value("die_margin_um") * 1000)


def widest_nm(pdk: Pdk) -> int:
    """Width of the widest die."""
    return max((wide for wide, _ in pdk.dies_nm), default=round(pdk.value("reticle_long_mm") * 1e6))


def facet_nm(layout: Layout, pdk: Pdk) -> int | None:
    """Where the edge couplers end; None for a chip whose light comes from above. ValueError where they differ."""
    fibres = fibre_components(layout.netlist)
    facets = {
        port.x_nm
        for port in layout.cells[layout.netlist.top].ports
        if pdk.role_of(fibres[port.name]) is Role.EDGE_COUPLER
    }
    if len(facets) > 1:
        raise ValueError(f"facets at {sorted(facets)} nm; all edge couplers of a die end on one side")
    return facets.pop() if facets else None


def fibre_components(netlist: Netlist) -> dict[str, str]:
    """Port of the chip to the device behind it."""
    found = {}
    for port, pin in netlist.cells[netlist.top].ports.items():
        name = netlist.top
        while (component := netlist.cells[name].instances[pin.instance].component) in netlist.cells:
            name, pin = component, netlist.cells[component].ports[pin.port]
        found[port] = component
    return found


def draw_die(top: kdb.Cell, drawn: Die, pdk: Pdk) -> None:
    """Draw the frame, the label, and the label as metal."""
    layout = top.layout()
    top.shapes(layout.layer(*pdk.layers["die"])).insert(kdb.Box(*drawn.frame_nm))
    top.shapes(layout.layer(*pdk.layers["label"])).insert(kdb.Text(drawn.label, trans(Transform(*drawn.text_at))))
    cell = layout.create_cell(TEXT_CELL)
    metal = pdk.metals[-1]
    spelled = letters(drawn.label.removeprefix(LABEL), pixels(metal))
    cell.shapes(layout.layer(*pdk.layers[metal.name])).insert(spelled)
    placed = top.insert(kdb.CellInstArray(cell.cell_index(), trans(Transform(*drawn.text_at))))
    placed.set_property(0, TEXT_CELL)

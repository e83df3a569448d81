"""The die as it is drawn: one frame, margins kept, facets on its side, marks in it, the design's own name on it."""

from collections.abc import Iterator, Sequence

import klayout.db as kdb

from compiler.digest import digest
from compiler.netlist import Netlist
from layouts.frame import LABEL, MARKS, TEXT_CELL, fibre_components, margin_nm
from layouts.lettering import letters, pixels
from pdk.contract import Pdk, Port, Role
from pdk.finding import Finding
from pdk.ports import fabricated_layers

MEND = "compile the design again"


def take_text(layout: kdb.Layout, pdk: Pdk) -> bool:
    """Remove the cell that spells the design's label as metal, if it spells just that; whether it was there."""
    top, cell = layout.top_cell(), layout.cell(TEXT_CELL)
    labels = design_labels(top, pdk)
    if cell is None or len(labels) != 1 or cell.child_instances():
        return False
    metal = layout.find_layer(*pdk.layers[pdk.metals[-1].name])
    others = [layer for layer in layout.layer_indexes() if layer != metal and not cell.shapes(layer).is_empty()]
    wanted = letters(labels[0].string.removeprefix(LABEL), pixels(pdk.metals[-1]))
    if others or not (kdb.Region(cell.shapes(metal)) ^ wanted).is_empty():
        return False
    layout.delete_cell(cell.cell_index())
    return True


def design_labels(top: kdb.Cell, pdk: Pdk) -> list[kdb.Text]:
    """Labels of the top cell that name its design."""
    layer = top.layout().find_layer(*pdk.layers["label"])
    texts = [] if layer is None else [shape.text for shape in top.shapes(layer).each(kdb.Shapes.STexts)]
    return [text for text in texts if text.string.startswith(LABEL)]


def check_die(top: kdb.Cell, netlist: Netlist, ports: Sequence[Port], pdk: Pdk, *, spelled: bool) -> list[Finding]:
    """Findings for a frame that does not hold its chip, and for a name that is not this circuit's.

    A layout without frame and without name is a bare block: no findings. `spelled`: what `take_text` said.
    """
    frames, labels = _frames(top, pdk), design_labels(top, pdk)
    if not frames and not labels:
        return []
    if len(frames) != 1 or not frames[0].is_box():
        measured = f"{len(frames)} polygons on the die layer"
        return [Finding(top.name, "die_frame", measured, "one box in the top cell", MEND)]
    frame = frames[0].bbox()
    if pdk.dies_nm and (frame.width(), frame.height()) not in pdk.dies_nm:
        sold = ", ".join(f"{wide / 1e6:g} x {high / 1e6:g}" for wide, high in pdk.dies_nm)
        measured = f"{frame.width() / 1e6:g} x {frame.height() / 1e6:g} mm"
        return [Finding(top.name, "die_frame", measured, f"a die of {pdk.name}: {sold} mm", MEND)]
    return [
        *_margins(top, frame, pdk),
        *_facets(frame, netlist, ports, pdk),
        *_marks(top, frame, netlist, pdk),
        *_name(top, labels, netlist, spelled=spelled),
    ]


def _frames(top: kdb.Cell, pdk: Pdk) -> list[kdb.Polygon]:
    index = top.layout().find_layer(*pdk.layers["die"])
    return [] if index is None else [*kdb.Region(top.begin_shapes_rec(index)).merged(True, 0).each()]


def _margins(top: kdb.Cell, frame: kdb.Box, pdk: Pdk) -> Iterator[Finding]:
    """What stands too near to the north, east or south side; fibres come from the west."""
    margin, die = margin_nm(pdk), top.layout().find_layer(*pdk.layers["die"])
    west = frame.left - tip_nm(pdk)
    layers = [layer for layer in fabricated_layers(top, pdk.layers) if layer != die]
    for instance in top.each_inst():
        if instance.cell.name.split("$")[0] in (pdk.roles[Role.ALIGNMENT_MARK], TEXT_CELL):
            continue
        box = kdb.Box()
        for layer in layers:
            box += instance.bbox(layer)
        least = min(frame.top - box.top, frame.right - box.right, box.bottom - frame.bottom)
        if box.left < west or least < margin:
            place = str(instance.property(0))
            measured = f"{least / 1000:g} um to the edge" if box.left >= west else "beyond the west side"
            yield Finding(place, "die_margin", measured, f"{margin / 1000:g} um, on the die", MEND)


def tip_nm(pdk: Pdk) -> int:
    """How far the tips of edge couplers reach beyond the die, which is cut through them; 0 where they end there."""
    if Role.EDGE_COUPLER not in pdk.roles:
        return 0
    coupler = pdk.device(Role.EDGE_COUPLER)
    return coupler.bbox_nm[2] - coupler.port("o2").x_nm


def _facets(frame: kdb.Box, netlist: Netlist, ports: Sequence[Port], pdk: Pdk) -> Iterator[Finding]:
    fibres = fibre_components(netlist)
    for port in ports:
        if pdk.role_of(fibres.get(port.name, "")) is Role.EDGE_COUPLER and port.x_nm != frame.left:
            measured = f"{(port.x_nm - frame.left) / 1000:g} um from the die's west side"
            yield Finding(port.name, "facet", measured, "0 um", "end every edge coupler on the frame")


def _marks(top: kdb.Cell, frame: kdb.Box, netlist: Netlist, pdk: Pdk) -> Iterator[Finding]:
    mark = pdk.roles[Role.ALIGNMENT_MARK]
    parts = netlist.cells[netlist.top].instances
    inside = {str(instance.property(0)) for instance in top.each_inst() if instance.bbox().inside(frame)}
    for name in MARKS:
        if name not in parts or parts[name].component != mark or name not in inside:
            yield Finding(name, "alignment_mark", "not on the die", f"{mark} in its corner", MEND)


def _name(top: kdb.Cell, labels: list[kdb.Text], netlist: Netlist, *, spelled: bool) -> Iterator[Finding]:
    if len(labels) != 1:
        yield Finding(top.name, "design_name", f"{len(labels)} labels name the design", "one", MEND)
        return
    said = labels[0].string
    found, wanted = said.rpartition(" ")[2], digest(netlist)
    if found != wanted:
        yield Finding(top.name, "design_name", f"{said!r} on a circuit of hash {wanted}", f"hash {wanted}", MEND)
    if not spelled:
        yield Finding(top.name, "design_name", f"no metal that spells {said!r}", f"the cell {TEXT_CELL}", MEND)

"""Pins and outlines: how ports survive in a bare GDS (the SiEPIC convention).

A pin is a path of 10 nm across the edge of a device, drawn from inside to outside, as wide as the port, with the
port's name as a text on its middle. Optical pins are on the layer `pin`, electrical ones on `pin_electrical`; a box
on `outline` says which pins belong to one device.

      ────────────┐
        core    ──┼──▶ pin     the middle of the path is the port, its direction the port's angle
      ────────────┘
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import klayout.db as kdb

from pdk.contract import Layer, Port
from pdk.finding import Finding

PIN_HALF_NM = 5
"""Half the length of a pin. Source: SiEPIC-Tools layout convention, pins of 10 nm."""

MARKER_LAYERS = ("pin", "pin_electrical", "outline", "label")
"""Layers that say what a cell is and are not fabricated."""

STEP: dict[Literal[0, 90, 180, 270], tuple[int, int]] = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}
"""Unit vector of a port's angle."""


def draw_pins(cell: kdb.Cell, ports: Iterable[Port], layers: Mapping[str, Layer]) -> None:
    """Draw one pin per port into the cell, whose database unit must be 1 nm."""
    require_nm(cell)
    for port in ports:
        layer = cell.layout().layer(*layers[_pin_layer(port.kind)])
        dx, dy = STEP[port.angle_deg]
        inside = kdb.Point(port.x_nm - dx * PIN_HALF_NM, port.y_nm - dy * PIN_HALF_NM)
        outside = kdb.Point(port.x_nm + dx * PIN_HALF_NM, port.y_nm + dy * PIN_HALF_NM)
        shapes = cell.shapes(layer)
        shapes.insert(kdb.Path([inside, outside], port.width_nm))
        shapes.insert(kdb.Text(port.name, kdb.Trans(port.x_nm, port.y_nm)))


def read_pins(cell: kdb.Cell, layers: Mapping[str, Layer]) -> tuple[list[Port], list[Finding]]:
    """The ports that the cell's own pins state, sorted by name, and a Finding for every pin that cannot be read.

    Pins of cells below are not read. Raises ValueError if the database unit is not 1 nm.
    """
    require_nm(cell)
    ports: list[Port] = []
    findings: list[Finding] = []
    kinds: tuple[Literal["optical", "electrical"], ...] = ("optical", "electrical")
    for kind in kinds:
        index = cell.layout().find_layer(*layers[_pin_layer(kind)])
        if index is None:
            continue
        texts = [shape.text for shape in cell.shapes(index).each(kdb.Shapes.STexts)]
        for shape in cell.shapes(index).each(kdb.Shapes.SPaths):
            port = _read_pin(shape.path, texts, kind)
            if isinstance(port, Port):
                ports.append(port)
            else:
                findings.append(_finding(cell, shape.path, *port))
    for name in sorted({p.name for p in ports if sum(q.name == p.name for q in ports) > 1}):
        twice = [p for p in ports if p.name == name]
        spots = " and ".join(f"{p.x_nm / 1000}, {p.y_nm / 1000} um" for p in twice)
        mend = "give each pin its own name"
        findings.append(Finding(cell.name, "pin_name", f"port {name} at {spots}", "one pin per name", mend))
    return sorted(ports, key=lambda p: (p.kind != "optical", p.name, p.x_nm, p.y_nm)), findings


def draw_outline(cell: kdb.Cell, layers: Mapping[str, Layer]) -> None:
    """Draw the box around every polygon of the cell on the layer `outline`."""
    require_nm(cell)
    cell.shapes(cell.layout().layer(*layers["outline"])).insert(polygon_bbox(cell, layers))


def polygon_bbox(cell: kdb.Cell, layers: Mapping[str, Layer]) -> kdb.Box:
    """Box in nm around everything in the cell that is fabricated (marker layers excluded)."""
    box = kdb.Box()
    for index in fabricated_layers(cell, layers):
        box += cell.bbox(index)
    return box


def fabricated_layers(cell: kdb.Cell, layers: Mapping[str, Layer]) -> list[int]:
    """Layer indices of the cell's layout, in the order of GDS layer and datatype, marker layers left out."""
    markers = {layers[name] for name in MARKER_LAYERS}
    infos = {(info.layer, info.datatype) for info in cell.layout().layer_infos()}
    return [cell.layout().layer(*info) for info in sorted(infos) if info not in markers]


def require_nm(cell: kdb.Cell) -> None:
    """Raise ValueError if the cell's database unit is not 1 nm."""
    dbu_um = cell.layout().dbu
    if abs(dbu_um - 0.001) > 1e-9:
        raise ValueError(f"{cell.name}: database unit is {dbu_um} um, expected 0.001 um; rescale the layout to 1 nm")


def _pin_layer(kind: Literal["optical", "electrical"]) -> str:
    return "pin" if kind == "optical" else "pin_electrical"


def _read_pin(
    path: kdb.Path, texts: list[kdb.Text], kind: Literal["optical", "electrical"]
) -> Port | tuple[str, str, str, str]:
    """The port, or (rule, measured, limit, mend)."""
    points = list(path.each_point())
    angles: list[Literal[0, 90, 180, 270]] = [at for at in STEP if len(points) == 2 and _runs(points, STEP[at])]
    if not angles:
        shape = " - ".join(f"({p.x}, {p.y})" for p in points)
        return "pin_shape", f"path {shape} nm", f"two points {2 * PIN_HALF_NM} nm apart, Manhattan", "redraw the pin"
    x_nm, y_nm = (points[0].x + points[1].x) // 2, (points[0].y + points[1].y) // 2
    names = sorted(text.string for text in texts if (text.x, text.y) == (x_nm, y_nm))
    if len(names) != 1:
        found = ", ".join(names) or "no text"
        return "pin_name", found, "one text on the middle of the pin", "write the port's name there, once"
    return Port(names[0], x_nm, y_nm, angles[0], path.width, kind)


def _runs(points: list[kdb.Point], step: tuple[int, int]) -> bool:
    dx, dy = points[1].x - points[0].x, points[1].y - points[0].y
    return (dx, dy) == (2 * PIN_HALF_NM * step[0], 2 * PIN_HALF_NM * step[1])


def _finding(cell: kdb.Cell, path: kdb.Path, rule: str, measured: str, limit: str, mend: str) -> Finding:
    middle = path.bbox().center()
    return Finding(f"{cell.name} at {middle.x / 1000}, {middle.y / 1000} um", rule, measured, limit, mend)

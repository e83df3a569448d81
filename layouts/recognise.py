"""What a drawn cell is: a device of the PDK, a straight waveguide, or a block of other cells.

A device is known by its polygons and pins, never by its name; a name that says something else is a Finding.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import klayout.db as kdb

from compiler.netlist import Setting
from layouts.geometry import DIRECTION
from pdk.contract import Pdk, Port, Role
from pdk.finding import Finding
from pdk.fingerprint import fingerprint
from pdk.ports import fabricated_layers, read_pins

GEOMETRY_MEND = "draw the cell again from the PDK"


@dataclass(frozen=True)
class Site:
    """Where a cell is used: the path of its first instance, and how many others there are."""

    path: str
    others: int = 0

    def __str__(self) -> str:
        more = f" (and {self.others} more)" if self.others else ""
        return f"{self.path or 'chip'}{more}"

    def inside(self, name: object) -> str:
        """Something in the cell, as a whole path."""
        more = f" (and in {self.others} more)" if self.others else ""
        return f"{self.path}.{name}{more}" if self.path else str(name)

    def at(self, x_nm: int, y_nm: int) -> str:
        """A point in the cell's own frame."""
        return f"{self} at {x_nm / 1000}, {y_nm / 1000} um"


@dataclass(frozen=True)
class Kind:
    """What a cell was recognised as. `component` is None for a block; `?name` for what is no device of the PDK."""

    component: str | None
    ports: tuple[Port, ...]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def recognise(cell: kdb.Cell, site: Site, pdk: Pdk, known: Mapping[str, str]) -> Kind:
    """Look at one cell, used at `site`. `known` maps fingerprints to device names (see `fingerprints`)."""
    ports, findings = read_pins(cell, pdk.layers)
    if cell.child_instances():
        return Kind(None, tuple(ports), findings=(*findings, *_loose(cell, site, pdk)))
    straight = _straight(cell, site, ports, pdk)
    if straight is not None:
        component, settings = straight.component, straight.settings
        findings += straight.findings
    else:
        component = known.get(fingerprint(cell, ports, pdk.layers))
        settings = {}
    if component is None:
        findings.append(_unknown(cell, site, ports, pdk))
        return Kind(f"?{cell.name}", tuple(ports), findings=tuple(findings))
    if not _name_agrees(cell.name, component):
        said = f"polygons and pins of {component}"
        findings.append(Finding(str(site), "cell_name", said, f"those of {cell.name}", GEOMETRY_MEND))
    return Kind(component, tuple(ports), settings, tuple(findings))


def fingerprints(pdk: Pdk) -> dict[str, str]:
    """Fingerprint to name, for every fixed cell of the PDK."""
    return {device.fingerprint: name for name, device in pdk.devices.items()}


def _straight(cell: kdb.Cell, site: Site, ports: list[Port], pdk: Pdk) -> Kind | None:
    """A box of waveguide core between two pins, and the boxes that go with it; its length is what the polygon says."""
    box = straight_box(cell, pdk)
    if box is None or [p.name for p in ports] != ["o1", "o2"]:
        return None
    along = DIRECTION[ports[1].angle_deg]
    length, width = (box.width(), box.height()) if along[0] else (box.height(), box.width())
    settings: dict[str, Setting] = {"length_nm": length}
    findings = []
    if width != pdk.waveguide_width_nm:
        settings["width_nm"] = width
        measured, limit = f"{width} nm wide", f"{pdk.waveguide_width_nm} nm"
        findings.append(Finding(str(site), "waveguide_width", measured, limit, "draw it as wide as the PDK's"))
    for port in ports:
        ux, uy = DIRECTION[port.angle_deg]
        half = (box.width() if ux else box.height()) / 2
        centre = box.center()
        gap = half - ((port.x_nm - centre.x) * ux + (port.y_nm - centre.y) * uy)
        if abs(gap) > 0.5:
            measured = f"core ends {abs(round(gap))} nm {'behind' if gap > 0 else 'before'} pin {port.name}"
            findings.append(Finding(str(site), "pin_off_edge", measured, "core ends at its pins", GEOMETRY_MEND))
    findings += _beside_core(cell, site, box, bool(along[0]), pdk)
    return Kind(pdk.roles[Role.STRAIGHT], tuple(ports), settings, tuple(findings))


def straight_box(cell: kdb.Cell, pdk: Pdk) -> kdb.Box | None:
    """The core of a cell that has the layers of a straight waveguide, a single box on each; None for any other cell."""
    boxes = {}
    for index in fabricated_layers(cell, pdk.layers):
        if not cell.shapes(index).is_empty():
            merged = list(kdb.Region(cell.shapes(index)).merged().each())
            if len(merged) != 1 or not merged[0].is_box():
                return None
            info = cell.layout().get_info(index)
            boxes[info.layer, info.datatype] = merged[0].bbox()
    wanted = {pdk.layers[name] for name in ("core", *pdk.straight_layers)}
    return boxes[pdk.layers["core"]] if boxes.keys() == wanted else None


def _beside_core(cell: kdb.Cell, site: Site, core: kdb.Box, lies: bool, pdk: Pdk) -> Iterator[Finding]:
    """Whether the boxes that go with the core have its ends and its centre line. `lies`: the core runs along x."""
    for name, width in pdk.straight_layers.items():
        box = cell.bbox(cell.layout().layer(*pdk.layers[name]))
        grown = (width - (core.height() if lies else core.width())) // 2
        if box != core.enlarged(0 if lies else grown, grown if lies else 0):
            measured = f"{box.width()} x {box.height()} nm of {name} at {core.width()} x {core.height()} nm of core"
            limit = f"{width} nm of {name} along the core"
            yield Finding(str(site), "waveguide_width", measured, limit, "draw it as wide as the PDK's")


def _loose(cell: kdb.Cell, site: Site, pdk: Pdk) -> list[Finding]:
    """Polygons that a block draws beside its instances belong to no device, but wires and the die's frame."""
    free = {pdk.layers[name] for name in (*pdk.stack[pdk.stack.index(pdk.metals[0].name) :], "die")}
    found = []
    for index in fabricated_layers(cell, pdk.layers):
        shapes, layer = cell.shapes(index), cell.layout().get_info(index)
        if shapes.is_empty() or (layer.layer, layer.datatype) in free:
            continue
        info, centre = cell.layout().get_info(index), _box(shapes).center()
        place = site.at(centre.x, centre.y)
        measured = f"{shapes.size()} shapes on {info.layer}/{info.datatype}"
        found.append(
            Finding(place, "loose_polygon", measured, "polygons only in devices", "make it a device, or remove it")
        )
    return found


def _box(shapes: kdb.Shapes) -> kdb.Box:
    box = kdb.Box()
    for shape in shapes.each():
        box += shape.bbox()
    return box


def _unknown(cell: kdb.Cell, site: Site, ports: list[Port], pdk: Pdk) -> Finding:
    named = base_name(cell.name)
    device = pdk.devices.get(named)
    if device is None:
        measured = "polygons of no device of the PDK"
    elif tuple(sorted(device.ports, key=lambda p: p.name)) != tuple(sorted(ports, key=lambda p: p.name)):
        measured = "pins that are not the PDK's"
    else:
        measured = "polygons that are not the PDK's"
    limit = f"{named} of {pdk.name} {pdk.version}" if device else f"a device of {pdk.name} {pdk.version}"
    return Finding(str(site), "unknown_device", measured, limit, GEOMETRY_MEND)


def _name_agrees(cell_name: str, component: str) -> bool:
    return base_name(cell_name) == component


def base_name(cell_name: str) -> str:
    """`straight_1200` is a straight; `mmi2x2$1` is a copy that an editor made of mmi2x2."""
    return re.sub(r"(?<=^straight)_\d+$", "", cell_name.split("$")[0])

"""The cells as they are drawn now: each builds, is what the table says, and ends where its ports are."""

from collections.abc import Iterator, Mapping
from typing import Any

import klayout.db as kdb

from pdk.conform.frames import FIBRES, optical
from pdk.contract import Device, Layer, Pdk, Port, Role
from pdk.finding import Finding
from pdk.fingerprint import fingerprint
from pdk.ports import STEP, fabricated_layers, polygon_bbox

LENGTH_NM = 1_234
"""Of the straight that is drawn."""
SLACK_NM = 5
"""How far the halves of a symmetric device may differ: corners snap to the grid."""
SYMMETRIC = (
    Role.BEND,
    Role.SPLITTER_2X2,
    Role.SPLITTER_1X2,
    Role.COUPLER,
    Role.TAP,
    Role.BALANCE_TAP,
    Role.CROSSING,
)
"""Roles whose S-matrix is symmetric because their polygons are (a doped device has a p and an n side)."""
TURNS = tuple(kdb.Trans(angle, mirror, 0, 0) for mirror in (False, True) for angle in range(4))


def cells(pdk: Pdk) -> Iterator[Finding]:
    """Every cell that does not build, is not what the table says, or whose ports are not on its edges."""
    yield from _straight(pdk)
    for device in pdk.devices.values():
        place = f"{pdk.name} {device.name}"
        try:
            drawn = pdk.build(device.name)
            cell: kdb.Cell = drawn.kdb_cell
            findings = list(_cell(pdk, device, cell, place))
        except Exception as error:
            yield _broken(place, error)
        else:
            yield from findings
    seen: dict[str, str] = {}
    for device in pdk.devices.values():
        if device.fingerprint in seen:
            found = f"the polygons and ports of {seen[device.fingerprint]}"
            mend = "draw one of them otherwise, a longer lead say: polygons tell which cell it is"
            yield Finding(f"{pdk.name} {device.name}", "fingerprint", found, "its own", mend)
        seen[device.fingerprint] = device.name


def _cell(pdk: Pdk, device: Device, cell: kdb.Cell, place: str) -> Iterator[Finding]:
    if cell.child_instances():
        yield Finding(place, "flat", f"{cell.child_instances()} cells below", "a flat cell", "flatten it")
    known = set(pdk.layers.values())
    for index in fabricated_layers(cell, pdk.layers):
        info = cell.layout().get_info(index)
        if (info.layer, info.datatype) not in known and not cell.bbox(index).empty():
            found = f"polygons on {info.layer}/{info.datatype}"
            yield Finding(place, "layer", found, "layers of the process", "name the layer, or leave it out")
    box = polygon_bbox(cell, pdk.layers)
    if (box.left, box.bottom, box.right, box.top) != device.bbox_nm:
        yield Finding(place, "bbox", box.to_s(), f"the table's {device.bbox_nm}", "write the table again")
    if fingerprint(cell, device.ports, pdk.layers) != device.fingerprint:
        mend = "write the table again; if the foundry's package changed, pin its version"
        yield Finding(place, "fingerprint", "other polygons or ports", "those of the table", mend)
    for port in device.ports:
        if device.role not in FIBRES or port.name != "o2":
            yield from _edge(pdk, port, cell, f"{place}.{port.name}")
        elif device.role is Role.EDGE_COUPLER:
            yield from _facet(pdk, port, cell, f"{place}.{port.name}")
    if device.role in SYMMETRIC:
        yield from _symmetric(pdk, device, cell, place)


def _edge(pdk: Pdk, port: Port, cell: kdb.Cell, at: str) -> Iterator[Finding]:
    """The port's end is an edge of the core (of some metal, if electrical), and the device lies behind it."""
    dx, dy = STEP[port.angle_deg]
    side = kdb.Vector(-dy * port.width_nm // 2, dx * port.width_nm // 2)
    middle = kdb.Point(port.x_nm, port.y_nm)
    end = kdb.Edge(middle - side, middle + side)
    names = ("core",) if port.kind == "optical" else tuple(metal.name for metal in pdk.metals)
    regions = [region(cell, pdk.layers[name]) for name in names]
    if not any((kdb.Edges(end) - shape.edges()).is_empty() for shape in regions):
        found, limit = f"no edge of {' or '.join(names)} there", f"an edge {port.width_nm} nm wide"
        yield Finding(at, "port_edge", found, limit, "let the port be where its polygon ends")
    core = region(cell, pdk.layers["core"])
    ends = {frozenset(((e.x1, e.y1), (e.x2, e.y2))) for e in core.edges().each()}
    if port.kind == "optical" and frozenset(((end.x1, end.y1), (end.x2, end.y2))) not in ends:
        yield Finding(at, "port_edge", "an edge wider than the port", f"{port.width_nm} nm", "as wide as its polygon")
    beyond = kdb.Region(kdb.Box(end.p1, end.p2 + kdb.Vector(9 * dx, 9 * dy)))
    if not all((beyond & shape).is_empty() for shape in regions):
        yield Finding(at, "port_outward", "polygons beyond it", "nothing of the device there", "turn the port round")


def _facet(pdk: Pdk, port: Port, cell: kdb.Cell, at: str) -> Iterator[Finding]:
    """A waveguide as wide as the port leads there, in the core or in what goes with it; its tip may reach beyond."""
    half = port.width_nm // 2
    line = kdb.Box(port.x_nm - 1, port.y_nm - 10 * half, port.x_nm, port.y_nm + 10 * half)
    wanted = kdb.Box(port.x_nm - 1, port.y_nm - half, port.x_nm, port.y_nm + half)
    layers = [pdk.layers[name] for name in ("core", *pdk.straight_layers)]
    found = [(region(cell, layer) & kdb.Region(line)).bbox() for layer in layers]
    if wanted not in found:
        widths = ", ".join(f"{box.height()}" for box in found if not box.empty()) or "none"
        yield Finding(at, "port_edge", f"a waveguide of {widths} nm", f"{port.width_nm} nm", "end it at the facet")


def _symmetric(pdk: Pdk, device: Device, cell: kdb.Cell, place: str) -> Iterator[Finding]:
    """Each claimed symmetry that is a turn or mirror image of the ports is one of the polygons too."""
    here = {port.name: port for port in optical(device)}
    for permutation in device.symmetries:
        turn = _turn(here, permutation)
        if turn is None:
            continue
        for index in fabricated_layers(cell, pdk.layers):
            info = cell.layout().get_info(index)
            shape = region(cell, (info.layer, info.datatype))
            if not (shape.transformed(turn) ^ shape).sized(-SLACK_NM // 2).is_empty():
                said = ", ".join(f"{a} for {b}" for a, b in permutation.items())
                found = f"other polygons on {info.layer}/{info.datatype} with {said}"
                yield Finding(place, "symmetry", found, "the same polygons", "leave the symmetry out of the table")


def _turn(here: Mapping[str, Port], permutation: Mapping[str, str]) -> kdb.Trans | None:
    """The turn or mirror image that takes each port to the one that the permutation says; None if none does."""
    for turn in TURNS:
        moved = {n: (turn * kdb.Point(p.x_nm, p.y_nm), turn * kdb.Vector(*STEP[p.angle_deg])) for n, p in here.items()}
        first = next(iter(here))
        target = here[permutation.get(first, first)]
        shift = kdb.Point(target.x_nm, target.y_nm) - moved[first][0]
        if all(
            moved[name][0] + shift == kdb.Point(here[other].x_nm, here[other].y_nm)
            and moved[name][1] == kdb.Vector(*STEP[here[other].angle_deg])
            for name in here
            for other in (permutation.get(name, name),)
        ):
            return kdb.Trans(shift) * turn
    return None


def _straight(pdk: Pdk) -> Iterator[Finding]:
    """The parametric straight is one rectangle of core, and a length is asked of it alone."""
    name, half = pdk.roles.get(Role.STRAIGHT, "straight"), pdk.waveguide_width_nm // 2
    place = f"{pdk.name} {name}"
    try:
        drawn: Any = pdk.build(name, length_nm=LENGTH_NM)
        cell: kdb.Cell = drawn.kdb_cell
        for layer, width in {"core": 2 * half, **pdk.straight_layers}.items():
            found, box = region(cell, pdk.layers[layer]), kdb.Box(0, -width // 2, LENGTH_NM, width // 2)
            if not (found ^ kdb.Region(box)).is_empty():
                mend = f"a rectangle of {layer} from o1 at 0, 0"
                yield Finding(place, "straight", found.bbox().to_s(), f"{box.to_s()} nm", mend)
    except Exception as error:
        yield _broken(place, error)
        return
    other = next(iter(pdk.devices), "tap")
    for refused, arguments in ((name, (None,)), (other, (LENGTH_NM,))):
        try:
            pdk.build(refused, *arguments)
        except ValueError:
            continue
        except Exception as error:
            yield _broken(f"{pdk.name} {refused}", error)
        else:
            found = f"{refused} drawn {'without a' if arguments[0] is None else 'with a'} length"
            yield Finding(place, "straight", found, "ValueError", "only the straight has a length")


def _broken(place: str, error: Exception) -> Finding:
    found = f"{type(error).__name__}: {error}".splitlines()[0]
    return Finding(place, "builds", found, "a cell", "mend what draws it")


def region(cell: kdb.Cell, layer: Layer) -> kdb.Region:
    """Merged polygons of a cell on a layer; empty where it has none."""
    index = cell.layout().find_layer(*layer)
    return kdb.Region() if index is None else kdb.Region(cell.begin_shapes_rec(index)).merged()

"""Wires of a crossbar on one metal: up beside every column, and along the edge of its shelf to pads.

All is found from where devices stand: each wire goes up from its terminal as far as it must to pass what is beside it,
then to its track (`layouts.crossbar_tracks`), then to the edge.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compiler.crossbar import READOUT
from compiler.netlist import Pin
from compiler.structures import INSTANCE
from layouts.comb import NotPlanarError
from layouts.crossbar_columns import is_element
from layouts.crossbar_tracks import SHARED, Tracks, has_return, pad_step_nm, tracks
from layouts.devices import devices
from layouts.extent import floorplan_box
from layouts.floorplan import Box, Floorplan, Wire
from layouts.frame import margin_nm
from layouts.geometry import Placed, Point, Transform
from layouts.pads import with_pads
from layouts.river import levels, spread
from layouts.yard import terminals
from pdk.contract import Pdk, Port, Role

OVERLAP_NM = 3_000
"""How far a wire reaches into its terminal."""
LIGHT = (Role.PHOTODIODE, Role.GRATING_COUPLER)
"""Light leaves the chip there, or comes onto it."""


@dataclass(frozen=True)
class Rise:
    """A net with its wires up to where it leaves a column, in a frame where all terminals face up."""

    pins: tuple[Pin, ...]
    x_nm: int
    """Where it leaves."""
    width_nm: int
    paths: tuple[tuple[Point, ...], ...]
    """Each ends on its track."""


def bond(placement: Floorplan, pdk: Pdk) -> Floorplan:
    """The floorplan with wires and pads in its top cell. NotPlanarError where something cannot be reached.

    Pads are numbered as one reads: the upper edge from west to east, then the lower one.
    """
    pad = pdk.device(Role.BOND_PAD)
    half = (pad.bbox_nm[2] - pad.bbox_nm[0]) // 2
    left, bottom, right, highest = floorplan_box(placement, pdk)
    left, right = _sides(left, right, pdk)
    pads: dict[str, Point] = {}
    nets: dict[str, tuple[Pin, ...]] = {}
    drawn: list[Wire] = []
    for sign, edge in ((1, highest), (-1, -bottom)):
        rises = sorted(_rises(placement, pdk, sign), key=lambda rise: rise.x_nm)
        for rise, paths in zip(rises, _to_edge(rises, edge, (left + half, right - half), pdk), strict=True):
            drawn += [Wire(tracks(pdk).metal, tuple((x, sign * y) for x, y in path), rise.width_nm) for path in paths]
            x, y = paths[0][-1]
            first = min(rise.pins, key=str)
            net = f"{first.instance}.{first.port}"
            pads[net], nets[net] = (x, sign * y), rise.pins
    return with_pads(placement, pdk, pads, nets, drawn)


def _sides(left_nm: int, right_nm: int, pdk: Pdk) -> tuple[int, int]:
    """How far pads may stand to the west and to the east: a die of fixed size has room there anyway."""
    width = right_nm - left_nm
    inside = [die[0] - 2 * margin_nm(pdk) for die in pdk.dies_nm]
    more = (min((room for room in inside if room >= width), default=width) - width) // 2
    return left_nm - more, right_nm + more


def _to_edge(
    rises: Sequence[Rise], edge_nm: int, sides_nm: tuple[int, int], pdk: Pdk
) -> Iterator[tuple[tuple[Point, ...], ...]]:
    """The paths of every net; the first of each ends in the middle of its pad."""
    wires, pad = tracks(pdk), pdk.device(Role.BOND_PAD)
    xs = [rise.x_nm for rise in rises]
    pads = spread(xs, pad_step_nm(pdk), *sides_nm)
    turns = levels(xs, pads, wires.shared_nm + wires.space_nm)
    y = max([edge_nm, *(y + rise.width_nm // 2 for rise in rises for path in rise.paths for _, y in path)])
    heights: list[int] = []
    for level in range(max(turns, default=-1) + 1):
        width = max(rise.width_nm for rise, turn in zip(rises, turns, strict=True) if turn == level)
        heights.append(y + wires.space_nm + width // 2)
        y += wires.space_nm + width
    top = y + wires.space_nm + pad.bbox_nm[3]
    for k, (rise, x, level) in enumerate(zip(rises, pads, turns, strict=True)):
        turn = ((rise.x_nm, heights[level]), (x, heights[level])) if x != rise.x_nm else ()
        yield (*rise.paths[0], *turn, (x, top + k % 2 * pdk.pad_pitch_nm)), *rise.paths[1:]


def _rises(placement: Floorplan, pdk: Pdk, sign: int) -> Iterator[Rise]:
    """The nets of one shelf (1 the upper, -1 the lower), its frame turned so that they go up."""
    wires, columns = tracks(pdk), defaultdict(list)
    for at in _placed(placement, pdk):
        if _is_upside_down(at.path, placement) == (sign < 0):
            columns[_column(at.path)].append(_Seen.of(at, pdk, sign))
    for seen in columns.values():
        inside = sorted((item for item in seen if item.terminals), key=lambda item: -item.box_nm[3])
        if inside:
            yield from _column_rises(inside, [item.box_nm for item in seen], wires)


@dataclass(frozen=True)
class _Seen:
    """A device on the chip, terminals up."""

    path: str
    box_nm: Box
    terminals: tuple[Port, ...]
    """From west to east; none where it takes no wires."""
    has_return: bool

    @staticmethod
    def of(at: Placed, pdk: Pdk, sign: int) -> "_Seen":
        """What wires see of a device."""
        device = pdk.devices[at.instance.component]
        turned = Transform(mirror=sign < 0).after(at.at)
        ports: tuple[Port, ...] = ()
        if is_element(at.path.rpartition(".")[2], device.name, pdk):
            ports = tuple(sorted(map(turned.port, terminals(device)), key=lambda port: port.x_nm))
        if (device.role is Role.PHOTODIODE and ports) or any(port.angle_deg != 90 for port in ports):
            sides = ", ".join(f"{port.name} {port.angle_deg} deg" for port in ports)
            raise NotPlanarError(
                f"bonding: wire: found {at.path} with terminals {sides}; a crossbar on one metal needs photodiodes "
                "without wires (a camera) and all terminals on one side; choose another process",
                [at.path],
            )
        return _Seen(at.path, turned.box(device.bbox_nm), ports, has_return(device))


def _column_rises(inside: Sequence[_Seen], boxes: Sequence[Box], wires: Tracks) -> Iterator[Rise]:
    """The nets of a column, whose elements are given from top to bottom."""
    x = right = max(box[2] for box in boxes)
    for item in inside:
        low, ways = item.box_nm[3], []
        for port in reversed(item.terminals[item.has_return :]):
            width = wires.width_nm(port)
            y = _free(low, width, (port.x_nm, right), boxes, wires)
            ways.append((port, width, y))
            low = y + width // 2
        for port, width, y in reversed(ways):
            x += wires.space_nm + width // 2
            yield Rise((Pin(item.path, port.name),), x, width, (_up(port, width, y, x),))
            x += width // 2
    x = left = min(item.box_nm[0] for item in inside)
    with_return = [item for item in inside if item.has_return]
    for k in range(0, len(with_return), SHARED):
        x -= wires.space_nm + wires.shared_nm // 2
        pins, paths = [], []
        for item in with_return[k : k + SHARED]:
            port = item.terminals[0]
            y = _free(item.box_nm[3], wires.shared_nm, (left, port.x_nm), boxes, wires)
            joins = ((x, paths[-1][-1][1]),) if paths else ()
            paths.append((*_up(port, wires.shared_nm, y, x), *joins))
            pins.append(Pin(item.path, port.name))
        yield Rise(tuple(pins), x, wires.shared_nm, tuple(paths))
        x -= wires.shared_nm // 2


def _up(port: Port, width_nm: int, y_nm: int, x_nm: int) -> tuple[Point, ...]:
    """From inside a terminal up to a height, and along it."""
    return (port.x_nm, port.y_nm + width_nm // 2 - OVERLAP_NM), (port.x_nm, y_nm), (x_nm, y_nm)


def _free(low_nm: int, width_nm: int, span_nm: tuple[int, int], boxes: Sequence[Box], wires: Tracks) -> int:
    """The lowest height above `low_nm` at which a wire across `span_nm` keeps its distance from everything."""
    keep = wires.space_nm + width_nm // 2
    y = low_nm + keep
    near = [box for box in boxes if box[0] - keep < span_nm[1] and box[2] + keep > span_nm[0]]
    for _, bottom, _, top in sorted(near, key=lambda box: box[1]):
        if bottom - keep < y < top + keep:
            y = top + keep
    return y


def _placed(placement: Floorplan, pdk: Pdk) -> list[Placed]:
    """Everything that wires lead to, or that they must not cover."""
    wanted = {name for name, device in pdk.devices.items() if terminals(device) or device.role in LIGHT}
    places = {name: plan.places for name, plan in placement.cells.items()}
    return sorted(
        devices(placement.netlist, places, lambda _, component: component in wanted), key=lambda placed: placed.path
    )


def _is_upside_down(path: str, placement: Floorplan) -> bool:
    """Whether the block that a device belongs to stands on the lower shelf."""
    circuit, cell, mirror = placement.netlist.cells, placement.netlist.top, False
    for name in _column(path)[:-1] or (path.partition(".")[0],):
        mirror ^= placement.cells[cell].places[name].mirror
        cell = circuit[cell].instances[name].component
    return mirror


def _column(path: str) -> tuple[str, ...]:
    """The column that a device belongs to; what stands above the columns of a block counts to the first one."""
    parts = path.split(".")
    if parts[0] == INSTANCE:
        return (INSTANCE,)
    depth = 1 if parts[0] == READOUT else 2
    inside = parts[depth]
    first = "out_0" if parts[0] == READOUT else "col_0"
    return (*parts[:depth], inside if inside.startswith(first[:4]) else first)

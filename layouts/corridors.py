"""Wires of a mesh on one metal, through corridors (`layouts.yard`) to pads at the upper and the lower edge.

A terminal's wire rises to a track of its own beside its row and runs to the widest corridor between its end of the
device and the next device on the row. Those
of higher rows keep to the sides of a corridor, those of lower rows pass between them, so that none crosses another;
for wires that go down it is the other way round:

      ││││                 N: the highest row outermost
   ●──╯│││
    ●──╯│╰──●
        ╰────●
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from compiler.cells import DRIVEN
from compiler.netlist import Pin
from compiler.structures import INSTANCE
from layouts.comb import NotPlanarError
from layouts.devices import devices
from layouts.extent import floorplan_box
from layouts.floorplan import Box, Floorplan, Wire
from layouts.frame import margin_nm
from layouts.geometry import Placed, Point, join
from layouts.pads import with_pads
from layouts.river import levels, spread
from layouts.yard import eastern, terminals, western, wire_nm
from pdk.contract import Pdk, Role

ROWS = (Role.PHASE_SHIFTER, Role.MODULATOR)
"""Devices that stand on a row and take wires."""
COVERED = (Role.PHOTODIODE, Role.EDGE_COUPLER, Role.GRATING_COUPLER)
"""Metal must not lie on these even where they have none: light enters or leaves the chip there."""

Gap = tuple[int, int]
"""From ... to, for the edges of wires."""


@dataclass(frozen=True)
class Way:
    """A wire from its terminal to its track, and the corridor that it runs to."""

    pin: Pin
    start: Point
    track_nm: int
    corridor: Gap
    from_west: bool
    """Whether it comes into the corridor from the west."""
    row_nm: int


@dataclass(frozen=True)
class Rise:
    """The same in its corridor, on its way to an edge."""

    way: Way
    x_nm: int


def bond(placement: Floorplan, pdk: Pdk) -> Floorplan:
    """The floorplan with wires and pads in its top cell; NotPlanarError, before anything is drawn, if it cannot be.

    Pads are numbered as one reads: the upper edge from west to east, then the lower one.
    """
    pads: dict[str, Point] = {}
    nets: dict[str, tuple[Pin, ...]] = {}
    wires: list[Wire] = []
    ways = list(_ways(placement, pdk))
    for sign, members in zip((1, -1), _halves(ways, placement, pdk), strict=True):
        for rise, path in _to_edge(_rises(members, sign, pdk), sign, placement, pdk):
            net = f"{rise.way.pin.instance}.{rise.way.pin.port}"
            pads[net], nets[net] = path[-1], (rise.way.pin,)
            wires.append(Wire(pdk.metals[-1].name, path, wire_nm(pdk)))
    return with_pads(placement, pdk, pads, nets, wires)


def keep_out(placement: Floorplan, pdk: Pdk, *, test: bool) -> list[Box]:
    """Boxes that no wire may touch, of the layers or of the test structures: metal, and where light comes or goes."""
    names = {name for name, device in pdk.devices.items() if terminals(device) or device.role in COVERED}
    names.add(pdk.roles[Role.PHOTODIODE])
    return [_box(at, pdk) for at in _placed(placement, names) if at.path.startswith(f"{INSTANCE}.") == test]


def _ways(placement: Floorplan, pdk: Pdk) -> Iterator[Way]:
    """Every driven terminal of the layers, with its track and its corridor."""
    width, space = wire_nm(pdk), pdk.metals[-1].space_nm
    names = {name for name, device in pdk.devices.items() if device.role in ROWS}
    found = [at for at in _placed(placement, names) if not at.path.startswith(f"{INSTANCE}.")]
    boxes, lasers = keep_out(placement, pdk, test=False), _lasers(placement, pdk)
    inside = [box for box in boxes if box not in lasers]
    west, east = max(box[2] for box in lasers) + space, _east_nm(placement, pdk) - space
    gaps = free(west, east, ((box[0] - space, box[2] + space) for box in inside))
    rows = sorted({at.at.y_nm for at in found})
    neighbours = {row: _neighbours(_box(at, pdk) for at in found if at.at.y_nm == row) for row in rows}
    lost: list[str] = []
    for at in found:
        device = pdk.devices[at.instance.component]
        if device.role is Role.PHASE_SHIFTER and at.path.rpartition(".")[2] not in DRIVEN:
            continue
        above = [row for row in rows if row > at.at.y_nm]
        high = above[0] if above else at.at.y_nm + 2 * pdk.row_pitch_nm
        strips = free(at.at.y_nm, high, ((box[1] - space, box[3] + space) for box in inside))
        left, _, right, _ = _box(at, pdk)
        befores, nexts = neighbours[at.at.y_nm]
        for members, from_west in ((western(device), False), (eastern(device)[::-1], True)):
            needed = len(members) * (width + space) - space
            strip = next((strip for strip in strips if strip[1] - strip[0] >= needed), None)
            ends = (right, nexts.get(right, east)) if from_west else (befores.get(left, west), left)
            near = [gap for gap in gaps if gap[0] >= ends[0] and gap[1] <= ends[1]]
            if not strip or not near:
                lost += [f"{at.path}.{port.name}" for port in members]
                continue
            y = strip[0]
            for port in members:
                corridor = max(near, key=lambda gap: gap[1] - gap[0])
                start = at.at.point(port.x_nm, port.y_nm)
                yield Way(Pin(at.path, port.name), start, y + width // 2, corridor, from_west, at.at.y_nm)
                y += width + space
    _require_none(lost, pdk)


def _halves(ways: Sequence[Way], placement: Floorplan, pdk: Pdk) -> tuple[list[Way], list[Way]]:
    """Those that go up, and those that go down: in each corridor the upper and the lower rows, so that both edges get
    as many pads; but all go up through a corridor below which test structures stand."""
    test = keep_out(placement, pdk, test=True)
    blocked = join(test) if test and not _is_beside(placement) else (0, 0, 0, 0)
    corridors: dict[Gap, list[Way]] = defaultdict(list)
    for way in ways:
        corridors[way.corridor].append(way)
    up: list[Way] = []
    down: list[Way] = []
    for corridor in sorted(corridors):
        members = sorted(corridors[corridor], key=lambda way: -way.row_nm)
        cuts = [k for k in range(1, len(members)) if members[k].row_nm < members[k - 1].row_nm]
        if (corridor[0] < blocked[2] and corridor[1] > blocked[0]) or not cuts:
            up += members
            continue
        even = sorted(cuts, key=lambda k: abs(len(members) - 2 * k))[:2]
        cut = min(even, key=lambda k: abs(len(up) - len(down) + 2 * k - len(members)))
        up += members[:cut]
        down += members[cut:]
    return up, down


def _rises(ways: Iterable[Way], sign: int, pdk: Pdk) -> list[Rise]:
    """Every wire's place in its corridor, from west to east; `sign` is 1 for those that go up."""
    width, space, lost = wire_nm(pdk), pdk.metals[-1].space_nm, []
    sides: dict[Gap, dict[bool, list[Way]]] = defaultdict(lambda: {True: [], False: []})
    for way in ways:
        sides[way.corridor][way.from_west].append(way)
    rises: list[Rise] = []
    for (left, right), members in sides.items():
        for from_west, side in members.items():
            for way in sorted(side, key=lambda way: -sign * way.track_nm):
                rises.append(Rise(way, left + width // 2 if from_west else right - width // 2))
                left, right = (left + width + space, right) if from_west else (left, right - width - space)
        if right + space < left:
            lost += [f"{way.pin.instance}.{way.pin.port}" for side in members.values() for way in side]
    _require_none(lost, pdk)
    return sorted(rises, key=lambda rise: rise.x_nm)


def _to_edge(
    rises: Sequence[Rise], sign: int, placement: Floorplan, pdk: Pdk
) -> Iterator[tuple[Rise, tuple[Point, ...]]]:
    """Each wire's whole way to the middle of its pad."""
    pad, width, space = pdk.device(Role.BOND_PAD).bbox_nm, wire_nm(pdk), pdk.metals[-1].space_nm
    left, _, right, _ = floorplan_box(placement, pdk)
    left += (pad[2] - pad[0]) // 2 + (margin_nm(pdk) if _has_facets(placement, pdk) else 0)
    right -= (pad[2] - pad[0]) // 2
    if _has_facets(placement, pdk):
        right = max(right, left + (len(rises) - 1) * pdk.pad_pitch_nm)
    xs = [rise.x_nm for rise in rises]
    pads = spread(xs, pdk.pad_pitch_nm, left, right)
    turns = levels(xs, pads, width + space)
    boxes = keep_out(placement, pdk, test=False) + keep_out(placement, pdk, test=True)
    edges = [max(sign * box[1], sign * box[3]) for box in boxes]
    first = max([*edges, *(sign * rise.way.track_nm + width // 2 for rise in rises)]) + space + width // 2
    heights = [first + level * (width + space) for level in range(max(turns) + 1)]
    at_pad = heights[-1] + width // 2 + space + pad[3]
    for rise, x, level in zip(rises, pads, turns, strict=True):
        (x_start, y_start), track = rise.way.start, rise.way.track_nm
        turn = ((rise.x_nm, sign * heights[level]), (x, sign * heights[level])) if x != rise.x_nm else ()
        yield rise, ((x_start, y_start), (x_start, track), (rise.x_nm, track), *turn, (x, sign * at_pad))


def _neighbours(boxes: Iterable[Box]) -> tuple[dict[int, int], dict[int, int]]:
    """Of the devices of a row: left side to the right one of the device before, right side to the left of the next."""
    ordered = sorted(boxes)
    before = {box[0]: last[2] for last, box in pairwise(ordered)}
    return before, {last[2]: box[0] for last, box in pairwise(ordered)}


def free(low: int, high: int, taken: Iterable[Gap]) -> list[Gap]:
    """What intervals leave of the one from `low` to `high`, in order."""
    gaps: list[Gap] = []
    for start, end in sorted(taken):
        if end <= low or start >= high:
            continue
        if start > low:
            gaps.append((low, start))
        low = max(low, end)
    return [*gaps, (low, high)] if low < high else gaps


def _require_none(lost: Sequence[str], pdk: Pdk) -> None:
    if lost:
        names = ", ".join(lost[:8]) + (f" and {len(lost) - 8} more" if len(lost) > 8 else "")
        raise NotPlanarError(
            f"bonding: found no track on {pdk.metals[-1].name}, the one metal of {pdk.name}, for {names}; "
            "use fewer ports, or linear: unitary",
            lost,
        )


def _lasers(placement: Floorplan, pdk: Pdk) -> list[Box]:
    """Fibre couplers of the layers."""
    names = {placement.netlist.cells["layer"].instances["laser"].component}
    found = _placed(placement, names)
    return [_box(at, pdk) for at in found if at.path.endswith(".laser")]


def _east_nm(placement: Floorplan, pdk: Pdk) -> int:
    """Where wires of the layers end in the east: at test structures that stand there, or nowhere near."""
    test = keep_out(placement, pdk, test=True)
    if test and _is_beside(placement):
        return min(box[0] for box in test)
    return floorplan_box(placement, pdk)[2] + 10 * pdk.row_pitch_nm


def _is_beside(placement: Floorplan) -> bool:
    """Whether there are test structures, and they stand east of the layers."""
    places = placement.cells[placement.netlist.top].places
    return INSTANCE in places and places[INSTANCE].x_nm > 0


def _has_facets(placement: Floorplan, pdk: Pdk) -> bool:
    return pdk.role_of(placement.netlist.cells["layer"].instances["laser"].component) is Role.EDGE_COUPLER


def _placed(placement: Floorplan, names: set[str]) -> Iterator[Placed]:
    places = {name: plan.places for name, plan in placement.cells.items()}
    return devices(placement.netlist, places, lambda _, component: component in names)


def _box(at: Placed, pdk: Pdk) -> Box:
    return at.at.box(pdk.devices[at.instance.component].bbox_nm)

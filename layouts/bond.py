"""Wire bonding: every terminal of the chip to a pad at its upper or lower edge.

Each metal is a planar comb (`layouts.comb`). On two metals, signals take the upper and returns and biases the lower
one; on one metal all take it, if the channels between the rows hold them. If not, `NotPlanarError` names those that
cannot be reached, before anything is drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.cells import DRIVEN
from compiler.netlist import Pin
from compiler.structures import INSTANCE
from layouts.comb import Channel, NotPlanarError, Quadrant, Riser, channels_of, fan, leave, quadrants
from layouts.devices import devices
from layouts.extent import floorplan_box
from layouts.floorplan import Floorplan, Wire
from layouts.frame import margin_nm
from layouts.geometry import Placed, Point, Transform
from layouts.metal import heater_current_ma
from layouts.pads import with_pads
from pdk.contract import Metal, Pdk, Role

KEEP_NM = 40_000
"""How far from a row its devices have metal, and a space."""
OPEN_NM = 90_000
"""Height of a channel that no row bounds."""
SIDE_NM = 20_000


@dataclass(frozen=True)
class Ring:
    """Pads and wires at chip level."""

    pads: dict[str, Point]
    wires: tuple[Wire, ...]
    nets: dict[str, tuple[Pin, ...]]


def bond(placement: Floorplan, pdk: Pdk, *, metals: int | None = None, heaters_only: bool = False) -> Floorplan:
    """The floorplan with pads and wires in its top cell. NotPlanarError, before anything is drawn, if it cannot be.

    Pads are numbered as one reads: the upper edge from west to east, then the lower one.
    """
    used = pdk.metals[::-1][: metals or len(pdk.metals)]
    ring = _ring(placement, pdk, used, heaters_only)
    order = sorted(ring.pads, key=lambda net: (-ring.pads[net][1], ring.pads[net][0]))
    return with_pads(placement, pdk, {net: ring.pads[net] for net in order}, ring.nets, ring.wires)


def sites(placement: Floorplan, pdk: Pdk) -> int:
    """Pads that the two edges hold if the die is not made wider for them."""
    left, _, right, _ = floorplan_box(placement, pdk)
    return 2 * ((right - left) // pdk.pad_pitch_nm)


def terminals(placement: Floorplan, pdk: Pdk) -> int:
    """Pads that wire bonding takes."""
    return sum(1 for _ in _terminals(placement, pdk, False))


def _ring(placement: Floorplan, pdk: Pdk, used: tuple[Metal, ...], heaters_only: bool) -> Ring:
    """Each metal is a planar comb of its own; where there are two, returns and biases take the lower one.

    Test structures stand in the way of what leaves to the west and turns south: with them, the west goes north and the
    east south.
    """
    width = used[0].wire_width_nm(heater_current_ma(pdk))
    pitch = -(-(width + used[0].space_nm) // 1000) * 1000
    rows = _rows(placement, pdk)
    left, right = _sides(placement, pdk)
    lowest = min(rows[0] - KEEP_NM, _bottom(placement, pdk))
    box = left - SIDE_NM, lowest - OPEN_NM, right + SIDE_NM, rows[-1] + KEEP_NM + OPEN_NM
    found = list(_terminals(placement, pdk, heaters_only))
    combs: list[tuple[Metal, dict[str, Quadrant]]] = []
    lost: list[str] = []
    for level, metal in enumerate(used):
        mine = [(riser, row) for pin, riser, row in found if (not _is_signal(pin)) * (len(used) > 1) == level]
        channels = channels_of((_channel(riser, row, rows), riser) for riser, row in mine)
        try:
            west, east = leave(channels, pitch)
        except NotPlanarError as error:
            lost += error.terminals
            continue
        half = INSTANCE in placement.netlist.cells[placement.netlist.top].instances
        north = (len(west), 0) if half else ((len(west) + 1) // 2, (len(east) + 1) // 2)
        combs.append((metal, quadrants(west, east, box, north)))
    if lost:
        names = ", ".join(lost[:8]) + (f" and {len(lost) - 8} more" if len(lost) > 8 else "")
        mend = "use bumps, or fewer ports"
        metals_are = " and ".join(metal.name for metal in used)
        raise NotPlanarError(f"bonding: wire: found no track on {metals_are} for {names}; {mend}", lost)
    pads: dict[str, Point] = {}
    wires: list[Wire] = []
    for edge, sign in (("n", 1), ("s", -1)):
        y = sign * _pad_y([comb for _, comb in combs], edge, pitch, pdk)
        counts = [[len(comb[edge + side].ways) for _, comb in combs] for side in "we"]
        xs = _pad_xs((box[0] + box[2]) // 2, sum(map(sum, counts)), pdk)
        places = {"w": xs[: sum(counts[0])][::-1], "e": xs[sum(counts[0]) :]}
        for side, members in zip("we", counts, strict=True):
            for (metal, comb), order in zip(combs, _interleave(members), strict=True):
                ways = fan(comb[edge + side], [(places[side][k], y) for k in order], pitch)
                wires += [Wire(metal.name, points, width) for points in ways.values()]
                pads |= {net: points[-1] for net, points in ways.items()}
                if metal != used[0]:
                    wires += [Wire(used[0].name, (points[-1],), 5 * width) for points in ways.values()]
    return Ring(pads, tuple(wires), {riser.net: (pin,) for pin, riser, _ in found})


def _pad_xs(centre: int, count: int, pdk: Pdk) -> list[int]:
    """Middles of the pads of one edge: about the middle of the chip, and none over its west edge, where fibres come."""
    pad = pdk.device(Role.BOND_PAD).bbox_nm
    least = margin_nm(pdk) + (pad[2] - pad[0]) // 2
    first = max(centre - (count - 1) * pdk.pad_pitch_nm // 2, least)
    return [first + k * pdk.pad_pitch_nm for k in range(count)]


def _interleave(counts: list[int]) -> list[list[int]]:
    """Places of the pads of each metal, spread evenly among each other."""
    keys = sorted((k / count, level) for level, count in enumerate(counts) for k in range(count))
    return [[place for place, (_, owner) in enumerate(keys) if owner == level] for level in range(len(counts))]


def _is_signal(pin: Pin) -> bool:
    """What a program sets or reads; else a return or a bias. A modulator's upper bias has no lower metal."""
    name = pin.instance.rsplit(".", 1)[-1]
    if name in DRIVEN:
        return pin.port == ("e1" if name == "shifter" else "e2")
    return pin.port in ("e2", "e3") if name == "modulator" else pin.port == "e1"


def _pad_y(combs: list[dict[str, Quadrant]], edge: str, pitch: int, pdk: Pdk) -> int:
    """Distance of an edge's pads from the middle of the chip's frame: beyond the highest track of its fans."""
    pad = pdk.device(Role.BOND_PAD)
    height = pad.bbox_nm[3] - pad.bbox_nm[1]
    tracks = max(len(comb[edge + side].ways) for comb in combs for side in "we")
    return combs[0][f"{edge}w"].edge_nm + tracks * pitch + height // 2 + SIDE_NM


def _terminals(placement: Floorplan, pdk: Pdk, heaters_only: bool) -> Iterator[tuple[Pin, Riser, int]]:
    """Every terminal to be wired: its pin, how it rises, and the height of its row."""
    roles = {Role.PHASE_SHIFTER} if heaters_only else {Role.PHASE_SHIFTER, Role.PHOTODIODE, Role.MODULATOR}
    for device in _wired(placement, pdk):
        name, role = device.path.rsplit(".", 1)[-1], pdk.role_of(device.instance.component)
        if role not in roles or (role == Role.PHASE_SHIFTER and name not in DRIVEN):
            continue
        for terminal, points, up in _risers(device, role, pdk):
            row = device.at.y_nm
            if role == Role.PHOTODIODE:
                row = _row_of_diode(device, pdk)
            yield Pin(device.path, terminal), Riser(f"{device.path}.{terminal}", points, up), row


def _rows(placement: Floorplan, pdk: Pdk) -> list[int]:
    """Heights of all rows, driven or not, the lowest first."""
    roles = Role.PHASE_SHIFTER, Role.MODULATOR
    return sorted({at.at.y_nm for at in _wired(placement, pdk) if pdk.role_of(at.instance.component) in roles})


def _sides(placement: Floorplan, pdk: Pdk) -> tuple[int, int]:
    """Left and right end of everything that has metal."""
    boxes = [at.at.box(pdk.devices[at.instance.component].bbox_nm) for at in _wired(placement, pdk)]
    return min(box[0] for box in boxes), max(box[2] for box in boxes)


def _bottom(placement: Floorplan, pdk: Pdk) -> int:
    """Lower end of everything that has metal, test structures and their landings included."""
    found = _wired(placement, pdk, structures=True)
    return min(at.at.box(pdk.devices[at.instance.component].bbox_nm)[1] for at in found)


def _wired(placement: Floorplan, pdk: Pdk, *, structures: bool = False) -> list[Placed]:
    """Every device with terminals; those of the test structures have landings of their own."""
    places = {name: plan.places for name, plan in placement.cells.items()}
    names = {name for name, device in pdk.devices.items() if any(port.kind == "electrical" for port in device.ports)}
    found = devices(placement.netlist, places, lambda _, component: component in names)
    return [at for at in found if structures or not at.path.startswith(f"{INSTANCE}.")]


def _risers(device: Placed, role: Role | None, pdk: Pdk) -> Iterator[tuple[str, tuple[Point, ...], bool]]:
    """Way out of a device for each of its terminals, in chip coordinates; whether it goes up."""
    shape = pdk.devices[device.instance.component]
    up = _faces_up(device.at)
    for port in shape.ports:
        if port.kind != "electrical":
            continue
        points: list[Point] = [(port.x_nm, port.y_nm)]
        if role == Role.PHASE_SHIFTER:
            points = [(port.x_nm, 0)]
        elif role == Role.PHOTODIODE and port.y_nm > 0:
            points = [(port.x_nm - 20_000, port.y_nm)]
        elif role == Role.PHOTODIODE:
            points = [(port.x_nm - 5_000, port.y_nm), (port.x_nm + 5_000, port.y_nm)]
        elif role == Role.MODULATOR:
            points = [(port.x_nm, port.y_nm - 3_000)]
        yield port.name, tuple(device.at.point(*point) for point in points), up


def _faces_up(at: Transform) -> bool:
    """Whether the upper side of a cell is the upper side on the chip."""
    return (at.angle_deg == 0) != at.mirror


def _row_of_diode(device: Placed, pdk: Pdk) -> int:
    """A photodiode stands beside its row: above it where it faces up, below it where it faces down."""
    tap = pdk.device(Role.TAP).port("o2").y_nm + 2 * pdk.bend_radius_nm
    below = 2 * pdk.bend_radius_nm + pdk.device(Role.SPLITTER_2X2).port("o2").y_nm
    return device.at.y_nm - tap if _faces_up(device.at) else device.at.y_nm + below


def _channel(riser: Riser, row: int, rows: list[int]) -> Channel:
    """The strip that a riser of a row comes to: above the row, or below it."""
    here = rows.index(row)
    if riser.up:
        above = rows[here + 1] if here + 1 < len(rows) else row + 2 * KEEP_NM + OPEN_NM
        return Channel(row + KEEP_NM, min(above - KEEP_NM, row + KEEP_NM + OPEN_NM))
    below = rows[here - 1] if here else row - 2 * KEEP_NM - OPEN_NM
    return Channel(max(below + KEEP_NM, row - KEEP_NM - OPEN_NM), row - KEEP_NM)

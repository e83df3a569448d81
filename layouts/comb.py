"""A channel router for rows of devices: wires on one metal that never cross, whatever their number.

Between two rows lies a channel. A wire rises into it, runs left or right on a track of its own to the side of the
block, turns to the nearer of two edges, and ends at a pad. Every turn is nested in the next one, so order is kept:

      ▢   ▢   ▢          pads, in the order of channels
      │   │ ╭─╯
      │ ╭─╯ │            fan: inner wires turn first
      │ │   │
      │ │ ╭─┴──────╮
      │ ╰─┼───╮    │     channel: of the wires that go left, the leftmost lies lowest
      ╰───┼─╮ │    │
       row  ● ●    ●
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layouts.geometry import Point


@dataclass(frozen=True)
class Riser:
    """A wire at its start: where it leaves its terminal, and which way it faces its channel."""

    net: str
    start: tuple[Point, ...]
    """Its first points; the last one stands below (or above) its channel."""
    up: bool

    @property
    def x_nm(self) -> int:
        """Where it rises."""
        return self.start[-1][0]


@dataclass(frozen=True)
class Channel:
    """A horizontal strip without metal of devices."""

    bottom_nm: int
    top_nm: int

    def tracks(self, pitch_nm: int) -> int:
        """How many wires fit above each other."""
        return max(0, (self.top_nm - self.bottom_nm) // pitch_nm + 1)


@dataclass(frozen=True)
class Exit:
    """A wire at the side of the block: its way so far, and the height at which it leaves."""

    net: str
    points: tuple[Point, ...]

    @property
    def y_nm(self) -> int:
        """Its track."""
        return self.points[-1][1]


class NotPlanarError(ValueError):
    """Terminals that no wire can reach on the metals there are. `terminals` names them."""

    def __init__(self, message: str, terminals: Sequence[str]) -> None:
        super().__init__(message)
        self.terminals = tuple(terminals)


def split(risers: Sequence[Riser]) -> tuple[list[Riser], list[Riser]]:
    """Half of a channel's wires go west, half east."""
    ordered = sorted(risers, key=lambda riser: (riser.x_nm, riser.up))
    middle = (len(ordered) + 1) // 2
    return ordered[:middle], ordered[middle:]


def unreachable(channels: dict[Channel, list[Riser]], pitch_nm: int) -> list[str]:
    """Nets that find no track, before anything is drawn."""
    lost: list[str] = []
    for channel, risers in channels.items():
        for side in split(risers):
            lost += [riser.net for riser in side[channel.tracks(pitch_nm) :]]
    return lost


def leave(channels: dict[Channel, list[Riser]], pitch_nm: int) -> tuple[list[Exit], list[Exit]]:
    """Every riser on its track: those that leave to the west and to the east, each list from top to bottom."""
    lost = unreachable(channels, pitch_nm)
    if lost:
        raise NotPlanarError(f"{len(lost)} terminals find no track between their rows", lost)
    sides: tuple[list[Exit], list[Exit]] = ([], [])
    for channel, risers in channels.items():
        west, east = split(risers)
        for side, members, outwards in ((0, west, 1), (1, east, -1)):
            below = sorted((r for r in members if r.up), key=lambda r: outwards * r.x_nm)
            above = sorted((r for r in members if not r.up), key=lambda r: outwards * r.x_nm)
            for k, riser in enumerate(below):
                y = channel.bottom_nm + k * pitch_nm
                sides[side].append(Exit(riser.net, (*riser.start, (riser.x_nm, y))))
            for k, riser in enumerate(above):
                y = channel.top_nm - k * pitch_nm
                sides[side].append(Exit(riser.net, (*riser.start, (riser.x_nm, y))))
    west, east = (sorted(side, key=lambda way: -way.y_nm) for side in sides)
    return west, east


@dataclass(frozen=True)
class Quadrant:
    """Wires that leave by one side and go to one edge, the innermost first, as the fan sees them.

    Its frame has the side on the left and the edge at the top: `flip_x` and `flip_y` (±1) say how it lies on the chip.
    """

    ways: tuple[Exit, ...]
    side_nm: int
    """x of the innermost vertical track, in the fan's frame."""
    edge_nm: int
    """y of the lowest horizontal track, in the fan's frame."""
    flip_x: int
    flip_y: int


def quadrants(
    west: Sequence[Exit], east: Sequence[Exit], box_nm: tuple[int, int, int, int], counts: tuple[int, int]
) -> dict[str, Quadrant]:
    """Upper parts go to the north edge, lower ones to the south: `counts` of west and of east go north."""
    left, bottom, right, top = box_nm
    return {
        "nw": Quadrant(tuple(west[: counts[0]]), left, top, 1, 1),
        "sw": Quadrant(tuple(reversed(west[counts[0] :])), left, -bottom, 1, -1),
        "ne": Quadrant(tuple(east[: counts[1]]), -right, top, -1, 1),
        "se": Quadrant(tuple(reversed(east[counts[1] :])), -right, -bottom, -1, -1),
    }


def fan(quadrant: Quadrant, pads: Sequence[Point], pitch_nm: int) -> dict[str, tuple[Point, ...]]:
    """Whole ways to pads (chip points, innermost first): the innermost wire takes the pad nearest to the middle.

    Wires whose pad lies inwards of their vertical track turn inner first; those whose pad lies outwards, outer first.
    """
    fx, fy = quadrant.flip_x, quadrant.flip_y
    verticals = [quadrant.side_nm - k * pitch_nm for k in range(len(quadrant.ways))]
    inwards = [k for k, (x, pad) in enumerate(zip(verticals, pads, strict=True)) if pad[0] * fx >= x]
    outwards = [k for k in range(len(verticals)) if k not in set(inwards)]
    level = {k: n for n, k in enumerate(inwards)} | {k: n for n, k in enumerate(reversed(outwards))}
    ways: dict[str, tuple[Point, ...]] = {}
    for k, way in enumerate(quadrant.ways):
        x, y, pad = verticals[k] * fx, (quadrant.edge_nm + level[k] * pitch_nm) * fy, pads[k]
        ways[way.net] = _straight((*way.points, (x, way.y_nm), (x, y), (pad[0], y), pad))
    return ways


def channels_of(risers: Iterable[tuple[Channel, Riser]]) -> dict[Channel, list[Riser]]:
    """Risers by channel."""
    found: dict[Channel, list[Riser]] = defaultdict(list)
    for channel, riser in risers:
        found[channel].append(riser)
    return dict(found)


def _straight(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Without points that repeat the one before."""
    kept = [points[0]]
    for point in points[1:]:
        if point != kept[-1]:
            kept.append(point)
    return tuple(kept)

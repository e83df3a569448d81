"""What rows and meetings are before they are put into levels: lists of edges, still without amplitudes."""

from dataclasses import dataclass, field

Quad = tuple[int, int, int, int]
"""Edges of a 2x2 block: a to a, b to a, a to b, b to b."""


@dataclass(frozen=True)
class Way:
    """Edges that light passes one behind the other, and the phases that turn it there."""

    edges: tuple[int, ...] = ()
    slots: tuple[int, ...] = ()


STRAIGHT_ON = Way()


@dataclass(frozen=True, slots=True)
class Meeting:
    """Rows a < b meet: K blocks, each with the ways of a and b that lead into it."""

    a: int
    b: int
    blocks: tuple[tuple[Quad, Way, Way], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A read: the row after a meeting (its number, −1 for what entered the row) and the way from there."""

    read: int
    row: int
    after: int
    way: Way


@dataclass
class Arrangement:
    """Meetings in an order that light may take, not yet in levels."""

    rows: int = 0
    meetings: list[Meeting] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)


@dataclass
class Front:
    """A row's light: the node it has reached, what made it (a meeting, −1 for the input), its way since."""

    node: int
    row: int
    after: int
    way: Way

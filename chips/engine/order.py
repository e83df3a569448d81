"""Meetings in levels: neighbours fused where nobody looks between them, then each as early as its rows allow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chips.engine.arrangement import STRAIGHT_ON, Arrangement, Look, Meeting, Quad, Way
from chips.engine.schedule import Schedule
from chips.engine.waves import ONE, ZERO

FUSED = 2
"""Blocks in a meeting at most: the two couplers of an MZI. More would leave most meetings padded."""

_IDENTITY: Quad = (ONE, ZERO, ZERO, ONE)
_NOTHING = Way((ZERO,))


@dataclass(frozen=True, eq=False)
class Uses:
    """Which edges the coefficients of a schedule are made of. Ways are C products, way 0 is 1."""

    block: np.ndarray
    """(K, 2, 2, P) edges."""
    way: np.ndarray
    """(K, 2, P) ways."""
    read: np.ndarray
    """(T) ways."""
    factors: np.ndarray
    """Edges of all ways, one way behind the other."""
    lengths: np.ndarray
    """(C) edges of each way."""


def schedule_of(made: Arrangement, inputs: int, reads: int) -> tuple[Schedule, Uses]:
    """The schedule of an arrangement, and what its coefficients are made of. A read that no light reaches is zero."""
    meetings, place = _fused(made)
    size = max((len(meeting.blocks) for meeting in meetings), default=1)
    levels = _levels(meetings, made.rows)
    order = sorted(range(len(meetings)), key=lambda p: (levels[p], meetings[p].a))
    position = {number: p for p, number in enumerate(order)}
    sorted_meetings = [meetings[number] for number in order]
    looks: list[Look | None] = [None] * reads
    for look in made.looks:
        looks[look.read] = look
    blocks = [
        (*meeting.blocks, *[(_IDENTITY, STRAIGHT_ON, STRAIGHT_ON)] * (size - len(meeting.blocks)))
        for meeting in sorted_meetings
    ]
    ways = [[[block[1] for block in row], [block[2] for block in row]] for row in zip(*blocks, strict=True)]
    ways = ways or [[[], []]] * size
    seen = [look.way if look else _NOTHING for look in looks]
    known: dict[tuple[int, ...], int] = {(ONE,): 0}

    def number(way: Way) -> int:
        return known.setdefault(way.edges or (ONE,), len(known))

    way = np.array([[[number(one) for one in row] for row in pair] for pair in ways], np.int64)
    read = np.array([number(one) for one in seen], np.int64)
    quads = np.array([[block[0] for block in row] for row in blocks], np.int64).reshape(len(blocks), size, 2, 2)
    uses = Uses(
        block=np.moveaxis(quads, 0, -1),
        way=way.reshape(size, 2, len(blocks)),
        read=read,
        factors=np.array([edge for edges in known for edge in edges], np.int64),
        lengths=np.array([len(edges) for edges in known], np.int64),
    )
    way_slot = _slots([one for pair in ways for row in pair for one in row])
    schedule = Schedule(
        rows=max(made.rows, 1),
        input_row=np.arange(inputs, dtype=np.int32),
        pair=np.array([[m.a for m in sorted_meetings], [m.b for m in sorted_meetings]], np.int32),
        level=np.array([levels[number] for number in order], np.int32),
        read_row=np.array([look.row if look else 0 for look in looks], np.int32),
        read_after=np.array([position[place[o.after]] + 1 if o and o.after >= 0 else 0 for o in looks], np.int32),
        way_slot=way_slot.reshape(way_slot.shape[0], size, 2, len(blocks)),
        read_slot=_slots(seen),
    )
    return schedule, uses


def _fused(made: Arrangement) -> tuple[list[Meeting], list[int]]:
    """Meetings with neighbours fused where that leaves few of them padded; which one each meeting became part of."""
    looked_at = {(look.row, look.after) for look in made.looks}
    meetings: list[Meeting] = []
    ends: list[int] = []
    place: list[int] = []
    last = [-1] * made.rows
    for number, meeting in enumerate(made.meetings):
        a, b, before = meeting.a, meeting.b, last[meeting.a]
        if (
            before >= 0
            and before == last[b]
            and len(meetings[before].blocks) < FUSED
            and (a, ends[before]) not in looked_at
            and (b, ends[before]) not in looked_at
        ):
            meetings[before] = Meeting(a, b, meetings[before].blocks + meeting.blocks)
            ends[before] = number
        else:
            last[a] = last[b] = before = len(meetings)
            meetings.append(meeting)
            ends.append(number)
        place.append(before)
    joined = len(made.meetings) - len(meetings)
    if 2 * joined < len(meetings):
        return made.meetings, list(range(len(made.meetings)))
    return meetings, place


def _levels(meetings: Sequence[Meeting], rows: int) -> list[int]:
    free_at = [0] * rows
    levels: list[int] = []
    for meeting in meetings:
        level = max(free_at[meeting.a], free_at[meeting.b])
        free_at[meeting.a] = free_at[meeting.b] = level + 1
        levels.append(level)
    return levels


def _slots(ways: Sequence[Way]) -> np.ndarray:
    """(S, len(ways)) int32, −1 where a way has fewer."""
    most = max((len(way.slots) for way in ways), default=0)
    slots = np.full((most, len(ways)), -1, np.int32)
    for k, way in enumerate(ways):
        slots[: len(way.slots), k] = way.slots
    return slots

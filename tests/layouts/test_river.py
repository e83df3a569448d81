"""Wires led to pads in their order: they keep their distance, wherever they come up."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from layouts.river import levels, spread

WIRE, SPACE, PITCH = 20, 10, 100
GAPS = st.lists(st.integers(WIRE + SPACE, 400), min_size=1, max_size=25)


def came_up(gaps):
    return [sum(gaps[:k]) for k in range(1, len(gaps) + 1)]


def boxes(x, pad, height):
    """A wire that comes up at x, turns at a height, and goes on to its pad."""
    half = WIRE // 2
    yield x - half, 0, x + half, height + half
    yield min(x, pad) - half, height - half, max(x, pad) + half, height + half
    yield pad - half, height - half, pad + half, 10_000


def apart(a, b):
    """Whether two boxes are a space apart, along x or along y."""
    return max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3]) >= SPACE


@given(gaps=GAPS, left=st.integers(-2_000, 2_000), room=st.integers(0, 4_000))
def test_wires_keep_their_distance(gaps, left, room):
    xs = came_up(gaps)
    pads = spread(xs, PITCH, left, left + room)
    assert all(b - a >= PITCH for a, b in pairwise(pads))
    heights = [100 + level * (WIRE + SPACE) for level in levels(xs, pads, WIRE + SPACE)]
    drawn = [[*boxes(*one)] for one in zip(xs, pads, heights, strict=True)]
    for one, other in combinations(drawn, 2):
        assert all(apart(a, b) for a in one for b in other)


@given(gaps=GAPS, left=st.integers(-2_000, 2_000), more=st.integers(0, 2_000))
def test_pads_stay_between_both_sides_where_there_is_room(gaps, left, more):
    xs = came_up(gaps)
    right = left + (len(xs) - 1) * PITCH + more
    pads = spread(xs, PITCH, left, right)
    assert left <= pads[0] and pads[-1] <= right


def test_what_has_room_stands_straight_above_its_wire():
    assert spread([0, 500, 900], PITCH, -100, 1_000) == [0, 500, 900]


def test_a_crowd_turns_to_both_sides():
    """Five wires 30 apart, pads 100 apart: two turn left, two right, the middle one goes straight on."""
    xs = [1_000 + 30 * k for k in range(5)]
    pads = spread(xs, PITCH, 0, 2_000)
    assert pads == [860, 960, 1_060, 1_160, 1_260]
    assert levels(xs, pads, WIRE + SPACE) == [0, 1, 0, 1, 0]

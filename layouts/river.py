"""Wires that come up side by side, led to pads side by side, on one metal: none crosses another.

▢  ▢     ▢  ▢
│  │     │  │      of the wires that turn left, the leftmost turns first;
│  ╰─╮ ╭─╯  │      of those that turn right, the rightmost
╰─╮  │ │  ╭─╯
  │  │ │  │
"""

from collections.abc import Sequence


def spread(xs: Sequence[int], pitch_nm: int, left_nm: int, right_nm: int) -> list[int]:
    """Places for pads, in the order of their wires (ascending), near above them: at least a pitch apart and between
    both sides, as long as there is room; where there is none, beyond both."""
    lack = (len(xs) - 1) * pitch_nm - (right_nm - left_nm)
    if lack > 0:
        left_nm, right_nm = left_nm - -(-lack // 2), right_nm + -(-lack // 2)
    places: list[int] = []
    for x in xs:
        places.append(max(x, places[-1] + pitch_nm if places else left_nm))
    for k in reversed(range(len(places))):
        most = places[k + 1] - pitch_nm if k + 1 < len(places) else right_nm
        places[k] = min(places[k], most)
    return _centred(xs, places, pitch_nm, left_nm, right_nm)


def levels(xs: Sequence[int], places: Sequence[int], reach_nm: int) -> list[int]:
    """The track on which each wire turns, 0 the lowest. Wires nearer than `reach_nm` take different ones."""
    found = [0] * len(xs)
    order = range(len(xs))
    for sign, members in ((1, reversed(order)), (-1, order)):
        done: list[int] = []
        for k in members:
            if (places[k] - xs[k]) * sign <= 0:
                continue
            under = [found[m] for m in done if sign * (xs[m] - places[k]) <= reach_nm]
            found[k] = max(under, default=-1) + 1
            done.append(k)
    return found


def _centred(xs: Sequence[int], places: list[int], pitch_nm: int, left_nm: int, right_nm: int) -> list[int]:
    """Runs of pads without a gap moved so that half of their wires turn each way, as far as there is room."""
    runs: list[list[int]] = []
    for k in range(len(places)):
        if runs and places[k] - places[runs[-1][-1]] == pitch_nm:
            runs[-1].append(k)
        else:
            runs.append([k])
    low = left_nm
    moved = list(places)
    for number, run in enumerate(runs):
        high = right_nm if number + 1 == len(runs) else places[runs[number + 1][0]] - pitch_nm
        excess = sorted(places[k] - xs[k] for k in run)[len(run) // 2]
        by = max(low - places[run[0]], min(-excess, high - places[run[-1]]))
        for k in run:
            moved[k] = places[k] + by
        low = moved[run[-1]] + pitch_nm
    return moved

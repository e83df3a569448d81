"""A group of rows taken apart into meetings of two, on rows that are free.

    2 in, 2 out   one meeting
    1 in, n out   n − 1 meetings, each with a dark row
    n in, 1 out   n − 1 meetings; the second row is free afterwards
    n in, m out   n · m meetings; every output is gathered on a dark row of its own

Loose nodes come in turn: each adds its light to rows where the block's outputs gather.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from chips.engine.arrangement import STRAIGHT_ON, Arrangement, Front, Meeting, Quad, Way
from chips.engine.waves import ONE, ZERO, Graph, Pair

_At = Callable[[Front, int], int]
"""The edge from a front to a node behind a meeting, or ZERO."""


class Meetings:
    """Adds meetings to an arrangement, and keeps account of its rows."""

    def __init__(self, graph: Graph, live: Sequence[Sequence[int]], made: Arrangement) -> None:
        self._graph, self._edges, self._live, self._made = graph, graph.edges, live, made
        self._partial: dict[int, tuple[int, int]] = {}
        """Node behind loose ones to the row where its light gathers, and how many of its edges are still missing."""
        self._free: list[int] = []
        self._freed: list[int] = []
        """Rows that are free from the next generation on: reused at once they would only delay each other."""

    def leave(self, row: int) -> None:
        """A row whose light is needed no more."""
        self._freed.append(row)

    def next_generation(self) -> None:
        """Rows that were left become free."""
        self._free = sorted({*self._free, *self._freed})
        self._freed = []

    def meet(self, group: list[Front], loose: bool) -> list[Front]:
        """Meetings of one group, its rows ascending; the light behind them. `loose`: of one node that does not wait."""
        entry: dict[tuple[int, int], int] = {}
        outs: dict[int, int] = {}
        for front in group:
            for index in self._live[front.node]:
                end = self._edges.end[index]
                entry[front.node, end] = index
                outs.setdefault(end, index)

        def at(front: Front, end: int) -> int:
            return entry.get((front.node, end), ZERO)

        nodes = list(outs)
        if loose:
            return self._scatter(group[0], nodes, at)
        if len(group) == 2 and len(nodes) == 2:
            a, b = group
            first = (self._live[a.node][0], self._live[b.node][0], *outs.values())
            x, y = nodes if _in_order(*(self._edges.pair[index] for index in first)) else nodes[::-1]
            number = self._add(a, b.row, (at(a, x), at(b, x), at(a, y), at(b, y)), b.way)
            return [Front(x, a.row, number, STRAIGHT_ON), Front(y, b.row, number, STRAIGHT_ON)]
        if len(group) == 1:
            return self._divide(group[0], nodes, at)
        if len(nodes) == 1:
            return self._join(group, nodes[0], at)
        return self._gather(group, nodes, at)

    def _divide(self, front: Front, nodes: list[int], at: _At) -> list[Front]:
        fronts: list[Front] = []
        for node in nodes[1:]:
            last = node == nodes[-1]
            row = self._dark(front.row)
            stays = at(front, nodes[0]) if last else ONE
            number = self._add(front, row, (stays, ZERO, at(front, node), ZERO))
            fronts.append(Front(node, row, number, STRAIGHT_ON))
            front = Front(front.node, front.row, number, STRAIGHT_ON)
        return [Front(nodes[0], front.row, front.after, STRAIGHT_ON), *fronts]

    def _join(self, group: list[Front], node: int, at: _At) -> list[Front]:
        first = group[0]
        stays, number = at(first, node), -1
        for other in group[1:]:
            number = self._add(first, other.row, (stays, at(other, node), ZERO, ZERO), other.way)
            first, stays = Front(first.node, first.row, number, STRAIGHT_ON), ONE
            self._freed.append(other.row)
        return [Front(node, first.row, number, STRAIGHT_ON)]

    def _scatter(self, front: Front, nodes: list[int], at: _At) -> list[Front]:
        fronts: list[Front] = []
        for node in nodes:
            is_first = node not in self._partial
            row, missing = (self._dark(front.row), self._graph.entering[node]) if is_first else self._partial[node]
            number = self._add(front, row, (ONE, ZERO, at(front, node), ZERO if is_first else ONE))
            front = Front(front.node, front.row, number, STRAIGHT_ON)
            self._partial[node] = row, missing - 1
            if missing == 1:
                fronts.append(Front(node, row, number, STRAIGHT_ON))
        self._freed.append(front.row)
        return fronts

    def _gather(self, group: list[Front], nodes: list[int], at: _At) -> list[Front]:
        group = list(group)
        rows: dict[int, int] = {}
        made: dict[int, int] = {}
        size = max(len(group), len(nodes))
        for turn in range(size):
            for k in range(size):
                to = (k + turn) % size
                if k >= len(group) or to >= len(nodes) or at(group[k], nodes[to]) == ZERO:
                    continue
                front, node = group[k], nodes[to]
                is_first = node not in rows
                if is_first:
                    rows[node] = self._dark(front.row)
                quad = (ONE, ZERO, at(front, node), ZERO if is_first else ONE)
                made[node] = self._add(front, rows[node], quad)
                group[k] = Front(front.node, front.row, made[node], STRAIGHT_ON)
        self._freed += [front.row for front in group]
        return [Front(node, rows[node], made[node], STRAIGHT_ON) for node in nodes]

    def _add(self, front: Front, row: int, quad: Quad, way: Way = STRAIGHT_ON) -> int:
        """A meeting of a front (as a) with a row (as b); its number."""
        if front.row < row:
            meeting = Meeting(front.row, row, ((quad, front.way, way),))
        else:
            aa, ba, ab, bb = quad
            meeting = Meeting(row, front.row, (((bb, ab, ba, aa), way, front.way),))
        self._made.meetings.append(meeting)
        return len(self._made.meetings) - 1

    def _dark(self, near: int) -> int:
        """A row without light that counts: the nearest free one, or a new one."""
        if self._free:
            row = min(self._free, key=lambda row: abs(row - near))
            self._free.remove(row)
            return row
        self._made.rows += 1
        return self._made.rows - 1


@lru_cache(maxsize=4096)
def _in_order(a: Pair | None, b: Pair | None, x: Pair | None, y: Pair | None) -> bool:
    """Whether output x goes on in the row of input a, and y in that of b, by their entries: as they lie in the layout.

    gdsfactory counts ports around the device (o1 below o2, then o3 above o4); others count both sides alike.
    """
    if a is None or b is None or x is None or y is None:
        return True
    around = all(re.fullmatch(r"o\d+", port) for port in (a[0], b[0], x[1], y[1]))
    return ((a[0] < b[0]) == (x[1] < y[1])) != around

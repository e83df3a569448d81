"""Waves become rows: which row carries which wave, where two rows meet, and what is read off a row on its way.

A device that only passes light on is a factor on a row's way. What no other light joins any more is read off the row
that it branches from (a tap behind a phase shifter); everything else is a meeting:

    2 in, 2 out   one meeting
    1 in, n out   n − 1 meetings, each with a dark row
    n in, 1 out   n − 1 meetings; the second row is free afterwards
    n in, m out   n · m meetings; every output is gathered on a dark row of its own

So is light that comes back to a block that it left before, where it is on no loop: the block's inputs come in turn.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from chips.engine.waves import FREE, ONE, ZERO, Graph, Pair

Quad = tuple[int, int, int, int]
"""Edges of a 2x2 block: a to a, b to a, a to b, b to b."""


@dataclass(frozen=True)
class Way:
    """Edges that light passes one behind the other, and the phases that turn it there."""

    edges: tuple[int, ...] = ()
    slots: tuple[int, ...] = ()


STRAIGHT_ON = Way()

_At = Callable[["_Front", int], int]
"""The edge from a front to a node behind a meeting, or ZERO."""


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
class _Front:
    """A row's light: the node it has reached, what made it (a meeting, −1 for the input), its way since."""

    node: int
    row: int
    after: int
    way: Way


def arrange(graph: Graph, slots: Sequence[int]) -> Arrangement:
    """Rows and meetings of a graph without loops. Input k enters row k. `slots`: of each device, −1 for none."""
    return _Arranger(graph, slots).run()


class _Arranger:
    def __init__(self, graph: Graph, slots: Sequence[int]) -> None:
        self.graph, self.edges, self.slots = graph, graph.edges, slots
        self.made = Arrangement(rows=graph.inputs)
        self.quiet, self.live = self._branches()
        self.joint: dict[int, tuple[int, ...]] = {}
        """Node before a meeting to the nodes that meet there (one tuple for all of them)."""
        self.loose: set[int] = set()
        """Nodes whose group cannot meet at once."""
        self.partial: dict[int, tuple[int, int]] = {}
        """Node behind loose ones to the row where its light gathers, and how many of its edges are still missing."""
        self.back = graph.back(lambda node: graph.entering[node] > 1)
        self.free: list[int] = []
        self.freed: list[int] = []
        """Rows that are free from the next generation on: reused at once they would only delay each other."""

    def _branches(self) -> tuple[dict[int, list[int]], list[list[int]]]:
        """By node: edges to what only reads see, and the others."""
        graph, end = self.graph, self.edges.end
        silent = [count == 1 for count in graph.entering]
        quiet: dict[int, list[int]] = {}
        live = graph.out.copy()
        for node in reversed(graph.order()[0]):
            out = live[node]
            here = [index for index in out if silent[end[index]]]
            if here:
                quiet[node] = here
                live[node] = [index for index in out if not silent[end[index]]]
            if live[node]:
                silent[node] = False
        return quiet, live

    def run(self) -> Arrangement:
        """From generation to generation: every group meets as soon as its last light has come."""
        fronts = [self._follow(_Front(k, k, -1, STRAIGHT_ON)) for k in range(self.graph.inputs)]
        waiting = {front.node: front for front in fronts if front}
        while waiting:
            ready = self._ready(waiting, fronts)
            if not ready:
                self._loosen(waiting)
                ready = self._ready(waiting, list(waiting.values()))
            self.free = sorted({*self.free, *self.freed})
            self.freed = []
            fronts = []
            for group in sorted(ready, key=lambda group: min(front.row for front in group)):
                for front in group:
                    del waiting[front.node]
                fronts += [self._follow(front) for front in self._meet(sorted(group, key=lambda front: front.row))]
            waiting |= {front.node: front for front in fronts if front}
        return self.made

    def _ready(self, waiting: dict[int, _Front], fronts: list[_Front | None]) -> list[list[_Front]]:
        """Groups of the fronts that are complete."""
        ready: dict[tuple[int, ...], list[_Front]] = {}
        for front in fronts:
            if front:
                group = self._group(front.node)
                if group not in ready and all(node in waiting for node in group):
                    ready[group] = [waiting[node] for node in group]
        return list(ready.values())

    def _loosen(self, waiting: dict[int, _Front]) -> None:
        """Where part of a group's light comes out of the group itself (but on no loop), its nodes need not wait."""
        import networkx

        view = networkx.DiGraph()
        seen = set(waiting)
        stack = list(waiting)
        while stack:
            node = stack.pop()
            for index in self.live[node]:
                end = self.edges.end[index]
                view.add_edge(self._group(node), self._group(end))
                if end not in seen:
                    seen.add(end)
                    stack.append(end)
        for groups in networkx.strongly_connected_components(view):
            if len(groups) > 1 or view.has_edge(*(next(iter(groups)),) * 2):
                for node in (node for group in groups for node in group):
                    self.joint[node] = (node,)
                    self.loose.add(node)

    def _follow(self, front: _Front) -> _Front | None:
        """Along a row to the next meeting; None where its light is needed no more."""
        node, edges, slots = front.node, list(front.way.edges), list(front.way.slots)
        graph = self.graph
        while True:
            if node in graph.reads:
                self._look(front, node, edges, slots)
            for index in self.quiet.get(node, ()):
                self._read_branch(front, index, edges, slots)
            live = self.live[node]
            if not live:
                self.freed.append(front.row)
                return None
            end = self.edges.end[live[0]]
            if len(live) > 1 or graph.entering[end] > 1:
                return _Front(node, front.row, front.after, Way(tuple(edges), tuple(slots)))
            self._pass(live[0], edges, slots)
            node = end

    def _pass(self, index: int, edges: list[int], slots: list[int]) -> None:
        device = self.edges.device[index]
        if device != FREE:
            edges.append(index)
        if device >= 0 and self.slots[device] >= 0:
            slots.append(self.slots[device])

    def _look(self, front: _Front, node: int, edges: list[int], slots: list[int]) -> None:
        way = Way(tuple(edges), tuple(slots))
        self.made.looks += [Look(read, front.row, front.after, way) for read in self.graph.reads[node]]

    def _read_branch(self, front: _Front, index: int, edges: list[int], slots: list[int]) -> None:
        stack = [(index, edges, slots)]
        while stack:
            index, edges, slots = stack.pop()
            edges, slots = edges.copy(), slots.copy()
            self._pass(index, edges, slots)
            node = self.edges.end[index]
            if node in self.graph.reads:
                self._look(front, node, edges, slots)
            stack += [(next_index, edges, slots) for next_index in self.graph.out[node]]

    def _group(self, node: int) -> tuple[int, ...]:
        """All nodes whose light is divided or joined together with that of a node."""
        if node not in self.joint:
            ins: dict[int, None] = {node: None}
            outs: set[int] = set()
            stack = [node]
            while stack:
                for index in self.live[stack.pop()]:
                    end = self.edges.end[index]
                    if end not in outs:
                        outs.add(end)
                        for other in self.back.get(end, ()):
                            start = self.edges.start[other]
                            if start not in ins:
                                ins[start] = None
                                stack.append(start)
            group = tuple(ins)
            self.joint |= dict.fromkeys(group, group)
        return self.joint[node]

    def _meet(self, group: list[_Front]) -> list[_Front]:
        """Meetings of one group, its rows ascending; the light behind them."""
        entry: dict[tuple[int, int], int] = {}
        outs: dict[int, int] = {}
        for front in group:
            for index in self.live[front.node]:
                end = self.edges.end[index]
                entry[front.node, end] = index
                outs.setdefault(end, index)

        def at(front: _Front, end: int) -> int:
            return entry.get((front.node, end), ZERO)

        nodes = list(outs)
        if group[0].node in self.loose:
            return self._scatter(group[0], nodes, at)
        if len(group) == 2 and len(nodes) == 2:
            a, b = group
            first = (self.live[a.node][0], self.live[b.node][0], *outs.values())
            x, y = nodes if _in_order(*(self.edges.pair[index] for index in first)) else nodes[::-1]
            number = self._add(a, b.row, (at(a, x), at(b, x), at(a, y), at(b, y)), b.way)
            return [_Front(x, a.row, number, STRAIGHT_ON), _Front(y, b.row, number, STRAIGHT_ON)]
        if len(group) == 1:
            return self._divide(group[0], nodes, at)
        if len(nodes) == 1:
            return self._join(group, nodes[0], at)
        return self._gather(group, nodes, at)

    def _divide(self, front: _Front, nodes: list[int], at: _At) -> list[_Front]:
        fronts: list[_Front] = []
        for node in nodes[1:]:
            last = node == nodes[-1]
            row = self._dark(front.row)
            stays = at(front, nodes[0]) if last else ONE
            number = self._add(front, row, (stays, ZERO, at(front, node), ZERO))
            fronts.append(_Front(node, row, number, STRAIGHT_ON))
            front = _Front(front.node, front.row, number, STRAIGHT_ON)
        return [_Front(nodes[0], front.row, front.after, STRAIGHT_ON), *fronts]

    def _join(self, group: list[_Front], node: int, at: _At) -> list[_Front]:
        first = group[0]
        stays, number = at(first, node), -1
        for other in group[1:]:
            number = self._add(first, other.row, (stays, at(other, node), ZERO, ZERO), other.way)
            first, stays = _Front(first.node, first.row, number, STRAIGHT_ON), ONE
            self.freed.append(other.row)
        return [_Front(node, first.row, number, STRAIGHT_ON)]

    def _scatter(self, front: _Front, nodes: list[int], at: _At) -> list[_Front]:
        fronts: list[_Front] = []
        for node in nodes:
            is_first = node not in self.partial
            row, missing = (self._dark(front.row), self.graph.entering[node]) if is_first else self.partial[node]
            number = self._add(front, row, (ONE, ZERO, at(front, node), ZERO if is_first else ONE))
            front = _Front(front.node, front.row, number, STRAIGHT_ON)
            self.partial[node] = row, missing - 1
            if missing == 1:
                fronts.append(_Front(node, row, number, STRAIGHT_ON))
        self.freed.append(front.row)
        return fronts

    def _gather(self, group: list[_Front], nodes: list[int], at: _At) -> list[_Front]:
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
                group[k] = _Front(front.node, front.row, made[node], STRAIGHT_ON)
        self.freed += [front.row for front in group]
        return [_Front(node, rows[node], made[node], STRAIGHT_ON) for node in nodes]

    def _add(self, front: _Front, row: int, quad: Quad, way: Way = STRAIGHT_ON) -> int:
        """A meeting of a front (as a) with a row (as b); its number."""
        if front.row < row:
            meeting = Meeting(front.row, row, ((quad, front.way, way),))
        else:
            aa, ba, ab, bb = quad
            meeting = Meeting(row, front.row, (((bb, ab, ba, aa), way, front.way),))
        self.made.meetings.append(meeting)
        return len(self.made.meetings) - 1

    def _dark(self, near: int) -> int:
        """A row without light that counts: the nearest free one, or a new one."""
        if self.free:
            row = min(self.free, key=lambda row: abs(row - near))
            self.free.remove(row)
            return row
        self.made.rows += 1
        return self.made.rows - 1


@lru_cache(maxsize=4096)
def _in_order(a: Pair | None, b: Pair | None, x: Pair | None, y: Pair | None) -> bool:
    """Whether output x goes on in the row of input a, and y in that of b, by their entries: as they lie in the layout.

    gdsfactory counts ports around the device (o1 below o2, then o3 above o4); others count both sides alike.
    """
    if a is None or b is None or x is None or y is None:
        return True
    around = all(re.fullmatch(r"o\d+", port) for port in (a[0], b[0], x[1], y[1]))
    return ((a[0] < b[0]) == (x[1] < y[1])) != around

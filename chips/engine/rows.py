"""Waves become rows: which row carries which wave, where rows meet, and what is read off a row on its way.

A device that only passes light on is a factor on a row's way. What no other light joins any more is read off the row
that it branches from (a tap behind a phase shifter); everything else is a meeting (`chips.engine.meetings`) of the rows
whose light is divided or joined together (`chips.engine.groups`).
"""

from collections.abc import Sequence

from chips.engine.arrangement import STRAIGHT_ON, Arrangement, Front, Look, Way
from chips.engine.groups import Groups
from chips.engine.meetings import Meetings
from chips.engine.waves import FREE, Graph


def arrange(graph: Graph, slots: Sequence[int]) -> Arrangement:
    """Rows and meetings of a graph without loops. Input k enters row k. `slots`: of each device, −1 for none."""
    return _Arranger(graph, slots).run()


class _Arranger:
    def __init__(self, graph: Graph, slots: Sequence[int]) -> None:
        self.graph, self.edges, self.slots = graph, graph.edges, slots
        self.made = Arrangement(rows=graph.inputs)
        self.quiet, self.live = self._branches()
        self.groups = Groups(graph, self.live)
        self.meetings = Meetings(graph, self.live, self.made)

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
        fronts = [self._follow(Front(k, k, -1, STRAIGHT_ON)) for k in range(self.graph.inputs)]
        waiting = {front.node: front for front in fronts if front}
        while waiting:
            ready = self.groups.ready(waiting, fronts)
            if not ready:
                self.groups.loosen(waiting)
                ready = self.groups.ready(waiting, list(waiting.values()))
            self.meetings.next_generation()
            fronts = []
            for group in sorted(ready, key=lambda group: min(front.row for front in group)):
                for front in group:
                    del waiting[front.node]
                group.sort(key=lambda front: front.row)
                loose = group[0].node in self.groups.loose
                fronts += [self._follow(front) for front in self.meetings.meet(group, loose)]
            waiting |= {front.node: front for front in fronts if front}
        return self.made

    def _follow(self, front: Front) -> Front | None:
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
                self.meetings.leave(front.row)
                return None
            end = self.edges.end[live[0]]
            if len(live) > 1 or graph.entering[end] > 1:
                return Front(node, front.row, front.after, Way(tuple(edges), tuple(slots)))
            self._pass(live[0], edges, slots)
            node = end

    def _pass(self, index: int, edges: list[int], slots: list[int]) -> None:
        device = self.edges.device[index]
        if device != FREE:
            edges.append(index)
        if device >= 0 and self.slots[device] >= 0:
            slots.append(self.slots[device])

    def _look(self, front: Front, node: int, edges: list[int], slots: list[int]) -> None:
        way = Way(tuple(edges), tuple(slots))
        self.made.looks += [Look(read, front.row, front.after, way) for read in self.graph.reads[node]]

    def _read_branch(self, front: Front, index: int, edges: list[int], slots: list[int]) -> None:
        stack = [(index, edges, slots)]
        while stack:
            index, edges, slots = stack.pop()
            edges, slots = edges.copy(), slots.copy()
            self._pass(index, edges, slots)
            node = self.edges.end[index]
            if node in self.graph.reads:
                self._look(front, node, edges, slots)
            stack += [(next_index, edges, slots) for next_index in self.graph.out[node]]

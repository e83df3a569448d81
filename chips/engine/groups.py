"""Groups: nodes whose light is divided or joined together, so that their rows meet at once.

Where light comes back to a block that it left before, but on no loop, the block's inputs cannot all be there at once;
the nodes of such a group are *loose* and meet one by one.
"""

from collections.abc import Mapping, Sequence

from chips.engine.arrangement import Front
from chips.engine.waves import Graph


class Groups:
    """The groups of a graph. `live`: by node, the edges to what other light joins."""

    def __init__(self, graph: Graph, live: Sequence[Sequence[int]]) -> None:
        self._edges, self._live = graph.edges, live
        self._joint: dict[int, tuple[int, ...]] = {}
        """Node before a meeting to the nodes that meet there (one tuple for all of them)."""
        self.loose: set[int] = set()
        """Nodes whose group cannot meet at once."""
        self._back = graph.back(lambda node: graph.entering[node] > 1)

    def of(self, node: int) -> tuple[int, ...]:
        """All nodes whose light is divided or joined together with that of a node."""
        if node not in self._joint:
            ins: dict[int, None] = {node: None}
            outs: set[int] = set()
            stack = [node]
            while stack:
                for index in self._live[stack.pop()]:
                    end = self._edges.end[index]
                    if end not in outs:
                        outs.add(end)
                        for other in self._back.get(end, ()):
                            start = self._edges.start[other]
                            if start not in ins:
                                ins[start] = None
                                stack.append(start)
            group = tuple(ins)
            self._joint |= dict.fromkeys(group, group)
        return self._joint[node]

    def ready(self, waiting: Mapping[int, Front], fronts: Sequence[Front | None]) -> list[list[Front]]:
        """Groups of the fronts that are complete."""
        ready: dict[tuple[int, ...], list[Front]] = {}
        for front in fronts:
            if front:
                group = self.of(front.node)
                if group not in ready and all(node in waiting for node in group):
                    ready[group] = [waiting[node] for node in group]
        return list(ready.values())

    def loosen(self, waiting: Mapping[int, Front]) -> None:
        """Where part of a group's light comes out of the group itself (but on no loop), its nodes need not wait."""
        import networkx

        view = networkx.DiGraph()
        seen = set(waiting)
        stack = list(waiting)
        while stack:
            node = stack.pop()
            for index in self._live[node]:
                end = self._edges.end[index]
                view.add_edge(self.of(node), self.of(end))
                if end not in seen:
                    seen.add(end)
                    stack.append(end)
        for groups in networkx.strongly_connected_components(view):
            if len(groups) > 1 or view.has_edge(*(next(iter(groups)),) * 2):
                for node in (node for group in groups for node in group):
                    self._joint[node] = (node,)
                    self.loose.add(node)

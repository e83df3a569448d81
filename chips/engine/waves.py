"""Light as directed waves: what reaches where, from the pins it enters to the pins it is read at.

A wave is a pin and the direction into its device. An entry (p, q) of a device's S-matrix is an edge: it leads from the
wave into p to the wave out of q, which is the wave into the pin that q is joined to.

    (a, p) ──[ a: entry p, q ]── q ── net ── (b, r) ──[ b: … ]──
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from compiler.netlist import Flat, Pin
from pdk.contract import Model

Pair = tuple[str, str]
"""Port in, port out."""

Entries = Mapping[str, Sequence[Pair]]
"""Of one device: a port to the entries that are not zero for light into it; absent where there are none."""

ONE, ZERO = 0, 1
"""Edges 0 and 1 join nothing; they stand for the amplitudes 1 and 0 where an edge is asked for."""

FREE, LOOP = -1, -2
"""In place of a device: an edge of amplitude 1 (an input, a read), and one that stands for a solved loop."""


class Edge(NamedTuple):
    """What takes light from one wave to another."""

    start: int
    end: int
    device: int
    """Place in `Waves.devices`; FREE or LOOP for what is no device."""
    pair: Pair | None
    slot: int
    """The phase that turns the light here; −1 for none."""


@dataclass(frozen=True, eq=False)
class Waves:
    """All waves that an input reaches. Those of the inputs come first: one node each, joined to the wave it feeds."""

    names: list[str]
    """Of every node, for messages."""
    edges: list[Edge]
    devices: list[str]
    """Paths of the devices that light reaches."""
    entered: list[set[str]]
    """Of each of them the ports that light enters by."""
    inputs: int
    reads: dict[int, list[int]]
    """Node to the reads (places in the list that was asked for) that see it."""


def explore(
    flat: Flat,
    entries_of: Mapping[str, Entries],
    models: Mapping[str, Model],
    *,
    into: Sequence[Pin],
    read: Sequence[Pin],
    slots: Mapping[str, int],
) -> Waves:
    """Follow the light of every input.

    `entries_of`: instance path to its entries, for devices with a model. ValueError where a device that light reaches
    has no model, and where light leaves by a port that is neither joined, nor a port of the chip, nor read.
    """
    links = flat.links
    names = [f"input {index} ({pin[0]},{pin[1]})" for index, pin in enumerate(into)]
    ids: dict[tuple[str, ...], int] = {}
    edges = [Edge(-1, -1, FREE, None, -1)] * 2
    queue: list[tuple[str, ...]] = []
    for index, pin in enumerate(into):
        key = tuple(pin)
        ids[key] = len(names)
        names.append(f"{pin[0]},{pin[1]}")
        edges.append(Edge(index, ids[key], FREE, None, -1))
        queue.append(key)
    open_ends = {tuple(pin) for pin in flat.ports.values()} | {tuple(pin) for pin in read}
    devices: dict[str, int] = {}
    entered: list[set[str]] = []
    without: list[str] = []
    for key in queue:
        if len(key) == 3:
            continue
        path, port = key
        device = devices.get(path)
        if device is None:
            device = devices[path] = len(entered)
            entered.append(set())
            if path not in entries_of:
                without.append(path)
        entered[device].add(port)
        start, slot = ids[key], slots.get(path, -1)
        for pair in entries_of[path].get(port, ()) if path in entries_of else ():
            out = (path, pair[1])
            far: tuple[str, ...] | None = links.get(out)  # pyright: ignore[reportArgumentType, reportCallIssue]
            if far is None:
                if out not in open_ends:
                    raise ValueError(
                        f"{path}, port {pair[1]}: found no connection, expected one, because light that enters by "
                        f"{pair[0]} leaves here; join it to a termination, make it a port of the chip, or read it"
                    )
                far = (path, pair[1], "out")
            end = ids.get(far)
            if end is None:
                end = ids[far] = len(names)
                names.append(f"{far[0]},{far[1]}")
                queue.append(far)
            edges.append(Edge(start, end, device, pair, slot))
    _require_models(without, flat, models)
    reads: dict[int, list[int]] = defaultdict(list)
    for index, pin in enumerate(read):
        key = tuple(pin) if pin in links else (pin[0], pin[1], "out")
        if key in ids:
            reads[ids[key]].append(index)
    return Waves(names, edges, list(devices), entered, len(into), dict(reads))


class Graph:
    """The waves that lead to a read, as lists that are changed in place while loops are closed."""

    def __init__(self, waves: Waves) -> None:
        self.names, self.inputs, self.reads = list(waves.names), waves.inputs, dict(waves.reads)
        self.edges = list(waves.edges)
        back: list[list[int]] = [[] for _ in waves.names]
        for index in range(2, len(self.edges)):
            back[self.edges[index].end].append(index)
        kept = [False] * len(waves.names)
        stack = list(waves.reads)
        while stack:
            node = stack.pop()
            if not kept[node]:
                kept[node] = True
                stack += [self.edges[index].start for index in back[node]]
        self.back = [edges if keep else [] for edges, keep in zip(back, kept, strict=True)]
        """Edges that lead to each node."""
        self.out: list[list[int]] = [[] for _ in waves.names]
        """Edges that lead on from each node."""
        for index in range(2, len(self.edges)):
            edge = self.edges[index]
            if kept[edge.end]:
                self.out[edge.start].append(index)
        self.kept = kept
        self.nodes = [node for node, keep in enumerate(kept) if keep]

    def add(self, edge: Edge) -> int:
        """A new edge; its number."""
        index = len(self.edges)
        self.edges.append(edge)
        self.out[edge.start].append(index)
        self.back[edge.end].append(index)
        return index

    def remove(self, indices: Iterable[int]) -> None:
        """Take edges out; their numbers stay taken."""
        for index in indices:
            edge = self.edges[index]
            self.out[edge.start].remove(index)
            self.back[edge.end].remove(index)

    def look_aside(self, node: int) -> None:
        """Move the reads of a node to a new one behind it."""
        new = len(self.names)
        self.names.append(self.names[node])
        self.nodes.append(new)
        self.kept.append(True)
        self.out.append([])
        self.back.append([])
        self.reads[new] = self.reads.pop(node)
        self.add(Edge(node, new, FREE, None, -1))

    def order(self) -> tuple[list[int], list[int]]:
        """Nodes in an order that light may take, and those left over because they lie on a loop or behind one."""
        waiting = [len(edges) for edges in self.back]
        order = [node for node in self.nodes if not waiting[node]]
        for node in order:
            for index in self.out[node]:
                end = self.edges[index].end
                waiting[end] -= 1
                if not waiting[end]:
                    order.append(end)
        return order, [node for node in self.nodes if waiting[node]]


def _require_models(without: list[str], flat: Flat, models: Mapping[str, Model]) -> None:
    if not without:
        return
    found: dict[str, list[str]] = defaultdict(list)
    for path in without:
        found[flat.leaves[path].component].append(path)
    text = "; ".join(f"{name} ({len(paths)} instances, first {paths[0]})" for name, paths in sorted(found.items()))
    raise ValueError(f"found components without a model: {text}; expected one of {', '.join(sorted(models))}")

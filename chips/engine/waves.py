"""Light as directed waves: what reaches where, from the pins it enters to the pins it is read at.

A wave is a pin and the direction into its device. An entry (p, q) of a device's S-matrix is an edge: it leads from the
wave into p to the wave out of q, which is the wave into the pin that q is joined to.

    (a, p) ──[ a: entry p, q ]── q ── net ── (b, r) ──[ b: … ]──
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

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


@dataclass(eq=False)
class Edges:
    """What takes light from one wave to another, one place in every list for each edge."""

    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    device: list[int] = field(default_factory=list)
    """Place in `Waves.devices`; FREE or LOOP for what is no device."""
    pair: list[Pair | None] = field(default_factory=list)
    """Which entry of the device it is."""

    def add(self, start: int, end: int, device: int, pair: Pair | None = None) -> int:
        """A new edge; its number."""
        self.start.append(start)
        self.end.append(end)
        self.device.append(device)
        self.pair.append(pair)
        return len(self.start) - 1

    def take(self, numbers: Sequence[int]) -> "Edges":
        """Some of the edges, numbered anew."""
        return Edges(
            [self.start[k] for k in numbers],
            [self.end[k] for k in numbers],
            [self.device[k] for k in numbers],
            [self.pair[k] for k in numbers],
        )


@dataclass(frozen=True, eq=False)
class Waves:
    """All waves that an input reaches. Those of the inputs come first: one node each, joined to the wave it feeds."""

    nodes: list[tuple[str, ...]]
    """Of every node the pin it enters; a third part for light that leaves by it."""
    edges: Edges
    devices: list[str]
    """Paths of the devices that light reaches."""
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
) -> Waves:
    """Follow the light of every input.

    `entries_of`: instance path to its entries, for devices with a model. ValueError where a device that light reaches
    has no model, and where light leaves by a port that is neither joined, nor a port of the chip, nor read.
    """
    links: Mapping[Any, Pin] = flat.links
    edges = Edges()
    for _ in (ONE, ZERO):
        edges.add(-1, -1, FREE)
    nodes: list[tuple[str, ...]] = [tuple(pin) for pin in into]
    ids: dict[tuple[str, ...], int] = {}
    for index, key in enumerate(nodes[:]):
        ids[key] = len(nodes)
        edges.add(index, len(nodes), FREE)
        nodes.append(key)
    open_ends = {*flat.ports.values(), *read}
    devices: dict[str, int] = {}
    without: list[str] = []
    start = len(into)
    while start < len(nodes):
        key = nodes[start]
        if len(key) == 2:
            path, port = key
            device = devices.get(path)
            if device is None:
                device = devices[path] = len(devices)
                if path not in entries_of:
                    without.append(path)
            for pair in entries_of[path].get(port, ()) if path in entries_of else ():
                out = (path, pair[1])
                far: tuple[str, ...] | None = links.get(out)
                if far is None:
                    if out not in open_ends:
                        raise ValueError(
                            f"{path}, port {pair[1]}: found no connection, expected one, because light that enters by "
                            f"{port} leaves here; join it to a termination, make it a port of the chip, or read it"
                        )
                    far = (*out, "out")
                end = ids.get(far)
                if end is None:
                    end = ids[far] = len(nodes)
                    nodes.append(far)
                edges.add(start, end, device, pair)
        start += 1
    _require_models(without, flat, models)
    reads: dict[int, list[int]] = defaultdict(list)
    for index, pin in enumerate(read):
        key = tuple(pin) if pin in links else (*pin, "out")
        if key in ids:
            reads[ids[key]].append(index)
    return Waves(nodes, edges, list(devices), len(into), dict(reads))


class Graph:
    """The waves that lead to a read, as lists that are changed in place while loops are closed. Nodes as in `Waves`."""

    def __init__(self, waves: Waves) -> None:
        self.pins, self.inputs, self.reads = list(waves.nodes), waves.inputs, dict(waves.reads)
        kept = _leading(waves)
        numbers = [ONE, ZERO, *(k for k, end in enumerate(waves.edges.end) if k > ZERO and kept[end])]
        self.edges = waves.edges.take(numbers)
        self.nodes = [node for node, keep in enumerate(kept) if keep]
        self.out: list[list[int]] = [[] if keep else _NONE for keep in kept]
        """Edges that lead on from each node."""
        self.entering = [0] * len(kept)
        """How many edges lead to each node."""
        for index in range(2, len(numbers)):
            self.out[self.edges.start[index]].append(index)
            self.entering[self.edges.end[index]] += 1

    def back(self, wanted: Callable[[int], bool]) -> dict[int, list[int]]:
        """Edges that lead to each of the wanted nodes."""
        found: dict[int, list[int]] = {}
        end = self.edges.end
        for node in self.nodes:
            for index in self.out[node]:
                if wanted(end[index]):
                    found.setdefault(end[index], []).append(index)
        return found

    def add(self, start: int, end: int, device: int) -> int:
        """A new edge; its number."""
        index = self.edges.add(start, end, device)
        self.out[start].append(index)
        self.entering[end] += 1
        return index

    def remove(self, indices: Iterable[int]) -> None:
        """Take edges out; their numbers stay taken."""
        for index in indices:
            self.out[self.edges.start[index]].remove(index)
            self.entering[self.edges.end[index]] -= 1

    def look_aside(self, node: int) -> None:
        """Move the reads of a node to a new one behind it."""
        new = len(self.pins)
        self.pins.append(self.pins[node])
        self.nodes.append(new)
        self.out.append([])
        self.entering.append(0)
        self.reads[new] = self.reads.pop(node)
        self.add(node, new, FREE)

    def order(self) -> tuple[list[int], list[int]]:
        """Nodes in an order that light may take, and those left over because they lie on a loop or behind one."""
        waiting, end = self.entering.copy(), self.edges.end
        order = [node for node in self.nodes if not waiting[node]]
        for node in order:
            for index in self.out[node]:
                to = end[index]
                waiting[to] -= 1
                if not waiting[to]:
                    order.append(to)
        return order, [node for node in self.nodes if waiting[node]]


_NONE: list[int] = []
"""Edges of a node that is left out: one list for all of them, never changed."""


def _leading(waves: Waves) -> list[bool]:
    """Whether each wave leads to a read."""
    end = np.array(waves.edges.end[2:], np.int64)
    by_end = np.argsort(end, kind="stable")
    first = np.searchsorted(end[by_end], np.arange(len(waves.nodes) + 1)).tolist()
    starts = np.array(waves.edges.start[2:], np.int64)[by_end].tolist()
    kept = [False] * len(waves.nodes)
    stack = list(waves.reads)
    for node in stack:
        kept[node] = True
    while stack:
        node = stack.pop()
        for start in starts[first[node] : first[node + 1]]:
            if not kept[start]:
                kept[start] = True
                stack.append(start)
    return kept


def _require_models(without: list[str], flat: Flat, models: Mapping[str, Model]) -> None:
    if not without:
        return
    found: dict[str, list[str]] = defaultdict(list)
    for path in without:
        found[flat.leaves[path].component].append(path)
    text = "; ".join(f"{name} ({len(paths)} instances, first {paths[0]})" for name, paths in sorted(found.items()))
    raise ValueError(f"found components without a model: {text}; expected one of {', '.join(sorted(models))}")

"""Loops of light (rings, reflections between devices): each is solved as a circuit of its own by SAX's KLU backend.

What SAX sees has ports of one direction: a node of the wave graph is a net from the block that light comes out of to
the block that it enters. Behind it stands one matrix from the waves that enter the loop to those that leave it, whose
entries are edges like any other.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from chips.engine.values import is_traced
from chips.engine.waves import LOOP, ONE, Edges, Graph, Waves
from chips.klu import solve_klu
from pdk.light import jnp

_Shape = tuple[tuple[tuple[int, int], ...], int]
"""Of a SAX instance: entries (out, in) and number of ports."""

_PASS: _Shape = (((1, 0),), 2)
"""Stands on a net from an instance to itself: KLU refuses a matrix with two entries at one place of the diagonal."""


@dataclass(frozen=True, eq=False)
class Loop:
    """A circuit for SAX, and which edges it reads and stands for."""

    shapes: tuple[_Shape, ...]
    nets: tuple[tuple[str, str], ...]
    ports: tuple[str, ...]
    """Ins, then outs."""
    reads: np.ndarray
    """Edges whose values the instances have, one instance behind the other."""
    edges: np.ndarray
    """(outs, ins) edges that the result stands for."""
    place: str
    """For messages."""

    def solve(self, values: Any) -> Any:
        """(…, outs · ins) of the values (…, reads) of its edges. ValueError where the loop has no finite answer."""
        outs, ins = self.edges.shape
        lead = values.shape[:-1]
        values = values.reshape(-1, values.shape[-1])
        if is_traced(values):
            matrix = _solver(self.shapes, self.nets, self.ports)(values)
            return matrix[:, ins:, :ins].reshape(*lead, outs * ins)
        try:
            matrix = np.asarray(_compiled(self.shapes, self.nets, self.ports, len(values))(values))[:, ins:, :ins]
        except (RuntimeError, ValueError) as error:
            raise ValueError(self._no_light()) from error
        if not np.all(np.isfinite(matrix)):
            raise ValueError(self._no_light())
        return matrix.reshape(*lead, outs * ins)

    def _no_light(self) -> str:
        return (
            f"{self.place}: found no finite light on the loop through this pin, expected loss on it or a "
            "wavelength off its resonance"
        )


def close_loops(graph: Graph, waves: Waves, slots: Sequence[int]) -> tuple[list[Loop], list[str]]:
    """Replace every loop of the graph by the edges of its matrix; a sentence on each. ValueError: a slot on a loop.

    In the order of the light: a later loop may read the edges of an earlier one.
    """
    left = graph.order()[1]
    if not left:
        return [], []
    import networkx

    inside = set(left)
    view = networkx.DiGraph()
    for node in left:
        view.add_edges_from((node, graph.edges.end[i]) for i in graph.out[node] if graph.edges.end[i] in inside)
    condensed = networkx.condensation(view)
    loops: list[Loop] = []
    notes: list[str] = []
    for component in networkx.topological_sort(condensed):
        members = condensed.nodes[component]["members"]
        if len(members) > 1 or view.has_edge(*(min(members),) * 2):
            for node in sorted(members & graph.reads.keys()):
                graph.look_aside(node)
            loop, note = _close(graph, waves, slots, members)
            loops.append(loop)
            notes.append(note)
    return loops, notes


def _close(graph: Graph, waves: Waves, slots: Sequence[int], members: set[int]) -> tuple[Loop, str]:
    edges = graph.edges
    start, end, device = edges.start, edges.end, edges.device
    back = graph.back(members.__contains__)
    entering = [i for node in sorted(members) for i in back[node] if start[i] not in members]
    leading = [i for node in sorted(members) for i in graph.out[node]]
    ins = list(dict.fromkeys(start[i] for i in entering))
    outs = list(dict.fromkeys(end[i] for i in leading if end[i] not in members))
    beside = [i for node in ins for i in graph.out[node] if end[i] in set(outs)]
    whole = [*entering, *leading, *beside]
    _require_no_slot([device[i] for i in whole], waves, slots)
    pins: dict[tuple[int, bool], str] = {}
    shapes: list[_Shape] = []
    reads: list[int] = []
    for number, block in enumerate(_blocks(edges, whole)):
        places: dict[tuple[int, bool], int] = {}
        entries = []
        for i in block:
            into = places.setdefault((start[i], False), len(places))
            out = places.setdefault((end[i], True), len(places))
            entries.append((out, into))
        pins |= {key: f"i{number},p{place}" for key, place in places.items()}
        shapes.append((tuple(entries), len(places)))
        reads += block
    nets = [(pins[node, True], pins[node, False]) for node in sorted(members)]
    for k in range(len(nets)):
        if nets[k][0].split(",")[0] == nets[k][1].split(",")[0]:
            nets += [(f"i{len(shapes)},p1", nets[k][1])]
            nets[k] = nets[k][0], f"i{len(shapes)},p0"
            shapes.append(_PASS)
            reads.append(ONE)
    ports = (*(pins[node, False] for node in ins), *(pins[node, True] for node in outs))
    graph.remove(whole)
    made = [[graph.add(into, out, LOOP) for into in ins] for out in outs]
    inner = dict.fromkeys(device[i] for i in leading if end[i] in members and device[i] >= 0)
    loop = Loop(tuple(shapes), tuple(nets), ports, np.array(reads), np.array(made), ",".join(graph.pins[min(members)]))
    return loop, _note([waves.devices[k] for k in inner])


def _blocks(edges: Edges, indices: Iterable[int]) -> list[list[int]]:
    """Edges that share a start or an end, directly or through others, in one list each."""
    root: dict[tuple[int, bool], tuple[int, bool]] = {}

    def find(key: tuple[int, bool]) -> tuple[int, bool]:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    indices = list(indices)
    for i in indices:
        root[find((edges.start[i], False))] = find((edges.end[i], True))
    blocks: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for i in indices:
        blocks[find((edges.start[i], False))].append(i)
    return list(blocks.values())


def _require_no_slot(devices: Iterable[int], waves: Waves, slots: Sequence[int]) -> None:
    for device in devices:
        if device >= 0 and slots[device] >= 0:
            raise ValueError(
                f"{waves.devices[device]}: found a slot for its phase on a loop of light, expected none "
                "there; give its phase through `settings`"
            )


def _note(devices: list[str]) -> str:
    first = ", ".join(devices[:3]) + (", …" if len(devices) > 3 else "")
    return f"Light runs in a loop through {len(devices)} devices ({first}); SAX's KLU backend solves it."


@lru_cache(maxsize=64)
def _compiled(
    shapes: tuple[_Shape, ...], nets: tuple[tuple[str, str], ...], ports: tuple[str, ...], size: int
) -> Callable[[Any], Any]:
    """`_solver` for `size` sets of values, compiled beforehand: it also runs while JAX compiles what is around it."""
    entries = sum(len(places) for places, _ in shapes)
    return _solver(shapes, nets, ports).lower(jax.ShapeDtypeStruct((size, entries), complex)).compile()


@lru_cache(maxsize=64)
def _solver(shapes: tuple[_Shape, ...], nets: tuple[tuple[str, str], ...], ports: tuple[str, ...]) -> Any:
    """A `jax.jit` function: S (L, ports, ports) of the circuit for values (L, entries of all instances)."""
    starts = np.cumsum([0, *(len(entries) for entries, _ in shapes)])

    def model(shape: _Shape, values: Any) -> Any:
        entries, count = shape
        outs, ins = np.array([out for out, _ in entries]), np.array([into for _, into in entries])
        return lambda: (outs, ins, values, {f"p{k}": k for k in range(count)})

    def solve(values: Any) -> Any:
        models = {f"i{k}": model(shape, values[:, starts[k] : starts[k + 1]]) for k, shape in enumerate(shapes)}
        return jnp.asarray(solve_klu(models, nets, ports))

    return jax.jit(solve)

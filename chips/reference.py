"""The reference: any netlist through SAX, device by device, level by level.

Slow where the engine is fast, and made otherwise, so that each judges the other: nothing is lowered or put in order
here, reflections and loops are taken as they come, and the netlist is read as `sax.circuit` does. Each distinct cell is
one circuit, evaluated once for all its uses: settings of shape (K, 1) against wavelengths (W,), and the result handed
to the parent as a model.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import signature
from typing import Any

import numpy as np

from chips.klu import solve_klu
from compiler.netlist import Cell, Netlist
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Model, Pdk, Role

Program = Mapping[str, Mapping[str, float]]
"""Instance path, seen from the evaluated cell, to settings of that device's model (`phase_rad`, `amplitude`, …)."""

PROBE = "light"
"""Port that a photodiode gets here: what it absorbs."""


@dataclass(frozen=True)
class SMatrix:
    """S-matrices of one cell over W wavelengths."""

    values: np.ndarray
    """(W, out, in) complex."""
    ports: Mapping[str, int]
    """Port to index. Besides the cell's own ports, every photodiode is one, by its instance path."""

    def between(self, outs: list[str], ins: list[str]) -> np.ndarray:
        """(W, len(outs), len(ins)): fields at `outs` per field entering by `ins`."""
        return self.values[:, [[self.ports[o]] for o in outs], [self.ports[i] for i in ins]]


def s_matrix(
    netlist: Netlist,
    pdk: Pdk,
    *,
    program: Program | None = None,
    wl_um: float | np.ndarray = WAVELENGTH_UM,
    cell: str | None = None,
    photodiodes: bool = True,
) -> SMatrix:
    """The S-matrix of a cell of the netlist, the whole chip by default. `wl_um`: one wavelength or (W,).

    ValueError where the program names a device that is not there.
    """
    wl = np.atleast_1d(np.asarray(wl_um, dtype=float))
    settings = program or {}
    name = cell or netlist.top
    opened = _Circuits(netlist, pdk, settings, wl, photodiodes)
    block = opened.evaluate(name, ("",))
    if unknown := set(settings) - opened.programmed:
        raise ValueError(f"program: found {min(unknown)}, expected the path of a device in {name}")
    values = np.broadcast_to(block.values[0], (wl.size, *block.values.shape[-2:]))
    return SMatrix(values, {port: index for index, port in enumerate(block.ports)})


@dataclass(frozen=True)
class _Block:
    """What a parent needs to know of a device or cell: S-matrices (K or 1, W or 1, out, in), port names in order."""

    values: np.ndarray
    ports: tuple[str, ...]

    def seen_by(self, use: slice, uses: int) -> tuple["_Shape", np.ndarray]:
        """Some of its K uses for a parent of `uses` uses: where entries are (zeros left out), and their values."""
        values = self.values if self.values.shape[0] == 1 else self.values[use]
        outs, ins = np.nonzero(np.any(values != 0, axis=(0, 1)))
        sparse = np.broadcast_to(values[..., outs, ins], (uses, values.shape[1], outs.size))
        return _Shape(tuple(map(int, outs)), tuple(map(int, ins)), len(self.ports)), sparse


@dataclass(frozen=True)
class _Shape:
    """Where the S-matrix of a block has entries. Its ports are called p0, p1, …"""

    outs: tuple[int, ...]
    ins: tuple[int, ...]
    ports: int

    def model(self, values: Any) -> Model:
        """A SAX model with these values (K, W, entries)."""

        def block() -> Any:
            return np.array(self.outs), np.array(self.ins), values, {f"p{k}": k for k in range(self.ports)}

        return block


@cache
def _solver(
    shapes: tuple[_Shape, ...], nets: tuple[tuple[str, str], ...], ports: tuple[str, ...]
) -> Callable[[list[np.ndarray]], Any]:
    """`sax.circuit` of one cell whose instances are i0, i1, …, compiled as a whole: S (K, W, out, in) of its ports.

    Compiled once for cells of equal structure, so that the second of two equal circuits costs next to nothing.
    """
    import jax

    def solve(values: list[Any]) -> Any:
        models: dict[str, Any] = {
            f"i{k}": shape.model(value) for k, (shape, value) in enumerate(zip(shapes, values, strict=True))
        }
        return solve_klu(models, nets, ports)

    return jax.jit(solve)


class _Circuits:
    """Evaluates cells from the leaves up."""

    def __init__(self, netlist: Netlist, pdk: Pdk, program: Program, wl_um: np.ndarray, photodiodes: bool) -> None:
        self._netlist, self._pdk, self._models = netlist, pdk, pdk.models()
        self._program, self._wl_um, self._photodiodes = program, wl_um, photodiodes
        self._touched = {path[:end] for path in program for end in _ends(path)}
        self._nominal: dict[tuple, _Block] = {}
        self.programmed: set[str] = set()
        """Paths of the program that were met."""

    def evaluate(self, component: str, paths: tuple[str, ...], settings: Mapping[str, Any] | None = None) -> _Block:
        """One component for all uses of it that its parents evaluate together."""
        if any(path in self._touched for path in paths):
            return self._evaluate(component, paths, settings or {})
        key = (component, tuple(sorted((settings or {}).items())))
        if key not in self._nominal:
            self._nominal[key] = self._evaluate(component, paths[:1], settings or {})
        return self._nominal[key]

    def _evaluate(self, component: str, paths: tuple[str, ...], settings: Mapping[str, Any]) -> _Block:
        cell = self._netlist.cells.get(component)
        return self._cell(cell, paths) if cell else self._device(component, paths, settings)

    def _device(self, component: str, paths: tuple[str, ...], settings: Mapping[str, Any]) -> _Block:
        self.programmed.update(path for path in paths if path in self._program)
        programmed = [self._program.get(path, {}) for path in paths]
        model = self._models[component]
        nominal = {name: parameter.default for name, parameter in signature(model).parameters.items()} | dict(settings)
        keys = {key for one in programmed for key in one}
        columns = {key: np.array([one.get(key, nominal[key]) for one in programmed])[:, None] for key in keys}
        s = model(wl=self._wl_um, **(dict(settings) | columns))
        ports = sorted({port for pair in s for port in pair})
        seen = self._photodiodes and self._pdk.role_of(component) is Role.PHOTODIODE
        names = (*ports, PROBE) if seen else tuple(ports)
        shape = (len(paths), self._wl_um.size)
        values = np.zeros((*shape, len(names), len(names)), complex)
        for (into, out), value in s.items():
            values[..., names.index(out), names.index(into)] = np.broadcast_to(np.asarray(value), shape)
        if seen:
            values[..., -1, 0] = 1
        return _Block(values, names)

    def _cell(self, cell: Cell, paths: tuple[str, ...]) -> _Block:
        blocks, seen = self._children(cell, paths)
        names = {instance: f"i{index}" for index, instance in enumerate(blocks)}

        def pin(instance: str, port: str) -> str:
            ports = blocks[instance].ports
            if port not in ports:
                raise ValueError(f"{paths[0]}.{instance}: {cell.instances[instance].component} has no port {port}")
            return f"{names[instance]},p{ports.index(port)}"

        ports = {port: pin(at.instance, at.port) for port, at in cell.ports.items()}
        for instance, block in blocks.items():
            own = self._netlist.cells.get(cell.instances[instance].component)
            for port in block.ports:
                if port == PROBE or (own and port not in own.ports):
                    ports[instance if port == PROBE else f"{instance}.{port}"] = pin(instance, port)
        nets = tuple((pin(a.instance, a.port), pin(b.instance, b.port)) for a, b in cell.nets)
        solve = _solver(tuple(shape for shape, _ in seen), nets, tuple(ports.values()))
        return _Block(np.asarray(solve([values for _, values in seen])), tuple(ports))

    def _children(
        self, cell: Cell, paths: tuple[str, ...]
    ) -> tuple[dict[str, _Block], list[tuple[_Shape, np.ndarray]]]:
        """Blocks by instance, those that no light reaches left out (pads), and what of each the cell sees, in the same
        order; equal ones are evaluated together."""
        lit = {pin.instance for net in cell.nets for pin in net} | {pin.instance for pin in cell.ports.values()}
        alike: dict[Any, list[str]] = {}
        for name, instance in cell.instances.items():
            if name not in lit:
                continue
            alike.setdefault((instance.component, tuple(sorted(instance.settings.items()))), []).append(name)
        blocks: dict[str, _Block] = {}
        uses: dict[str, slice] = {}
        for (component, settings), instances in alike.items():
            below = tuple(f"{path}.{name}" if path else name for name in instances for path in paths)
            block = self.evaluate(component, below, dict(settings))
            blocks |= dict.fromkeys(instances, block)
            uses |= {n: slice(k * len(paths), (k + 1) * len(paths)) for k, n in enumerate(instances)}
        return blocks, [block.seen_by(uses[name], len(paths)) for name, block in blocks.items()]


def _ends(path: str) -> list[int]:
    """Where each ancestor's path ends in a path, the empty one and the path itself included."""
    return [0, *(index for index, letter in enumerate(path) if letter == "."), len(path)]

"""A lowered circuit: its schedule, and the coefficients at any wavelengths and settings.

All amplitudes lie in one vector (…, E), in this order:

    1, 0 | models: job by job, entry by entry, device by device | loops | products along ways
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from chips.engine import checks
from chips.engine.devices import Columns, Devices, Found, Structure, require_wavelengths, structure_of
from chips.engine.loops import Loop
from chips.engine.order import Uses
from chips.engine.products import Products, plan_products
from chips.engine.schedule import Coefficients, Schedule
from chips.engine.values import Job, Kind, is_traced, require_settings
from chips.engine.waves import ZERO, Edges, Pair
from chips.settings import Settings
from pdk.light import jnp

Arrays = Mapping[str, Mapping[str, Any]]
"""Component to settings of shape (…, n): one value for each of `Circuit.instances[component]`."""


@dataclass(frozen=True, eq=False)
class Reach:
    """What light reaches: devices, and what edges stand for."""

    paths: Sequence[str]
    edges: Edges
    pairs: Mapping[str, tuple[Pair, ...]]
    """Entries of each component's model, in the order of its values."""
    absent: Mapping[str, frozenset[Pair]]
    """Path to the entries that light could take but that were zero."""
    of_kind: Mapping[Kind, str]
    """A device of each kind that light reaches."""
    absent_of_kind: Mapping[Kind, frozenset[Pair]]


@dataclass(frozen=True, eq=False)
class _Plan:
    """Where each edge has its value, and how those of a way are multiplied."""

    place: np.ndarray
    """(edges)"""
    products: Products


@dataclass(frozen=True, eq=False)
class Circuit:
    """A netlist as the engine runs it."""

    schedule: Schedule
    notes: tuple[str, ...]
    """What a reader of results should know, one sentence each."""
    instances: Mapping[str, tuple[str, ...]]
    """Component to the paths of its devices that light passes on its way to a read."""
    wl_um: np.ndarray
    settings: Settings
    wavelength_range_um: tuple[float, float] | None
    devices: Devices
    reach: Reach
    loops: tuple[Loop, ...]
    uses: Uses
    _plans: dict[Structure, _Plan] = field(default_factory=dict, repr=False)

    def coefficients(
        self, *, wl_um: Any = None, settings: Settings | None = None, arrays: Arrays | None = None
    ) -> Coefficients:
        """The amplitudes with leading axes (*settings, W), complex128, as JAX arrays: a call that runs them many times
        should not hand them over each time.

        `wl_um`: one wavelength or (W,). `settings`: for single devices. What is left out is as it was for `lower`.
        `arrays`: for all devices of a component at once. Differentiable by JAX in every number given.

        ValueError as for `lower`, and where an entry is not zero that was zero there. JAX sees no values, so while it
        traces only names are checked.
        """
        wl_um = self.wl_um if wl_um is None else wl_um if is_traced(wl_um) else np.asarray(wl_um, float)
        settings = self.settings if settings is None else settings
        require_wavelengths(wl_um, self.wavelength_range_um)
        self.devices.require_settings(settings)
        columns = self._columns(arrays or {}, settings)
        found = self.devices.evaluate(wl_um, settings, columns)
        require_sound(self.reach, found, wl_um)
        return self._assemble(found, structure_of(settings, columns))

    def _columns(self, arrays: Arrays, settings: Settings) -> Columns:
        columns: dict[str, tuple[Sequence[str], Mapping[str, Any]]] = {}
        for component, own in arrays.items():
            paths = self.instances.get(component)
            if paths is None:
                expected = ", ".join(sorted(self.instances))
                raise ValueError(f"arrays: found {component}, expected a component that light passes: {expected}")
            if twice := settings.keys() & set(paths):
                raise ValueError(
                    f"{min(twice)}: found it in `settings` and {component} in `arrays`, expected one of them"
                )
            require_settings(f"arrays for {component}", component, self.devices.models[component], own)
            for key, value in own.items():
                if np.shape(value)[-1:] != (len(paths),):
                    raise ValueError(
                        f"arrays for {component}, setting {key}: found the shape {np.shape(value)}, expected "
                        f"(…, {len(paths)})"
                    )
            columns[component] = (
                paths,
                {key: value if is_traced(value) else np.asarray(value) for key, value in own.items()},
            )
        return columns

    def _assemble(self, found: Found, structure: Structure) -> Coefficients:
        parts = [one[pair] for job, one in found for pair in self._pairs(job) if pair in one]
        xp: Any = jnp if is_traced(*parts) else np
        lead = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
        columns = [xp.ones((*lead, 1), complex), xp.zeros((*lead, 1), complex)]
        for job, one in found:
            for pair in self._pairs(job):
                part = one[pair] if pair in one else xp.zeros(1, complex)
                columns.append(xp.broadcast_to(part, (*lead, len(job.members))))
        values = xp.concatenate(columns, axis=-1)
        plan = self._plan(structure, [job for job, _ in found])
        for loop in self.loops:
            values = xp.concatenate([values, loop.solve(values[..., plan.place[loop.reads]])], axis=-1)
        values = plan.products.extend(values, xp)
        ways = plan.products.result
        return Coefficients(
            block=jnp.asarray(values[..., plan.place[self.uses.block]]),
            way=jnp.asarray(values[..., ways[self.uses.way]]),
            read=jnp.asarray(values[..., ways[self.uses.read]]),
        )

    def _pairs(self, job: Job) -> tuple[Pair, ...]:
        return self.reach.pairs[job.call.component]

    def _plan(self, structure: Structure, jobs: Sequence[Job]) -> _Plan:
        if structure not in self._plans:
            self._plans[structure] = self._make_plan(jobs)
        return self._plans[structure]

    def _make_plan(self, jobs: Sequence[Job]) -> _Plan:
        at: dict[Any, tuple[int, int]] = {}
        start = 2
        for job in jobs:
            size = len(job.members)
            at |= {member: (start + k, size) for k, member in enumerate(job.members)}
            start += size * len(self._pairs(job))
        kinds, paths = self.devices.kinds, self.reach.paths
        of_device = [at[path] if path in at else at[kinds[path]] for path in paths]
        order = {component: {pair: k for k, pair in enumerate(pairs)} for component, pairs in self.reach.pairs.items()}
        of_path = [order[kinds[path].component] for path in paths]
        edges = self.reach.edges
        place = np.zeros(len(edges.start), np.int64)
        place[ZERO] = 1
        for index, (device, pair) in enumerate(zip(edges.device, edges.pair, strict=True)):
            if pair is not None:
                first, size = of_device[device]
                place[index] = first + size * of_path[device][pair]
        for loop in self.loops:
            place[loop.edges.ravel()] = start + np.arange(loop.edges.size)
            start += loop.edges.size
        return _Plan(place, plan_products(place[self.uses.factors], self.uses.lengths, start))


def require_sound(reach: Reach, found: Found, wl_um: Any) -> None:
    """ValueError where values of devices that light reaches are not finite, not passive, or nonzero without a way."""
    for job, one in found:
        if is_traced(wl_um, *one.values()):
            continue
        known = [k for k, member in enumerate(job.members) if member in reach.of_kind or member in reach.absent]
        if not known:
            continue
        size = len(job.members)
        values = {pair: np.broadcast_to(array, (*array.shape[:-1], size))[..., known] for pair, array in one.items()}
        members = [job.members[k] for k in known]
        place = partial(_place, reach, members)
        checks.require_finite(job, values, place, np.asarray(wl_um))
        checks.require_passive(job, values, place)
        none: frozenset[Pair] = frozenset()
        absent = [reach.absent[m] if isinstance(m, str) else reach.absent_of_kind.get(m, none) for m in members]  # pyright: ignore
        checks.require_absent(job, values, absent, place)


def _place(reach: Reach, members: Sequence[Any], k: int) -> str:
    member = members[k]
    return member if isinstance(member, str) else reach.of_kind[member]

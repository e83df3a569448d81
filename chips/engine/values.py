"""Models called for many devices at once: one compiled function for all of them.

A *call* evaluates one component for n devices (or n kinds of device) side by side: settings of shape (…, n), or
(…, 1, n) beside wavelengths (W, 1).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from inspect import Parameter, signature
from math import isfinite
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from chips.engine.waves import Pair
from chips.settings import EXCESS_LOSS_DB
from compiler.netlist import Instance, Setting
from pdk.contract import Model
from pdk.light import jnp

FEW = 4
"""Up to so many kinds of a component are called one by one, their settings constants; more of them as one array."""


@dataclass(frozen=True, eq=False)
class Kind:
    """A component with the settings that the netlist fixes; one object for all devices that are alike."""

    component: str
    settings: tuple[tuple[str, Setting], ...]


@dataclass(frozen=True)
class Call:
    """One call of a model, hashable."""

    component: str
    model: Model
    constants: tuple[tuple[str, Setting], ...]
    keys: tuple[str, ...]
    """Settings that come as arrays (…, n)."""


@dataclass(frozen=True, eq=False)
class Job:
    """A call and whom it is for."""

    call: Call
    members: tuple[Any, ...]
    """n names: kinds or instance paths."""
    fixed: Mapping[str, np.ndarray]
    """Settings of the netlist that differ between the members, (n,)."""


def kinds_of(leaves: Mapping[str, Instance], models: Mapping[str, Model]) -> dict[str, Kind]:
    """The kind of every device that has a model. ValueError where a setting is not one of its model's."""
    by_id: dict[int, Kind | None] = {}
    known: dict[tuple, Kind] = {}
    kinds: dict[str, Kind] = {}
    for path, leaf in leaves.items():
        kind = by_id.get(id(leaf), ...)
        if kind is ...:
            kind = None
            if leaf.component in models:
                given = {
                    name: value for name, value in leaf.settings.items() if value is not None
                }  # gdsfactory's nulls
                require_settings(path, leaf.component, models[leaf.component], given)
                settings = tuple(sorted(given.items()))
                kind = known.setdefault((leaf.component, settings), Kind(leaf.component, settings))
            by_id[id(leaf)] = kind
        if kind is not None:
            kinds[path] = kind
    return kinds


def require_settings(path: str, component: str, model: Model, settings: Mapping[str, Any]) -> None:
    """ValueError where a setting is not one that the model takes, or is neither text nor a finite number."""
    names = model_settings(model)
    for name, value in settings.items():
        if names is not None and name not in names and name != EXCESS_LOSS_DB:
            expected = ", ".join((*names, EXCESS_LOSS_DB))
            raise ValueError(f"{path}: found the setting {name}, expected one of {component}: {expected}")
        if isinstance(value, str) or (type(value) is float and isfinite(value)) or is_traced(value):
            continue
        array = np.asarray(value)
        if array.dtype.kind not in "biufc":
            raise ValueError(f"{path}, setting {name}: found {value!r}, expected a number, an array of numbers or text")
        if not np.all(np.isfinite(array)):
            raise ValueError(f"{path}, setting {name}: found {value!r}, expected finite numbers")


@lru_cache(maxsize=4096)
def model_settings(model: Model) -> tuple[str, ...] | None:
    """Names of a model's settings, `wl` left out; None where it takes any."""
    parameters = signature(model).parameters
    if any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return None
    return tuple(name for name in parameters if name != "wl")


def jobs_for(members: Iterable[tuple[Kind | str, Kind, tuple[str, ...]]], models: Mapping[str, Model]) -> list[Job]:
    """Sort members (name, kind, settings that will be given as arrays) into as few calls as their models allow."""
    alike: dict[tuple[str, tuple[str, ...]], dict[Kind, list[Kind | str]]] = defaultdict(lambda: defaultdict(list))
    for name, kind, keys in members:
        alike[kind.component, tuple(sorted(keys))][kind].append(name)
    jobs: list[Job] = []
    for (component, keys), by_kind in alike.items():
        model = models[component]
        if len(by_kind) <= FEW:
            for kind, names in by_kind.items():
                constants = tuple((key, value) for key, value in kind.settings if key not in keys)
                jobs.append(Job(Call(component, model, constants, keys), tuple(names), {}))
            continue
        same: dict[tuple, list[Kind]] = defaultdict(list)
        for kind in by_kind:
            given = [(key, value) for key, value in kind.settings if key not in keys]
            texts = tuple((key, value) for key, value in given if isinstance(value, str))
            same[texts, tuple(key for key, value in given if not isinstance(value, str))].append(kind)
        for (texts, numeric), together in same.items():
            names = [(name, dict(kind.settings)) for kind in together for name in by_kind[kind]]
            fixed = {key: np.array([float(settings[key]) for _, settings in names]) for key in numeric}
            call = Call(component, model, texts, tuple(sorted((*keys, *numeric))))
            jobs.append(Job(call, tuple(name for name, _ in names), fixed))
    return jobs


def evaluate(jobs: Sequence[Job], wl_um: Any, given: Callable[[Job], Mapping[str, Any]]) -> list[dict[Pair, Any]]:
    """Amplitudes of every job: {(port in, port out): (…, n)}, (…, W, n) for wavelengths (W,).

    `given`: arrays (…, n) of the settings that a job's call takes beside those that the netlist fixes.
    """
    if not jobs:
        return []
    calls = tuple(job.call for job in jobs)
    arrays = [dict(job.fixed) | dict(given(job)) for job in jobs]
    if is_traced(wl_um, *(array for one in arrays for array in one.values())):
        return _run(calls, wl_um, arrays)
    wl_um = np.asarray(wl_um, float)
    arrays = [{key: np.asarray(value) for key, value in one.items()} for one in arrays]
    shapes = tuple(tuple((key, value.shape, value.dtype) for key, value in one.items()) for one in arrays)
    try:
        values = _compiled(calls, wl_um.shape, shapes)(wl_um, arrays)
    except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError):
        with jax.ensure_compile_time_eval():  # a model in NumPy, or one that branches on numbers
            values = _run(calls, wl_um, arrays)
    return [{pair: np.asarray(array) for pair, array in one.items()} for one in values]


def is_traced(*values: Any) -> bool:
    """Whether JAX is differentiating or compiling what uses these values."""
    return any(isinstance(value, Tracer) for value in values)


def stack(values: Sequence[Any]) -> Any:
    """One array (…, n) of n values whose axes broadcast against each other."""
    if is_traced(*values):
        return jnp.stack(jnp.broadcast_arrays(*[jnp.asarray(value) for value in values]), axis=-1)
    if all(isinstance(value, int | float) for value in values):
        return np.array(values, dtype=float)
    return np.stack(np.broadcast_arrays(*values), axis=-1)


@lru_cache(maxsize=64)
def _compiled(
    calls: tuple[Call, ...], wl_shape: tuple[int, ...], shapes: tuple[tuple[tuple[str, tuple, np.dtype], ...], ...]
) -> Callable[..., list[dict[Pair, Any]]]:
    """`_run` for wavelengths and arrays of these shapes: compiled beforehand, so that it also runs while JAX compiles
    what is around it, and without optimization where there are so few numbers that compiling costs the time."""
    wl_um = jax.ShapeDtypeStruct(wl_shape, float)
    arrays = [{key: jax.ShapeDtypeStruct(shape, dtype) for key, shape, dtype in one} for one in shapes]
    options = None if any(arrays) else {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 0}
    return jax.jit(partial(_run, calls), compiler_options=options).lower(wl_um, arrays).compile()


def _run(calls: tuple[Call, ...], wl_um: Any, arrays: list[dict[str, Any]]) -> list[dict[Pair, Any]]:
    many = jnp.ndim(wl_um) == 1
    wl = wl_um[:, None] if many else wl_um
    return [
        _call(call, wl, {key: value[..., None, :] if many else value for key, value in given.items()})
        for call, given in zip(calls, arrays, strict=True)
    ]


def _call(call: Call, wl: Any, arrays: dict[str, Any]) -> dict[Pair, Any]:
    settings = dict(call.constants) | arrays
    loss_db = settings.pop(EXCESS_LOSS_DB, None)
    if _takes_wl(call.model):
        settings["wl"] = wl
    s: Any = call.model(**settings)
    if not isinstance(s, dict):
        import sax

        s = sax.sdict(s)
    factor = 1.0 if loss_db is None else 10 ** (-jnp.asarray(loss_db) / 20)
    values = {pair: jnp.asarray(value, complex) * factor for pair, value in s.items()}
    shape = jnp.broadcast_shapes((1,), *(value.shape for value in values.values()), *map(jnp.shape, arrays.values()))
    return {pair: jnp.broadcast_to(value, shape) for pair, value in values.items()}


@lru_cache(maxsize=4096)
def _takes_wl(model: Model) -> bool:
    parameters = signature(model).parameters
    return "wl" in parameters or model_settings(model) is None

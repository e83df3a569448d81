"""Light through a circuit: forward, backward and every tap in one call, as fast as the machine allows.

Pure functions of arrays; they differentiate in phases, coefficients and fields, and run compiled. Samples are the last
axis, as in a product of matrices: fields (N, B) in, (T, B) out. Leading axes of phases, coefficients and fields
(programs, chips, wavelengths) broadcast.
"""

from enum import StrEnum
from functools import partial
from types import ModuleType

import jax
import numpy as np
from jax.typing import ArrayLike

from chips.engine import compiled, plain
from chips.engine.schedule import Coefficients, Schedule
from pdk.light import jnp

jax.tree_util.register_dataclass(Coefficients, ["block", "way", "read"], [])


class Method(StrEnum):
    """How samples pass a circuit."""

    KERNEL = "kernel"
    """Every sample through every meeting, in the C++ kernel."""
    KERNEL_MATRIX = "kernel, matrix"
    """The kernel makes the circuit's matrix from N unit vectors; the samples are multiplied by it."""
    SCAN = "scan"
    """Every sample through every meeting, in XLA."""
    SCAN_MATRIX = "scan, matrix"


NS_PER_MEETING = {Method.KERNEL: 0.4, Method.SCAN: 6.0}
"""Cost of one sample in one meeting (measured at 64 ports, 256 samples, one core; `benchmarks/engine.py`)."""
NS_PER_PRODUCT = 0.25
"""Cost of one complex multiplication in XLA's matrix product (measured likewise)."""


def choose(schedule: Schedule, samples: int) -> Method:
    """The method that costs least, by the figures above."""
    base = Method.KERNEL if compiled.available() else Method.SCAN
    meetings, inputs = schedule.pair.shape[1], len(schedule.input_row)
    direct = NS_PER_MEETING[base] * meetings * samples
    dense = NS_PER_MEETING[base] * meetings * inputs + NS_PER_PRODUCT * inputs * len(schedule.read_row) * samples
    if direct <= dense:
        return base
    return Method.KERNEL_MATRIX if base is Method.KERNEL else Method.SCAN_MATRIX


def fields(
    schedule: Schedule, at: Coefficients, phases_rad: ArrayLike, x: ArrayLike, method: Method | None = None
) -> jax.Array:
    """Fields (…, T, B) at all reads for fields x (…, N, B) at the inputs; phases (…, F) as the slots count.

    complex64 where x is float32 or complex64, complex128 otherwise. `method`: None for the cheapest. ValueError for
    wrong shapes, and for numbers that are not finite where they come as NumPy arrays: JAX's own are not looked into.
    """
    _require_finite(phases=phases_rad, fields=x)
    return _fields(schedule, at, phases_rad, x, method)


def powers(
    schedule: Schedule, at: Coefficients, phases_rad: ArrayLike, x: ArrayLike, method: Method | None = None
) -> jax.Array:
    """|field|² (…, T, B) at all reads: what photodiodes of responsivity 1 tell. Arguments as those of `fields`."""
    _require_finite(phases=phases_rad, fields=x)
    return _powers(schedule, at, phases_rad, x, method)


def matrix(schedule: Schedule, at: Coefficients, phases_rad: ArrayLike, method: Method | None = None) -> jax.Array:
    """(…, T, N): the field at each read per field at each input."""
    _require_finite(phases=phases_rad)
    return _matrix(schedule, at, phases_rad, method)


def _require_finite(**given: ArrayLike) -> None:
    for name, array in given.items():
        if isinstance(array, np.ndarray) and not np.isfinite(array).all():
            where = ", ".join(map(str, np.argwhere(~np.isfinite(array))[0]))
            raise ValueError(
                f"light: found {array[~np.isfinite(array)][0]} in the {name} at ({where}), expected finite"
            )


@partial(jax.jit, static_argnums=(0, 4))
def _fields(schedule: Schedule, at: Coefficients, phases: jax.Array, x: jax.Array, method: Method | None) -> jax.Array:
    x = jnp.asarray(x)
    method = method or choose(schedule, x.shape[-1] if x.ndim else 1)
    block, read, x = prepare(schedule, at, phases, x, method)
    run = _module(method)
    if method in NS_PER_MEETING:
        return run.meet(schedule, block, read, x)
    return run.meet(schedule, block, read, jnp.eye(x.shape[-2], dtype=x.dtype)) @ x


@partial(jax.jit, static_argnums=(0, 4))
def _powers(schedule: Schedule, at: Coefficients, phases: jax.Array, x: jax.Array, method: Method | None) -> jax.Array:
    x = jnp.asarray(x)
    method = method or choose(schedule, x.shape[-1] if x.ndim else 1)
    if method not in NS_PER_MEETING:
        y = _fields(schedule, at, phases, x, method)
        return y.real**2 + y.imag**2
    block, read, x = prepare(schedule, at, phases, x, method)
    return _module(method).power(schedule, block, read, x)


@partial(jax.jit, static_argnums=(0, 3))
def _matrix(schedule: Schedule, at: Coefficients, phases: jax.Array, method: Method | None) -> jax.Array:
    return _fields(schedule, at, phases, jnp.eye(len(schedule.input_row), dtype=complex), method)


def _module(method: Method) -> ModuleType:
    if method in (Method.SCAN, Method.SCAN_MATRIX):
        return plain
    if not compiled.available():
        raise ValueError(f"light: found no kernel for method {method.value!r}; build it, or use the others")
    return compiled


def prepare(
    schedule: Schedule, at: Coefficients, phases_rad: ArrayLike, x: ArrayLike, method: Method
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Blocks (…, 2, 2, P), ways to the reads (…, T) and inputs (…, N, B), all of one type."""
    phases, x = jnp.asarray(phases_rad, dtype=float), jnp.asarray(x)
    if x.ndim < 2 or x.shape[-2] != len(schedule.input_row):
        raise ValueError(f"light: found fields {x.shape}, expected (…, {len(schedule.input_row)}, samples)")
    if phases.ndim < 1 or phases.shape[-1] < schedule.phases:
        raise ValueError(f"light: found phases {phases.shape}, expected (…, {schedule.phases})")
    for name, tail in schedule.shapes.items():
        found = np.shape(getattr(at, name))
        if found[-len(tail) :] != tail:
            raise ValueError(f"light: found {name} {found}, expected (…, {', '.join(map(str, tail))})")
    x = x if jnp.iscomplexobj(x) else x.astype(jnp.complex64 if x.dtype == jnp.float32 else complex)
    run = _module(method)
    way, block, read = (jnp.asarray(a, complex) for a in (at.way, at.block, at.read))
    slot = jnp.asarray(schedule.way_slot, dtype=jnp.int32)
    fused = (plain if block.shape[-4] > compiled.MOST_BLOCKS else run).fuse(slot, phases, way, block)
    if (schedule.read_slot >= 0).any():
        read = run.turn(jnp.asarray(schedule.read_slot, dtype=jnp.int32), phases, read)
    return fused.astype(x.dtype), read.astype(x.dtype), x

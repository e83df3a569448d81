"""The kernel in C++ behind JAX: light through a schedule as one custom call, and its hand-written adjoint.

The adjoint goes back from the last fields of all rows by the inverse of each block. Where blocks have none, or rounding
would grow, it runs a tile of samples forward once more and keeps what enters each meeting while it is in the cache.
Fields between the meetings are never written to memory.

The kernel is built by the set-up command where a C++ compiler is found (`chips.engine.build_kernel`); without it
`available()` is False and `chips.engine.plain` does the same in XLA.
"""

import ctypes
import os
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import jax
import numpy as np

from chips.engine.build_kernel import LIBRARY
from chips.engine.schedule import Schedule
from pdk.light import jnp

KERNEL = "BACKLIGHT_KERNEL"
"""Environment variable: `off` leaves the kernel unused; `baseline` and `avx2` keep it to those instructions."""

_HANDLERS = ("meet", "meet_keep", "meet_vjp", "turn", "turn_vjp", "fuse", "fuse_vjp")
MOST_BLOCKS = 4
"""Blocks of one meeting that the kernel multiplies up."""


@cache
def available() -> bool:
    """Whether the kernel is there and this process runs on processors."""
    if os.environ.get(KERNEL) == "off" or not LIBRARY.exists() or jax.default_backend() != "cpu":
        return False
    try:
        library = ctypes.cdll.LoadLibrary(str(LIBRARY))
        handlers = {name: getattr(library, name) for name in _HANDLERS}
    except (OSError, AttributeError):  # of another processor, or of an older version of this file
        return False
    for name, handler in handlers.items():
        jax.ffi.register_ffi_target(f"backlight_{name}", jax.ffi.pycapsule(handler), platform="cpu")
    return True


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def meet(schedule: Schedule, block: jax.Array, read: jax.Array, x: jax.Array) -> jax.Array:
    """Fields (…, T, B) of all reads, for blocks (…, 2, 2, P), ways to the reads (…, T) and inputs (…, N, B)."""
    return _run("meet", schedule, (block, read, x), _seen(block, read, x))


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def power(schedule: Schedule, block: jax.Array, read: jax.Array, x: jax.Array) -> jax.Array:
    """|field|² (…, T, B) of all reads, real; arguments as those of `meet`."""
    return _run("meet", schedule, (block, read, x), _seen(block, read, x, jnp.finfo(block.dtype).dtype))


def meet_keep(schedule: Schedule, block: jax.Array, read: jax.Array, x: jax.Array) -> tuple:
    """What `meet` gives, and what its adjoint needs."""
    last = jax.ShapeDtypeStruct((*_lead(block, read, x), schedule.rows, x.shape[-1]), x.dtype)
    y, last = _run("meet_keep", schedule, (block, read, x), (_seen(block, read, x), last))
    return y, (block, read, x, last)


def meet_back(schedule: Schedule, saved: tuple, dy: jax.Array, invert: bool = True) -> tuple[jax.Array, ...]:
    """Cotangents of block, read and x from those of the fields (…, T, B). `invert`: go back by the inverse of each
    block where rounding allows, rather than run forward again and keep what enters each meeting."""
    block, read, x, last = saved
    lead = _lead(block, read, x)
    shapes = tuple(jax.ShapeDtypeStruct((*lead, *a.shape[a.ndim - n :]), a.dtype) for a, n in _ranked(block, read, x))
    found = _run("meet_vjp", schedule, (block, read, x, last, dy), shapes, invert=invert)
    return tuple(_sum_to(d, a.shape) for d, a in zip(found, saved[:3], strict=True))


def _power_keep(schedule: Schedule, block: jax.Array, read: jax.Array, x: jax.Array) -> tuple:
    y, saved = meet_keep(schedule, block, read, x)
    return y.real**2 + y.imag**2, (saved, y)


def _power_back(schedule: Schedule, saved: tuple, dp: jax.Array) -> tuple[jax.Array, ...]:
    kept, y = saved
    return meet_back(schedule, kept, 2 * dp * jnp.conj(y))


meet.defvjp(meet_keep, meet_back)
power.defvjp(_power_keep, _power_back)


def _seen(block: jax.Array, read: jax.Array, x: jax.Array, dtype: Any = None) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct((*_lead(block, read, x), read.shape[-1], x.shape[-1]), dtype or block.dtype)


def _run(name: str, schedule: Schedule, operands: tuple, out: Any, **attributes: Any) -> Any:
    lead = _lead(*operands[:3])
    spread = _spread_all(operands, (3, 1, 2, 2, 2)[: len(operands)], lead)
    return _call(name, out)(*spread, *_plan(schedule), rows=np.int64(schedule.rows), **attributes)


@jax.custom_vjp
def turn(slot: jax.Array, phases: jax.Array, way: jax.Array) -> jax.Array:
    """Ways (…, n) times e^{iΣφ}: φ the phases (…, F) in slots (S, n), those under 0 left out."""
    lead = jnp.broadcast_shapes(phases.shape[:-1], way.shape[:-1])
    out = jax.ShapeDtypeStruct((*lead, way.shape[-1]), way.dtype)
    return _call("turn", out)(slot, *_spread_all((phases, way), (1, 1), lead))


def _turn_keep(slot: jax.Array, phases: jax.Array, way: jax.Array) -> tuple:
    out = turn(slot, phases, way)
    return out, (slot, phases, way, out)


def _turn_back(saved: tuple, dout: jax.Array) -> tuple:
    slot, phases, way, out = saved
    lead = out.shape[:-1]
    dphases = _call("turn_vjp", jax.ShapeDtypeStruct((*lead, phases.shape[-1]), phases.dtype))(slot, out, dout)
    dway = dout * turn(slot, phases, jnp.ones_like(way))
    return None, _sum_to(dphases, phases.shape), _sum_to(dway, way.shape)


turn.defvjp(_turn_keep, _turn_back)


@jax.custom_vjp
def fuse(slot: jax.Array, phases: jax.Array, way: jax.Array, block: jax.Array) -> jax.Array:
    """K blocks (…, K, 2, 2, P) behind their ways (…, K, 2, P) as one (…, 2, 2, P): the ways turned by the phases (…, F)
    in slots (S, K, 2, P). complex128 only."""
    lead = jnp.broadcast_shapes(phases.shape[:-1], way.shape[:-3], block.shape[:-4])
    fused = jax.ShapeDtypeStruct((*lead, *block.shape[-3:]), block.dtype)
    return _call("fuse", fused)(slot, *_spread_all((phases, way, block), (1, 3, 4), lead))


def _fuse_keep(slot: jax.Array, phases: jax.Array, way: jax.Array, block: jax.Array) -> tuple:
    return fuse(slot, phases, way, block), (slot, phases, way, block)


def _fuse_back(saved: tuple, dfused: jax.Array) -> tuple:
    slot, *operands = saved
    ranks, lead = (1, 3, 4), dfused.shape[:-3]
    shapes = tuple(
        jax.ShapeDtypeStruct((*lead, *a.shape[a.ndim - rank :]), a.dtype)
        for a, rank in zip(operands, ranks, strict=True)
    )
    found = _call("fuse_vjp", shapes)(slot, *_spread_all(operands, ranks, lead), dfused)
    return None, *(_sum_to(d, a.shape) for d, a in zip(found, operands, strict=True))


fuse.defvjp(_fuse_keep, _fuse_back)


def _call(name: str, out: Any) -> Any:
    return jax.ffi.ffi_call(f"backlight_{name}", out, vmap_method="broadcast_all")


def _ranked(block: jax.Array, read: jax.Array, x: jax.Array) -> tuple[tuple[jax.Array, int], ...]:
    return (block, 3), (read, 1), (x, 2)


def _lead(block: jax.Array, read: jax.Array, x: jax.Array) -> tuple[int, ...]:
    return jnp.broadcast_shapes(*(a.shape[: a.ndim - n] for a, n in _ranked(block, read, x)))


def _spread_all(operands: Sequence[jax.Array], ranks: Sequence[int], lead: tuple[int, ...]) -> list[jax.Array]:
    """Each with all leading axes or with none: the kernel knows nothing between."""

    def spread(array: jax.Array, rank: int) -> jax.Array:
        own, rest = array.shape[: array.ndim - rank], array.shape[array.ndim - rank :]
        return array.reshape(rest) if np.prod(own, dtype=int) == 1 else jnp.broadcast_to(array, (*lead, *rest))

    return [spread(array, rank) for array, rank in zip(operands, ranks, strict=True)]


def _sum_to(array: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """The cotangent of an operand that was broadcast."""
    if array.shape == shape:
        return array
    extra = array.ndim - len(shape)
    axes = tuple(k for k in range(array.ndim) if k < extra or (shape[k - extra] == 1 and array.shape[k] != 1))
    return array.sum(axes).reshape(shape)


@cache
def _plan(schedule: Schedule) -> tuple[np.ndarray, ...]:
    """Rows of the inputs (N), pairs (2, P), and the reads in the order of time (3, T): row, meetings done, which."""
    order = np.argsort(schedule.read_after, kind="stable")
    reads = np.stack([schedule.read_row[order], schedule.read_after[order], order])
    return tuple(np.ascontiguousarray(a, dtype=np.int32) for a in (schedule.input_row, schedule.pair, reads))

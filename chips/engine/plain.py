"""Light through a schedule in plain XLA: one scan over its levels. Runs wherever JAX does, GPUs included.

All meetings of a level happen at once: every row takes its own light and that of its partner,

    row ← own · row + cross · partner

with own = 1, cross = 0 where a row meets nobody. Derivatives are JAX's, which keeps the fields of every level.
"""

from dataclasses import dataclass
from functools import cache

import jax
import numpy as np

from chips.engine.schedule import Schedule
from pdk.light import jnp


def turn(slot: jax.Array, phases: jax.Array, way: jax.Array) -> jax.Array:
    """Ways (…, n) times e^{iΣφ}: φ the phases (…, F) in slots (S, n), those under 0 left out."""
    angle = jnp.sum(jnp.where(slot < 0, 0.0, phases[..., jnp.maximum(slot, 0)]), axis=-2)
    return way * jax.lax.complex(jnp.cos(angle), jnp.sin(angle))


def fuse(slot: jax.Array, phases: jax.Array, way: jax.Array, block: jax.Array) -> jax.Array:
    """K blocks (…, K, 2, 2, P) behind their ways (…, K, 2, P) as one (…, 2, 2, P): the ways turned by the phases (…, F)
    in slots (S, K, 2, P)."""
    flat = way.reshape(*way.shape[:-3], -1)
    way = turn(slot.reshape(len(slot), -1), phases, flat)
    way = way.reshape(*way.shape[:-1], *slot.shape[1:])
    each = block * way[..., None, :, :]
    total = each[..., 0, :, :, :]
    for k in range(1, each.shape[-4]):
        then = each[..., k, :, :, :]
        total = jnp.sum(then[..., :, :, None, :] * total[..., None, :, :, :], axis=-3)
    return total


def power(schedule: Schedule, block: jax.Array, read: jax.Array, x: jax.Array) -> jax.Array:
    """|field|² (…, T, B) of all reads, real; arguments as those of `meet`."""
    y = meet(schedule, block, read, x)
    return y.real**2 + y.imag**2


def meet(schedule: Schedule, block: jax.Array, read: jax.Array, x: jax.Array) -> jax.Array:
    """Fields (…, T, B) of all reads, for blocks (…, 2, 2, P), ways to the reads (…, T) and inputs (…, N, B)."""
    lead = jnp.broadcast_shapes(block.shape[:-3], read.shape[:-1], x.shape[:-2])
    if not lead:
        return _meet(schedule, block, read, x)
    size = int(np.prod(lead))
    flat = [
        jnp.broadcast_to(a, (*lead, *a.shape[a.ndim - rank :])).reshape(size, *a.shape[a.ndim - rank :])
        for a, rank in ((block, 3), (read, 1), (x, 2))
    ]
    y = jax.vmap(lambda *one: _meet(schedule, *one))(*flat)
    return y.reshape(*lead, *y.shape[1:])


def _meet(schedule: Schedule, block: jax.Array, read: jax.Array, x: jax.Array) -> jax.Array:
    levels = _levels(schedule)
    entries = jnp.concatenate([block.reshape(-1), jnp.array([1, 0], block.dtype)])
    own, cross = entries[levels.own], entries[levels.cross]
    light = jnp.zeros((schedule.rows, x.shape[-1]), block.dtype).at[schedule.input_row].set(x)

    def level(light: jax.Array, at: tuple) -> tuple[jax.Array, jax.Array | None]:
        partner, own, cross = at
        light = own[:, None] * light + cross[:, None] * light[partner]
        return light, light if levels.inside else None

    last, passed = jax.lax.scan(level, light, (levels.partner, own, cross))
    if passed is None:
        return read[:, None] * last[schedule.read_row]
    return read[:, None] * jnp.concatenate([light[None], passed])[levels.read, schedule.read_row]


@dataclass(frozen=True, eq=False)
class _Levels:
    """L levels of R rows."""

    partner: np.ndarray
    """(L, R)"""
    own: np.ndarray
    """(L, R) places in the flat blocks (2·2·P), then a one, then a zero."""
    cross: np.ndarray
    read: np.ndarray
    """(T) how many levels are behind each read."""
    inside: bool
    """Whether any read is of light that meets again."""


@cache
def _levels(schedule: Schedule) -> _Levels:
    (a, b), level, meetings = schedule.pair, schedule.level, schedule.pair.shape[1]
    count = 1 + int(level.max(initial=-1))
    partner = np.tile(np.arange(schedule.rows), (count, 1))
    own, cross = np.full(partner.shape, 4 * meetings), np.full(partner.shape, 4 * meetings + 1)
    order = np.arange(meetings)
    partner[level, a], partner[level, b] = b, a
    own[level, a], own[level, b] = order, 3 * meetings + order
    cross[level, a], cross[level, b] = meetings + order, 2 * meetings + order
    touched = np.sort(np.concatenate([a, b]).astype(int) * (meetings + 1) + np.tile(order, 2))
    behind = np.searchsorted(touched, schedule.read_row.astype(int) * (meetings + 1) + schedule.read_after)
    rows, meeting = np.divmod(np.concatenate([[-1], touched, [-1]]), meetings + 1)
    before = np.append(level, 0)[np.where(rows[behind] == schedule.read_row, meeting[behind], meetings)]
    read = np.where(rows[behind] == schedule.read_row, before + 1, 0)
    final = rows[behind + 1] != schedule.read_row
    read[final] = count
    return _Levels(partner, own, cross, read, not bool(final.all()))

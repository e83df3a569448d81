"""The structured engine: light through a layer's stages, one scan over columns of batched 2x2 blocks.

Pure functions of arrays; they differentiate in phases and fields, and run compiled. A leading axis of the phases (K
programs) or of the optics (W wavelengths) comes first in every result: (K, W, …).
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import jax

from chips.optics import LayerOptics
from pdk.light import jnp

jax.tree_util.register_dataclass(LayerOptics, [f.name for f in fields(LayerOptics)], [])


@jax.jit
def forward(optics: LayerOptics, phases_rad: jax.Array, x: jax.Array) -> jax.Array:
    """Fields at the output rows, (B, C), for fields x (B, N) at the mesh inputs; phases (P,) as `shifter` counts."""
    return _each(optics, phases_rad, lambda one, phases: _forward(one, phases, x)[0])


@jax.jit
def forward_fields(optics: LayerOptics, phases_rad: jax.Array, x: jax.Array) -> jax.Array:
    """Forward fields at the end of every segment, (B, S + 1, R)."""
    return _each(optics, phases_rad, lambda one, phases: _forward(one, phases, x)[1])


@jax.jit
def backward(optics: LayerOptics, phases_rad: jax.Array, e: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Fields at every tap's photodiode (B, T) and at the mesh inputs (B, N), for light sent back from the outputs.

    e: (B, C) fields that enter the output rows against the forward light.
    """
    return _each(optics, phases_rad, lambda one, phases: _backward(one, phases, e))


def _each(optics: LayerOptics, phases_rad: jax.Array, run: Callable[..., Any]) -> Any:
    if jnp.ndim(optics.segment) == 3:
        axes = jax.tree.map(lambda array: 0 if jnp.iscomplexobj(array) else None, optics)
        run = jax.vmap(run, in_axes=(axes, None))
    for _ in range(jnp.ndim(phases_rad) - 1):
        run = jax.vmap(run, in_axes=(None, 0))
    return run(optics, jnp.asarray(phases_rad))


def _transmission(optics: LayerOptics, phases_rad: jax.Array) -> jax.Array:
    """(S + 1, R) of every segment with its phase shifter set."""
    turn = jnp.concatenate([jnp.exp(1j * phases_rad), jnp.ones(1)])
    return jnp.asarray(optics.segment) * turn[optics.shifter]


def _forward(optics: LayerOptics, phases_rad: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    through = _transmission(optics, phases_rad)
    rows, inputs = through.shape[1], x.shape[1]
    light = jnp.zeros((rows, x.shape[0]), complex).at[:inputs].set(x.T)

    def stage(light: jax.Array, at: tuple) -> tuple[jax.Array, jax.Array]:
        segment, partner, own, cross = at
        light = segment[:, None] * light
        return own[:, None] * light + cross[:, None] * light[partner], light

    light, passed = jax.lax.scan(stage, light, (through[:-1], optics.partner, optics.own, optics.cross))
    light = through[-1][:, None] * light
    return light[optics.output_row].T, jnp.moveaxis(jnp.concatenate([passed, light[None]]), -1, 0)


def _backward(optics: LayerOptics, phases_rad: jax.Array, e: jax.Array) -> tuple[jax.Array, jax.Array]:
    through = _transmission(optics, phases_rad)
    light = jnp.zeros((through.shape[1], e.shape[0]), complex).at[optics.output_row].set(e.T)
    back = jnp.take_along_axis(optics.cross, optics.partner, axis=1)

    def stage(light: jax.Array, at: tuple) -> tuple[jax.Array, jax.Array]:
        segment, partner, own, cross = at
        light = segment[:, None] * light
        light = own[:, None] * light + cross[:, None] * light[partner]
        return light, light

    columns = (through[1:], optics.partner, optics.own, back)
    light_in, passed = jax.lax.scan(stage, light, columns, reverse=True)
    ends = jnp.concatenate([passed, light[None]])
    reach = jnp.asarray(optics.tap_reach * optics.tap_drop)[:, None]
    taps = reach * ends[optics.tap_stage, optics.tap_row]
    return taps.T, (through[0][:, None] * light_in)[: optics.source.shape[0]].T

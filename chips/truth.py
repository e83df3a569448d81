"""What only a judge may know: the matrices, phases and gradients that a twin hides.

For tests, reports and benchmarks. The trainer never imports this module.

Fields are normalised as the trainer's are: x_n = x/√P₀ at the mesh inputs, y_n = y/√(A_tot·P₀) at the mesh outputs, so
that the unit P₀ drops out:

    y_n = M x_n / √A_tot,   p = |y_n|²,   x_n of the next layer = f(p),   loss of the last p
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import numpy as np

from chips.twin import Twin
from compiler.budget_numbers import LASER_MW
from compiler.tables import Tables
from pdk.light import jnp

Activation = Callable[[jax.Array], jax.Array]
"""JAX function from a layer's powers (B, N) to the next layer's input amplitudes (B, N): bias and dark ports too."""

Loss = Callable[[jax.Array], jax.Array]
"""JAX function from the last layer's powers (B, N) to the loss of each sample (B,)."""


def transfer_matrix(twin: Twin, layer: int) -> np.ndarray:
    """(C, N), or (K, C, N): field at each output row per real amplitude at each mesh input, source phases included."""
    phases = jnp.asarray(twin._solved[layer].phases_rad)
    return np.swapaxes(np.asarray(_outputs(twin, layer, phases, jnp.eye(_ports(twin, layer)))), -1, -2)


def true_phases(twin: Twin) -> tuple[np.ndarray, ...]:
    """For each layer (P,), or (K, P): phases of the trainable shifters in [0, 2π): settings, crosstalk and offsets."""
    phases = []
    for layer, solved in zip(twin._layers, twin._solved, strict=True):
        offset = np.array([layer.drawn.deviations[name]["phase_rad"] for name in layer.shifters])
        phases.append((solved.phases_rad[..., : len(offset)] + offset) % (2 * np.pi))
    return tuple(phases)


@dataclass(frozen=True, eq=False)
class Offsets:
    """What the best of calibration tables would hold of one layer."""

    devices: dict[str, float]
    """Instance path of every phase shifter and undriven twin to the phase in rad that it adds when cold."""
    inputs_rad: np.ndarray
    """(N) phase of each input's light at the mesh."""
    p_pi: np.ndarray
    """(P) setting for π, relative to nominal."""


def offsets(twin: Twin, layer: int) -> Offsets:
    """The phase offsets of a fresh chip, before any drift, and its phase shifters."""
    optics, drawn = twin._layers[layer].optics, twin._layers[layer].drawn
    devices = {name: values["phase_rad"] for name, values in drawn.deviations.items() if "phase_rad" in values}
    return Offsets(devices, drawn.input_phase_rad + np.angle(optics.source), drawn.p_pi)


def source_constants_rad(twin: Twin, layer: int) -> np.ndarray:
    """(C,) the constant of each output that a calibration has to find, in (−π, π].

    Phase of the light that a source injects plus phase of the same source as local oscillator at the output's
    photodiode (referred to y), both with no phase set.
    """
    optics, drawn = twin._layers[layer].optics, twin._layers[layer].drawn
    oscillator = optics.reflect * np.exp(1j * drawn.mirror_phase_rad) / optics.detector
    return np.angle(optics.inject * oscillator * np.exp(2j * drawn.output_phase_rad))


def gradient(
    twin: Twin,
    tables: Tables,
    activations: Sequence[Activation],
    loss: Loss,
    inputs: np.ndarray,
    units_mw: Sequence[float] | None = None,
) -> list[np.ndarray]:
    """Gradient of the mean loss in every phase, by automatic differentiation through the twin's own layers.

    No noise, no quantisation and no reflection of light; the phases are those that the programmed shifters reach.

    Args:
        twin: A twin with one program loaded.
        tables: Nominals of its circuit: A_tot of every layer.
        activations: One for each layer but the last.
        loss: Read-out and loss.
        inputs: (B, N) amplitudes of the first layer at the mesh inputs, normalised.
        units_mw: Power of x = 1 in each layer: with it, what modulators pass where they should be dark is counted.

    Returns:
        For each layer (P,), the loss per radian.

    """
    phases = [jnp.asarray(solved.phases_rad) for solved in twin._solved]
    total = jax.grad(lambda at: jnp.mean(loss(_powers(twin, tables, activations, at, jnp.asarray(inputs), units_mw))))
    return [np.asarray(part)[: len(layer.shifters)] for part, layer in zip(total(phases), twin._layers, strict=True)]


def powers(twin: Twin, tables: Tables, activations: Sequence[Activation], inputs: np.ndarray) -> np.ndarray:
    """(B, N) normalised powers behind the last layer, by the same forward pass that `gradient` differentiates."""
    phases = [jnp.asarray(solved.phases_rad) for solved in twin._solved]
    return np.asarray(_powers(twin, tables, activations, phases, jnp.asarray(inputs)))


def _powers(
    twin: Twin,
    tables: Tables,
    activations: Sequence[Activation],
    phases: list[jax.Array],
    x: jax.Array,
    units_mw: Sequence[float] | None = None,
) -> jax.Array:
    if len(activations) != len(phases) - 1:
        raise ValueError(f"found {len(activations)} activations for {len(phases)} layers, expected one fewer")
    for layer, phases_rad in enumerate(phases):
        stray = 0.0
        if units_mw is not None and twin.stray:
            x, stray = _stray(twin, layer, x, LASER_MW / units_mw[layer])
        y = (_outputs(twin, layer, phases_rad, x) + stray) / np.sqrt(tables.layers[layer].a_tot)
        x = jnp.abs(y[:, : _ports(twin, layer)]) ** 2
        if layer < len(activations):
            x = activations[layer](x)
    return x


def _stray(twin: Twin, layer: int, x: jax.Array, laser: float) -> tuple[jax.Array, np.ndarray]:
    """Inputs (B, N) with what their modulators pass in quadrature; (C) light of the closed sources at the detectors,
    referred to y; `laser` in units of x²."""
    optics, drawn = twin._layers[layer].optics, twin._layers[layer].drawn
    rest = jnp.sqrt(jnp.maximum(laser * np.abs(optics.source) ** 2 - x**2, 1e-12))
    mirrors = optics.reflect / optics.detector * np.exp(1j * (drawn.mirror_phase_rad + drawn.output_phase_rad))
    warm = np.exp(1j * twin._solved[layer].output_rad)
    return x + 1j * twin.stray * rest, 1j * twin.stray * np.sqrt(laser) * mirrors * warm


def _outputs(twin: Twin, layer: int, phases_rad: jax.Array, x: jax.Array) -> jax.Array:
    optics, drawn = twin._layers[layer].optics, twin._layers[layer].drawn
    turned = np.exp(1j * (drawn.input_phase_rad + np.angle(optics.source)))
    return jnp.swapaxes(optics.ahead.fields(phases_rad, jnp.swapaxes(x * turned, -1, -2)), -1, -2)


def _ports(twin: Twin, layer: int) -> int:
    return twin._layers[layer].optics.source.size

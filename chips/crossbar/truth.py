"""What only a judge may know of a crossbar: weights, outputs and gradients that a twin hides.

For tests, reports and benchmarks. The trainer never imports this module. No noise, no quantisation of light, no
offsets; drives are those that the converters reach. Outputs and weights have the units of `chips.crossbar.bench`.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from chips.crossbar.electronics import unit_ma
from chips.crossbar.twin import CrossbarTwin
from chips.crossbar.weights import Matrices
from pdk.light import jnp

Loss = Callable[[jax.Array], jax.Array]
"""JAX function from outputs (R, K, B, n) to the loss of each program of each chip, (R, K)."""


def weights(twin: CrossbarTwin) -> dict[str, np.ndarray]:
    """Bank to (R, K, rows, columns): row current in unit currents per power 1 in a column; R left out of one chip."""
    found = {}
    for table in twin._tables.banks:
        unit = unit_ma(table, twin._tables.responsivity_a_per_w, 1.0)
        signed = twin._matrices[table.name].signed / unit
        found[table.name] = signed[0] if twin._one else signed
    return found


def outputs(twin: CrossbarTwin, inputs: np.ndarray, bias: float = 1.0) -> np.ndarray:
    """(R, K, B, n) what the output photodiodes read for inputs (B, features), or (R, B, features); 1 is nominally a
    modulator wide open. R left out of one chip."""
    found = _outputs(twin, twin._matrices, inputs, bias, np)
    return found[0] if twin._one else found


def gradient(twin: CrossbarTwin, inputs: np.ndarray, loss: Loss, bias: float = 1.0) -> dict[str, np.ndarray]:
    """Bank to (R, K, rows, columns): slope of the loss in each drive, per mW or mA; R left out of one chip."""

    def total(own: dict[str, Any]) -> jax.Array:
        return loss(_outputs(twin, twin._weights.matrices(own, jnp), inputs, bias, jnp)).sum()

    programs = max(values.shape[1] for values in twin._own.values())
    chips = len(twin.seeds)
    own = {n: jnp.asarray(np.broadcast_to(v, (chips, programs, *v.shape[2:]))) for n, v in twin._own.items()}
    found = {}
    slopes = jax.jit(jax.grad(total))(own)
    for index, table in enumerate(twin._tables.banks):
        name = table.name
        per_drive = np.sum(np.asarray(slopes[name]) * twin._weights.slope(index, np.asarray(own[name])), axis=-1)
        found[name] = per_drive[0] if twin._one else per_drive
    return found


def _outputs(twin: CrossbarTwin, matrices: dict[str, Matrices], inputs: np.ndarray, bias: float, xp: Any) -> Any:
    hardware, tables = twin._hardware, twin._tables
    x: Any = np.asarray(inputs, float)
    x = x if x.ndim == 3 else x[None]
    x = _passed(hardware.floor, np.swapaxes(x, -1, -2)[:, None])
    for layer in range(tables.layers):
        name = f"layer{layer + 1}.forward"
        signed, index = matrices[name].signed, [table.name for table in tables.banks].index(name)
        lead = (*np.broadcast_shapes(signed.shape[:2], x.shape[:2]), 1, x.shape[-1])
        columns = (xp.broadcast_to(x, (*lead[:2], *x.shape[2:])), xp.full(lead, _passed(hardware.floor, bias)))
        u = signed @ xp.concatenate(columns, axis=2) / unit_ma(tables.banks[index], tables.responsivity_a_per_w, 1.0)
        neuron = hardware.drawn.output_neuron
        if layer < tables.layers - 1:
            behind = [table.name for table in tables.banks].index(f"layer{layer + 2}.forward")
            neuron = hardware.drawn.banks[behind].neuron.first(signed.shape[2])
        electronics = hardware.electronics
        v = electronics.gains[layer] * neuron.gain[:, None, :, None] * u
        v = v + (electronics.biases_rad[layer] + neuron.bias_rad)[:, None, :, None]
        x = _passed(hardware.floor, electronics.light(layer, v, xp))
    drawn = hardware.drawn.outputs
    read = hardware.fringes.output / tables.output * drawn.responsivity["outputs"] * drawn.gain["outputs"]
    return xp.swapaxes(x * read[:, None, :, None], -1, -2)


def _passed(floor: float, light: Any) -> Any:
    return floor + (1 - floor) * light

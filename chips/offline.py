"""The same network trained without a chip: automatic differentiation through the nominal circuit, nothing drawn.

It is the digital baseline that training in place is compared with, and the source of the phases that a control loads
into a real chip blind. Batches, optimiser and start are those of `chips.train`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from chips.adam import Moments, adam, rate_rad
from chips.bench import Model
from chips.data import Split
from chips.optics import LayerOptics, layer_circuit
from chips.train import TrainConfig, batches, start_phases
from compiler.netlist import Netlist
from compiler.network import Design
from compiler.paths import layer_paths
from compiler.tables import Tables, tables
from pdk.contract import Pdk
from pdk.light import jnp


@dataclass(frozen=True, eq=False)
class OfflineResult:
    """A network trained on the nominal circuit."""

    phases_rad: tuple[np.ndarray, ...]
    """For each layer (P,), within the range of their drive."""
    settings: tuple[np.ndarray, ...]
    """What nominally brings them about."""
    train_accuracy: float
    test_accuracy: float
    losses: tuple[float, ...]
    """Mean of each epoch."""


def train_offline(netlist: Netlist, pdk: Pdk, design: Design, split: Split, config: TrainConfig) -> OfflineResult:
    """Train the ideal circuit. DataError where the last layer has fewer outputs than there are classes."""
    split.require_outputs(design.network.layers[-1].outputs)
    nominal = tables(netlist, pdk)
    model = Model.of(design, split.classes, config.gain)
    optics = tuple(layer_circuit(path, netlist, pdk).optics() for path in layer_paths(netlist, pdk))

    def loss(phases: Sequence[jax.Array], x: jax.Array, labels: jax.Array) -> jax.Array:
        return jnp.mean(model.readout.losses(_powers(optics, nominal, model, phases, x), labels, jnp))

    step = jax.jit(jax.value_and_grad(loss))
    phases, drive = start_phases(nominal, config.seed), nominal.drive
    ends = np.cumsum([len(p) for p in phases])[:-1]
    moments, losses = Moments.zero(sum(map(len, phases))), []
    for epoch in range(config.epochs):
        rows = batches(len(split.train_x), config, epoch)
        values = []
        for row in rows:
            value, gradient = step(phases, split.train_x[row], split.train_y[row])
            rate = rate_rad(config.learning_rate_rad, moments.steps, config.epochs * len(rows))
            direction, moments = adam(np.concatenate(gradient), moments)
            moved = np.clip(np.concatenate(phases) + rate * direction, drive.least_rad, drive.most_rad)
            phases = tuple(np.split(moved, ends))
            values.append(float(value) * len(row))
        losses.append(sum(values) / len(split.train_x))

    def accuracy(x: np.ndarray, labels: np.ndarray) -> float:
        powers = np.asarray(_powers(optics, nominal, model, phases, jnp.asarray(x)))
        return float(np.mean(model.readout.predict(powers) == labels))

    return OfflineResult(
        phases,
        tuple(drive.setting(p) for p in phases),
        accuracy(split.train_x, split.train_y),
        accuracy(split.test_x, split.test_y),
        tuple(losses),
    )


def _powers(
    optics: tuple[LayerOptics, ...], nominal: Tables, model: Model, phases: Sequence[Any], x: jax.Array
) -> jax.Array:
    """(B, N) normalised powers behind the last layer."""
    for index, (layer, t) in enumerate(zip(optics, nominal.layers, strict=True)):
        fed = x * (layer.source / np.abs(layer.source))  # the feed tree's own phases are part of the circuit
        y = layer.ahead.fields(jnp.asarray(phases[index]), fed.T).T / np.sqrt(t.a_tot)
        x = jnp.abs(y[:, : t.ports]) ** 2
        if index + 1 < len(optics):
            x = model.next_inputs(index, x, xp=jnp)
    return x

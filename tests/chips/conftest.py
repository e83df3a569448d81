"""Circuits that several tests of the chips share, each compiled once."""

from functools import cache, partial
from types import SimpleNamespace

import numpy as np
import pytest

from chips import truth
from chips.bench import Bench, Model
from chips.data import Split
from chips.train import TrainConfig
from chips.twin import Twin
from compiler.compile import build
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.network import ChipSpec, Design, Layer, Network, TrainSpec
from compiler.tables import tables
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import extract
from layouts.place import place
from layouts.route import route
from layouts.thermal import thermal
from pdk import registry
from pdk.contract import Pdk
from pdk.light import jnp


@pytest.fixture(scope="session")
def pdk() -> Pdk:
    """The generic process."""
    return registry.get("generic")


@pytest.fixture(scope="session")
def circuit(pdk):
    """Compile a designed circuit: circuit(ports, layers=1, linear="unitary")."""

    @cache
    def compiled(ports: int, layers: int = 1, linear: str = "unitary") -> Netlist:
        return build(pdk, ports=ports, layers=layers, linear=linear)

    return compiled


@pytest.fixture(scope="session")
def neighbours(pdk, circuit, tmp_path_factory):
    """The thermal neighbours of a drawn circuit: neighbours(ports, layers=1, linear="unitary")."""
    folder = tmp_path_factory.mktemp("gds")

    @cache
    def table(ports: int, layers: int = 1, linear: str = "unitary") -> ThermalTable:
        path = folder / f"{linear}_{ports}_{layers}.gds"
        emit(route(contact(place(circuit(ports, layers, linear), pdk), pdk), pdk), pdk, path)
        return thermal(extract(path, pdk), pdk).table

    return table


@pytest.fixture(scope="session")
def lesson(pdk, circuit, neighbours):
    """A chip and what it is to learn: lesson(ports, layers=3, linear="unitary", features=None, samples=24, seed=0, …).

    The data are drawn: classes are told apart by the sign of the first feature, mean power 1, bias on the last port.
    """

    def make(
        ports: int,
        layers: int = 3,
        linear: str = "unitary",
        samples: int = 24,
        seed: int = 0,
        activation: str = "modulator",
        **config: float,
    ) -> SimpleNamespace:
        netlist = circuit(ports, layers, linear)
        hidden = [Layer(ports, activation)] * (layers - 1)
        network = Network("test", ports - 1, (*hidden, Layer(ports)))
        design = Design(network, ChipSpec(linear=linear, ports=ports), TrainSpec("moons"))
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((samples, ports))
        x[:, -1] = 1.0
        x /= np.sqrt(np.mean(np.sum(x**2, axis=1)))
        labels = (x[:, 0] > 0).astype(int)
        half = samples // 2
        split = Split(x[:half], labels[:half], x[half:], labels[half:], ("minus", "plus"))
        settings = TrainConfig(**({"epochs": 2, "batch_size": 8, "seed": seed} | config))
        return SimpleNamespace(
            netlist=netlist,
            thermal=neighbours(ports, layers, linear),
            design=design,
            tables=tables(netlist, pdk),
            split=split,
            config=settings,
            pdk=pdk,
        )

    return make


@pytest.fixture(scope="session")
def true_gradient():
    """The judge: gradient of a bench's mean loss by differentiation of the twin, for the program that is loaded."""

    def judge(bench: Bench, twin: Twin, inputs: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        model = bench.model
        activations = [partial(_activation, model, k) for k in range(len(model.layers) - 1)]
        units_mw = bench.unit_mw
        return truth.gradient(
            twin, bench.tables, activations, lambda p: model.readout.losses(p, labels, jnp), inputs, units_mw
        )

    return judge


def _activation(model: Model, layer: int, powers: jnp.ndarray) -> jnp.ndarray:
    return model.next_inputs(layer, powers, xp=jnp)


class Door:
    """A chip that can be programmed and measured; every other attribute is a failure."""

    def __init__(self, chip):
        object.__setattr__(self, "_Door__chip", chip)

    def __getattribute__(self, name):
        if name not in ("program", "measure"):
            raise AssertionError(f"the trainer touched {name}")
        return getattr(object.__getattribute__(self, "_Door__chip"), name)

    def __setattr__(self, name, value):
        raise AssertionError(f"the trainer set {name}")


@pytest.fixture(scope="session")
def door():
    """What a trainer may touch of a chip: door(chip)."""
    return Door

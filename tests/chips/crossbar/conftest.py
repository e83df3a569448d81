"""Crossbar circuits that several tests share, each built once."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from chips.crossbar.electronics import Electronics
from chips.crossbar.fringes import crossbar_circuit
from chips.crossbar.twin import CrossbarTwin
from chips.variation import Imperfections
from compiler import crossbar as circuits
from compiler.crossbar_paths import crossbar_paths
from compiler.crossbar_tables import crossbar_tables
from compiler.heat import ThermalTable


@pytest.fixture(scope="session")
def crossbar(pdk):
    """A crossbar and what makes twins of it: crossbar(2, 3, 2) has 2 inputs, 3 hidden neurons, 2 outputs."""

    @cache
    def make(*widths: int, weight: str = "mzi") -> SimpleNamespace:
        netlist = circuits.build(pdk, inputs=widths[:-1], outputs=widths[1:], weight=weight)
        tables, paths = crossbar_tables(netlist, pdk), crossbar_paths(netlist, pdk)
        circuit = crossbar_circuit(paths, netlist, pdk)
        layers = len(widths) - 1
        standard = Electronics(("modulator",) * layers, (1.0,) * layers, (0.1,) * layers)

        def twin(seed=0, imperfections=None, electronics=standard, **more) -> CrossbarTwin:
            hidden = imperfections or Imperfections.real()
            return CrossbarTwin(
                netlist, pdk, hidden, seed, electronics=electronics, circuit=circuit, tables=tables, **more
            )

        return SimpleNamespace(netlist=netlist, tables=tables, paths=paths, circuit=circuit, twin=twin)

    return make


@pytest.fixture(scope="session")
def drives():
    """Random drives of every bank of some tables: drives(tables, rng, *lead)."""

    def make(tables, rng, *lead):
        low, high = (0.0, 55.0) if tables.kind == "mzi" else (-15.0, 15.0)
        return {bank.name: rng.uniform(low, high, (*lead, bank.rows, bank.columns)) for bank in tables.banks}

    return make


@pytest.fixture(scope="session")
def warm():
    """A table of thermal neighbours: every driven heater warms all shifters of its own bank a little."""

    def make(tables, rng) -> ThermalTable:
        driven = [name for bank in tables.banks for row in bank.drives for (name,) in row]
        shifters = tuple(name + end for name in driven for end in ("", "_twin"))
        pairs = [(2 * a, b) for a in range(len(driven)) for b in range(len(shifters)) if b != 2 * a]
        heater, warmed = np.array(pairs).T
        return ThermalTable(shifters, heater, warmed, rng.uniform(0, 0.02, len(pairs)), "drawn for a test")

    return make

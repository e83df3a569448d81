"""Circuits too large for SAX are compared device by device."""

from dataclasses import replace

import pytest

from backlight import equivalence
from compiler.compile import build
from compiler.netlist import Instance, Netlist
from pdk import registry


@pytest.fixture
def circuit(monkeypatch):
    monkeypatch.setattr(equivalence, "MOST_DEVICES", 10)
    return build(registry.get("generic"), ports=2, layers=1)


def test_the_same_large_circuit(circuit):
    found = equivalence.equate(circuit, circuit, registry.get("generic"))
    assert found.ok and "settings and links are the same" in found.why


def test_another_large_circuit(circuit):
    cell = circuit.cells["mzi"]
    other = replace(cell, instances={**cell.instances, "phi": Instance("phase_shifter", {"length_nm": 1})})
    changed = Netlist(circuit.top, {**circuit.cells, "mzi": other})
    found = equivalence.equate(circuit, changed, registry.get("generic"))
    assert not found.ok and "differ" in found.why

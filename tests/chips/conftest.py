"""Circuits that several tests of the chips share, each compiled once."""

from functools import cache

import pytest

from compiler.compile import build
from compiler.netlist import Netlist
from pdk import registry
from pdk.contract import Pdk


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

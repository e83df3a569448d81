"""Chips drawn once for all tests of this room, and a way to spoil a copy of one."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from compiler import crossbar
from compiler.compile import build
from layouts.compare import compare
from layouts.contact import contact
from layouts.emit import emit
from layouts.extract import Extraction, extract, read
from layouts.floorplan import Layout
from layouts.place import place
from layouts.route import route
from pdk import registry
from pdk.finding import Finding


@dataclass(frozen=True)
class Drawn:
    """A design as it was laid out, and the GDS of it."""

    layout: Layout
    path: Path


@pytest.fixture(scope="session")
def pdk():
    """The generic process."""
    return registry.get("generic")


@pytest.fixture(scope="session")
def drawn(pdk, tmp_path_factory):
    """Draw a chip: drawn(ports, layers=1, linear="unitary", io="edge")."""
    folder = tmp_path_factory.mktemp("gds")

    @cache
    def draw(ports: int, layers: int = 1, linear: str = "unitary", io: str = "edge") -> Drawn:
        layout = route(contact(place(build(pdk, ports=ports, layers=layers, linear=linear, io=io), pdk), pdk), pdk)
        path = folder / f"{linear}_{ports}_{layers}_{io}.gds"
        emit(layout, pdk, path)
        return Drawn(layout, path)

    return draw


@pytest.fixture(scope="session")
def drawn_crossbar(pdk, tmp_path_factory):
    """Draw a crossbar by the widths of its network: drawn_crossbar((2, 8, 1), weight="mzi", io="edge")."""
    folder = tmp_path_factory.mktemp("gds")

    @cache
    def draw(widths: tuple[int, ...], weight: str = "mzi", io: str = "edge") -> Drawn:
        circuit = crossbar.build(
            pdk, inputs=widths[:-1], outputs=widths[1:], weight=weight, io=io, structures=io == "grating"
        )
        layout = route(contact(place(circuit, pdk), pdk), pdk)
        path = folder / f"{'-'.join(map(str, widths))}_{weight}_{io}.gds"
        emit(layout, pdk, path)
        return Drawn(layout, path)

    return draw


@pytest.fixture
def check(pdk):
    """Everything that is wrong with a GDS, measured against a design."""

    def findings(path: Path, layout: Layout) -> tuple[Finding, ...]:
        extraction: Extraction = extract(path, pdk)
        return (*extraction.findings, *compare(layout.netlist, extraction.netlist, pdk))

    return findings


@pytest.fixture
def spoil(pdk, tmp_path):
    """Spoil a copy of a drawn chip: spoil(drawn, change, seed) -> (path of the copy, instance touched)."""

    def changed(chip: Drawn, change, seed: int) -> tuple[Path, str]:
        layout = read(chip.path)
        place_touched = change(layout, pdk, random.Random(seed))
        path = tmp_path / "spoiled.gds"
        layout.write(str(path))
        return path, place_touched

    return changed

"""Cells of the package cspdk as bare polygons. The only place that imports it to draw."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pdk.contract import Layer, NotInstalledError
from pdk.cornerstone import tech
from pdk.kit.active import activated, take_layers
from pdk.kit.drawing import Pieces, moved, polygons

FABRICATED: tuple[Layer, ...] = tuple(
    tech.LAYERS[name] for name in ("core", "slab", "grating", "heater", "metal", "pd_area", "pd_active", "pd_exclusion")
)


@dataclass(frozen=True)
class Part:
    """A cell of cspdk: its polygons, and where its ports are in nm."""

    pieces: Pieces
    places: Mapping[str, tuple[int, int]]

    def from_port(self, name: str, angle_deg: int = 0) -> "Part":
        """The same with that port at (0, 0), then turned."""
        x, y = self.places[name]
        pieces = moved(moved(self.pieces, -x, -y), angle_deg=angle_deg)
        return Part(pieces, {port: _turned(px - x, py - y, angle_deg) for port, (px, py) in self.places.items()})


def part(name: str, **settings: Any) -> Part:
    """The cell of that name in `cspdk.si220.cells`, drawn with these settings (lengths in um)."""
    with _cells() as cells:
        drawn = getattr(cells, name)(**settings)
        places = {port.name: _place(port) for port in drawn.ports}
        return Part(polygons(drawn.kdb_cell, FABRICATED), places)


def length_nm(name: str, key: str = "length", **settings: Any) -> int:
    """A length that the cell of that name states of itself."""
    with _cells() as cells:
        return round(getattr(cells, name)(**settings).info[key] * 1000)


@contextmanager
def _cells() -> Iterator[ModuleType]:
    """cspdk's cells, its PDK active meanwhile: gdsfactory knows one at a time, and others draw too."""
    take_layers()
    try:
        import cspdk.si220 as si220
    except ImportError as error:
        raise NotInstalledError(
            f"pdk: {tech.NAME} draws its cells with the package cspdk, found none; "
            "install it with: pip install 'backlight[cornerstone]' (here: uv sync --extra cornerstone)"
        ) from error
    with activated(si220.PDK):
        yield si220.cells


def _place(port: Any) -> tuple[int, int]:
    x_um, y_um = port.center
    return round(x_um * 1000), round(y_um * 1000)


def _turned(x: int, y: int, angle_deg: int) -> tuple[int, int]:
    for _ in range(angle_deg // 90 % 4):
        x, y = -y, x
    return x, y

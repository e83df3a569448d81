"""What placement decides, as data: where instances stand, where a cell's ports are, and where waveguides must turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.netlist import Netlist, Pin
from layouts.geometry import Point, Transform
from pdk.contract import Port

Box = tuple[int, int, int, int]
"""left, bottom, right, top in nm."""

FIBRE_PITCH_NM = 127_000
"""Distance between two fibres of an array: all fibres of a chip stand on one such grid."""
ROW_PITCH_NM = FIBRE_PITCH_NM
"""Distance between the lines of a crossbar; rows of a mesh stand at `Pdk.row_pitch_nm`."""


@dataclass(frozen=True)
class Wire:
    """Metal along a path of right angles, in its cell's frame; square ends reach half a width beyond the last points.

    A path of one point is a via: its cuts join the metal to the one below.
    """

    metal: str
    points: tuple[Point, ...]
    width_nm: int

    @property
    def is_via(self) -> bool:
        """Whether it is one point."""
        return len(self.points) == 1


@dataclass(frozen=True)
class CellPlan:
    """One cell's placement. A port may stand away from the instance port that it shows: routing leads light there."""

    places: Mapping[str, Transform]
    ports: Mapping[str, Port]
    corners: Mapping[Pin, tuple[Point, ...]] = field(default_factory=dict)
    """Where the waveguide that starts at a pin turns, if the router should not choose by itself."""
    wires: tuple[Wire, ...] = ()


@dataclass(frozen=True)
class Floorplan:
    """Placement of every cell of a netlist."""

    netlist: Netlist
    cells: Mapping[str, CellPlan]


@dataclass(frozen=True)
class CellLayout:
    """One cell, drawn: every instance with its place, and the pins that it shows."""

    places: Mapping[str, Transform]
    ports: tuple[Port, ...]
    wires: tuple[Wire, ...] = ()


@dataclass(frozen=True)
class Die:
    """What stands around a chip."""

    frame_nm: Box
    label: str
    text_at: Point
    """Lower left corner of the label, as a text and as metal."""


@dataclass(frozen=True)
class Layout:
    """A drawn circuit: the netlist with every waveguide in it, and a place for every instance."""

    netlist: Netlist
    cells: Mapping[str, CellLayout]
    die: Die | None = None
    """None for a bare block."""

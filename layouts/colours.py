"""One place for the look of a layer: the picture in the report, KLayout's layer properties and screenshots share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Paint:
    """How a layer is drawn."""

    label: str
    """What it is, for a legend."""
    light: str
    """Fill on light paper, as #rrggbb."""
    dark: str
    """Fill on dark paper."""
    opacity: float = 1.0
    """Of the fill; wires let the waveguides below them be seen."""
    dither: str = "I0"
    """KLayout's built-in fill pattern: I0 is solid, I1 hollow."""


PAINTS: Mapping[str, Paint] = MappingProxyType(
    {
        "die": Paint("die", "#9aa1ac", "#6b7280", 0.0, "I1"),
        "slab": Paint("slab", "#a9c4e4", "#324f70", 0.35, "I3"),
        "slab150": Paint("slab 150 nm", "#b9cfe9", "#2b4766", 0.8, "I3"),
        "slab90": Paint("slab 90 nm", "#a9c4e4", "#324f70", 0.8, "I3"),
        "core": Paint("waveguide", "#2563a8", "#7db3ee"),
        "grating": Paint("grating", "#123f6e", "#b9dbff", 0.5, "I2"),
        "germanium": Paint("germanium", "#7a4fb0", "#b394e6"),
        "heater": Paint("heater", "#d9662b", "#f0915a", 0.85, "I2"),
        "m1": Paint("metal 1", "#7d8794", "#7f8894", 0.25, "I5"),
        "m2": Paint("metal 2", "#1f9484", "#45c4b0", 0.4, "I9"),
        "m3": Paint("metal 3", "#c79a2a", "#d8b451", 0.4, "I5"),
        "metal": Paint("metal", "#c79a2a", "#d8b451", 0.4, "I5"),
        "tl": Paint("metal", "#c79a2a", "#d8b451", 0.4, "I5"),
        "pad_open": Paint("pad opening", "#8a6d1f", "#f0d68a", 0.35, "I4"),
    }
)
"""Layer name to look, the lowest first: the order in which they are drawn."""

OTHER = Paint("", "#9aa1ac", "#6b7280", 0.3, "I1")
"""Layers that the pictures leave out and KLayout lists all the same (doping, vias, markers)."""

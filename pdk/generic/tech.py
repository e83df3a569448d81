"""Layers, rules and design dimensions of the generic process (220 nm silicon in oxide, strip waveguides, C band)."""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Layer, Rule

NAME = "generic"
VERSION = "1.0.0"

WAVEGUIDE_WIDTH_NM = 500
BEND_RADIUS_NM = 10_000

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        "core": (1, 0),
        "shallow_etch": (2, 6),
        "slab150": (2, 0),
        "slab90": (3, 0),
        "germanium": (5, 0),
        "n": (20, 0),
        "np": (22, 0),
        "npp": (24, 0),
        "p": (21, 0),
        "pp": (23, 0),
        "ppp": (25, 0),
        "via_contact": (40, 0),
        "m1": (41, 0),
        "via1": (44, 0),
        "m2": (45, 0),
        "via2": (43, 0),
        "m3": (49, 0),
        "pad_open": (46, 0),
        "heater": (47, 0),
        "die": (64, 0),
        "pin": (1, 10),
        "pin_electrical": (1, 11),
        "outline": (68, 0),
        "label": (66, 0),
    }
)
"""The layer map of gdsfactory's generic PDK (gdsfactory.gpdk.layer_map); `die` is its FLOORPLAN."""

RULES: tuple[Rule, ...] = (
    Rule("core_width", "width", (1, 0), 180, "assumed: smallest line of 193 nm lithography (taper tips are 200 nm)"),
    Rule("core_space", "space", (1, 0), 180, "assumed: smallest gap of 193 nm lithography"),
    Rule("bend_radius", "bend_radius", (1, 0), 5_000, "gdsfactory.gpdk strip cross-section: radius_min 5 um"),
    Rule("core_grid", "grid", (1, 0), 1, "gdsfactory.gpdk: database unit 1 nm"),
    Rule("heater_width", "width", (47, 0), 2_000, "assumed: just below gdsfactory.gpdk's heater_metal, 2.5 um"),
    Rule("heater_space", "space", (47, 0), 2_000, "assumed: as its width"),
    Rule("m3_width", "width", (49, 0), 2_000, "assumed: top metal of 2 um, as thick as wide"),
    Rule("m3_space", "space", (49, 0), 2_000, "assumed: as its width"),
)

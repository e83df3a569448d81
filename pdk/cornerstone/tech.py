"""Layers, rules and design dimensions of CORNERSTONE's 220 nm silicon (strip waveguides, C band), MPW run 50."""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Layer, Metal, Rule

NAME = "cornerstone-si220"
VERSION = "2.1.0"
"""That of cspdk, whose cells are drawn."""

WAVEGUIDE_WIDTH_NM = 450
BEND_RADIUS_NM = 10_000
RADIUS_MIN_NM = 5_000
"""cspdk 2.1.0, tech.TECH: width 0.45 um, radius_strip 10 um, radius_min 5 um."""

WAVELENGTH_RANGE_UM = (1.5, 1.6)
"""Where the coupling tables of cspdk 2.1.0 (models.couplers) hold, in the C band."""

DIES_NM = ((5_500_000, 4_900_000), (11_470_000, 4_900_000))
"""Half and full design area: cspdk 2.1.0, submission.DESIGN_AREAS (CORNERSTONE 50th-call guideline, section 5.1)."""

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        "core": (3, 0),
        "slab": (5, 0),
        "grating": (6, 0),
        "heater": (39, 0),
        "metal": (41, 0),
        "pd_area": (140, 1),
        "pd_active": (147, 1),
        "pd_exclusion": (150, 1),
        "die": (99, 0),
        "label": (100, 0),
        "pin": (1, 10),
        "pin_electrical": (1, 11),
        "outline": (68, 0),
    }
)
"""cspdk 2.1.0, tech.LayerMapCornerstone: WG, SLAB, GRA, HEATER, PAD, PD_AREA, PD_ACTIVE, PD_EXCLUSION, FLOORPLAN, LBL.
Pins and outlines are ours; the foundry refuses them, so they are left out of what is sent."""

CORE, GRATING, HEATER, METAL = LAYERS["core"], LAYERS["grating"], LAYERS["heater"], LAYERS["metal"]

_TABLE_6 = "CORNERSTONE 50th-call guideline, Table 6, as quoted in cspdk 2.1.0, tech.TECH"
_SUBMISSION = "cspdk 2.1.0, submission.GRID_UM (guideline, section 5.5)"

RULES: tuple[Rule, ...] = (
    Rule(
        "core_width", "width", CORE, 250, "cspdk 2.1.0, cells.tapers: minimum feature of the slab; assumed: the core's"
    ),
    Rule("core_space", "space", CORE, 200, f"{_TABLE_6}.gap_min"),
    Rule("core_grid", "grid", CORE, 1, _SUBMISSION),
    Rule("grating_space", "space", GRATING, 250, f"{_TABLE_6}.grating_gap_min"),
    Rule("grating_grid", "grid", GRATING, 1, _SUBMISSION),
    Rule("heater_width", "width", HEATER, 2_000, "cspdk 2.1.0, cells.heater: filament of the foundry's Heater cell"),
    Rule("heater_space", "space", HEATER, 2_000, "assumed: as its width"),
    Rule("heater_grid", "grid", HEATER, 1, _SUBMISSION),
    Rule("metal_width", "width", METAL, 2_000, "cspdk 2.1.0, cells.heater: where the lead of the Heater cell begins"),
    Rule("metal_space", "space", METAL, 5_000, "assumed: as METALS; pads of cspdk's cells are 20 um apart"),
    Rule("metal_grid", "grid", METAL, 1, _SUBMISSION),
)
"""What the package tells of the foundry's rules, kept by every drawn cell. The foundry's whole deck is not in it.

No rule measures bends, since the foundry's own crossing and focusing grating flare so abruptly that their outline looks
like one: bends come from BEND_RADIUS_NM alone, and cspdk refuses to draw any below RADIUS_MIN_NM."""

STACK = ("metal",)
TOUCHING = {"metal": "heater"}
"""Pads lie on filaments, with no cut between them (cspdk 2.1.0, tech.CONNECTIVITY)."""
METALS: tuple[Metal, ...] = (
    Metal(
        "metal",
        5_000,
        5_000,
        123.0,
        2.2,
        "cspdk 2.1.0, tech: PAD is 0.22 um of aluminium; 27 nohm m (CRC Handbook of Chemistry and Physics); assumed: "
        "wires and gaps of 5 um (the foundry's Heater cell has 2 um, cspdk's wires default to 10), and 10 mA/um2 "
        "(1 MA/cm2), the usual limit near 25 degC",
    ),
)
"""One metal, on the heaters: it touches every heater that it crosses, and passes over waveguides."""

PAD_SIZE_NM = 90_000
PAD_PITCH_NM = 120_000
"""cspdk 2.1.0: cells.pad is 90 um wide, cells.heater has its pads 120 um apart."""

MARK_SIZE_NM = 50_000
MARK_BAR_NM = 5_000
"""Alignment crosses. Assumed: bars of 5 um by 50 um, large enough for a bonder or a camera to find."""

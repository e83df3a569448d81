"""Layers, rules and design dimensions of the generic process (220 nm silicon in oxide, strip waveguides, C band)."""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Layer, Metal, Rule

NAME = "generic"
VERSION = "1.0.0"

WAVEGUIDE_WIDTH_NM = 500
BEND_RADIUS_NM = 10_000

WAVELENGTH_RANGE_UM = (1.5, 1.6)
"""Where the models hold (assumed: so near to 1.55 µm the index of a strip is linear in the wavelength)."""

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

CORE, HEATER, GERMANIUM = LAYERS["core"], LAYERS["heater"], LAYERS["germanium"]
M1, M2, M3, PAD_OPEN = LAYERS["m1"], LAYERS["m2"], LAYERS["m3"], LAYERS["pad_open"]
CONTACT, VIA1, VIA2 = LAYERS["via_contact"], LAYERS["via1"], LAYERS["via2"]

_LITHOGRAPHY = "assumed: smallest line and gap of 193 nm lithography (taper tips are 200 nm)"
_METAL = "assumed: metal of 2 um, as thick as wide"
_CUT = "gdsfactory.gpdk via: size 0.7 um"
_CUT_SPACE = "assumed: as the width of a cut (gdsfactory.gpdk draws 1.3 um)"
_ENCLOSURE = "assumed: overlay of 0.3 um and a margin (gdsfactory.gpdk via encloses by 1 um)"

RULES: tuple[Rule, ...] = (
    Rule("core_width", "width", CORE, 180, _LITHOGRAPHY),
    Rule("core_space", "space", CORE, 180, _LITHOGRAPHY),
    Rule("core_area", "area", CORE, 100_000, "assumed: resist islands under 0.1 um2 do not stick"),
    Rule("core_angle", "angle", CORE, 60, "assumed: masks round off what is more acute"),
    Rule(
        "bend_radius",
        "bend_radius",
        CORE,
        5_000,
        "gdsfactory.gpdk strip cross-section: radius_min 5 um",
        guide_width_nm=WAVEGUIDE_WIDTH_NM,
    ),
    Rule("core_grid", "grid", CORE, 1, "gdsfactory.gpdk: database unit 1 nm"),
    Rule(
        "core_m1",
        "separation",
        CORE,
        2_000,
        "assumed: metal absorbs; 2 um of oxide as between core and heater. On slab90 it is a device's contact",
        other=M1,
        unless_on=LAYERS["slab90"],
    ),
    Rule("germanium_core", "overlap", CORE, 1_000, "assumed: germanium grows on silicon only", other=GERMANIUM),
    Rule("heater_width", "width", HEATER, 2_000, "assumed: just below gdsfactory.gpdk's heater_metal, 2.5 um"),
    Rule("heater_space", "space", HEATER, 2_000, "assumed: as its width"),
    Rule("contact_width", "width", CONTACT, 700, _CUT),
    Rule("contact_space", "space", CONTACT, 700, _CUT_SPACE),
    Rule("contact_in_m1", "enclosure", CONTACT, 500, _ENCLOSURE, other=M1),
    Rule("m1_width", "width", M1, 2_000, _METAL),
    Rule("m1_space", "space", M1, 2_000, _METAL),
    Rule("via1_width", "width", VIA1, 700, _CUT),
    Rule("via1_space", "space", VIA1, 700, _CUT_SPACE),
    Rule("via1_in_m2", "enclosure", VIA1, 500, _ENCLOSURE, other=M2),
    Rule("m2_width", "width", M2, 2_000, _METAL),
    Rule("m2_space", "space", M2, 2_000, _METAL),
    Rule("via2_width", "width", VIA2, 700, _CUT),
    Rule("via2_space", "space", VIA2, 700, _CUT_SPACE),
    Rule("via2_in_m2", "enclosure", VIA2, 500, _ENCLOSURE, other=M2),
    Rule("via2_in_m3", "enclosure", VIA2, 500, _ENCLOSURE, other=M3),
    Rule("m3_width", "width", M3, 2_000, _METAL),
    Rule("m3_space", "space", M3, 2_000, _METAL),
    Rule("pad_in_m3", "enclosure", PAD_OPEN, 2_000, "assumed: passivation overlaps the pad's rim", other=M3),
)
"""Every drawn cell keeps them. Via cuts between heater and m2 have no m1: only m2 must enclose `via1`."""

_WIRE = (
    "aluminium of 2 um, 27 nohm m (CRC Handbook of Chemistry and Physics); "
    "assumed: 2 mA/um2, the usual direct-current limit of aluminium lines at 105 degC"
)
STACK = ("m1", "via1", "m2", "via2", "m3")
"""What conducts, the lowest first."""

METALS: tuple[Metal, ...] = (
    Metal("m2", 2_000, 2_000, 13.5, 4.0, _WIRE),
    Metal("m3", 2_000, 2_000, 13.5, 4.0, _WIRE),
)
"""Metals for wires, the lowest first."""

PAD_PITCH_NM = 100_000
"""Bond pads of 80 um. Assumed: a relaxed pitch for ball bonding, whose finest is about half of it."""

BUMP_DIAMETER_NM = 50_000
BUMP_PITCH_NM = 90_000
"""Copper pillars of 50 um; assumed: 80 to 100 um is the pitch of current flip-chip assembly."""

MARK_SIZE_NM = 100_000
MARK_BAR_NM = 4_000
"""Alignment crosses. Assumed: bars of 4 um by 100 um, the size that steppers and bonders commonly ask for."""

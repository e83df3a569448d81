"""Layers, rules and design dimensions of SiEPIC EBeam (220 nm silicon in oxide, strip waveguides, C band, two metals).

The router metal M2 lies directly on the heater metal M1: no cuts join them, and a wire on M2 must not pass a heater.
Only M2 takes wires, so only M2 is followed from terminal to pad.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Layer, Metal, Rule

NAME = "siepic-ebeam"
VERSION = "0.4.53"
PACKAGE = "siepic_ebeam_pdk"
EXTRA = "siepic"

WAVEGUIDE_WIDTH_NM = 500
"""WAVEGUIDES.xml, Strip TE 1550 nm, w=500 nm."""
BEND_RADIUS_NM = 10_000
"""Twice what WAVEGUIDES.xml asks for."""

WAVELENGTH_RANGE_UM = (1.5, 1.6)
"""Where the models hold: the package's tables of S-parameters reach from 1.5 to 1.6 um."""

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        "core": (1, 0),
        "heater": (11, 0),
        "m2": (12, 0),
        "pad_open": (13, 0),
        "die": (99, 0),
        "pin": (1, 10),
        "pin_electrical": (1, 11),
        "outline": (68, 0),
        "label": (10, 0),
    }
)
"""EBeam.lyp: Si, M1_heater, M2_router, M_Open, FloorPlan, PinRec, PinRecM, DevRec, Text."""

CORE, M1, M2, PAD_OPEN = LAYERS["core"], LAYERS["heater"], LAYERS["m2"], LAYERS["pad_open"]

_DECK = "siepic-ebeam-pdk 0.4.53, drc/SiEPIC_EBeam_DRC.lydrc"

RULES: tuple[Rule, ...] = (
    Rule("core_width", "width", CORE, 60, f"{_DECK}: Si_width"),
    Rule("core_space", "space", CORE, 70, f"{_DECK}: Si_space (its text says 60 nm, its line checks 70 nm)"),
    Rule("core_grid", "grid", CORE, 1, "siepic-ebeam-pdk 0.4.53: database unit of its cells, 1 nm"),
    Rule("m1_width", "width", M1, 3_000, f"{_DECK}: M1_width"),
    Rule("m1_space", "space", M1, 3_000, f"{_DECK}: M1_space"),
    Rule("m2_width", "width", M2, 5_000, f"{_DECK}: M2_width"),
    Rule("m2_space", "space", M2, 8_000, f"{_DECK}: M2_space"),
    Rule("m1_m2", "overlap", M1, 3_000, f"{_DECK}: M2_M1_overlap", other=M2),
    Rule("pad_open_width", "width", PAD_OPEN, 10_000, f"{_DECK}: MLOpen_width"),
    Rule("pad_open_space", "space", PAD_OPEN, 10_000, f"{_DECK}: MLOpen_space"),
    Rule("pad_in_m2", "enclosure", PAD_OPEN, 2_500, "siepic-ebeam-pdk 0.4.53, ebeam_BondPad_75 draws 2.5 um", other=M2),
)
"""The limits of the foundry's deck; the deck itself forgives 2 nm. It has none for bends, and the outlines of the
foundry's own y-branch turn more sharply than its waveguides may."""

STACK = ("m2",)
"""What conducts from terminal to pad. M1 is not in it: a heater is a resistor, no wire."""
TOUCHING = {"m2": "heater"}

METALS: tuple[Metal, ...] = (
    Metal(
        "m2",
        5_000,
        8_000,
        54.0,
        2.0,
        f"widths: {_DECK}; aluminium of 0.5 um, 27 nohm m (from memory: Applied Nanotools' router is 0.2 um TiW and "
        "0.5 um Al; SiEPIC/SiEPIC_EBeam_PDK, klayout/EBeam/xsect/EBeam_ANT.xs, draws 0.7 um); assumed: 4 mA/um2, "
        "twice the usual limit at 105 degC, for a chip on a cooled stage",
    ),
)
"""Metals for wires."""

PAD_PITCH_NM = 90_000
"""ebeam_BondPad_75 is 75 um wide, M2 needs 8 um more. Assumed: ball bonding can do half of it."""

ROW_PITCH_NM = 254_000
"""Twice the pitch of fibre arrays: wires and spaces of M2 take 20 um, and rows leave room for about 10 of them."""

MARK_SIZE_NM = 100_000
MARK_BAR_NM = 6_000
"""Alignment crosses on silicon and M2. Assumed: 100 um as steppers ask for, bars as wide as M2 allows and a margin."""

"""Layers, rules and design dimensions of Luxtelligence's lnoi400: 400 nm of lithium niobate, 200 nm of it etched away.

    ░░░ metal, 0.9 um thick, 1 um above the ridge          y │
    ▓▓▓ ridge on a slab; the slab is cut where we say so     └── z, the crystal's axis: across every shifter

The wafer is x-cut: only a field across the waveguide, along z, turns the phase, and only in waveguides along the chip's
x axis. Its sign follows the axis, not the cell: a shifter that is mirrored upside down, or turned, has the other sign.
Those that a program sets all stand upright.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pdk.contract import Layer, Metal, Rule

NAME = "luxtelligence-lnoi400"
VERSION = "2.1.1"

WAVEGUIDE_WIDTH_NM = 1_000
SLAB_WIDTH_NM = 10_000
"""Of the slab that goes with a waveguide (lnoi400 2.1.1, tech.xs_rwg1000)."""
BEND_RADIUS_NM = 60_000
"""As lnoi400 2.1.1 routes (tech.route_bundle_rwg1000)."""
ROW_PITCH_NM = 381_000
"""Three fibres of an array: a tap's U-turn and the grating behind it, with as much from the row above, and wires."""

WAVELENGTH_RANGE_UM = (1.53, 1.57)
"""Where the models hold: the MMIs lose at most 0.07 dB more there than at 1.55 um, by the package's own data."""

LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        "core": (2, 0),
        "slab": (3, 0),
        "slab_negative": (3, 1),
        "contour": (6, 0),
        "die": (6, 1),
        "tl": (21, 0),
        "pin": (99, 10),
        "pin_electrical": (99, 11),
        "outline": (68, 0),
        "label": (66, 0),
    }
)
"""lnoi400 2.1.1, tech.LayerMapLNOI400. `die` is its CHIP_EXCLUSION_ZONE, whose outer edge is the chip's own."""

CORE, SLAB, SLAB_NEGATIVE, TL = (LAYERS[name] for name in ("core", "slab", "slab_negative", "tl"))

_LINE = "lnoi400 2.1.1: the narrowest it draws, the tips of cells.double_linear_inverse_taper"
_RAILS = "lnoi400 2.1.1: the finest metal it draws, the rails of cells.trail_cpw"

RULES: tuple[Rule, ...] = (
    Rule("core_width", "width", CORE, 250, _LINE),
    Rule(
        "core_space", "space", CORE, 250, "lnoi400 2.1.1: cells.gc_focusing_1550 leaves 0.30 um; assumed: as its width"
    ),
    Rule("core_area", "area", CORE, 1_000_000, "assumed: resist islands under 1 um2 do not stick"),
    Rule("core_grid", "grid", CORE, 1, "lnoi400 2.1.1: database unit 1 nm"),
    Rule("slab_width", "width", SLAB, 250, _LINE),
    Rule("tl_width", "width", TL, 1_500, _RAILS),
    Rule("tl_space", "space", TL, 1_500, _RAILS),
    Rule("tl_grid", "grid", TL, 1, "lnoi400 2.1.1: database unit 1 nm"),
)
"""Every drawn cell keeps them. The foundry's own deck is not public (resources.luxtelligence.ai, on request).

None limits bends: the check takes the corner where a grating's taper begins for one, and there is one bend, a cell."""

METALS: tuple[Metal, ...] = (
    Metal(
        "tl",
        5_000,
        5_000,
        27.0,
        1.8,
        "lnoi400 2.1.1: 0.9 um thick (tech.tl_thickness); assumed: gold of 24 nohm m, 2 mA/um2, wires and gaps of 5 um",
    ),
)
"""One metal for electrodes, wires and pads. It may cross waveguides, not gratings."""
STACK = ("tl",)

PAD_PITCH_NM = 150_000
"""lnoi400 2.1.1, cells.die_phix_rf: pads of 90 um."""

DIES_NM: tuple[tuple[int, int], ...] = (
    (10_100_000, 5_050_000),
    (10_100_000, 10_100_000),
    (20_200_000, 5_050_000),
    (20_200_000, 10_100_000),
    (20_200_000, 20_200_000),
)
"""5, 10 or 20 mm a side, not 5 by 5 (lnoi400 2.1.1, _utils.chip_floorplan.chip_frame, edges at its exclusion zone)."""

MARK_SIZE_NM = 100_000
MARK_BAR_NM = 4_000
"""Alignment crosses. Assumed: bars of 4 um by 100 um, the size that steppers and bonders commonly ask for."""

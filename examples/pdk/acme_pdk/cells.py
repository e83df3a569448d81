"""Every cell, drawn with klayout alone: name to role, what draws it, and the length of waveguide that light passes."""

import klayout.db as kdb

from acme_pdk.tech import LAYERS, MMI_NM, NUMBERS, STRIP
from pdk.contract import Port, Role
from pdk.kit.drawing import box, drawn, together
from pdk.kit.marks import alignment_cross, bond_pad

TAP = (350, STRIP.couplers.length_nm(350, NUMBERS["tap_coupling"].value))
BALANCE = (280, STRIP.couplers.length_nm(280, STRIP.couplers.balance_power(2 * MMI_NM)))


def on(layer, *sides):
    return box(LAYERS[layer], *sides)


def mmi():
    arms = [STRIP.line(x, x + 1_000, y) for x in (0, MMI_NM - 1_000) for y in (0, 2_000)]
    body = on("core", 1_000, -1_000, MMI_NM - 1_000, 3_000)
    return drawn("mmi", together(body, *arms), STRIP.corners(MMI_NM, 2_000))


def lone(name, length, *pieces):
    """A waveguide that ends in something, from o1."""
    return drawn(name, together(STRIP.line(0, length), *pieces), STRIP.ends(0))


def wired(name, length, angle, pads, *pieces):
    """The same with terminals, squares of 10 um by the middle of an edge; o2 where they face north."""
    metal = [on("m2", x - 5_000, y - 10_000, x + 5_000, y) if angle else on("m2", x - 10_000, y - 5_000, x, y + 5_000)
             for x, y in pads]  # fmt: skip
    wires = [Port(f"e{k}", x, y, angle, 10_000, "electrical") for k, (x, y) in enumerate(pads, 1)]
    pieces = together(STRIP.line(0, length), *metal, *pieces)
    return drawn(name, pieces, [*STRIP.ends(length if angle else 0), *wires])


def facet():
    tip = kdb.Polygon([kdb.Point(*at) for at in ((0, -225), (0, 225), (150_000, 75), (150_000, -75))])
    return drawn("facet", {LAYERS["core"]: kdb.Region(tip)}, [*STRIP.ends(0), Port("o2", 150_000, 0, 0, 150)])


HEATER = on("heater", 10_000, -1_500, 150_000, 1_500)
HEATED = ("heated", 160_000, 90, ((15_000, 5_000), (145_000, 5_000)), HEATER)
MODULATOR = ("modulator", 250_000, 90, ((55_000, 30_000), (195_000, 30_000)), on("box", 9_000, -9_000, 240_000, 30_000))
DIODE = ("diode", 20_000, 0, ((40_000, 10_000), (40_000, -10_000)), on("box", 5_000, -15_000, 40_000, 15_000))
TEETH = [on("core", x, -400, x + 160, 400) for x in range(10_000, 30_000, 320)]
CELLS = {
    "bend": (Role.BEND, lambda: STRIP.bend("bend"), STRIP.bend_way_nm()),
    "mmi": (Role.SPLITTER_2X2, mmi, MMI_NM),
    "tap": (Role.TAP, lambda: STRIP.coupler("tap", *TAP), STRIP.coupler_way_nm(*TAP)),
    "weak": (Role.BALANCE_TAP, lambda: STRIP.coupler("weak", *BALANCE), STRIP.coupler_way_nm(*BALANCE)),
    "heated": (Role.PHASE_SHIFTER, lambda: wired(*HEATED), 160_000),
    "modulator": (Role.MODULATOR, lambda: wired(*MODULATOR), 250_000),
    "diode": (Role.PHOTODIODE, lambda: wired(*DIODE), 0),
    "mirror": (Role.LOOP_MIRROR, lambda: lone("mirror", 30_000, *TEETH), 60_000),
    "sink": (Role.TERMINATION, lambda: lone("sink", 40_000, on("doped", 5_000, -2_000, 40_000, 2_000)), 0),
    "facet": (Role.EDGE_COUPLER, facet, 150_000),
    "pad": (Role.BOND_PAD, lambda: bond_pad("pad", LAYERS["m2"], LAYERS["open"], 80_000, 5_000), 0),
    "mark": (Role.ALIGNMENT_MARK, lambda: alignment_cross("mark", (LAYERS["core"], LAYERS["m2"]), 100_000, 4_000), 0),
}

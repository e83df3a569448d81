"""Cells without a wire. Pictures show the port numbers.

o2 ──┐      ┌── o3      two-by-two cells count clockwise from the lower left
│      │
o1 ──┘      └── o4
"""

from pdk.cornerstone import coupling, tech
from pdk.cornerstone.foundry import Part, part
from pdk.cornerstone.way import Step, bend, ends, line, optical, way
from pdk.kit.drawing import Drawn, drawn, moved, together
from pdk.kit.marks import alignment_cross

LOOP: tuple[Step, ...] = ("L", "R", "R", 3_140, "R", 20_000)
"""From the upper output of a mmi1x2 to its lower one, 3.14 um below."""
CAMERA_LEAD_NM = 10_000
FIBRE_WIDTH_NM = 10_000
"""Width of a fibre's port: cspdk 2.1.0, cells.fixed, the fibre's mode-field diameter."""
TIP_NM, TERMINATION_NM = 250, 40_000
"""Tip (the narrowest that the rules allow) and length of the taper that ends a waveguide."""


def straight(length_nm: int) -> Drawn:
    """A rectangle of core from o1 at (0, 0) to o2 at (length, 0)."""
    return drawn(f"straight_{length_nm}", line(0, length_nm), ends(length_nm))


def bend_circular() -> Drawn:
    """Circular bend, o1 at (0, 0) facing west to o2 at (10, 10) um facing north."""
    radius = tech.BEND_RADIUS_NM
    return drawn("bend_circular", bend(), [optical("o1", 0, 0, 180), optical("o2", radius, radius, 90)])


def mmi2x2() -> Drawn:
    """50:50 splitter and combiner."""
    return _four("mmi2x2", part("mmi2x2"))


def mmi1x2() -> Drawn:
    """50:50 splitter: o1 west, o2 upper east, o3 lower east."""
    source = part("mmi1x2").from_port("o1")
    angles = {"o1": 180, "o2": 0, "o3": 0}
    return drawn("mmi1x2", source.pieces, [optical(n, *source.places[n], angle) for n, angle in angles.items()])


def coupler() -> Drawn:
    """50:50 coupler."""
    return _coupler("coupler", coupling.COUPLER_GAP_NM, coupling.COUPLER_LENGTH_NM)


def tap() -> Drawn:
    """3 % coupler: the bus is o1 to o4; light that goes back through the bus leaves by o2 as well."""
    return _coupler("tap", coupling.TAP_GAP_NM, coupling.TAP_LENGTH_NM)


def balance_tap() -> Drawn:
    """Coupler whose bus loses what two mmi2x2 lose, for arms that bypass an interferometer."""
    return _coupler("balance_tap", coupling.BALANCE_GAP_NM, coupling.BALANCE_LENGTH_NM)


def crossing() -> Drawn:
    """Two waveguides cross: o1 west, o2 north, o3 east, o4 south."""
    source = part("crossing").from_port("o1")
    angles = {"o1": 180, "o2": 90, "o3": 0, "o4": 270}
    return drawn("crossing", source.pieces, [optical(n, *source.places[n], angle) for n, angle in angles.items()])


def loop_mirror() -> Drawn:
    """1x2 MMI whose outputs are joined by four bends: what enters o1 comes back.

                 ╭──╮
              o2─╯  │
    o1 ── mmi       │
              o3────╯
    """
    splitter = part("mmi1x2").from_port("o1")
    pieces = together(splitter.pieces, way(*splitter.places["o2"], 0, LOOP))
    return drawn("loop_mirror", pieces, [optical("o1", 0, 0, 180)])


def grating_coupler_rectangular() -> Drawn:
    """The foundry's standard grating: o1 waveguide, o2 the fibre above (its port lies on no edge)."""
    source = part("grating_coupler_rectangular").from_port("o1")
    ports = [optical("o1", 0, 0, 180), optical("o2", *source.places["o2"], 0, FIBRE_WIDTH_NM)]
    return drawn("grating_coupler_rectangular", source.pieces, ports)


def camera_grating() -> Drawn:
    """The foundry's apodized focusing grating behind a short lead: what enters o1 leaves upwards, to a camera."""
    source = part("grating_coupler_focusing_apodized").from_port("o1", 180)
    pieces = together(line(0, CAMERA_LEAD_NM), moved(source.pieces, CAMERA_LEAD_NM))
    return drawn("camera_grating", pieces, [optical("o1", 0, 0, 180)])


def termination() -> Drawn:
    """Taper to a tip that lets go of what enters o1."""
    source = part("taper", length=TERMINATION_NM / 1000, width2=TIP_NM / 1000).from_port("o1")
    return drawn("termination", source.pieces, [optical("o1", 0, 0, 180)])


def alignment_mark() -> Drawn:
    """Cross on waveguide core and metal, its middle at (0, 0)."""
    return alignment_cross("alignment_mark", (tech.CORE, tech.METAL), tech.MARK_SIZE_NM, tech.MARK_BAR_NM)


def _four(name: str, source: Part) -> Drawn:
    source = source.from_port("o1")
    angles = {"o1": 180, "o2": 180, "o3": 0, "o4": 0}
    return drawn(name, source.pieces, [optical(n, *source.places[n], angle) for n, angle in angles.items()])


def _coupler(name: str, gap_nm: int, length_nm: int) -> Drawn:
    return _four(name, part("coupler", gap=gap_nm / 1000, length=length_nm / 1000))

"""Cells with wires: o1 at (0, 0), all terminals on the one metal."""

from pdk.contract import Port
from pdk.cornerstone import coupling, tech
from pdk.cornerstone.foundry import Part, part
from pdk.cornerstone.way import RADIUS, Step, ends, line, optical, way
from pdk.kit.drawing import Drawn, Pieces, box, drawn, moved, together

HEATER_NM = 200_000
"""Length of a filament: that of the foundry's Heater cell (cspdk 2.1.0, cells.heater)."""
CONTACT_NM = (4_900, 24_900)
"""Contacts begin and end so far beyond the ends of the filament (cspdk 2.1.0, cells.straight_heater_metal)."""
CONTACT_HALF_NM = 5_000
LEAD_NM = 25_000
"""Straight before and after a filament: all metal lies between o1 and o2."""

RISE_NM = 430
"""Straight between the two bends that lead from a mmi1x2 (1.57 um off the axis) to an arm."""
ARM_Y_NM = 22_000
ARM_X_NM = coupling.MMI1X2_LENGTH_NM + 2 * RADIUS
"""Where an arm begins."""
MODULATOR_ARM_NM = 286_400
MODULATOR_LOWER_NM = 120_000
"""Where the lower filament of the modulator begins; the upper one is shifted, so that the lower's wire gets past it."""
MODULATOR_SHIFT_NM = 30_000
ATTENUATOR_ARM_NM = 260_000


def phase_shifter() -> Drawn:
    """Waveguide under a filament of 200 um; e1 left contact, e2 right contact, both open to the north.

            e1                      e2
          ┌────┐════════════════┌────┐
    o1 ───┤    │     heater     │    ├─── o2
          └────┘════════════════└────┘
    """
    end = HEATER_NM + 2 * LEAD_NM
    contacts = [_contact("e1", _west(LEAD_NM), 0), _contact("e2", _east(LEAD_NM), 0)]
    pieces = together(line(0, end), moved(_filament(), LEAD_NM))
    return drawn("phase_shifter", pieces, [*ends(end), *contacts])


def modulator() -> Drawn:
    """Push-pull Mach-Zehnder modulator: a heater on each arm between two 1x2 MMIs.

    A heater only ever adds phase: to turn one arm back is to heat it less. With the sum of both phases at 2 pi, the
    field behind is cos of half their difference, real, of either sign. e1 is the upper arm's heater, e2 the lower
    arm's, e3 the return of both: with e1 above it and e2 below it, it carries the difference of their currents.

             e2  e1             e3
             │   ╔══════════╗   │
    o1 ──<── │ ══╝ upper    ╚═══╪═ ──>── o2
             ╚══════ lower ═════╝
    """
    end = _end(MODULATOR_ARM_NM)
    lower, upper = MODULATOR_LOWER_NM, MODULATOR_LOWER_NM + MODULATOR_SHIFT_NM
    top = ARM_Y_NM + CONTACT_HALF_NM
    hot, common = _west(lower), _east(upper)
    pieces = together(
        _interferometer(MODULATOR_ARM_NM),
        moved(_filament(), lower, -ARM_Y_NM),
        moved(_filament(), upper, ARM_Y_NM),
        box(tech.METAL, hot[0], -top, hot[1], top),
        box(tech.METAL, common[0], -top, common[1], top),
        box(tech.METAL, _east(lower)[0], -top, common[1], CONTACT_HALF_NM - ARM_Y_NM),
    )
    wires = [_contact(name, at, ARM_Y_NM) for name, at in (("e1", _west(upper)), ("e2", hot), ("e3", common))]
    return drawn("modulator", pieces, [*ends(end), *wires])


def attenuator() -> Drawn:
    """Variable attenuator: Mach-Zehnder interferometer with a heater on its upper arm, e1 in the west, e2 in the east.

    It passes cos^2 of half the heater's phase; the field turns by half of it.
    """
    end = _end(ATTENUATOR_ARM_NM)
    begin = ARM_X_NM + (ATTENUATOR_ARM_NM - HEATER_NM) // 2
    pieces = together(_interferometer(ATTENUATOR_ARM_NM), moved(_filament(), begin, ARM_Y_NM))
    wires = [_contact("e1", _west(begin), ARM_Y_NM), _contact("e2", _east(begin), ARM_Y_NM)]
    return drawn("attenuator", pieces, [*ends(end), *wires])


def photodiode_integrated() -> Drawn:
    """Site of a flip-chip InGaAs photodiode over a grating: o1 light, e1 anode (up), e2 cathode (down).

    cspdk's cell, turned by 180 degrees; its outline is the zone that everything else has to leave free.
    """
    source = part("photodiode_integrated").from_port("o1", 180)
    (x, anode), (_, cathode) = source.places["e2"], source.places["e1"]
    wires = [_wire("e1", x, anode, 300_000), Port("e2", x, cathode, 270, 202_000, "electrical")]
    return drawn("photodiode_integrated", source.pieces, [optical("o1", 0, 0, 180), *wires])


def pad() -> Drawn:
    """Bond pad; e1 on its west edge."""
    source: Part = part("pad", size=(tech.PAD_SIZE_NM / 1000,) * 2).from_port("e1")
    return drawn("pad", source.pieces, [Port("e1", 0, 0, 180, tech.PAD_SIZE_NM, "electrical")])


def arm_steps(arm_nm: int) -> tuple[Step, ...]:
    """The way of an upper arm."""
    return ("L", RISE_NM, "R", arm_nm, "R", RISE_NM, "L")


def _interferometer(arm_nm: int) -> Pieces:
    """Two 1x2 MMIs and two equal arms."""
    splitter = part("mmi1x2").from_port("o1")
    upper = way(*splitter.places["o2"], 0, arm_steps(arm_nm))
    lower = moved(upper, mirror=True)
    combiner = moved(splitter.pieces, _end(arm_nm), 0, 180)
    return together(splitter.pieces, upper, lower, combiner)


def _filament() -> Pieces:
    """A heater from (0, 0) to (HEATER_NM, 0), with the contacts beyond its ends, without the waveguide."""
    source = part("straight_heater_metal", length=HEATER_NM / 1000).from_port("o1")
    return {layer: region for layer, region in source.pieces.items() if layer != tech.CORE}


def _end(arm_nm: int) -> int:
    return 2 * ARM_X_NM + arm_nm


def _west(begin_nm: int) -> tuple[int, int]:
    """Left and right edge of the west contact of a filament that begins there."""
    return begin_nm - CONTACT_NM[1], begin_nm - CONTACT_NM[0]


def _east(begin_nm: int) -> tuple[int, int]:
    return begin_nm + HEATER_NM + CONTACT_NM[0], begin_nm + HEATER_NM + CONTACT_NM[1]


def _contact(name: str, edges: tuple[int, int], y_nm: int) -> Port:
    """The upper edge of a contact."""
    return _wire(name, sum(edges) // 2, y_nm + CONTACT_HALF_NM, edges[1] - edges[0])


def _wire(name: str, x_nm: int, y_nm: int, width_nm: int) -> Port:
    """A terminal that faces north."""
    return Port(name, x_nm, y_nm, 90, width_nm, "electrical")

"""Cells with wires: electrical ports on the router metal M2, all of them open to the north."""

from pdk.contract import Port
from pdk.kit.drawing import Drawn, Pieces, box, drawn, moved, together
from pdk.siepic import tech
from pdk.siepic.dimensions import (
    ATTENUATOR_HEATER_NM,
    BRANCH_LENGTH_NM,
    CONTACT_LENGTH_NM,
    CONTACT_NORTH_NM,
    CONTACT_SOUTH_NM,
    HEATER_LENGTH_NM,
    HEATER_WIDTH_NM,
    LEAD_NM,
    STRAP_STEP_NM,
)
from pdk.siepic.passives import BRANCH, STRIP, own, turn, turned


def heated_nm(heater_nm: int) -> int:
    """Length of a heated waveguide, with contacts and leads."""
    return heater_nm + 2 * (CONTACT_LENGTH_NM + LEAD_NM)


def arm_nm(heater_nm: int, step_nm: int) -> int:
    """Length of an interferometer's arm whose heaters are `step_nm` apart along it."""
    return heated_nm(heater_nm) + step_nm


def phase_shifter() -> Drawn:
    """Waveguide under a metal heater, as the foundry's wg_heater and thermal_phase_shifter draw it; e1 west, e2 east.

            e1                      e2
          ┌────┐════════════════┌────┐
    o1 ───┤ M2 │       M1       │ M2 ├─── o2
          └────┘════════════════└────┘
    """
    end = heated_nm(HEATER_LENGTH_NM)
    pieces = together(STRIP.line(0, end), _heater(LEAD_NM, 0, HEATER_LENGTH_NM))
    wires = [_terminal("e1", LEAD_NM, 0), _terminal("e2", end - LEAD_NM - CONTACT_LENGTH_NM, 0)]
    return drawn("phase_shifter", pieces, [*STRIP.ends(end), *wires])


def modulator() -> Drawn:
    """Push-pull interferometer of two y-branches, a heater on each arm: the process has no faster modulator.

    A heater only ever adds phase: to turn one arm back is to heat it less. With the sum of both phases at 2 pi, the
    field behind is cos of half their difference, real, of either sign. e1 is the upper arm's heater, e2 the lower
    arm's, e3 the return of both. Straps of M2 pass the upper arm where it has no heater:

             e2  e1             e3
             │   ╔══════════╗   │
    o1 ──<── │ ══╝ upper    ╚═══╪═ ──>── o2
             ╚══════ lower ═════╝
    """
    light, x, y, end = _interferometer(arm_nm(HEATER_LENGTH_NM, STRAP_STEP_NM))
    lower, upper = x + LEAD_NM, x + LEAD_NM + STRAP_STEP_NM
    lower_end, common = (at + CONTACT_LENGTH_NM + HEATER_LENGTH_NM for at in (lower, upper))
    bottom, top = -y - CONTACT_SOUTH_NM, y + CONTACT_NORTH_NM
    pieces = together(
        light,
        _heater(lower, -y, HEATER_LENGTH_NM),
        _heater(upper, y, HEATER_LENGTH_NM),
        box(tech.M2, lower, bottom, lower + CONTACT_LENGTH_NM, top),
        box(tech.M2, common, bottom, common + CONTACT_LENGTH_NM, top),
        box(tech.M2, lower_end, bottom, common, -y + CONTACT_NORTH_NM),
    )
    wires = [_terminal("e1", upper, y), _terminal("e2", lower, y), _terminal("e3", common, y)]
    return drawn("modulator", pieces, [*STRIP.ends(end), *wires])


def attenuator() -> Drawn:
    """Interferometer of two y-branches with a heater on its upper arm, e1 in the west, e2 in the east.

    It passes cos^2 of half the heater's phase; the field turns by half of it.
    """
    light, x, y, end = _interferometer(arm_nm(ATTENUATOR_HEATER_NM, 0))
    west = x + LEAD_NM
    pieces = together(light, _heater(west, y, ATTENUATOR_HEATER_NM))
    east = west + CONTACT_LENGTH_NM + ATTENUATOR_HEATER_NM
    wires = [_terminal("e1", west, y), _terminal("e2", east, y)]
    return drawn("attenuator", pieces, [*STRIP.ends(end), *wires])


def bond_pad() -> Drawn:
    """The foundry's pad of 75 um with its opening; e1 on its west edge."""
    return own("ebeam_BondPad_75", {"m_pin_left": "e1"})


def _heater(x_nm: int, y_nm: int, length_nm: int) -> Pieces:
    """Metal over a waveguide: contacts of M2 begin at x, and M1 runs from under the first to under the second."""
    half, end = HEATER_WIDTH_NM // 2, x_nm + 2 * CONTACT_LENGTH_NM + length_nm
    return together(
        box(tech.M1, x_nm, y_nm - half, end, y_nm + half),
        *(
            box(tech.M2, at, y_nm - CONTACT_SOUTH_NM, at + CONTACT_LENGTH_NM, y_nm + CONTACT_NORTH_NM)
            for at in (x_nm, end - CONTACT_LENGTH_NM)
        ),
    )


def _terminal(name: str, x_nm: int, y_nm: int) -> Port:
    """The upper edge of a contact that begins at x, over a waveguide at height y."""
    return Port(name, x_nm + CONTACT_LENGTH_NM // 2, y_nm + CONTACT_NORTH_NM, 90, CONTACT_LENGTH_NM, "electrical")


def _interferometer(length_nm: int) -> tuple[Pieces, int, int, int]:
    """Its waveguides, where its arms begin, how far they are from the axis, and the x of o2."""
    branch, ports = turned("ebeam_y_1550", BRANCH)
    rise = next(p.y_nm for p in ports if p.name == "o2")
    west, y = BRANCH_LENGTH_NM + 2 * tech.BEND_RADIUS_NM, rise + 2 * tech.BEND_RADIUS_NM
    end = 2 * west + length_nm
    climb = together(moved(turn(), BRANCH_LENGTH_NM, rise), moved(turn(), west, y, 180))
    upper = together(climb, STRIP.line(west, west + length_nm, y), moved(climb, end, 0, 180, mirror=True))
    arms = together(upper, moved(upper, mirror=True))
    return together(branch, moved(branch, end, 0, 180, mirror=True), arms), west, y, end

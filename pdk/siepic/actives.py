"""Cells with wires: electrical ports on the router metal M2."""

from pdk.contract import Port
from pdk.kit.drawing import Drawn, Pieces, box, drawn, moved, together
from pdk.siepic import tech
from pdk.siepic.dimensions import CONTACT_LENGTH_NM, CONTACT_WIDTH_NM, HEATER_LENGTH_NM, HEATER_WIDTH_NM, LEAD_NM
from pdk.siepic.passives import BRANCH, guide, own, port, turn, turned

SHIFTER_NM = HEATER_LENGTH_NM + 2 * (CONTACT_LENGTH_NM + LEAD_NM)
"""From o1 to o2 of the phase shifter."""


def phase_shifter() -> Drawn:
    """Waveguide under a metal heater, as the foundry's wg_heater and thermal_phase_shifter draw it; e1 west, e2 east.

            e1                      e2
          ┌────┐════════════════┌────┐
    o1 ───┤ M2 │       M1       │ M2 ├─── o2
          └────┘════════════════└────┘
    """
    pieces, wires = _heated(0, 0)
    return drawn("phase_shifter", pieces, [port("o1", 0, 0, 180), port("o2", SHIFTER_NM, 0, 0), *wires])


def modulator() -> Drawn:
    """Interferometer of two y-branches with a heater on its upper arm, e1 to e2: the process has no faster modulator.

              ┌── heater ──┐
    o1 ──<    e1           e2   >── o2
              └────────────┘
    """
    branch, ports = turned("ebeam_y_1550", BRANCH)
    upper = next(p for p in ports if p.name == "o2")
    x, r = upper.x_nm, tech.BEND_RADIUS_NM
    y = upper.y_nm + 2 * r
    west, east = x + 2 * r, x + 2 * r + SHIFTER_NM
    end = east + 2 * r + x
    heated, wires = _heated(west, y)
    climb = together(moved(turn(), x, upper.y_nm), moved(turn(), west, y, 180))
    arms = together(climb, moved(climb, end, 0, 180, mirror=True))
    pieces = together(
        branch,
        moved(branch, end, 0, 180, mirror=True),
        arms,
        moved(arms, mirror=True),
        heated,
        guide(west, east, -y),
    )
    return drawn("modulator", pieces, [port("o1", 0, 0, 180), port("o2", end, 0, 0), *wires])


def bond_pad() -> Drawn:
    """The foundry's pad of 75 um with its opening; e1 on its west edge."""
    return own("ebeam_BondPad_75", {"m_pin_left": "e1"})


def _heated(x_nm: int, y_nm: int) -> tuple[Pieces, list[Port]]:
    """A heated waveguide from (x, y) to the east, and its terminals."""
    half, reach = HEATER_WIDTH_NM // 2, CONTACT_WIDTH_NM // 2
    west, east = x_nm + LEAD_NM, x_nm + SHIFTER_NM - LEAD_NM
    pieces = together(
        guide(x_nm, x_nm + SHIFTER_NM, y_nm),
        box(tech.M1, west, y_nm - half, east, y_nm + half),
        box(tech.M2, west, y_nm - reach, west + CONTACT_LENGTH_NM, y_nm + reach),
        box(tech.M2, east - CONTACT_LENGTH_NM, y_nm - reach, east, y_nm + reach),
    )
    middles = (west + CONTACT_LENGTH_NM // 2, east - CONTACT_LENGTH_NM // 2)
    wires = [
        Port(f"e{k}", middle, y_nm + reach, 90, CONTACT_LENGTH_NM, "electrical") for k, middle in enumerate(middles, 1)
    ]
    return pieces, wires

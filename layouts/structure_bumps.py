"""Bumps of the test structures: half a row above each, over nothing but waveguide; wires rise straight into them.

        ○      ○
        │      │
    ──[  theta   ]──
        │   ┌─┐           both ends of the undriven twin lie on the return
    ──[   twin   ]──

Each function takes a placed cell and returns its nets, as in `layouts.bumps`.
"""

from compiler.netlist import Pin
from layouts.bumps import TWIN_STRAP_NM, Landing, modulator
from layouts.floorplan import FIBRE_PITCH_NM, CellPlan
from layouts.geometry import Point
from layouts.metal import heater_current_ma
from layouts.templates import rise_nm
from pdk.contract import Pdk, Role

HALF = FIBRE_PITCH_NM // 2
ABOVE_MZI_NM = 80_000
"""Height of the bare MZI's bumps over its row: its upper arm stands above the row, its bumps must not touch it."""
DIODE_STEP_NM = 98_000
"""Between the bumps of a photodiode."""


def bare_mzi(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """Heater and return; the return goes on to the twin."""
    shifter = pdk.device(Role.PHASE_SHIFTER)
    theta, twin = plan.places["theta"], plan.places["theta_twin"]
    e1, e2 = (theta.x_nm + shifter.port(name).x_nm for name in ("e1", "e2"))
    low = twin.y_nm + TWIN_STRAP_NM
    strap = ((e1, low), (e2, low), (e2, twin.y_nm))
    returns = (Pin("theta", "e1"), Pin("theta_twin", "e1"), Pin("theta_twin", "e2"))
    back, drive = (e1, ABOVE_MZI_NM), (e2, ABOVE_MZI_NM)
    current = heater_current_ma(pdk)
    return {
        "theta": Landing((Pin("theta", "e2"),), drive, (((e2, theta.y_nm), drive),), current),
        "theta_return": Landing(returns, back, (((e1, twin.y_nm), back), strap), current),
    }


def structures(pdk: Pdk, plan: CellPlan) -> dict[str, Landing]:
    """The phase shifter, the tap's photodiode and the modulator."""
    nets: dict[str, Landing] = {}
    shifter, diode = pdk.device(Role.PHASE_SHIFTER), pdk.device(Role.PHOTODIODE)
    at = plan.places["shifter"]
    for net, terminal in (("shifter", "e2"), ("shifter_return", "e1")):
        x = at.x_nm + shifter.port(terminal).x_nm
        bump = (x, at.y_nm + HALF)
        nets[net] = Landing((Pin("shifter", terminal),), bump, (((x, at.y_nm), bump),), heater_current_ma(pdk))
    tap = plan.places["tap"]
    y = tap.y_nm + pdk.device(Role.TAP).port("o2").y_nm + rise_nm(pdk, Role.TAP)
    anode, cathode = ((tap.x_nm + diode.port(name).x_nm, y + diode.port(name).y_nm) for name in ("e1", "e2"))
    left = (tap.x_nm + diode.port("e1").x_nm // 2, tap.y_nm + HALF)
    right = (left[0] + DIODE_STEP_NM, left[1])
    nets["tap_pd"] = Landing((Pin("tap.pd", "e1"),), left, (((left[0], anode[1]), left),))
    around: tuple[Point, ...] = ((cathode[0] - 5_000, cathode[1]), (right[0], cathode[1]), right)
    nets["tap_bias"] = Landing((Pin("tap.pd", "e2"),), right, (around,))
    return nets | {f"modulator_{net}": landing for net, landing in modulator(pdk, plan).items()}

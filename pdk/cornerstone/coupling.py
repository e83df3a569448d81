"""Directional couplers of the process: gaps are chosen, lengths computed. `pdk.kit.coupling` has the physics."""

from pdk.cornerstone import tech
from pdk.cornerstone.numbers import NUMBERS
from pdk.kit.coupling import Evanescent

SBEND_LENGTH_UM = 10.0
PITCH_UM = 4.0
"""cspdk 2.1.0, tech.TECH: dx_coupler, dy_coupler."""

COUPLERS = Evanescent(NUMBERS, tech.WAVEGUIDE_WIDTH_NM / 1000, PITCH_UM, SBEND_LENGTH_UM)

MMI2X2_LENGTH_NM = 82_500
MMI1X2_LENGTH_NM = 71_800
"""From port to port: cspdk 2.1.0, cells.mmis, bodies of 42.5 and 31.8 um between tapers of 20 um."""

COUPLER_GAP_NM = 270
"""cspdk 2.1.0, tech.TECH.gap_strip; at its length_coupler of 14.5 um its own model gives 30 %, not 50 %."""
COUPLER_LENGTH_NM = COUPLERS.length_nm(COUPLER_GAP_NM, 0.5)

TAP_GAP_NM = 350
TAP_LENGTH_NM = COUPLERS.length_nm(TAP_GAP_NM, NUMBERS["tap_coupling"].value)

BALANCE_GAP_NM = 300
BALANCE_LENGTH_NM = COUPLERS.length_nm(BALANCE_GAP_NM, COUPLERS.balance_power(2 * MMI2X2_LENGTH_NM))
BALANCE_COUPLING = COUPLERS.power(BALANCE_GAP_NM, BALANCE_LENGTH_NM)
"""What the drawn balance tap takes, its length being on the grid."""

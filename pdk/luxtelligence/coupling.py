"""The process's couplers: gaps are chosen, lengths computed (a cell and its model read these)."""

from pdk.kit.coupling import Evanescent
from pdk.luxtelligence import tech
from pdk.luxtelligence.numbers import NUMBERS

SBEND_NM = 50_000
PITCH_NM = 10_000
"""Distance of the ports o1 and o2 (the package routes waveguides 7.5 um apart)."""
MMI_2X2_NM = 126_500
MMI_1X2_NM = 76_750
"""From port to port: 76.5 and 26.75 um of MMI, two tapers of 25 um (lnoi400 2.1.1, cells)."""

COUPLERS = Evanescent(NUMBERS, tech.WAVEGUIDE_WIDTH_NM / 1000, PITCH_NM / 1000, SBEND_NM / 1000)

COUPLER_GAP_NM = 800
COUPLER_LENGTH_NM = COUPLERS.length_nm(COUPLER_GAP_NM, 0.5)

TAP_GAP_NM = 1_100
TAP_LENGTH_NM = COUPLERS.length_nm(TAP_GAP_NM, NUMBERS["tap_coupling"].value)

BALANCE_GAP_NM = 1_100
BALANCE_LENGTH_NM = COUPLERS.length_nm(BALANCE_GAP_NM, COUPLERS.balance_power(2 * MMI_2X2_NM))
BALANCE_COUPLING = COUPLERS.power(BALANCE_GAP_NM, BALANCE_LENGTH_NM)
"""What the drawn balance tap takes, its length being on the grid."""


def sbend_height_nm(gap_nm: int) -> int:
    """How far each waveguide moves sideways from its port to the coupling region."""
    return (PITCH_NM - tech.WAVEGUIDE_WIDTH_NM - gap_nm) // 2

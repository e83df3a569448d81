"""Dimensions that follow from physical numbers: gaps are chosen, lengths computed (a cell and its model read these)."""

from pdk.generic.coupling import COUPLERS
from pdk.generic.numbers import NUMBERS

MMI_LENGTH_NM = 25_500
"""From port to port of one mmi2x2 (gdsfactory.components.mmi2x2: 5.5 um multimode, two tapers of 10 um)."""

COUPLER_GAP_NM = 236
COUPLER_LENGTH_NM = COUPLERS.length_nm(COUPLER_GAP_NM, 0.5)

TAP_GAP_NM = 400
TAP_LENGTH_NM = COUPLERS.length_nm(TAP_GAP_NM, NUMBERS["tap_coupling"].value)

BALANCE_GAP_NM = 300
BALANCE_LENGTH_NM = COUPLERS.length_nm(BALANCE_GAP_NM, COUPLERS.balance_power(2 * MMI_LENGTH_NM))
BALANCE_COUPLING = COUPLERS.power(BALANCE_GAP_NM, BALANCE_LENGTH_NM)
"""What the drawn balance tap takes, its length being on the grid."""

"""Dimensions that follow from physical numbers: gaps are chosen, lengths computed (a cell and its model read these)."""

from pdk.generic import coupling
from pdk.generic.numbers import NUMBERS

MMI_LENGTH_NM = 25_500
"""From port to port of one mmi2x2 (gdsfactory.components.mmi2x2: 5.5 um multimode, two tapers of 10 um)."""

COUPLER_GAP_NM = 236
COUPLER_LENGTH_NM = coupling.length_nm(COUPLER_GAP_NM, 0.5)

TAP_GAP_NM = 400
TAP_LENGTH_NM = coupling.length_nm(TAP_GAP_NM, NUMBERS["tap_coupling"].value)


def balance_power() -> float:
    """Share that the balance tap must take from its bus (0..1).

    Where an interferometer has two mmi2x2, the arm that bypasses it has as long a straight with one balance tap in it.
    The S-bends make the tap's path 0.4 um longer than the cell is wide, 1e-4 dB, which is left out here.
    """
    two_mmi_db = 2 * NUMBERS["mmi2x2_loss_db"].value
    straight_db = NUMBERS["waveguide_loss_db_per_cm"].value * 2 * MMI_LENGTH_NM * 1e-7
    return 1 - 10 ** (-(two_mmi_db - straight_db - NUMBERS["coupler_loss_db"].value) / 10)


BALANCE_GAP_NM = 300
BALANCE_LENGTH_NM = coupling.length_nm(BALANCE_GAP_NM, balance_power())
BALANCE_COUPLING = coupling.power(BALANCE_GAP_NM, BALANCE_LENGTH_NM)
"""What the drawn balance tap takes, its length being on the grid."""

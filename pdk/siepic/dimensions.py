"""Dimensions that follow from physical numbers: gaps are chosen, lengths computed (a cell and its model read these)."""

from pdk.siepic.coupling import COUPLERS
from pdk.siepic.numbers import NUMBERS

SPLITTER_LENGTH_NM = 70_750
"""From port to port of ebeam_bdc_te1550."""
BRANCH_LENGTH_NM = 14_800
"""From port to port of ebeam_y_1550."""
CROSSING_LENGTH_NM = 9_600
"""From port to port of ebeam_crossing4."""

COUPLER_GAP_NM = 200
"""As ebeam_dc_te1550."""
COUPLER_LENGTH_NM = COUPLERS.length_nm(COUPLER_GAP_NM, 0.5)

TAP_GAP_NM = 340
TAP_LENGTH_NM = COUPLERS.length_nm(TAP_GAP_NM, NUMBERS["tap_coupling"].value)

BALANCE_GAP_NM = 380
BALANCE_LENGTH_NM = COUPLERS.length_nm(BALANCE_GAP_NM, COUPLERS.balance_power(2 * SPLITTER_LENGTH_NM))
BALANCE_COUPLING = COUPLERS.power(BALANCE_GAP_NM, BALANCE_LENGTH_NM)
"""What the drawn balance tap takes, its length being on the grid."""

HEATER_WIDTH_NM = 3_000
"""M1, as narrow as the deck allows: less current for the same power."""
HEATER_LENGTH_NM = 150_000
"""Between the contacts."""
ATTENUATOR_HEATER_NM = 100_000
CONTACT_LENGTH_NM = 15_000
"""M2 on each end of the heater, along the waveguide, as in the foundry's thermal_phase_shifter cells."""
CONTACT_SOUTH_NM, CONTACT_NORTH_NM = 2_500, 6_500
"""From the axis of the waveguide to the contact's edges; to the north, where wires end in it, clear of the heater."""
STRAP_STEP_NM = 25_000
"""From a contact to the strap of M2 beside it: their width, and a space of 10 um (the deck asks for 8)."""
LEAD_NM = 10_000
"""Waveguide before and after the contacts, so that those of neighbours keep their distance."""

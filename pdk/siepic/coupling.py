"""The S-bends of the process's couplers, and what follows for their power. `pdk.kit.coupling` has the physics."""

from pdk.kit.coupling import Evanescent
from pdk.siepic import tech
from pdk.siepic.numbers import NUMBERS

SBEND_LENGTH_NM = 10_000
PITCH_NM = 4_700
"""Distance of the ports o1 and o2, that of ebeam_dc_te1550 and ebeam_bdc_te1550."""

COUPLERS = Evanescent(NUMBERS, tech.WAVEGUIDE_WIDTH_NM / 1000, PITCH_NM / 1000, SBEND_LENGTH_NM / 1000)

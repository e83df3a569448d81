"""The S-bends of the process's couplers, and what follows for their power. `pdk.kit.coupling` has the physics."""

from pdk.generic import tech
from pdk.generic.numbers import NUMBERS
from pdk.kit.coupling import Evanescent

SBEND_LENGTH_UM = 10.0
PITCH_UM = 4.0
"""Distance of the ports o1 and o2 (assumed: 3.5 um of oxide between them, nothing couples there)."""

COUPLERS = Evanescent(NUMBERS, tech.WAVEGUIDE_WIDTH_NM / 1000, PITCH_UM, SBEND_LENGTH_UM)

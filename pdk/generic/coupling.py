"""Evanescent coupling of two strip waveguides: how gap and length of a directional coupler set its power.

    o2 ──╲            ╱── o3     the bus is o1 to o4; both waveguides bend towards each other along an S of
          ────────────           SBEND_LENGTH_UM, then run side by side, `gap` apart, for `length`
          ────────────
    o1 ──╱            ╲── o4

`pdk.generic.dimensions` uses it to give the couplers of the process their lengths.
"""

from math import asin, exp, pi, sin, sqrt

from pdk.generic import tech
from pdk.generic.numbers import NUMBERS

SBEND_LENGTH_UM = 10.0
PITCH_UM = 4.0
"""Distance of the ports o1 and o2: far enough that nothing couples there (assumed: 3.5 um of oxide between)."""

WAVELENGTH_UM = 1.55
"""Where the numbers of the process hold."""
_WIDTH_UM = tech.WAVEGUIDE_WIDTH_NM / 1000


def kappa_rad_per_um(gap_nm: int) -> float:
    """Coupling rate of the fields, pi (n_even - n_odd) / wavelength, decaying exponentially with the gap."""
    split = NUMBERS["coupler_index_split"].value
    decay_per_um = NUMBERS["coupler_decay_per_um"].value
    gap_um = (gap_nm - NUMBERS["coupler_reference_gap_nm"].value) / 1000
    return pi * split * exp(-decay_per_um * gap_um) / WAVELENGTH_UM


def bend_length_um(gap_nm: int) -> float:
    """Length of parallel waveguide that couples as much as the two S-bends together.

    Near its end an S-bend (cubic Bezier) of length L and height H leaves the axis as (4/3) H (z/L)^2. Both waveguides
    do so: the gap grows as a z^2 with a = (8/3) H / L^2, and exp(-decay a z^2) integrates to sqrt(pi / (decay a)).
    """
    widening_per_um = 8 / 3 * sbend_height_um(gap_nm) / SBEND_LENGTH_UM**2
    return sqrt(pi / (NUMBERS["coupler_decay_per_um"].value * widening_per_um))


def sbend_height_um(gap_nm: int) -> float:
    """How far each waveguide moves sideways from its port to the coupling region."""
    return (PITCH_UM - _WIDTH_UM - gap_nm / 1000) / 2


def power(gap_nm: int, length_nm: int) -> float:
    """Share of the power (0..1) that crosses at 1.55 um."""
    return sin(kappa_rad_per_um(gap_nm) * (length_nm / 1000 + bend_length_um(gap_nm))) ** 2


def length_nm(gap_nm: int, wanted_power: float) -> int:
    """Shortest straight length, on the 2 nm grid that keeps the cell symmetric, for the wanted power (0..1)."""
    total_um = asin(sqrt(wanted_power)) / kappa_rad_per_um(gap_nm)
    length_um = total_um - bend_length_um(gap_nm)
    if length_um <= 0:
        raise ValueError(f"gap {gap_nm} nm couples more than {wanted_power} in its bends alone; widen the gap")
    return 2 * round(length_um * 1000 / 2)

"""Evanescent coupling of two waveguides: how gap and length of a directional coupler set its power.

The bus is o1 to o4; both waveguides bend towards each other along an S, then run side by side:

    o2 ──╲            ╱── o3
          ────────────
          ────────────
    o1 ──╱            ╲── o4
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, exp, pi, sin, sqrt

from pdk.contract import Number

WAVELENGTH_UM = 1.55
"""Where the numbers of a process hold."""


@dataclass(frozen=True)
class Evanescent:
    """Directional couplers of one process, all with the same S-bends."""

    numbers: Mapping[str, Number]
    """The process's: coupler_index_split, coupler_decay_per_um, coupler_reference_gap_nm."""
    width_um: float
    """Of the waveguides."""
    pitch_um: float
    """Distance of the ports o1 and o2: far enough that nothing couples there."""
    sbend_length_um: float

    def kappa_rad_per_um(self, gap_nm: int) -> float:
        """Coupling rate of the fields, pi (n_even - n_odd) / wavelength, decaying exponentially with the gap."""
        gap_um = (gap_nm - self._value("coupler_reference_gap_nm")) / 1000
        split = self._value("coupler_index_split") * exp(-self._value("coupler_decay_per_um") * gap_um)
        return pi * split / WAVELENGTH_UM

    def bend_length_um(self, gap_nm: int) -> float:
        """Length of parallel waveguide that couples as much as the two S-bends together.

        Near its end an S-bend (cubic Bezier) of length L and height H leaves the axis as (4/3) H (z/L)^2. Both
        waveguides do so: the gap grows as a z^2 with a = (8/3) H / L^2, and exp(-decay a z^2) integrates to
        sqrt(pi / (decay a)).
        """
        widening_per_um = 8 / 3 * self.sbend_height_um(gap_nm) / self.sbend_length_um**2
        return sqrt(pi / (self._value("coupler_decay_per_um") * widening_per_um))

    def sbend_height_um(self, gap_nm: int) -> float:
        """How far each waveguide moves sideways from its port to the coupling region."""
        return (self.pitch_um - self.width_um - gap_nm / 1000) / 2

    def power(self, gap_nm: int, length_nm: int) -> float:
        """Share of the power (0..1) that crosses at 1.55 um."""
        return sin(self.kappa_rad_per_um(gap_nm) * (length_nm / 1000 + self.bend_length_um(gap_nm))) ** 2

    def length_nm(self, gap_nm: int, wanted_power: float) -> int:
        """Shortest straight length, on the 2 nm grid that keeps the cell symmetric, for the wanted power (0..1)."""
        length_um = asin(sqrt(wanted_power)) / self.kappa_rad_per_um(gap_nm) - self.bend_length_um(gap_nm)
        if length_um <= 0:
            raise ValueError(f"gap {gap_nm} nm couples more than {wanted_power} in its bends alone; widen the gap")
        return 2 * round(length_um * 1000 / 2)

    def balance_power(self, way_nm: int) -> float:
        """Share that a balance tap must take from its bus (0..1).

        Where an interferometer has two splitters, the arm that bypasses it has as long a straight, `way_nm` in all,
        with one balance tap in it. (The S-bends make the tap's path a little longer than the cell is wide: 1e-4 dB in
        silicon, left out here.)
        """
        splitters_db = 2 * self._value("splitter_2x2_loss_db")
        straight_db = self._value("waveguide_loss_db_per_cm") * way_nm * 1e-7
        return 1 - 10 ** (-(splitters_db - straight_db - self._value("coupler_loss_db")) / 10)

    def _value(self, name: str) -> float:
        return self.numbers[name].value

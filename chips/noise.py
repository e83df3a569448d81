"""Noise of light and of its detection, from physical numbers and a bandwidth.

    shot       σ² = 2 q I B                   Schottky; each photodiode by itself
    thermal    σ² = i_n² B                    amplifier's input noise, each by itself
    laser      (σ/I)² = 10^(RIN/10) B         common to all photodiodes that one laser lights in one shot
    phase      σ² = 2π Δν τ · min(1, 2 B τ)   between ways that differ by a delay τ

The last: a laser of Lorentzian linewidth Δν walks in phase by 2π Δν τ (variance) in a time τ. The difference over τ has
the one-sided density 4π Δν τ² below 1/τ, of which a reading sees the band B. All of them: Yariv, Yeh, Photonics (2007),
chapters 10 and 15; Coldren et al., Diode Lasers (2012), chapter 5.
"""

from math import pi, sqrt

import numpy as np

from chips.variation import Imperfections

ELECTRON_C = 1.602176634e-19
"""Elementary charge (exact, SI 2019)."""


def current_noise_ma(current_ma: np.ndarray, imperfections: Imperfections) -> np.ndarray:
    """Standard deviation of photocurrents (…) by shot and thermal noise together; 0 where both are off."""
    bandwidth_hz = 1e9 * imperfections.bandwidth_ghz
    shot_a2_per_a = 2 * ELECTRON_C * imperfections.shot_noise * bandwidth_hz
    thermal_a2 = (1e-12 * imperfections.thermal_noise_pa_per_rthz) ** 2 * bandwidth_hz
    return 1e3 * np.sqrt(shot_a2_per_a * 1e-3 * np.maximum(current_ma, 0.0) + thermal_a2)


def intensity_noise(imperfections: Imperfections) -> float:
    """Standard deviation of the laser's power in a shot, relative to its mean."""
    if imperfections.rin_db_per_hz is None:
        return 0.0
    return sqrt(10 ** (imperfections.rin_db_per_hz / 10) * 1e9 * imperfections.bandwidth_ghz)


def phase_noise_rad(imperfections: Imperfections, delay_s: float) -> float:
    """Standard deviation of the phase between two ways of one laser's light, one longer by a delay, in a shot."""
    wander = 2 * pi * 1e3 * imperfections.linewidth_khz * abs(delay_s)
    return sqrt(wander * min(1.0, 2e9 * imperfections.bandwidth_ghz * abs(delay_s)))

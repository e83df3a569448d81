"""Fields at the outputs by four-step homodyne: the output source is the local oscillator, at phases 1, −1, i, −i.

    photodiode_c = |y + L c|²      y = [(I₁ − I₋₁) + i (Iᵢ − I₋ᵢ)] / 4L

y comes out in the frame of each output's own source, whose phase nobody knows; it enters the echo once more, and what
is left of both is the η that `chips.calibrate` finds.
"""

import numpy as np

from chips.bench import Bench

STEPS_RAD = np.array([0.0, np.pi, np.pi / 2, 3 * np.pi / 2])
SHOTS = len(STEPS_RAD)
"""Shots per sample."""


def homodyne(bench: Bench, index: int, x: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """Complex fields y (B, C) of layer `index` for light x (B, N), in units of √p.

    powers (B, C): what the detectors read without local oscillators. It sets their strength: as strong as the largest
    field, where the noise of a receiver with a common range does least harm.
    """
    lo = bench.lo(index)
    wanted = np.sqrt(max(float(powers.max()), 1e-6))
    openings = np.minimum(wanted / lo, 1.0)
    samples, outputs = powers.shape
    signs, settings = bench.turned(index, np.repeat(STEPS_RAD, samples)[:, None] + np.zeros(outputs))
    read = bench.interfere(index, np.tile(x, (SHOTS, 1)), signs * openings, settings).reshape(SHOTS, samples, outputs)
    plus, minus, plus_i, minus_i = read
    return ((plus - minus) + 1j * (plus_i - minus_i)) / (4 * openings * lo)

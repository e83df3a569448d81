"""The golden reference: symmetric phase shifts, intensities only; needs no tap, no homodyne, no calibration.

Every shifter sits in one arm, so p is a + b cos φ + c sin φ in its phase and dp/dφ = [p(φ + π/2) − p(φ − π/2)] / 2
exactly, under any loss. p is quadratic in every input, so symmetric differences give dp/dx exactly too. About
2P + 2N shots per sample and layer.

The settings for ±π/2 are nominal. Where a shifter's P_π or V_π is off by a share ε the derivative comes out a second
order of ε too small (0.3 % for 5 %); where one of the two shifts had to go round by a whole turn to stay in the drive's
range, the error is of first order, up to π ε. Thermal crosstalk mixes neighbours in: the gradient is then that of a
shifter's setting rather than of one phase. Real chips gave errors of 5-15 %; the echo does not care about P_π.
"""

import numpy as np

from chips.bench import Bench
from chips.gradients.passes import Gradient, LayerLight, backpropagate, forward_pass
from pdk.finding import Finding

INPUT_STEP = 0.2
"""Step of an input amplitude, relative to the largest that is reachable."""


def gradient(
    bench: Bench, settings: tuple[np.ndarray, ...], inputs: np.ndarray, labels: np.ndarray
) -> Gradient | Finding:
    """Gradient of a batch (B, N)."""

    def layer_pass(
        bench: Bench, index: int, light: LayerLight, delta: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, int]:
        d_x, shots = _input_slopes(bench, index, light.ordered, delta)
        shifted = _shifted(bench, settings[index])
        bench.chip.program((*settings[:index], shifted, *settings[index + 1 :]))
        powers = bench.forward(index, light.ordered)["detector"][..., : delta.shape[1]]
        bench.chip.program(settings)
        up, down = powers.reshape(2, -1, *delta.shape)
        d_phase = np.einsum("pbn,bn->bp", (up - down) / 2, delta)
        return d_phase, d_x, shots + len(shifted) * len(delta)

    bench.chip.program(settings)
    return backpropagate(bench, forward_pass(bench, inputs), labels, layer_pass)


def _shifted(bench: Bench, settings: np.ndarray) -> np.ndarray:
    """(2P, P) programs: each shifter up by π/2, then each down; a whole turn off where the range ends."""
    drive = bench.tables.drive
    quarter, turn = drive.per_pi / 2, 2 * drive.per_pi
    step = quarter * np.eye(len(settings))
    programs = np.vstack([settings + step, settings - step])
    programs = np.where(programs > drive.limit, programs - turn, programs)
    return np.where(programs < 0, programs + turn, programs)


def _input_slopes(bench: Bench, index: int, x: np.ndarray, delta: np.ndarray) -> tuple[np.ndarray, int]:
    """dL/dx (B, N), and the shots."""
    samples, ports = x.shape
    step = INPUT_STEP * bench.x_max[index]
    moves = step * np.eye(ports)[:, None, :]
    shots = np.stack([x + moves, x - moves])  # (2, N, B, N)
    powers = bench.forward(index, shots.reshape(-1, ports))["detector"][:, : delta.shape[1]]
    up, down = powers.reshape(2, ports, samples, -1)
    return np.einsum("jbn,bn->bj", (up - down) / (2 * step), delta), 2 * ports * samples

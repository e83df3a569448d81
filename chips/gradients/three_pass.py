"""A control that must fail: the plain three-pass subtraction, which takes the chip to lose no light.

    |f + b|² − |f|² − |b|²  =  2 Re f conj(b)

|f|² is the forward light's own power, as a lossless mesh would hold it at every tap: the reversed light is sent back
with the power that went in. The sum is sent with the fields that arrived. Under loss the two do not match, and a share
of |f|² that has nothing to do with what is to be learned stays in the gradient; the smaller δ, the more of it. There is
no A_post either: Hughes et al., Optica 5, 864 (2018), as first proposed. The call is the echo's.
"""

import numpy as np

from chips.bench import Bench
from chips.gradients.passes import Gradient, LayerLight, backpropagate, forward_pass
from chips.homodyne import SHOTS, homodyne
from pdk.finding import Finding

PASSES = 4
"""Reversed light, adjoint light, and their sum in two relative phases: one for the phases, one for dL/dx."""


def gradient(
    bench: Bench, settings: tuple[np.ndarray, ...], inputs: np.ndarray, labels: np.ndarray
) -> Gradient | Finding:
    """Gradient of a batch (B, N) if the chip had no loss."""
    bench.chip.program(settings)
    return backpropagate(bench, forward_pass(bench, inputs), labels, layer_pass)


def layer_pass(bench: Bench, index: int, light: LayerLight, delta: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """dL/dphase (B, P) and dL/dx (B, N) of one layer for δ (B, N)."""
    t = bench.layer(index)
    y = homodyne(bench, index, light.ordered, light.powers)
    reverse = np.conj(y)
    full = np.pad(delta, ((0, 0), (0, t.dumps)))
    weight = np.abs(y) ** 2
    arrived = np.maximum(np.sum(weight, axis=1, keepdims=True), 1e-12)
    scale = np.maximum(np.sqrt(np.sum(full**2 * weight, axis=1, keepdims=True) / arrived), 1e-12)
    adjoint = full / scale * reverse
    sent = np.sum(light.ordered**2, axis=1, keepdims=True)
    lossless = reverse * np.sqrt(sent / (t.a_tot * arrived))
    # One call for each pass: they differ in strength, and share no range of the sources.
    (taps_f, in_f), (taps_b, in_b), (taps_i, _), (_, in_1) = (
        bench.backward(index, e[None]) for e in (lossless, adjoint, adjoint + 1j * reverse, adjoint + reverse)
    )
    d_phase = -scale * (taps_i - taps_f - taps_b)[0]
    d_x = scale * (in_1 - in_f - in_b)[0] / light.x
    return d_phase, d_x, (SHOTS + PASSES) * len(delta)

"""In-situ backpropagation by echo: forward light, its field, and three backward shots.

Every output sends back (δ/k + c)·conj(y), c = 1, w, w² with w = e^{2πi/3}. The c·conj(y) part retraces the forward
light f and arrives at a tap as c·A_post·conj(f); the δ part b/k is the adjoint field. What turns with c tells them
apart:

    D = (2/3) Σ I_c conj(c)      dL/dphase = k Im D / A_post      dL/dx = k Re D / (A_tot x)

k evens out the two parts for each sample. A dump's echo goes back with δ = 0 and with the loss of its way made good.
Hughes et al., Optica 5, 864 (2018), doi:10.1364/OPTICA.5.000864, with the interference in three steps instead of a
subtraction: exact for any uniform loss, where |f|² of the forward light never enters.
"""

import numpy as np

from chips.bench import Bench
from chips.gradients.passes import Gradient, LayerLight, backpropagate, forward_pass
from chips.homodyne import SHOTS, homodyne
from pdk.finding import Finding

STEPS = np.exp(2j * np.pi * np.arange(3) / 3)
UNEVEN_LIMIT = 0.5
"""Relative distance of M†M from a multiple of 1 above which the echo is not to be trusted (assumed)."""


def gradient(
    bench: Bench, settings: tuple[np.ndarray, ...], inputs: np.ndarray, labels: np.ndarray
) -> Gradient | Finding:
    """Gradient of a batch (B, N): 8 shots per sample and layer, 2 for every slope; a Finding where echo is wrong."""
    for index in range(len(bench.tables.layers)):
        if finding := not_exact(bench, index):
            return finding
    bench.chip.program(settings)
    return backpropagate(bench, forward_pass(bench, inputs), labels, layer_pass)


def not_exact(bench: Bench, index: int) -> Finding | None:
    """Why a layer's echo would not be its forward light reversed: light lost unevenly never returns. None if it is."""
    t, uneven = bench.layer(index), bench.calibration.layers[index].uneven
    if t.dumps not in (0, t.ports) or (t.dumps == 0 and len(t.taps) > t.ports * (t.ports - 1)):
        found = f"{len(t.taps)} tapped shifters and {t.dumps} dumps on {t.ports} ports"
        limit = "one mesh, or two with an output cell at every attenuator's dump"
    elif uneven > UNEVEN_LIMIT:
        found, limit = f"M†M off a multiple of 1 by {uneven:.2f}", f"at most {UNEVEN_LIMIT}"
    else:
        return None
    return Finding(t.name, "echo_exact", found, limit, "train it by parameter shift, or make its losses uniform")


def layer_pass(bench: Bench, index: int, light: LayerLight, delta: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """dL/dphase (B, P) and dL/dx (B, N) of one layer for δ (B, N)."""
    y = homodyne(bench, index, light.ordered, light.powers)
    full = np.pad(delta, ((0, 0), (0, bench.layer(index).dumps)))
    d_phase, inputs, shots = retrace(bench, index, y, full * np.conj(y))
    return d_phase, inputs / light.x, SHOTS * len(delta) + shots


def retrace(bench: Bench, index: int, y: np.ndarray, adjoint: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Send light back behind the forward fields y (B, C): dL/dphase (B, P), x·dL/dx (B, N), shots.

    adjoint (B, C): a with dL = 2 Re Σ a·dy. For a loss of the powers that is δ·conj(y); for one of the fields,
    |y − target|², it is conj(y − target).
    """
    t = bench.layer(index)
    light, error = np.sum(np.abs(y) ** 2, axis=1), np.sum(np.abs(adjoint) ** 2, axis=1)
    k = np.sqrt(error / np.maximum(light, 1e-12))[:, None]
    mixed = adjoint / np.maximum(k, 1e-12) + STEPS[:, None, None] * np.conj(y)
    taps, inputs = bench.backward(index, t.echo_gain * mixed)
    d_phase, beat = k * np.imag(_beat(taps)) / t.a_post, k * np.real(_beat(inputs)) / t.a_tot
    return d_phase, beat, len(STEPS) * len(y)


def _beat(powers: np.ndarray) -> np.ndarray:
    """D (B, n) of powers (3, B, n)."""
    return 2 / 3 * np.einsum("cbn,c->bn", powers, STEPS.conj())

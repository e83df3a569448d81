"""Light that turns round where it should not: at the mesh's couplers and at the chip's optical port.

Couplers, to first order in their amplitude reflection ρ. The sources' light runs back through the mesh; what a coupler
reflects of it goes forward again, along the ways that the backward light came by (reciprocity):

    output rows ── G ──► ports of couplers ── ρ ──► the same ports ── Gᵀ ──► output rows      R = Gᵀ ρ G

The detectors see it beside the mirrors' light. What is left out: what couplers send back of forward light, which taps
and the photodiodes behind the inputs would see (a trainer reads those with the forward light off); the couplers of
the boundary, which turn constants that a calibration finds; light reflected twice.

The optical port, exactly: a circuit with one port, of whose light g comes back to it, behind a facet that reflects r
and lets √(1 − r²) in, holds √(1 − r²)/(1 − r g) times the light, at every place. Forward and backward light leave by
it, each along the way of the other.
"""

import numpy as np

from chips.optics import LayerOptics


def amplitude(reflection_db: float | None) -> float:
    """Of a reflection of power; None is 0."""
    return 0.0 if reflection_db is None else 10 ** (reflection_db / 20)


def coupler_matrix(met: np.ndarray, reflection: np.ndarray) -> np.ndarray:
    """(…, C, C) from output rows to output rows.

    met: (…, 2 K, C) backward light that arrives at the couplers; reflection: (2 K) complex amplitudes.
    """
    return np.swapaxes(met, -1, -2) @ (reflection[:, None] * met)


def port_factor(
    reflection_db: float,
    optics: LayerOptics,
    mirror_phase_rad: np.ndarray,
    forward: np.ndarray | float,
    sources: np.ndarray,
    laser_mw: float,
) -> np.ndarray:
    """(…, B, 1) by which all light of a layer grows when its optical port reflects.

    forward: (…, B, C) light of the inputs at the output rows, √mW, or 0; sources: (…, B, C) of the sources' modulators.
    """
    r = amplitude(reflection_db)
    mirrors = optics.returned * np.exp(1j * mirror_phase_rad)
    back = sources * (2 * optics.inject * forward + mirrors * sources)
    leaving = back.sum(axis=-1, keepdims=True) / (laser_mw * optics.facet**2)
    return np.sqrt(1 - r**2) / (1 - r * leaving)

"""Any matrix as mesh, attenuators, mesh: M = scale · U diag(σ) V†.

    x ──[ mesh_v ]──[ attenuator per row ]──[ mesh_u ]──(screen_u)── y

An attenuator is an MZI whose lower input is dark; light that it does not pass leaves by its lower output (the dump).
The screen behind mesh_v goes into the attenuators' outer phases; the one behind mesh_u is not built where
photodiodes follow.
"""

from dataclasses import dataclass

import numpy as np

from compiler.decompose import MeshPhases, compose, decompose, one_thread, wrap


@dataclass(frozen=True, eq=False)
class SvdPhases:
    """Settings of an SVD layer of N rows."""

    mesh_v: MeshPhases
    """The mesh that light meets first; its screen is zero."""
    theta_rad: np.ndarray
    """(N) inner phases of the attenuators, 0..π: sin θ/2 is the amplitude that a row keeps."""
    phi_rad: np.ndarray
    """(N) outer phases of the attenuators, 0..2π."""
    mesh_u: MeshPhases
    scale: float
    """What the light's own matrix has to be multiplied by: the largest singular value, at least 1."""


def decompose_svd(matrix: np.ndarray) -> SvdPhases:
    """The phases that make an SVD layer do a matrix (n, m); N is the larger of n, m, and 2.

    A matrix that is not square is put in the upper left corner of a square one of zeros. ValueError for other shapes
    and for entries that are not finite.
    """
    square = _square(matrix)
    with one_thread():
        u, sigma, v_dagger = np.linalg.svd(square)
        mesh_v, mesh_u = decompose(v_dagger), decompose(u)
    scale = max(float(sigma[0]), 1.0)
    theta_rad = 2 * np.arcsin(np.clip(sigma / scale, 0.0, 1.0))
    phi_rad = wrap(mesh_v.screen_rad - theta_rad / 2 - np.pi / 2)  # pass = i e^{iθ/2} e^{iφ} sin θ/2
    mesh_v = MeshPhases(mesh_v.theta_rad, mesh_v.phi_rad, np.zeros(len(square)))
    return SvdPhases(mesh_v, theta_rad, phi_rad, mesh_u, scale)


def compose_svd(phases: SvdPhases) -> np.ndarray:
    """The matrix (N, N) of an SVD layer, scale and last screen included."""
    passed = attenuation(phases.theta_rad, phases.phi_rad)
    with one_thread():
        return phases.scale * compose(phases.mesh_u) @ (passed[:, None] * compose(phases.mesh_v))


def attenuation(theta_rad: np.ndarray, phi_rad: np.ndarray) -> np.ndarray:
    """Complex amplitude from an attenuator's upper input (o2 of the MZI) to its upper output (o3); any shape."""
    return 1j * np.exp(1j * (theta_rad / 2 + phi_rad)) * np.sin(theta_rad / 2)


def _square(matrix: np.ndarray) -> np.ndarray:
    m = np.array(matrix, dtype=complex)
    if m.ndim != 2 or 0 in m.shape:
        raise ValueError(f"shape {m.shape}: expected a matrix")
    if not np.isfinite(m).all():
        row, column = (int(k) for k in np.argwhere(~np.isfinite(m))[0])
        raise ValueError(f"entry ({row}, {column}) is {m[row, column]}: expected finite numbers")
    square = np.zeros((max(*m.shape, 2),) * 2, dtype=complex)
    square[: m.shape[0], : m.shape[1]] = m
    return square

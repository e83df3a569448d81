"""Any unitary as the phases of a triangular mesh of MZIs (Reck et al., Phys. Rev. Lett. 73, 58 (1994)).

    column     0       1       2       3       4      light runs from left to right, row 0 is the top row;
    row 0   ──┐ ┌─────────────┐ ┌─────────────┐ ┌──    a mesh of N rows is 2 N − 3 columns deep: row 0 meets
    row 1   ──┘ └───┐ ┌───────┘ └───┐ ┌───────┘ └──    N − 1 MZIs, row N − 1 meets one
    row 2   ────────┘ └───┐ ┌───────┘ └────────────
    row 3   ──────────────┘ └──────────────────────    U = D · (column 2 N − 4) ⋯ (column 0), D the phase screen

The MZI is that of `compiler.decompose`. Each falling line of MZIs nulls one row of U below its diagonal, from the
bottom row up. Line k starts two columns after line k − 1, so that all MZIs of a column touch different rows and are
found in one numpy step (parallel Givens rotations: Sameh and Kuck, J. ACM 25, 81 (1978)).
"""

from collections.abc import Callable

import numpy as np

from compiler.decompose import MeshPhases, columns, compose, mzi, one_thread, positions, require_unitary, wrap

Devices = Callable[[slice, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Of some MZIs (K), asked for θ (K): the nearest θ (K) that they have, and their matrices (K, 2, 2) with φ = 0."""


def reck_positions(ports: int) -> tuple[tuple[int, int], ...]:
    """(M) column and upper row of each MZI of the triangle, in the order of light and arrays. ValueError under 2."""
    return positions(ports, "reck")


def decompose_reck(unitary: np.ndarray) -> MeshPhases:
    """The phases that make a triangular mesh do a unitary (N, N), N ≥ 2. ValueError as of `decompose`."""
    with one_thread():
        return null_triangle(require_unitary(unitary), lambda _, theta_rad: (theta_rad, mzi(theta_rad, 0.0)))


def null_triangle(u: np.ndarray, devices: Devices) -> MeshPhases:
    """The phases of a triangular mesh of given MZIs for a unitary u (N, N)."""
    turned = u.T.copy()  # a pair of columns of U is a pair of rows here, side by side in memory
    ports, met = len(turned), 0
    theta_rad, phi_rad = [], []
    for column, tops in enumerate(columns(ports, "reck")):
        upper = np.array(tops)
        row = ports - 1 - (column - upper) // 2
        a, b = turned[upper, row], turned[upper + 1, row]
        theta, block = devices(slice(met, met + len(tops)), 2 * np.arctan2(np.abs(b), np.abs(a)))
        one, other = a * block[:, 0, 0].conj(), -b * block[:, 0, 1].conj()
        phi = np.where((one != 0) & (other != 0), np.angle(one) - np.angle(other), 0.0)
        block[:, :, 0] *= np.exp(1j * phi)[:, None]
        pairs = turned[upper[0] : upper[-1] + 2].reshape(len(tops), 2, ports)[:, :, : row[-1] + 1]
        pairs[:] = block.conj() @ pairs
        theta_rad.append(theta)
        phi_rad.append(phi)
        met += len(tops)
    screen_rad = np.angle(np.diag(turned))
    return MeshPhases(np.concatenate(theta_rad), wrap(np.concatenate(phi_rad)), wrap(screen_rad), "reck")


def compose_reck(phases: MeshPhases) -> np.ndarray:
    """The unitary (N, N) of a triangular mesh with its phase screen. ValueError for phases of another kind."""
    if phases.kind != "reck":
        raise ValueError(f"phases of a {phases.kind} mesh: expected kind reck")
    return compose(phases)

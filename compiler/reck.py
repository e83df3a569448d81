"""Any unitary as the phases of a triangular mesh of MZIs (Reck et al., Phys. Rev. Lett. 73, 58 (1994)).

    column     0       1       2       3       4      light runs from left to right, row 0 is the top row;
    row 0   ──┐ ┌─────────────┐ ┌─────────────┐ ┌──    a mesh of N rows is 2 N − 3 columns deep: row 0 meets
    row 1   ──┘ └───┐ ┌───────┘ └───┐ ┌───────┘ └──    N − 1 MZIs, row N − 1 meets one
    row 2   ────────┘ └───┐ ┌───────┘ └────────────
    row 3   ──────────────┘ └──────────────────────    U = D · (column 2 N − 4) ⋯ (column 0), D the phase screen

The MZI is that of `compiler.decompose`. Each falling line of MZIs nulls one row of U below its diagonal, from the
bottom row up. Line k starts two columns after line k − 1, so that all MZIs of a column touch different rows and are
found in one numpy step (pipelined Givens rotations: Sameh and Kuck, J. ACM 25, 81 (1978), DOI 10.1145/322047.322054).
"""

import numpy as np

from compiler.decompose import MeshPhases, columns, compose, mzi, positions, require_unitary, wrap


def reck_positions(ports: int) -> tuple[tuple[int, int], ...]:
    """(M) column and upper row of each MZI of the triangle, in the order of light and arrays. ValueError under 2."""
    return positions(ports, "reck")


def decompose_reck(unitary: np.ndarray) -> MeshPhases:
    """The phases that make a triangular mesh do a unitary (N, N), N ≥ 2. ValueError as of `decompose`."""
    turned = require_unitary(unitary).T.copy()  # a pair of columns of U is a pair of rows here, side by side in memory
    ports = len(turned)
    theta_rad, phi_rad = [], []
    for column, tops in enumerate(columns(ports, "reck")):
        upper = np.array(tops)
        row = ports - 1 - (column - upper) // 2
        theta, phi = _angles(turned[upper + 1, row], -turned[upper, row])
        pairs = turned[upper[0] : upper[-1] + 2].reshape(len(upper), 2, ports)[:, :, : row[-1] + 1]
        pairs[:] = mzi(theta, phi).conj() @ pairs
        turned[upper, row] = 0
        theta_rad.append(theta)
        phi_rad.append(phi)
    screen_rad = np.angle(np.diag(turned))
    return MeshPhases(np.concatenate(theta_rad), wrap(np.concatenate(phi_rad)), wrap(screen_rad), "reck")


def compose_reck(phases: MeshPhases) -> np.ndarray:
    """The unitary (N, N) of a triangular mesh with its phase screen. ValueError for phases of another kind."""
    if phases.kind != "reck":
        raise ValueError(f"phases of a {phases.kind} mesh: expected kind reck")
    return compose(phases)


def _angles(straight: np.ndarray, across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Theta and phi (K) that null entries: straight · e^{iφ} cos θ/2 = across · sin θ/2. A phase that is free is 0."""
    matters = (straight != 0) & (across != 0)
    phi = np.where(matters, np.angle(across) - np.angle(straight), 0.0)
    return 2 * np.arctan2(np.abs(straight), np.abs(across)), phi

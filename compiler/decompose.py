"""Any unitary as the phases of a rectangular mesh of MZIs (Clements et al., Optica 3, 1460 (2016)).

    column     0       1       2       3          light runs from left to right, row 0 is the top row;
    row 0   ──┐ ┌─────────────┐ ┌─────────────    column c holds MZIs on rows (r, r + 1), r = c%2, c%2 + 2, …
    row 1   ──┘ └───┐ ┌───────┘ └───┐ ┌───────
    row 2   ──┐ ┌───┘ └───────┐ ┌───┘ └───────    U = D · (column N − 1) ⋯ (column 0), D the phase screen
    row 3   ──┘ └─────────────┘ └─────────────

One MZI, upper row first, phi on its upper input arm and theta on its upper inner arm, both couplers 50:50:

    T(θ, φ) = i e^{iθ/2} [[e^{iφ} sin θ/2, cos θ/2], [e^{iφ} cos θ/2, −sin θ/2]]

It is the paper's T(θ_C, φ_C) with θ = π − 2θ_C, φ = φ_C + π, up to a phase −i e^{iθ/2} that ends in the screen.
"""

from dataclasses import dataclass

import numpy as np

UNITARY_TOLERANCE = 1e-9
"""Largest entry of |U†U − 1| that still counts as unitary: far above rounding, far below a real device."""

TAU = 2 * np.pi


@dataclass(frozen=True, eq=False)
class MeshPhases:
    """Settings of a mesh of N rows and M = N (N − 1) / 2 MZIs, in the order of `positions(N)`."""

    theta_rad: np.ndarray
    """(M) inner phases, 0..π."""
    phi_rad: np.ndarray
    """(M) outer phases, 0..2π, 2π excluded."""
    screen_rad: np.ndarray
    """(N) phases behind the last column, 0..2π; not built where photodiodes follow."""

    @property
    def ports(self) -> int:
        """Rows of the mesh."""
        return len(self.screen_rad)


def columns(ports: int) -> tuple[tuple[int, ...], ...]:
    """Upper row of each MZI, column by column: the one place that says how a mesh is ordered. ValueError under 2."""
    if ports < 2:
        raise ValueError(f"a mesh of {ports} ports: expected at least 2")
    count = ports if ports > 2 else 1
    return tuple(tuple(range(column % 2, ports - 1, 2)) for column in range(count))


def positions(ports: int) -> tuple[tuple[int, int], ...]:
    """(M) column and upper row of each MZI, in the order that light and all arrays of phases meet them."""
    return tuple((column, row) for column, rows in enumerate(columns(ports)) for row in rows)


def decompose(unitary: np.ndarray) -> MeshPhases:
    """The phases that make a mesh do a unitary (N, N), N ≥ 2.

    Entries below the diagonal are nulled one antidiagonal after the other, by turns from the right (MZIs that light
    meets first) and from the left; the left ones are then moved through the diagonal that remains. ValueError, with
    the measured deviation, for anything that is not a unitary.
    """
    u = _require_unitary(unitary)
    ports = len(u)
    met_first: list[tuple[int, float, float]] = []  # (upper row, theta, phi)
    met_last: list[tuple[int, float, float]] = []
    for diagonal in range(1, ports):
        for step in range(diagonal):
            if diagonal % 2:
                row, upper = ports - 1 - step, diagonal - 1 - step
                theta, phi = _angles(u[row, upper + 1], -u[row, upper])
                u[:, upper : upper + 2] @= mzi(theta, phi).conj().T
                u[row, upper] = 0
                met_first.append((upper, theta, phi))
            else:
                row, column = ports + step - diagonal, step
                theta, phi = _angles(u[row - 1, column], u[row, column])
                u[row - 1 : row + 1] = mzi(theta, phi) @ u[row - 1 : row + 1]
                u[row, column] = 0
                met_last.append((row - 1, theta, phi))
    diagonal_phase = np.angle(np.diag(u))
    for upper, theta, phi in reversed(met_last):  # T(θ, φ)† diag(a, b) = diag(a', b') T(θ, arg a − arg b)
        a, b = diagonal_phase[upper : upper + 2]
        met_first.append((upper, theta, a - b))
        diagonal_phase[upper : upper + 2] = np.pi - theta + b - np.array([phi, 0.0])
    return _in_columns(met_first, diagonal_phase)


def compose(phases: MeshPhases) -> np.ndarray:
    """The unitary (N, N) of a mesh with its phase screen."""
    u = np.eye(phases.ports, dtype=complex)
    for (_, row), theta, phi in zip(positions(phases.ports), phases.theta_rad, phases.phi_rad, strict=True):
        u[row : row + 2] = mzi(theta, phi) @ u[row : row + 2]
    return np.exp(1j * phases.screen_rad)[:, None] * u


def mzi(theta_rad: float, phi_rad: float) -> np.ndarray:
    """Transfer matrix (2, 2) of a lossless MZI, upper row first (DOI 10.1364/OPTICA.3.001460, our phases)."""
    sin, cos, outer = np.sin(theta_rad / 2), np.cos(theta_rad / 2), np.exp(1j * phi_rad)
    return 1j * np.exp(0.5j * theta_rad) * np.array([[outer * sin, cos], [outer * cos, -sin]])


def wrap(phase_rad: np.ndarray) -> np.ndarray:
    """Phases brought into 0..2π, 2π itself excluded (which np.mod does return for −1e−17)."""
    wrapped = np.mod(phase_rad, TAU)
    return np.where(wrapped >= TAU, 0.0, wrapped)


def _angles(straight: complex, across: complex) -> tuple[float, float]:
    """Theta and phi that null an entry: straight · e^{iφ} cos θ/2 = across · sin θ/2. A phase that is free is 0."""
    matters = straight != 0 and across != 0
    phi = float(np.angle(across) - np.angle(straight)) if matters else 0.0
    return 2 * float(np.arctan2(abs(straight), abs(across))), phi


def _in_columns(order: list[tuple[int, float, float]], screen_rad: np.ndarray) -> MeshPhases:
    """MZIs in the order that light meets them, each moved to the first column where its rows are free."""
    ports = len(screen_rad)
    index = {position: k for k, position in enumerate(positions(ports))}
    theta_rad, phi_rad = np.zeros(len(index)), np.zeros(len(index))
    free = [0] * ports
    for upper, theta, phi in order:
        column = max(free[upper : upper + 2])
        column += (column + upper) % 2
        free[upper : upper + 2] = [column + 1] * 2
        theta_rad[index[column, upper]], phi_rad[index[column, upper]] = theta, phi
    return MeshPhases(theta_rad, wrap(phi_rad), wrap(screen_rad))


def _require_unitary(matrix: np.ndarray) -> np.ndarray:
    """A complex copy; ValueError where it is no unitary of two rows or more."""
    u = np.array(matrix, dtype=complex)
    if u.ndim != 2 or u.shape[0] != u.shape[1] or len(u) < 2:
        raise ValueError(f"shape {u.shape}: expected a square matrix of at least 2 rows")
    bad = np.argwhere(~np.isfinite(u))
    if len(bad):
        row, column = (int(k) for k in bad[0])
        raise ValueError(f"entry ({row}, {column}) is {u[row, column]}: expected finite numbers")
    deviation = float(np.abs(u.conj().T @ u - np.eye(len(u))).max())
    if not deviation <= UNITARY_TOLERANCE:
        raise ValueError(f"not unitary: |U†U - 1| is up to {deviation:.3g}, expected at most {UNITARY_TOLERANCE:g}")
    return u

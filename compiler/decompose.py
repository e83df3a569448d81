"""Any unitary as the phases of a rectangular mesh of MZIs (Clements et al., Optica 3, 1460 (2016)).

    column     0       1       2       3          light runs from left to right, row 0 is the top row;
    row 0   ──┐ ┌─────────────┐ ┌─────────────    column c holds MZIs on rows (r, r + 1), r = c%2, c%2 + 2, …
    row 1   ──┘ └───┐ ┌───────┘ └───┐ ┌───────
    row 2   ──┐ ┌───┘ └───────┐ ┌───┘ └───────    U = D · (column N − 1) ⋯ (column 0), D the phase screen
    row 3   ──┘ └─────────────┘ └─────────────

One MZI, upper row first, phi on its upper input arm and theta on its upper inner arm, both couplers 50:50:

    T(θ, φ) = i e^{iθ/2} [[e^{iφ} sin θ/2, cos θ/2], [e^{iφ} cos θ/2, −sin θ/2]]

It is the paper's T(θ_C, φ_C) with θ = π − 2θ_C, φ = φ_C + π, up to a phase −i e^{iθ/2} that ends in the screen.
The picture is the order of kind "clements"; `compiler.reck` draws that of kind "reck".
"""

import cmath
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

UNITARY_TOLERANCE = 1e-9
"""Largest entry of |U†U − 1| that still counts as unitary: far above rounding, far below a real device."""

TAU = 2 * np.pi


Kind = Literal["clements", "reck"]
"""How the MZIs of a mesh are arranged: a rectangle (Clements) or a triangle (Reck)."""

Device = Callable[[int, float], tuple[float, complex, complex, complex, complex]]
"""Of MZI k, asked for a θ: the nearest θ that it has, and its matrix by rows there, with φ = 0."""


@dataclass(frozen=True, eq=False)
class MeshPhases:
    """Settings of a mesh of N rows and M = N (N − 1) / 2 MZIs, in the order of `positions(N, kind)`."""

    theta_rad: np.ndarray
    """(M) inner phases, 0..π."""
    phi_rad: np.ndarray
    """(M) outer phases, 0..2π, 2π excluded."""
    screen_rad: np.ndarray
    """(N) phases behind the last column, 0..2π; not built where photodiodes follow."""
    kind: Kind = "clements"

    @property
    def ports(self) -> int:
        """Rows of the mesh."""
        return len(self.screen_rad)


def columns(ports: int, kind: Kind = "clements") -> tuple[tuple[int, ...], ...]:
    """Upper row of each MZI, column by column: the one place that says how a mesh is ordered. ValueError under 2."""
    if ports < 2:
        raise ValueError(f"a mesh of {ports} ports: expected at least 2")
    if kind == "reck":
        depth = 2 * ports - 3
        return tuple(tuple(range(c % 2, min(c, depth - 1 - c) + 1, 2)) for c in range(depth))
    if kind != "clements":
        raise ValueError(f"a mesh of kind {kind!r}: expected clements or reck")
    count = ports if ports > 2 else 1
    return tuple(tuple(range(column % 2, ports - 1, 2)) for column in range(count))


def positions(ports: int, kind: Kind = "clements") -> tuple[tuple[int, int], ...]:
    """(M) column and upper row of each MZI, in the order that light and all arrays of phases meet them."""
    return tuple((column, row) for column, rows in enumerate(columns(ports, kind)) for row in rows)


def decompose(unitary: np.ndarray) -> MeshPhases:
    """The phases that make a rectangular mesh do a unitary (N, N), N ≥ 2.

    ValueError, with the measured deviation, for anything that is not a unitary.
    """
    with one_thread():
        return null_rectangle(require_unitary(unitary), _perfect)


def null_rectangle(u: np.ndarray, device: Device) -> MeshPhases:
    """The phases of a rectangular mesh of given MZIs; destroys the unitary u (N, N).

    Entries below the diagonal are nulled one antidiagonal after the other, by turns from the right (MZIs that light
    meets first) and from the left; the phases that the left ones leave are then moved behind the mesh. The last MZI
    of an antidiagonal decides the first of the next, so the N² / 2 steps cannot be run side by side; each one is a
    product of a 2x2 with what is not yet null of two rows. What a device cannot null stays below the diagonal.
    """
    last = len(u) - 1
    first_of = np.cumsum([0, *(len(rows) for rows in columns(len(u)))]).tolist()
    theta_rad, phi_rad = [0.0] * first_of[-1], [0.0] * first_of[-1]
    met_last: list[tuple[int, int]] = []  # (place in the arrays, upper row)
    turn = np.empty((2, 2), dtype=complex)
    for diagonal in range(1, last + 1):
        for step in range(diagonal):
            if diagonal % 2:  # (a, b) T(θ, φ)† = (0, …)
                row, upper = last - step, diagonal - 1 - step
                place = first_of[step] + upper // 2
                a, b = u.item(row, upper), u.item(row, upper + 1)
                theta, t00, t01, t10, t11 = device(place, 2 * math.atan2(abs(b), abs(a)))
                phi = _between(a * t00.conjugate(), -b * t01.conjugate())
                back = cmath.rect(1.0, phi)
                turn[0, 0], turn[0, 1], turn[1, 0], turn[1, 1] = back * t00, t01, back * t10, t11
                u[: row + 1, upper : upper + 2] = u[: row + 1, upper : upper + 2] @ turn.conj().T
            else:  # T(θ, 0)† diag(e^{−iφ}, 1) (a, b) = (…, 0)
                row, column = last + 1 + step - diagonal, step
                place = first_of[last - step] + (row - 1) // 2
                a, b = u.item(row - 1, column), u.item(row, column)
                theta, t00, t01, t10, t11 = device(place, 2 * math.atan2(abs(a), abs(b)))
                phi = _between(a * t01.conjugate(), -b * t11.conjugate())
                back = cmath.rect(1.0, phi)
                turn[0, 0], turn[0, 1], turn[1, 0], turn[1, 1] = back * t00, back * t01, t10, t11
                u[row - 1 : row + 1, column:] = turn.conj().T @ u[row - 1 : row + 1, column:]
                met_last.append((place, row - 1))
            theta_rad[place], phi_rad[place] = theta, phi
    screen_rad = np.angle(np.diag(u)).tolist()
    for place, upper in reversed(met_last):  # T(θ, 0) diag(e^{ia}, e^{ib}) = e^{ib} T(θ, a − b)
        a, b = screen_rad[upper : upper + 2]
        screen_rad[upper : upper + 2] = (b + phi_rad[place]) % TAU, b
        phi_rad[place] = a - b
    return MeshPhases(np.array(theta_rad), wrap(np.array(phi_rad)), wrap(np.array(screen_rad)))


def compose(phases: MeshPhases) -> np.ndarray:
    """The unitary (N, N) of a mesh of any kind with its phase screen."""
    return through(phases, mzi(phases.theta_rad, phases.phi_rad))


def through(phases: MeshPhases, blocks: np.ndarray) -> np.ndarray:
    """The matrix (N, N) of a mesh made of given 2x2 blocks (M, 2, 2), screen included; one product per column."""
    ports = phases.ports
    if len(blocks) != ports * (ports - 1) // 2:
        raise ValueError(f"{len(blocks)} MZIs: expected {ports * (ports - 1) // 2} for {ports} ports")
    u = np.eye(ports, dtype=complex)
    met = 0
    for rows in columns(ports, phases.kind):
        count = len(rows)
        pairs = u[rows[0] : rows[0] + 2 * count].reshape(count, 2, ports)
        pairs[:] = blocks[met : met + count] @ pairs
        met += count
    return np.exp(1j * phases.screen_rad)[:, None] * u


def mzi(theta_rad: float | np.ndarray, phi_rad: float | np.ndarray) -> np.ndarray:
    """Transfer matrices (…, 2, 2) of lossless MZIs, upper row first (DOI 10.1364/OPTICA.3.001460, our phases)."""
    theta, phi = np.broadcast_arrays(theta_rad, phi_rad)
    common, outer = 1j * np.exp(0.5j * theta), np.exp(1j * phi)
    sin, cos = common * np.sin(theta / 2), common * np.cos(theta / 2)
    return np.stack([outer * sin, cos, outer * cos, -sin], axis=-1).reshape(*theta.shape, 2, 2)


def wrap(phase_rad: np.ndarray) -> np.ndarray:
    """Phases brought into 0..2π, 2π itself excluded (which np.mod does return for −1e−17)."""
    wrapped = np.mod(phase_rad, TAU)
    return np.where(wrapped >= TAU, 0.0, wrapped)


def _between(one: complex, other: complex) -> float:
    """Phase from the other number to the one; 0 where it is free because one of them is 0."""
    return cmath.phase(one) - cmath.phase(other) if one != 0 and other != 0 else 0.0


def _perfect(_: int, theta_rad: float) -> tuple[float, complex, complex, complex, complex]:
    """`mzi` with φ = 0 as a device, without what numpy costs per call: a mesh of 256 ports asks 32640 times."""
    sin, cos = math.sin(theta_rad / 2), math.cos(theta_rad / 2)
    bar, cross = complex(-sin * sin, cos * sin), complex(-sin * cos, cos * cos)
    return theta_rad, bar, cross, cross, -bar


def require_unitary(matrix: np.ndarray) -> np.ndarray:
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


def one_thread() -> AbstractContextManager:
    """While it is open, BLAS works with one thread.

    Two threads are no faster up to 256 ports, wait for each other where the cores are busy (an SVD of 256 rows: 21 ms
    with one, 5 s with two and a load of 5), and round differently from machine to machine.
    """
    return _pools().limit(limits=1, user_api="blas")


@cache
def _pools():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()

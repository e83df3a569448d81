"""Phases that bring a mesh with known, imperfect couplers as close to a unitary as its range of splitting allows.

Two steps beyond `compiler.imperfect.correct`, which leaves what one MZI cannot do to nobody:

1. The unitary is nulled with the matrices of the real MZIs, so that later ones make up for what earlier ones leave
   (R. Hamerly, S. Bandyopadhyay, D. Englund, "Accurate self-configuration of rectangular multiport interferometers",
   Phys. Rev. Applied 18, 024019 (2022), DOI 10.1103/PhysRevApplied.18.024019). As exact as `correct` within reach.
2. Where something is left, sweeps over the columns. The overlap Re tr(U† V) is linear in the MZIs of one column, so
   each finds its best phases by itself, and Σ|U − V|² falls with every column.

What is then left is the couplers': no phases reach a cross state with them ("Asymptotically fault-tolerant programmable
photonics", Nat. Commun. 13, 6831 (2022), DOI 10.1038/s41467-022-34308-3, has the circuits that do).
"""

import cmath
import math
from dataclasses import dataclass

import numpy as np

from compiler.decompose import (
    Device,
    Kind,
    MeshPhases,
    columns,
    decompose,
    null_rectangle,
    one_thread,
    require_unitary,
    wrap,
)
from compiler.imperfect import (
    Imbalance,
    compose_imperfect,
    correct,
    coupler,
    imperfect_mzi,
    require_same_count,
    stand_in,
)
from compiler.reck import Devices, decompose_reck, null_triangle

EXACT = 1e-12
"""Largest entry of |U − V| that counts as nothing left: some hundred roundings."""


@dataclass(frozen=True, eq=False)
class Programmed:
    """Phases for a mesh of imperfect couplers, and how far the matrix V that it then has is from the wanted U."""

    phases: MeshPhases
    largest_error: float
    """Largest |U − V| of an entry, screen included."""
    relative_error: float
    """Root of the mean of Σ|U − V|² over the N rows: 0, or up to 2 for −U; the papers' normalised error."""


def program_mesh(unitary: np.ndarray, imbalance: Imbalance, kind: Kind = "clements", sweeps: int = 20) -> Programmed:
    """The best phases found for a unitary (N, N) on a mesh with these couplers; `correct` is never better.

    `sweeps` run only where nulling leaves something. ValueError as of `decompose`, and where the counts differ.
    """
    with one_thread():
        u = require_unitary(unitary)
        found = _measured(decompose_imperfect(u, imbalance, kind), imbalance, u)
        if found.largest_error <= EXACT:
            return found
        perfect = decompose_reck(u) if kind == "reck" else decompose(u)
        others = (_measured(phases, imbalance, u) for phases in (perfect, correct(perfect, imbalance)))
        found = min(found, *others, key=lambda p: p.relative_error)
        phases = found.phases
        for _ in range(sweeps):
            phases = _sweep(phases, imbalance, u)
        return min(found, _measured(phases, imbalance, u), key=lambda p: p.relative_error)


def decompose_imperfect(unitary: np.ndarray, imbalance: Imbalance, kind: Kind = "clements") -> MeshPhases:
    """The phases found by nulling a unitary (N, N) with these MZIs; exact within their reach. Errors as above."""
    with one_thread():
        u = require_unitary(unitary)
        require_same_count(len(u), imbalance)
        if kind == "reck":
            return null_triangle(u, _devices(imbalance))
        return null_rectangle(u, _device(imbalance))


def _measured(phases: MeshPhases, imbalance: Imbalance, unitary: np.ndarray) -> Programmed:
    error = np.abs(compose_imperfect(phases, imbalance) - unitary)
    return Programmed(phases, float(error.max()), float(np.sqrt((error**2).sum() / len(unitary))))


def _devices(imbalance: Imbalance) -> Devices:
    """The MZIs for `null_triangle`."""

    def nearest(here: slice, theta_rad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        some = Imbalance(imbalance.first_rad[here], imbalance.second_rad[here])
        found = stand_in(theta_rad, some)
        return found, imperfect_mzi(found, np.zeros(len(found)), some)

    return nearest


def _device(imbalance: Imbalance) -> Device:
    """The MZIs for `null_rectangle`: `stand_in` and `imperfect_mzi` in plain floats, for its speed."""
    first, second = np.pi / 4 + imbalance.first_rad, np.pi / 4 + imbalance.second_rad
    cos_1, sin_1, cos_2, sin_2 = (f(angle).tolist() for angle in (first, second) for f in (np.cos, np.sin))
    least_straight = np.abs(np.sin(imbalance.first_rad + imbalance.second_rad)).tolist()
    least_across = np.abs(np.sin(imbalance.first_rad - imbalance.second_rad)).tolist()

    def nearest(k: int, theta_rad: float) -> tuple[float, complex, complex, complex, complex]:
        straight, across = math.sin(theta_rad / 2), math.cos(theta_rad / 2)
        sin_squared = (straight - least_straight[k]) * (straight + least_straight[k])
        cos_squared = (across - least_across[k]) * (across + least_across[k])
        found = 2 * math.atan2(math.sqrt(max(sin_squared, 0.0)), math.sqrt(max(cos_squared, 0.0)))
        c1, s1, c2, s2, inner = cos_1[k], sin_1[k], cos_2[k], sin_2[k], cmath.rect(1.0, found)
        rows = inner * c1 * c2 - s1 * s2, 1j * (inner * s1 * c2 + c1 * s2), 1j * (inner * c1 * s2 + s1 * c2)
        return found, *rows, c1 * c2 - inner * s1 * s2

    return nearest


def _sweep(phases: MeshPhases, imbalance: Imbalance, unitary: np.ndarray) -> MeshPhases:
    """Phases with each column, then the screen, set to what is best with all the others as they are."""
    ports, theta_rad, phi_rad = phases.ports, phases.theta_rad.copy(), phases.phi_rad.copy()
    blocks = imperfect_mzi(theta_rad, phi_rad, imbalance)
    rest = unitary.conj().T @ compose_imperfect(phases, imbalance)
    met = 0
    for rows in columns(ports, phases.kind):  # column · rest runs in a circle: U† · screen · last … first
        count, upper = len(rows), np.array(rows)
        here, pair = slice(met, met + count), slice(rows[0], rows[0] + 2 * count)
        some = Imbalance(imbalance.first_rad[here], imbalance.second_rad[here])
        right = rest[:, pair].reshape(ports, count, 2).transpose(1, 0, 2) @ blocks[here].conj().swapaxes(1, 2)
        rest[:, pair] = right.transpose(1, 0, 2).reshape(ports, 2 * count)
        corner = upper[:, None] + np.arange(2)
        open_ends = rest[corner[:, :, None], corner[:, None, :]]
        theta_rad[here], phi_rad[here] = _best(open_ends, some, theta_rad[here])
        blocks[here] = imperfect_mzi(theta_rad[here], phi_rad[here], some)
        left = rest[pair].reshape(count, 2, ports)
        left[:] = blocks[here] @ left
        met += count
    screen_rad = phases.screen_rad - np.angle(np.diag(rest))
    return MeshPhases(theta_rad, wrap(phi_rad), wrap(screen_rad), phases.kind)


def _best(open_ends: np.ndarray, imbalance: Imbalance, theta_rad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """θ and φ (K) that make Re tr(T · G) large, G = open_ends (K, 2, 2), from a θ (K) to start with.

    With x = (e^{iθ}, 1) and y = (e^{iφ}, 1) it is Re Σ x_l w_lj y_j; θ and φ are set in turn, θ within 0..π.
    """
    w = coupler(imbalance.first_rad) * (open_ends @ coupler(imbalance.second_rad)).swapaxes(1, 2)

    def best_phi(theta: np.ndarray) -> np.ndarray:
        return -np.angle(np.exp(1j * theta) * w[:, 0, 0] + w[:, 1, 0])

    for _ in range(3):
        best = -np.angle(np.exp(1j * best_phi(theta_rad)) * w[:, 0, 0] + w[:, 0, 1])
        theta_rad = np.where(best < -np.pi / 2, np.pi, np.maximum(best, 0.0))
    return theta_rad, best_phi(theta_rad)

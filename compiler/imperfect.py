"""A mesh whose couplers are not 50:50, and the phases that make up for it as far as they can.

              ┌──────────┐   ┌────┐   ┌───────────┐        both couplers cross sin²(π/4 + imbalance) of the power;
    ── [φ] ───┤  first   ├──[θ]──┤  second  ├── upper        light meets `first` before `second`
    ──────────┤ π/4 + α  ├───────┤ π/4 + β  ├── lower
              └──────────┘       └──────────┘

Such an MZI keeps between |sin(α + β)| and cos(α − β) of the amplitude in its row, where a perfect one keeps sin θ/2,
0 to 1. Within that range it does what the perfect one does, with another θ and φ and with two phases on its outputs,
which the next MZIs' φ and the screen take over: S. Bandyopadhyay, R. Hamerly, D. Englund, "Hardware error correction
for programmable photonics", Optica 8, 1247 (2021), DOI 10.1364/OPTICA.424052. Outside it, the nearest end is taken.
"""

from dataclasses import dataclass

import numpy as np

from compiler.decompose import MeshPhases, columns, mzi, through, wrap


@dataclass(frozen=True, eq=False)
class Imbalance:
    """What the angles of a mesh's couplers are above π/4, MZIs in the order of `positions(N, kind)`."""

    first_rad: np.ndarray
    """(M) couplers that light meets first."""
    second_rad: np.ndarray
    """(M) couplers behind the inner phase shifters."""


def compose_imperfect(phases: MeshPhases, imbalance: Imbalance) -> np.ndarray:
    """The unitary (N, N) of a mesh with these couplers, screen included. ValueError where the counts differ."""
    require_same_count(phases.ports, imbalance)
    return through(phases, imperfect_mzi(phases.theta_rad, phases.phi_rad, imbalance))


def imperfect_mzi(theta_rad: np.ndarray, phi_rad: np.ndarray, imbalance: Imbalance) -> np.ndarray:
    """Transfer matrices (M, 2, 2) = second · diag(e^{iθ}, 1) · first · diag(e^{iφ}, 1), upper row first."""
    one = np.ones(len(theta_rad))
    inner = np.stack([np.exp(1j * theta_rad), one], axis=-1)[:, None, :]
    outer = np.stack([np.exp(1j * phi_rad), one], axis=-1)[:, None, :]
    return (coupler(imbalance.second_rad) * inner) @ (coupler(imbalance.first_rad) * outer)


def coupler(imbalance_rad: np.ndarray) -> np.ndarray:
    """Transfer matrices (M, 2, 2) of lossless couplers of angle π/4 + imbalance."""
    cos, sin = np.cos(np.pi / 4 + imbalance_rad), 1j * np.sin(np.pi / 4 + imbalance_rad)
    return np.stack([cos, sin, sin, cos], axis=-1).reshape(-1, 2, 2)


def reach(imbalance: Imbalance) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest θ (M each) of a perfect MZI that these MZIs can stand in for, 0..π."""
    least = 2 * np.arcsin(np.abs(np.sin(imbalance.first_rad + imbalance.second_rad)))
    return least, np.pi - 2 * np.arcsin(np.abs(np.sin(imbalance.first_rad - imbalance.second_rad)))


def out_of_reach(phases: MeshPhases, imbalance: Imbalance) -> np.ndarray:
    """Which MZIs (M, bool) cannot do what these phases of a perfect mesh ask of them."""
    least, most = reach(imbalance)
    return (phases.theta_rad < least) | (phases.theta_rad > most)


def correct(phases: MeshPhases, imbalance: Imbalance) -> MeshPhases:
    """Phases that make an imperfect mesh do what these would do in a perfect one, MZI by MZI.

    Exact where every θ is within `reach`. Otherwise that MZI stops at the end of its range and no other makes up for
    it; `compiler.fit` does better. ValueError where the counts differ.
    """
    require_same_count(phases.ports, imbalance)
    theta_rad = stand_in(phases.theta_rad, imbalance)
    wanted = mzi(phases.theta_rad, 0.0)
    ahead_rad = np.angle(wanted) - np.angle(imperfect_mzi(theta_rad, np.zeros(len(theta_rad)), imbalance))
    # wanted = diag(e^{i upper}, e^{i lower}) · found · diag(e^{i turn}, 1); the larger entries decide
    upper = ahead_rad[:, 0, 1]
    turn = ahead_rad[:, 0, 0] - upper
    crosses = np.abs(wanted[:, 1, 0]) > np.abs(wanted[:, 1, 1])
    lower = np.where(crosses, ahead_rad[:, 1, 0] - turn, ahead_rad[:, 1, 1])
    phi_rad, owed = phases.phi_rad + turn, np.zeros(phases.ports)  # owed: what perfect light is ahead of the real
    met = 0
    for rows in columns(phases.ports, phases.kind):
        here, top = slice(met, met + len(rows)), np.array(rows)
        phi_rad[here] += owed[top] - owed[top + 1]
        owed[top], owed[top + 1] = owed[top + 1] + upper[here], owed[top + 1] + lower[here]
        met += len(rows)
    return MeshPhases(theta_rad, wrap(phi_rad), wrap(phases.screen_rad + owed), phases.kind)


def stand_in(theta_rad: np.ndarray, imbalance: Imbalance) -> np.ndarray:
    """θ (M) that gives an imperfect MZI the power splitting of a perfect one; the end of its range where it must.

    sin² and cos² of the half angle are products of differences, so that nothing cancels close to bar and cross.
    """
    straight, across = np.abs(np.sin(theta_rad / 2)), np.abs(np.cos(theta_rad / 2))
    least_straight = np.abs(np.sin(imbalance.first_rad + imbalance.second_rad))
    least_across = np.abs(np.sin(imbalance.first_rad - imbalance.second_rad))
    sin_squared = (straight - least_straight) * (straight + least_straight)
    cos_squared = (across - least_across) * (across + least_across)
    return 2 * np.arctan2(np.sqrt(np.maximum(sin_squared, 0)), np.sqrt(np.maximum(cos_squared, 0)))


def require_same_count(ports: int, imbalance: Imbalance) -> None:
    """ValueError where a mesh of N rows has not as many MZIs as there are imbalances, or where one is not finite."""
    expected = (ports * (ports - 1) // 2,)
    for name, values in (("first", imbalance.first_rad), ("second", imbalance.second_rad)):
        if np.shape(values) != expected:
            raise ValueError(f"{name} couplers: shape {np.shape(values)}, expected {expected} for {ports} ports")
        if not np.isfinite(values).all():
            k = int(np.argmin(np.isfinite(values)))
            raise ValueError(f"{name} coupler of MZI {k}: {values[k]}, expected finite numbers")

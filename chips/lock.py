"""Locking a layer to a matrix in closed loop: fields are measured, their error is sent back, phase shifters follow.

What is locked to is a matrix of fields that was once measured on the chip, or one that was computed. No data and no
labels are needed, and no phase of the chip is known. One input after another is lit (x = x_max · e_j):

    y = column j of M         1 shot for its strength, 4 of homodyne, in the frame of each output's own source
    r = y − e^{ia_i} T_ij     a_i per output: photodiodes do not see it, and a source's own phase is not known
    conj(r) sent back         3 shots; taps read the gradient of Σ|r|² (`chips.gradients.echo.retrace`)

so a step takes 8N shots for each layer, whatever the number of shifters. What a dump of an SVD layer gets is left free.
"""

from dataclasses import dataclass

import numpy as np

from chips.adam import Moments, adam
from chips.bench import Bench
from chips.gradients import echo
from chips.homodyne import SHOTS, homodyne


@dataclass(frozen=True)
class LockConfig:
    """How phase shifters are led. The defaults are what came back from drifts of 0.1 and 0.3 rad on 16 ports."""

    steps: int = 150
    """At most."""
    rate_rad: float = 0.08
    """Adam's step per unit of relative error, so that it falls as the matrices come near."""
    window: int = 10
    """Steps over which the error is averaged to see whether it still falls."""
    settled: float = 0.95
    """The lock ends where a window's mean error is more than this share of that of the window before: what is left is
    noise of the readings, or out of the shifters' reach."""


@dataclass(frozen=True, eq=False)
class Locked:
    """Where the phase shifters ended."""

    phases_rad: tuple[np.ndarray, ...]
    """For each layer (P,), as phases under the nominal drive."""
    error: tuple[float, ...]
    """Relative error |M − T| / |T| over all layers at the start and after each step, as measured (noise included)."""
    shots: int


def measure_matrices(bench: Bench, repeats: int = 1) -> tuple[tuple[np.ndarray, ...], int]:
    """Field (C, N) at each output per unit amplitude at each input, for every layer; and the shots.

    Rows are in the frames of the outputs' sources. Mean of `repeats` readings.
    """
    found, shots = [], 0
    for index, t in enumerate(bench.tables.layers):
        readings = [_columns(bench, index)[0] for _ in range(repeats)]
        found.append(np.mean(readings, axis=0).T)
        shots += repeats * (SHOTS + 1) * t.ports
    return tuple(found), shots


def lock(
    bench: Bench, phases_rad: tuple[np.ndarray, ...], targets: tuple[np.ndarray, ...], config: LockConfig
) -> Locked:
    """Lead the shifters from phases_rad to where every layer's signal rows are those of its target (N, N) or (C, N).

    The program is left loaded. Only the bench's calibration is used, none of its data.
    """
    phases, moments, shots = phases_rad, Moments.zero(sum(map(len, phases_rad))), 0
    ends = np.cumsum([len(p) for p in phases])[:-1]
    errors, drive = [], bench.tables.drive
    for _ in range(config.steps):
        bench.chip.program(bench.settings(phases))
        found = [_gradient(bench, index, target) for index, target in enumerate(targets)]
        errors.append(_total([error for _, error, _ in found], targets))
        shots += sum(taken for _, _, taken in found)
        if _settled(errors, config):
            return Locked(phases, tuple(errors), shots)
        direction, moments = adam(np.concatenate([gradient for gradient, _, _ in found]), moments)
        rate = config.rate_rad * errors[-1]
        moved = np.clip(np.concatenate(phases) + rate * direction, drive.least_rad, drive.most_rad)
        phases = tuple(np.split(moved, ends))
    bench.chip.program(bench.settings(phases))
    residuals = []
    for index, target in enumerate(targets):
        fields, taken = _columns(bench, index)
        residuals.append(_error(_residual(fields, target)))
        shots += taken
    return Locked(phases, (*errors, _total(residuals, targets)), shots)


def _settled(errors: list[float], config: LockConfig) -> bool:
    window = config.window
    if len(errors) < 2 * window:
        return False
    return float(np.mean(errors[-window:])) > config.settled * float(np.mean(errors[-2 * window : -window]))


def _columns(bench: Bench, index: int) -> tuple[np.ndarray, int]:
    """(N, C) fields per unit amplitude, one input lit after another, and the shots."""
    t, x_max = bench.layer(index), bench.x_max[index]
    x = x_max * np.eye(t.ports)
    powers = bench.forward(index, x)["detector"]
    return homodyne(bench, index, x, powers) / x_max, (SHOTS + 1) * t.ports


def _residual(fields: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(N, C) what fields (N, C) miss of target (C or N, N), with the best common phase for each row; dumps are free."""
    wanted = target.T[:, : target.shape[1]]
    signals = fields[:, : wanted.shape[1]]
    overlap = np.sum(signals * wanted.conj(), axis=0)
    missed = signals - wanted * np.exp(1j * np.angle(overlap))
    return np.pad(missed, ((0, 0), (0, fields.shape[1] - wanted.shape[1])))


def _gradient(bench: Bench, index: int, target: np.ndarray) -> tuple[np.ndarray, float, int]:
    """d Σ|r|² / dphase (P,), Σ|r|² and the shots."""
    fields, shots = _columns(bench, index)
    missed = _residual(fields, target)
    d_phase, _, taken = echo.retrace(bench, index, fields, missed.conj())
    return d_phase.sum(axis=0), _error(missed), shots + taken


def _error(missed: np.ndarray) -> float:
    return float(np.sum(np.abs(missed) ** 2))


def _total(errors: list[float], targets: tuple[np.ndarray, ...]) -> float:
    return float(np.sqrt(sum(errors) / sum(np.sum(np.abs(t[: t.shape[1]]) ** 2) for t in targets)))

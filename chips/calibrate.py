"""Calibration of the output cells, with the chip's own photodiodes: for every output, its setting for π,
local oscillator and η.

1. Fringe: forward light on, every output shifter swept; each photodiode sees its own interference run through 2.2 π.
2. Local oscillator alone: its power at each photodiode.
3. Strengths of inputs, detectors, monitors and sources (`chips.balance`).
4. Echo: one input lit at a time, y measured; then conj(y)/|y| sent back from a pair of outputs in three relative phases
   c, and read behind the lit input:

       I_c = | |M_a| e^{iη_a} + c |M_b| e^{iη_b} |²    →    H_ab ∝ e^{i(η_a − η_b)}

   Every pair asks the two inputs that light it best. The phases of H's top eigenvector are η, but for a common one.

Outputs are signals and dumps alike (C). Shots of step 4: 4N + 3C(C − 1), that is N(3N + 1) without dumps, and 4N more
for every program that lit some pair too badly.
"""

from dataclasses import replace

import numpy as np

from chips.balance import balance
from chips.bench import Bench, Calibration, LayerCalibration
from chips.homodyne import SHOTS, homodyne

Program = tuple[np.ndarray, ...]

FRINGE_POINTS = 52
"""Settings of a fringe; 51 divides 255, so that an 8-bit converter hits every one."""
FRINGE_LIGHTS = 4
"""Patterns of input light behind which a fringe is taken, so that no output stays dark."""
LO_SHOTS = 16
PROGRAMS = 6
"""Programs tried for one that lights every pair of outputs."""
LIT = 0.1
"""Good enough: the worst pair's |M_a M_b| · N, where an even mixer has 1."""
INPUTS_PER_PAIR = 2
PAIR_STEPS = np.exp(2j * np.pi * np.arange(3) / 3)
CENTRE, SPAN = 1.0, 0.3
"""The setting for π is searched for within this share about nominal, before it is fitted."""


def calibrate(bench: Bench, seed: int) -> Calibration:
    """Calibrate every layer of the bench's chip; programs random settings and leaves the last one loaded."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    start = Calibration.nominal(bench.tables)
    found: list[LayerCalibration] = []
    shots = 0
    for index, layer in enumerate(start.layers):
        bench.chip.program(bench.random_program(rng))
        layer = replace(layer, per_pi=_fringes(bench, index, rng))
        layer = replace(layer, lo_sqrt_mw=_oscillators(bench, index))
        layer, balanced = balance(_with(bench, start, index, layer), index, rng)
        layer, echoed = _echo(_with(bench, start, index, layer), index, rng)
        found.append(layer)
        shots += FRINGE_POINTS * FRINGE_LIGHTS + LO_SHOTS + balanced + echoed
    return Calibration(tuple(found), shots)


def _with(bench: Bench, calibration: Calibration, index: int, layer: LayerCalibration) -> Bench:
    layers = (*calibration.layers[:index], layer, *calibration.layers[index + 1 :])
    return bench.calibrated(replace(calibration, layers=layers))


def _fringes(bench: Bench, index: int, rng: np.random.Generator) -> np.ndarray:
    """(C) setting for π of the output shifters."""
    t, drive = bench.layer(index), bench.tables.drive
    outputs = len(t.outputs)
    sweep = np.linspace(0.0, drive.limit, FRINGE_POINTS)
    settings = np.repeat(sweep, FRINGE_LIGHTS)[:, None] + np.zeros(outputs)
    x = bench.x_max[index] * rng.choice([-1.0, 1.0], (FRINGE_LIGHTS, t.ports))
    x = np.tile(x, (FRINGE_POINTS, 1))
    read = bench.interfere(index, x, np.ones_like(settings), settings)
    read = read.reshape(FRINGE_POINTS, FRINGE_LIGHTS, outputs)
    return np.array([fit_fringe(sweep, read[:, :, k], drive.per_pi) for k in range(outputs)])


def fit_fringe(settings: np.ndarray, power: np.ndarray, guess: float) -> float:
    """Setting for π of fringes power (S, F), F of them over the same S settings; each has offset, cosine and sine.

    A scan of the frequency, then Gauss-Newton on all unknowns together: exact where the fringe has no noise.
    """
    scan = np.pi / (guess * (CENTRE + SPAN * np.linspace(-1, 1, 61)))
    frequency = min(scan, key=lambda f: float(np.sum(_residual(f, settings, power)[0] ** 2)))
    for _ in range(20):
        residual, waves = _residual(frequency, settings, power)
        angle = frequency * settings[:, None]
        slope = settings[:, None] * (waves[2] * np.cos(angle) - waves[1] * np.sin(angle))
        slope -= _basis(angle) @ np.linalg.lstsq(_basis(angle), slope, rcond=None)[0]
        step = float(np.sum(slope * residual) / np.sum(slope**2))
        frequency += step
        if abs(step) < 1e-15 * frequency:
            break
    return float(np.pi / frequency)


def _basis(angle: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones_like(angle), np.cos(angle), np.sin(angle)])


def _residual(frequency: float, settings: np.ndarray, power: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the best offset, cosine and sine (3, F) leave of the fringes, and those."""
    basis = _basis(frequency * settings[:, None])
    waves = np.linalg.lstsq(basis, power, rcond=None)[0]
    return power - basis @ waves, waves


def _oscillators(bench: Bench, index: int) -> np.ndarray:
    """(C) amplitude of each local oscillator at its photodiode, source open, in √mW."""
    t, outputs = bench.layer(index), len(bench.layer(index).outputs)
    dark, zero = np.zeros((LO_SHOTS, t.ports)), np.full((LO_SHOTS, outputs), bench.tables.drive.zero)
    power = bench.interfere(index, dark, np.ones_like(zero), zero).mean(axis=0)
    return np.sqrt(np.maximum(power, 0.0) * t.detector * t.a_tot * bench.unit_mw[index])


def _echo(bench: Bench, index: int, rng: np.random.Generator) -> tuple[LayerCalibration, int]:
    """η, and how uneven the layer's losses are; the shots taken."""
    program, fields, shots = _lit_program(bench, index, rng)
    bench.chip.program(program)
    hermitian, taken = _pairs(bench, index, fields)
    eta_rad = np.angle(np.linalg.eigh(hermitian)[1][:, -1])
    return replace(
        bench.calibration.layers[index], eta_rad=eta_rad, uneven=_uneven(fields, bench.layer(index).echo_gain)
    ), shots + taken


def _lit_program(bench: Bench, index: int, rng: np.random.Generator) -> tuple[Program, np.ndarray, int]:
    """A program that lights every pair of outputs, the fields (N, C) that each input alone makes, and the shots."""
    tried: list[tuple[float, Program, np.ndarray]] = []
    t = bench.layer(index)
    each = bench.x_max[index] * np.eye(t.ports)
    expected = np.full((t.ports, len(t.outputs)), bench.x_max[index] ** 2 / 4)
    while len(tried) < PROGRAMS and not (tried and tried[-1][0] > LIT):
        program = bench.random_program(rng)
        bench.chip.program(program)
        fields = homodyne(bench, index, each, expected) / bench.x_max[index]
        tried.append((_worst_pair(fields), program, fields))
    _, program, fields = max(tried, key=lambda t: t[0])
    return program, fields, SHOTS * t.ports * len(tried)


def _light(fields: np.ndarray) -> np.ndarray:
    """(N, C, C) how well each input lights each pair: |M_a M_b|."""
    return np.abs(fields[:, :, None] * fields[:, None, :])


def _worst_pair(fields: np.ndarray) -> float:
    """The pair that its best input lights least, in units of an even mixer's."""
    best = _light(fields).max(axis=0)
    return float(best[~np.eye(len(best), dtype=bool)].min()) * len(fields)


def _pairs(bench: Bench, index: int, fields: np.ndarray) -> tuple[np.ndarray, int]:
    """(C, C) the Hermitian matrix of pair phases, and the shots."""
    outputs = fields.shape[1]
    a, b = np.triu_indices(outputs, 1)
    inputs = np.argsort(_light(fields)[:, a, b], axis=0)[::-1][:INPUTS_PER_PAIR].T  # (pairs, 2)
    pair, lit = np.repeat(np.arange(len(a)), INPUTS_PER_PAIR), inputs.ravel()
    echo = np.conj(fields) / np.maximum(np.abs(fields), 1e-12)
    e = np.zeros((len(PAIR_STEPS), len(pair), outputs), dtype=complex)
    shot = np.arange(len(pair))
    for k, c in enumerate(PAIR_STEPS):
        e[k, shot, a[pair]] = echo[lit, a[pair]]
        e[k, shot, b[pair]] = c * echo[lit, b[pair]]
    _, read = bench.backward(index, e)
    beat = np.einsum("cs,c->s", read[:, shot, lit], PAIR_STEPS) / len(PAIR_STEPS)  # A_a conj(A_b)
    hermitian = np.zeros((outputs, outputs), dtype=complex)
    np.add.at(hermitian, (a[pair], b[pair]), beat)
    return hermitian + hermitian.conj().T, e.shape[0] * e.shape[1]


def _uneven(fields: np.ndarray, echo_gain: np.ndarray) -> float:
    """Relative distance of M†M from a multiple of 1, dumps weighted as their echo is."""
    power = (fields.conj() * echo_gain) @ fields.T
    return float(np.linalg.norm(power / np.trace(power) * len(power) - np.eye(len(power)), 2))

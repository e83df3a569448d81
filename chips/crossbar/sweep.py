"""Sweeps: how each weight of a chip follows its drive, measured with one column lit at a time.

Drives run over their range while the rows of a bank are read, all at once. Each weight takes the drives in an order of
its own, so that its neighbours' heat comes as noise about a mean and not as a slope. What is kept is a fit:

    mzi    u = a + A cos(π p / P_π + φ)      offset, amplitude, P_π, phase
    pin    `chips.crossbar.pin_sweep`

u holds everything between a modulator's order and a row's current: splitter trees, responsivities, extinction.
"""

from dataclasses import dataclass

import numpy as np

from chips.crossbar.bench import Bench
from chips.crossbar.least_squares import solve_each
from chips.crossbar.pin_sweep import PinCurves, fit_pin
from compiler.crossbar_tables import BankTable

POINTS = 52
"""Drives of a sweep; 51 divides 255, so that a shifter's 8-bit converter hits every one."""
SPAN, SCAN = 0.3, 61
"""P_π is searched for within this share about nominal, at so many places, before it is fitted."""
STEPS = 6
"""Steps of Gauss-Newton after that: each squares the error."""


@dataclass(frozen=True, eq=False)
class Curves:
    """Fitted curves of a bank's weights, every array (R, rows, columns). One monotone branch of each is used."""

    offset: np.ndarray
    amplitude: np.ndarray
    """Larger than 0."""
    per_setting: np.ndarray
    """π / P_π."""
    phase_rad: np.ndarray
    """At a setting of 0, −π … π."""
    branch: np.ndarray
    """Whole number k: the branch is from kπ to (k + 1)π."""
    low: np.ndarray
    high: np.ndarray
    """Ends of the branch, inside the drive's range."""

    def weight(self, drive: np.ndarray) -> np.ndarray:
        """u at a drive."""
        return self.offset + self.amplitude * np.cos(self.per_setting * drive + self.phase_rad)

    @property
    def middle(self) -> np.ndarray:
        """Drive in the middle of the branch, mW."""
        return 0.5 * (self.low + self.high)

    @property
    def least(self) -> np.ndarray:
        """Smallest weight of the branch."""
        return np.minimum(self.weight(self.low), self.weight(self.high))

    @property
    def most(self) -> np.ndarray:
        """Largest weight of the branch."""
        return np.maximum(self.weight(self.low), self.weight(self.high))

    def slope(self, drive: np.ndarray) -> np.ndarray:
        """du/dp."""
        return -self.amplitude * self.per_setting * np.sin(self.per_setting * drive + self.phase_rad)

    def drive(self, weight: np.ndarray) -> np.ndarray:
        """Setting on the branch where u comes nearest to a weight."""
        turned = np.arccos(np.clip((weight - self.offset) / self.amplitude, -1.0, 1.0))
        up = self.branch % 2 == 0
        angle = self.branch * np.pi + np.where(up, turned, np.pi - turned)
        return np.clip((angle - self.phase_rad) / self.per_setting, self.low, self.high)

    def take(self, runs: np.ndarray) -> "Curves":
        """The curves of some runs, (n) indices."""
        return Curves(**{name: values[runs] for name, values in vars(self).items()})


def sweep(bench: Bench, bank: BankTable, seed: int) -> tuple[Curves | PinCurves, int]:
    """Sweep one bank and fit its curves; and the shots. Leaves the last drives loaded."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, *bank.name.encode())))
    drives = np.linspace(bench.least, bench.limit, POINTS)
    order = rng.permuted(np.broadcast_to(np.arange(POINTS)[:, None, None], (POINTS, *bank.weight.shape)), axis=0)
    bench.program({bank.name: drives[order][None]})
    read = np.swapaxes(bench.lit(bank)[0], -1, -2)
    by_drive = np.take_along_axis(read, np.argsort(order, axis=0)[None], axis=1)
    tables, shots = bench.tables, POINTS * bench.lit_shots(bank)
    if tables.kind == "pin":
        return fit_pin(drives, by_drive, bench.nepers_per_ma), shots
    return fit(drives, by_drive, tables.drive.per_pi), shots


def fit(drives: np.ndarray, read: np.ndarray, per_pi: float) -> Curves:
    """Curves of readings (R, S, rows, columns) at settings (S); that for π near a nominal."""
    runs, points, *bank = read.shape
    flat = np.ascontiguousarray(read.reshape(runs, points, -1))
    scan = np.pi / (per_pi * (1 + SPAN * np.linspace(-1, 1, SCAN)))
    bases = np.stack([np.linalg.qr(_basis(f * drives))[0] for f in scan])
    held = np.sum((np.swapaxes(bases, -1, -2) @ flat[:, None]) ** 2, axis=-2)
    frequency = scan[np.argmax(held, axis=1)]
    y = np.ascontiguousarray(np.swapaxes(flat, -1, -2))
    for _ in range(STEPS):
        waves = _basis(frequency[..., None] * drives)
        fitted = solve_each(waves, y)
        bend = drives * (fitted[..., 2:3] * waves[..., 1] - fitted[..., 1:2] * waves[..., 2])
        missed = y - (waves @ fitted[..., None])[..., 0]
        found = solve_each(np.concatenate([waves, bend[..., None]], axis=-1), missed)
        frequency = np.clip(frequency + found[..., 3], scan.min(), scan.max())
    fitted = solve_each(_basis(frequency[..., None] * drives), y)
    offset, cosine, sine = (fitted[..., k].reshape(runs, *bank) for k in range(3))
    frequency = frequency.reshape(runs, *bank)
    return _branches(offset, np.hypot(cosine, sine), frequency, np.arctan2(-sine, cosine), float(drives[-1]))


def _basis(angle: np.ndarray) -> np.ndarray:
    return np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=-1)


def _branches(
    offset: np.ndarray, amplitude: np.ndarray, per_setting: np.ndarray, phase_rad: np.ndarray, limit: float
) -> Curves:
    """The branch that has most of itself inside the range; of two, the lower one."""
    best = np.full(offset.shape, -1.0)
    branch, low_end, high_end = np.zeros_like(offset), np.zeros_like(offset), np.zeros_like(offset)
    for k in range(-1, 4):
        low = np.clip((k * np.pi - phase_rad) / per_setting, 0.0, limit)
        high = np.clip(((k + 1) * np.pi - phase_rad) / per_setting, 0.0, limit)
        inside = (high - low) * per_setting
        better = inside > best + 1e-9
        best = np.where(better, inside, best)
        branch, low_end, high_end = (
            np.where(better, new, old) for new, old in ((float(k), branch), (low, low_end), (high, high_end))
        )
    return Curves(offset, amplitude, per_setting, phase_rad, branch, low_end, high_end)

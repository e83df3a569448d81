"""What is measured on a crossbar chip before training, and its weights as measured at any time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chips.crossbar.bench import Bench, Weights
from chips.crossbar.pin_sweep import PinCurves
from chips.crossbar.sweep import Curves, sweep
from compiler.crossbar_tables import BankTable

READINGS = 4
"""Readings of a weight that the mean is taken of."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was found out about R chips before training."""

    curves: Mapping[str, Curves | PinCurves]
    """Bank to its sweep."""
    monitors: Mapping[str, np.ndarray]
    """Bank to (R, columns) monitor reading at an order of 1."""
    shots: int
    """For each chip."""

    def take(self, runs: np.ndarray) -> "Calibration":
        """That of some runs, (n) indices: for runs that share chips."""
        curves = {name: curve.take(runs) for name, curve in self.curves.items()}
        return Calibration(curves, {name: m[runs] for name, m in self.monitors.items()}, self.shots)

    def drives(self, weights: Weights) -> dict[str, np.ndarray]:
        """Drives at which curves reach weights."""
        return {name: self.curves[name].drive(w) for name, w in weights.items()}


def calibrate(bench: Bench, seed: int = 0) -> Calibration:
    """Sweep every bank. Leaves all in the middle of their branches."""
    curves: dict[str, Curves | PinCurves] = {}
    monitors: dict[str, np.ndarray] = {}
    shots = 0
    banks = bench.tables.banks
    middle = 0.5 * (bench.least + bench.limit)
    bench.program({bank.name: np.full((bench.lead, *bank.weight.shape), middle) for bank in banks})
    for bank in banks:
        curves[bank.name], taken = sweep(bench, bank, seed)
        bench.program({bank.name: curves[bank.name].middle})
        found = [bench.lit(bank)[1][:, 0] for _ in range(READINGS)]
        monitors[bank.name] = np.mean(found, axis=0)
        shots += taken + READINGS * bench.lit_shots(bank)
    return Calibration(curves, monitors, shots)


def read_weights(bench: Bench, bank: BankTable, readings: int = READINGS) -> tuple[np.ndarray, int]:
    """(R, rows, columns) weights as programmed, mean of some readings; and the shots."""
    found = [np.swapaxes(bench.lit(bank)[0][:, 0], -1, -2) for _ in range(readings)]
    return np.mean(found, axis=0), readings * bench.lit_shots(bank)


def remember(bench: Bench) -> tuple[dict[str, np.ndarray], int]:
    """Weights of the forward banks as measured now: what a reload leads back to. And the shots."""
    found: dict[str, np.ndarray] = {}
    shots = 0
    for bank in bench.forward_banks:
        found[bank.name], taken = read_weights(bench, bank)
        shots += taken
    return found, shots


def slopes(
    bench: Bench, bank: BankTable, drives: np.ndarray, step: float, seed: tuple[int, ...]
) -> tuple[np.ndarray, int]:
    """(R, rows, columns) du/d(drive) at drives, and the shots: all weights of a bank stepped up or down at once, their
    signs drawn, so that what they warm of each other averages out. Leaves the bank at `drives`."""
    rng = np.random.default_rng(np.random.SeedSequence(seed[0], spawn_key=(4, *seed[1:])))
    signs = rng.choice([-1.0, 1.0], bank.weight.shape)
    ends = np.clip(np.stack([drives + signs * step, drives - signs * step], axis=1), bench.least, bench.limit)
    bench.program({bank.name: ends})
    read = np.swapaxes(bench.lit(bank)[0], -1, -2)
    bench.program({bank.name: drives})
    return (read[:, 0] - read[:, 1]) / (ends[:, 0] - ends[:, 1]), 2 * bench.lit_shots(bank)

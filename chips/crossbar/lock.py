"""Weights led to targets in closed loop: set by the sweep, read, asked for again by what was missed.

What a network was trained to elsewhere is loaded so; so are weights that were remembered before a chip drifted; and so
follow the backward banks, that must carry the weights of the forward ones and not their codes.
"""

import numpy as np

from chips.crossbar.bench import Bench, Weights
from chips.crossbar.calibration import READINGS, Calibration, read_weights
from compiler.crossbar import BACKWARD, FORWARD

CORRECTIONS = 3
"""Steps of the loop: each leaves the sweep's relative error of what was left; noise and the converter end it."""


def lock(
    bench: Bench,
    calibration: Calibration,
    targets: Weights,
    *,
    corrections: int = CORRECTIONS,
    readings: int = READINGS,
) -> tuple[dict[str, np.ndarray], int]:
    """Lead banks to measured weights (R, rows, columns); leaves them programmed. Returns drives and shots.

    A weight beyond reach stays at the end of its branch. Of all drives that were tried each weight keeps the one that
    was read nearest to its target: between two codes of a converter the loop never comes to rest.
    """
    asked = {name: np.array(w, dtype=float) for name, w in targets.items()}
    drives = calibration.drives(asked)
    kept, error = dict(drives), {name: np.full(w.shape, np.inf) for name, w in asked.items()}
    shots = 0
    bench.program(drives)
    for _ in range(corrections + 1):
        for name, target in targets.items():
            read, taken = read_weights(bench, bench.tables.bank(name), readings)
            missed, curve = target - read, calibration.curves[name]
            nearer = np.abs(missed) < error[name]
            kept[name] = np.where(nearer, drives[name], kept[name])
            error[name] = np.where(nearer, np.abs(missed), error[name])
            asked[name] = np.clip(asked[name] + missed, curve.least, curve.most)
            shots += taken
        drives = calibration.drives(asked)
        bench.program(drives)
    bench.program(kept)
    return kept, shots


def match(bench: Bench, calibration: Calibration) -> tuple[dict[str, np.ndarray], int]:
    """Backward banks led to the measured weights of the forward ones (bias column left out). Drives, shots."""
    targets: dict[str, np.ndarray] = {}
    shots = 0
    for bank in bench.tables.backward:
        read, taken = read_weights(bench, bench.tables.bank(bank.name.replace(BACKWARD, FORWARD)), 1)
        targets[bank.name] = np.swapaxes(read[..., :-1], -1, -2)
        shots += taken
    drives, taken = lock(bench, calibration, targets, corrections=1, readings=1) if targets else ({}, 0)
    return drives, shots + taken

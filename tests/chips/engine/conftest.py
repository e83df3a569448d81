"""A plain executor: meeting by meeting in NumPy, slow and short, for schedules of any shape."""

import numpy as np
import pytest


def run_schedule(schedule, coefficients, phases_rad=()):
    """(…, T, N) amplitudes at the reads for unit light at each input."""
    c, turn = coefficients, np.exp(1j * np.append(np.asarray(phases_rad, float), 0.0))
    inputs, blocks = schedule.input_row.size, schedule.way_slot.shape[1]
    rows = np.full((*c.read.shape[:-1], schedule.rows, inputs), 0j)
    rows[..., schedule.input_row, np.arange(inputs)] = 1
    way = c.way * np.prod(turn[schedule.way_slot], axis=0)
    drop = c.read * np.prod(turn[schedule.read_slot], axis=0)
    seen = np.zeros((*rows.shape[:-2], schedule.read_row.size, inputs), complex)
    looks = [np.flatnonzero(schedule.read_after == p) for p in range(schedule.pair.shape[1] + 1)]
    for p in range(schedule.pair.shape[1] + 1):
        for t in looks[p]:
            seen[..., t, :] = drop[..., t, None] * rows[..., schedule.read_row[t], :]
        if p < schedule.pair.shape[1]:
            pair = schedule.pair[:, p]
            for k in range(blocks):
                rows[..., pair, :] = c.block[..., k, :, :, p] @ (way[..., k, :, p, None] * rows[..., pair, :])
    return seen


@pytest.fixture(scope="session")
def run():
    return run_schedule

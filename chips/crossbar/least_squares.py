"""Many small fits at once: what sweeps of either kind of weight share."""

import numpy as np


def solve_each(columns: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least squares, each problem for itself: columns (…, S, n), y (…, S) → (…, n)."""
    across = np.swapaxes(columns, -1, -2)
    return np.linalg.solve(across @ columns, across @ y[..., None])[..., 0]

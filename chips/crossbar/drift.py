"""Drift: what time does to a crossbar while nobody looks. Phases of waveguides walk; drives and light do not.

It happens to the world, so a trainer has no part in it: it acts on a twin, not on a `CrossbarChip`.
"""

import numpy as np

from chips.crossbar.twin import CrossbarTwin
from chips.wafer import stream


def drift(twin: CrossbarTwin, step_rad: float, seed: int) -> None:
    """One step of a random walk: both arms of every interferometer turn by a little. PIN weights do not drift.

    Args:
        twin: Changed in place; its program stays as it is.
        step_rad: Standard deviation of the step of each arm.
        seed: The same seed is the same step of the same chip; chips of one twin walk on their own. Steps of n different
            seeds add up to √n of one.

    """
    turned = {}
    for name, shape in twin.bank_shapes.items():
        streams = (stream(chip, name, "drift_rad", str(seed)) for chip in twin.seeds)
        arms = np.stack([s.standard_normal((2, *shape)) for s in streams])
        turned[name] = step_rad * (arms[:, 0] - arms[:, 1])
    twin.walk_off(turned)

"""Drift: what time does to a chip while nobody looks. The phases of its waveguides walk; drives and light do not.

Of electro-optic shifters that is the slow walk of their bias, which charges in the crystal bring about (DC drift): the
same random walk, with a step of their own.

It happens to the world, so a trainer has no part in it: it acts on a twin, not on a `Chip`.
"""

import zlib

import numpy as np

from chips.twin import Twin


def drift(twin: Twin, step_rad: float, mirror_step_rad: float, seed: int) -> None:
    """One step of a random walk: every phase shifter, driven or not, and every loop mirror turns by a little.

    Args:
        twin: Changed in place; its program stays as it is.
        step_rad: Standard deviation of the step of each phase shifter, those at the outputs included, which enter the
            constants of the sources twice.
        mirror_step_rad: The same for each loop mirror.
        seed: The same seed is the same step. Steps of n different seeds add up to √n of one.

    """
    counts = twin.phase_counts

    def steps(what: str, sigma_rad: float, which: int) -> list[np.ndarray]:
        key = zlib.crc32(what.encode())
        streams = (np.random.SeedSequence(seed, spawn_key=(key, layer)) for layer in range(len(counts)))
        rngs = (np.random.default_rng(stream) for stream in streams)
        return [sigma_rad * rng.standard_normal(count[which]) for rng, count in zip(rngs, counts, strict=True)]

    twin.walk_off(steps("mesh", step_rad, 0), steps("output", step_rad, 1), steps("mirror", mirror_step_rad, 1))

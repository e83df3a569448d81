"""What neighbours on a wafer have in common: a Gaussian random field over the die, as part of any spread.

    z = √s · field(x, y) + √(1 − s) · own        s: correlated share of the variance
    <field(a) field(b)> = exp(−|a − b|² / l²)    l: correlation length

The covariance is a product of one along x and one along y, so the field is drawn on a grid of half that length,
exactly, and read between its points by kriging: z(x, y) = k_x K⁻¹ᐟ² Z K⁻¹ᐟ² k_y. What kriging leaves out of a
device's variance (under 1e-3 of it) comes from its own draw, so that each has variance 1. The cost follows the number
of devices.

Covariance of that form, and its length for waveguide width and thickness: Lu et al., Opt. Express 25, 9712 (2017),
doi:10.1364/OE.25.009712; Jhoja et al., Opt. Express 28, 7799 (2020).
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chips.variation import Imperfections
from compiler.places import Places

LEAST = 5
"""Grid points along an axis at least, unless all stand on one line."""
MOST = 128
"""Grid points along an axis at most: a field finer than that is as good as no field, and is drawn as none."""


def stream(seed: int, place: str, field: str, what: str = "") -> np.random.Generator:
    """The generator of one imperfection at one place; names enter by their CRC, so no order of fields matters."""
    key = tuple(zlib.crc32(text.encode()) for text in (place, field, what))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


@dataclass(frozen=True, eq=False)
class Wafer:
    """The slow variation of the chip of one seed."""

    seed: int
    length_mm: float
    share: float
    places: Places | None
    """None: nobody knows where devices are, and none has neighbours."""

    @staticmethod
    def of(imperfections: Imperfections, seed: int, places: Places | None) -> "Wafer":
        """As strong as some imperfections say."""
        return Wafer(seed, imperfections.correlation_length_mm, imperfections.correlated_share, places)

    def correlated_normal(self, field: str, own: np.ndarray, paths: Sequence[str]) -> np.ndarray:
        """Standard normals (n,) of n devices from draws `own` of each by itself: those, plus what all share.

        One `field` is the same over the whole die, whatever devices ask.
        """
        if self.places is None or not len(own) or self.share <= 0 or self.length_mm <= 0:
            return own
        die_mm, at_mm = self.places.at_mm, self.places.of(paths)
        x, y = (kriging(die_mm[:, axis], at_mm[:, axis], self.length_mm) for axis in (0, 1))
        grid = stream(self.seed, "wafer", field).standard_normal((x.shape[1], y.shape[1]))
        common = np.sum((x @ grid) * y, axis=1)
        kept = self.share * np.minimum(np.sum(x**2, axis=1) * np.sum(y**2, axis=1), 1.0)
        return np.sqrt(self.share) * common + np.sqrt(1 - kept) * own


def kriging(die_mm: np.ndarray, at_mm: np.ndarray, length_mm: float) -> np.ndarray:
    """(n, grid) that turns independent normals on a grid along one axis of the die into a field at n places."""
    low, high = float(die_mm.min()), float(die_mm.max())
    points = max(LEAST, int(np.ceil((high - low) / (length_mm / 2))) + 1) if high > low else 1
    if points > MOST:
        return np.zeros((len(at_mm), 1))
    grid = np.linspace(low, high, points) if points > 1 else np.array([low])

    def covariance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(-(((a[:, None] - b) / length_mm) ** 2))

    values, vectors = np.linalg.eigh(covariance(grid, grid))
    values = np.maximum(values, 1e-9 * values[-1])
    return covariance(at_mm, grid) @ (vectors / np.sqrt(values)) @ vectors.T

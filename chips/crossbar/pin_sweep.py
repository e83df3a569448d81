"""What a sweep finds of PIN weights: two attenuators driven against each other, each darkening its own side.

    u(I) = P₊ t₊ − P₋ t₋        t₋ = e^{−k₋ I} for I > 0, else 1        t₊ = e^{k₊ I} for I < 0, else 1

P is what a side gives undarkened, k its attenuation per mA. u rises with I, so that the whole range is one branch.
"""

from dataclasses import dataclass

import numpy as np

from chips.crossbar.least_squares import solve_each

STEPS = 6
"""Steps of Gauss-Newton from the nominal attenuation: each squares the error."""
K_SPAN = 0.5
"""k is held within this share about nominal."""


@dataclass(frozen=True, eq=False)
class PinCurves:
    """Fitted curves of a bank's PIN weights, every array (R, rows, columns). Drives are signed currents in mA."""

    plus: np.ndarray
    minus: np.ndarray
    """u of each side undarkened, larger than 0."""
    plus_per_ma: np.ndarray
    minus_per_ma: np.ndarray
    """k of each side."""
    low: np.ndarray
    high: np.ndarray
    """Ends of the range."""

    def weight(self, drive: np.ndarray) -> np.ndarray:
        """u at a drive."""
        plus, minus = _passed(drive, self.plus_per_ma, self.minus_per_ma)
        return self.plus * plus - self.minus * minus

    @property
    def middle(self) -> np.ndarray:
        """Drive in the middle of the range: none."""
        return 0.5 * (self.low + self.high)

    @property
    def least(self) -> np.ndarray:
        """Smallest weight."""
        return self.weight(self.low)

    @property
    def most(self) -> np.ndarray:
        """Largest weight."""
        return self.weight(self.high)

    def slope(self, drive: np.ndarray) -> np.ndarray:
        """du/dI, per mA."""
        plus, minus = _passed(drive, self.plus_per_ma, self.minus_per_ma)
        return np.where(drive < 0, self.plus * self.plus_per_ma * plus, self.minus * self.minus_per_ma * minus)

    def drive(self, weight: np.ndarray) -> np.ndarray:
        """Current where u comes nearest to a weight."""
        weight = np.clip(weight, self.least, self.most)
        positive = -np.log(np.maximum(self.plus - weight, 1e-12) / self.minus) / self.minus_per_ma
        negative = np.log(np.maximum(self.minus + weight, 1e-12) / self.plus) / self.plus_per_ma
        return np.clip(np.where(weight >= self.plus - self.minus, positive, negative), self.low, self.high)

    def take(self, runs: np.ndarray) -> "PinCurves":
        """The curves of some runs, (n) indices."""
        return PinCurves(**{name: values[runs] for name, values in vars(self).items()})


def fit_pin(drives: np.ndarray, read: np.ndarray, per_ma: float) -> PinCurves:
    """Curves of readings (R, S, rows, columns) at currents (S) in mA; `per_ma`: nominal k."""
    y = np.moveaxis(read, 1, -1)
    k = np.full((*y.shape[:-1], 2), per_ma)
    for _ in range(STEPS):
        columns = _columns(drives, k)
        sides = solve_each(columns, y)
        bend = np.stack(
            [
                sides[..., :1] * np.minimum(drives, 0.0) * columns[..., 0],
                sides[..., 1:] * np.maximum(drives, 0.0) * -columns[..., 1],
            ],
            axis=-1,
        )
        missed = y - (columns @ sides[..., None])[..., 0]
        found = solve_each(np.concatenate([columns, bend], axis=-1), missed)
        k = np.clip(k + found[..., 2:], (1 - K_SPAN) * per_ma, (1 + K_SPAN) * per_ma)
    plus, minus = np.maximum(np.moveaxis(solve_each(_columns(drives, k), y), -1, 0), 1e-9)
    low, high = (np.full(plus.shape, float(end)) for end in (drives[0], drives[-1]))
    return PinCurves(plus, minus, k[..., 0], k[..., 1], low, high)


def _passed(drive: np.ndarray, plus_per_ma: np.ndarray, minus_per_ma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.exp(plus_per_ma * np.minimum(drive, 0.0)), np.exp(-minus_per_ma * np.maximum(drive, 0.0))


def _columns(drives: np.ndarray, k: np.ndarray) -> np.ndarray:
    """(…, S, 2) what each side's P is multiplied by."""
    plus, minus = _passed(drives, k[..., :1], k[..., 1:])
    return np.stack([plus, -minus], axis=-1)

"""Data as light of a crossbar: features as powers 0 … 1, classes as wanted outputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chips.data import draw_points, held_out

MARGIN = 0.05
"""Share of the range that is left free below and above the training part's features."""
LOW, HIGH = 0.1, 0.9
"""Wanted outputs of the wrong and the right class: within reach of a modulator with finite extinction."""
MOONS_NOISE = 0.2
"""Of the small sets, harder than the bundled one."""
CIRCLES_RATIO = 0.3
"""Inner radius to outer one: a digital network of this size then gets 97 % from 50 points, as in the published setting
of three sets that are about equally hard; with the bundled set's 0.5 it gets 92 %."""
POINTS, TRAINED = 200, 50
"""Points of a drawn set and those that are trained on, as Ashtiani, Idjadi, Kim, Nature 651, 927 (2026)."""


@dataclass(frozen=True, eq=False)
class Lit:
    """What the chips see, R runs (1 where all see the same)."""

    train_x: np.ndarray
    """(R, n_train, inputs) powers 0 … 1."""
    train_t: np.ndarray
    """(R, n_train, outputs) wanted outputs."""
    train_y: np.ndarray
    """(R, n_train) int classes."""
    test_x: np.ndarray
    test_t: np.ndarray
    test_y: np.ndarray
    classes: int

    def take(self, runs: np.ndarray) -> "Lit":
        """That of some runs, (n) indices."""
        arrays = {name: a[runs] for name, a in vars(self).items() if name != "classes"}
        return Lit(**arrays, classes=self.classes)


def light(features: np.ndarray, labels: np.ndarray, test: np.ndarray, outputs: int) -> Lit:
    """One run: features (n, f) scaled by the training part, test (n) bool says what is held out."""
    part = features[~test]
    low, high = part.min(axis=0), part.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    x = np.clip(MARGIN + (1 - 2 * MARGIN) * (features - low) / span, 0.0, 1.0)
    classes = int(labels.max()) + 1
    right = labels[:, None] == (np.arange(outputs) if outputs > 1 else 1)
    wanted = np.where(right, HIGH, LOW)
    parts = [a[None, keep] for keep in (~test, test) for a in (x, wanted, labels)]
    return Lit(*parts, classes=classes)


def points(name: str, seed: int, outputs: int = 1) -> Lit:
    """A fresh draw of a set of the published experiment: 200 points, 50 to train."""
    dataset = draw_points(name, POINTS, seed, moons_noise=MOONS_NOISE, circles_ratio=CIRCLES_RATIO)
    test = held_out(
        dataset.labels, 1 - TRAINED / POINTS, np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(5,)))
    )
    return light(dataset.features, dataset.labels, test, outputs)


def stack(lits: Sequence[Lit]) -> Lit:
    """Runs side by side."""
    names = [name for name in vars(lits[0]) if name != "classes"]
    return Lit(**{n: np.concatenate([getattr(lit, n) for lit in lits]) for n in names}, classes=lits[0].classes)

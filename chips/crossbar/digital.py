"""The yardstick: a digital network of the same size, trained without a chip, many at once.

tanh hidden neurons, a logistic output, cross-entropy, Adam in full batches: what a person would take for 50 points.
Nothing limits its weights. Of several starts that with the least training loss counts.
"""

from dataclasses import dataclass

import numpy as np

from chips.crossbar.points import Lit

BETAS, TINY = (0.9, 0.999), 1e-8
"""Adam's (Kingma, Ba, arXiv:1412.6980)."""


@dataclass(frozen=True)
class DigitalConfig:
    """How it is trained (assumed: tuned on seeds of their own)."""

    hidden: int = 8
    epochs: int = 500
    learning_rate: float = 0.02
    decay: float = 0.1
    """Weight decay per step, relative to the learning rate."""
    starts: int = 3
    seed: int = 0


def digital_accuracy(data: Lit, config: DigitalConfig) -> np.ndarray:
    """(R) test accuracy of R binary tasks, each with its best start by training loss."""
    runs = len(data.train_x)
    x, y = _centred(data.train_x), data.train_y[..., None].astype(float)
    losses, accuracies = [], []
    for start in range(config.starts):
        weights = _train(x, y, config, start)
        p = _forward(weights, x)[1]
        losses.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p), axis=(1, 2)))
        test = _forward(weights, _centred(data.test_x))[1]
        accuracies.append(np.mean((test[..., 0] > 0.5) == data.test_y, axis=1))
    return np.stack(accuracies)[np.argmin(losses, axis=0), np.arange(runs)]


def _centred(x: np.ndarray) -> np.ndarray:
    """Powers 0 … 1 to about −1 … 1, and a bias of 1."""
    return np.concatenate([4 * x - 2, np.ones((*x.shape[:-1], 1))], axis=-1)


def _train(x: np.ndarray, y: np.ndarray, config: DigitalConfig, start: int) -> list[np.ndarray]:
    rng = np.random.default_rng(np.random.SeedSequence(config.seed, spawn_key=(start,)))
    runs, samples, inputs = x.shape
    weights = [
        rng.standard_normal((runs, inputs, config.hidden)),
        0.5 * rng.standard_normal((runs, config.hidden + 1, 1)),
    ]
    mean, square = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for step in range(1, config.epochs + 1):
        hidden, p = _forward(weights, x)
        d = (p - y) / samples
        back = (d @ np.swapaxes(weights[1], 1, 2))[..., :-1] * (1 - hidden[..., :-1] ** 2)
        gradient = [np.swapaxes(x, 1, 2) @ back, np.swapaxes(hidden, 1, 2) @ d]
        for k, g in enumerate(gradient):
            mean[k] = BETAS[0] * mean[k] + (1 - BETAS[0]) * g
            square[k] = BETAS[1] * square[k] + (1 - BETAS[1]) * g**2
            move = mean[k] / (1 - BETAS[0] ** step) / (np.sqrt(square[k] / (1 - BETAS[1] ** step)) + TINY)
            weights[k] = weights[k] - config.learning_rate * (move + config.decay * weights[k])
    return weights


def _forward(weights: list[np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.tanh(x @ weights[0])
    hidden = np.concatenate([hidden, np.ones((*hidden.shape[:-1], 1))], axis=-1)
    return hidden, np.clip(1 / (1 + np.exp(-hidden @ weights[1])), 1e-12, 1 - 1e-12)

"""Digits by a dense network whose hidden activation is a micro-disk, after Ashtiani, Idjadi 2023, arXiv:2307.10179.

    image 784 ─ weights ─ v ─ disk: f(v) ─ weights ─ softmax        backward: f'(v) as a replica of the disk measures it

A diode lets a positive photocurrent detune the disk and a negative one do nothing, so f is flat below zero, rises, and
saturates. Their experiment's curves went into a simulation of weights that are numbers, and so do the model's here; the
size of the network is assumed, their abstract gives none.
"""

from collections.abc import Callable

import numpy as np
from in_situ_mnist import Digits

from chips.activation import MICRODISK_BIAS, microdisk_power
from chips.adam import Moments, adam, rate_rad

HIDDEN = 100
BATCH, RATE = 32, 0.003
REPLICA_BIAS, REPLICA_WIDTH, REPLICA_NOISE, DITHER = 0.05, 0.05, 0.005, 0.1
"""The replica's resonance is off by so many half widths and its width by this share (standard deviations, assumed: the
other spreads of a chip); a reading is noisy by a share of full scale, as every receiver; the drive's step."""

Function = Callable[[np.ndarray], np.ndarray]


def disk(v: np.ndarray, bias: np.ndarray | float = MICRODISK_BIAS, width: np.ndarray | float = 1.0) -> np.ndarray:
    """Power past a disk for drives v in half widths."""
    return microdisk_power((bias + np.maximum(v, 0.0)) / width)


def replicas(rng: np.random.Generator) -> Function:
    """Slopes of all hidden disks, each measured at its own replica with the drive raised and lowered."""
    bias = MICRODISK_BIAS + REPLICA_BIAS * rng.standard_normal(HIDDEN)
    width = 1 + REPLICA_WIDTH * rng.standard_normal(HIDDEN)

    def slope(v: np.ndarray) -> np.ndarray:
        high, low = disk(v + DITHER, bias, width), disk(v - DITHER, bias, width)
        noise = REPLICA_NOISE * (rng.standard_normal(v.shape) - rng.standard_normal(v.shape))
        return (high - low + noise) / (2 * DITHER)

    return slope


def relu_slope(v: np.ndarray) -> np.ndarray:
    """1 above zero."""
    return (v > 0).astype(float)


def relu(v: np.ndarray) -> np.ndarray:
    """The ideal that the disk is compared with."""
    return np.maximum(v, 0.0)


def accuracy_of(digits: Digits, f: Function, slope: Function, seed: int, epochs: int) -> float:
    """Test accuracy after training on images (n, 784), 0 to 1."""
    rng = np.random.default_rng(seed)
    features, classes = digits.train_x.shape[1], int(digits.train_y.max()) + 1
    shapes = [(features, HIDDEN), (1, HIDDEN), (HIDDEN, classes), (1, classes)]
    ends = np.cumsum([a * b for a, b in shapes])
    weights = np.concatenate([np.sqrt(2 / a) * rng.standard_normal(a * b) * (a > 1) for a, b in shapes])
    moments = Moments.zero(len(weights))
    total = epochs * (len(digits.train_x) // BATCH)

    def parts(flat: np.ndarray) -> list[np.ndarray]:
        return [w.reshape(shape) for w, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]

    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(digits.train_x))[: total // epochs * BATCH], total // epochs):
            w1, b1, w2, b2 = parts(weights)
            x, target = digits.train_x[rows], np.eye(classes)[digits.train_y[rows]]
            v = x @ w1 + b1
            h = f(v)
            error = (_softmax(h @ w2 + b2) - target) / BATCH
            hidden = error @ w2.T * slope(v)
            sides = [x.T @ hidden, hidden.sum(axis=0), h.T @ error, error.sum(axis=0)]
            direction, new = adam(np.concatenate([side.ravel() for side in sides]), moments)
            weights = weights + rate_rad(RATE, moments.steps, total) * direction
            moments = new
    w1, b1, w2, b2 = parts(weights)
    return float(np.mean(np.argmax(f(digits.test_x @ w1 + b1) @ w2 + b2, axis=1) == digits.test_y))


def _softmax(logits: np.ndarray) -> np.ndarray:
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)

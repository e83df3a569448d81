"""The chip's own network trained without a chip: w = cos θ, set points and loss as on the chip, nothing drawn.

What comes out are weights; a chip gets them blind (nominal shifters), through its sweeps, or locked in closed loop.
Gradients are the chain rule in numpy, R networks side by side.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chips.adam import Moments, adam, rate_rad
from chips.crossbar.electronics import Electronics
from chips.crossbar.points import Lit
from chips.crossbar.train import TrainConfig, losses, predict
from pdk.contract import Drive

STEP_RAD = 1e-5
"""Half the step of the symmetric difference that gives an activation's slope."""


@dataclass(frozen=True, eq=False)
class Offline:
    """R trained networks."""

    angles_rad: tuple[np.ndarray, ...]
    """For each layer (R, outputs, inputs + 1) θ in 0 … π, the bias last."""
    loss: np.ndarray
    """(R) of the training part."""
    accuracy: np.ndarray
    """(R) of the held-out part."""

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Forward bank to weights."""
        return {f"layer{k + 1}.forward": np.cos(theta) for k, theta in enumerate(self.angles_rad)}

    def blind(self, drive: Drive) -> dict[str, np.ndarray]:
        """Settings that nominally bring the weights."""
        return {f"layer{k + 1}.forward": drive.setting(theta) for k, theta in enumerate(self.angles_rad)}

    def take(self, runs: np.ndarray) -> "Offline":
        """Some of the networks, (n) indices."""
        return Offline(tuple(theta[runs] for theta in self.angles_rad), self.loss[runs], self.accuracy[runs])


def train_offline(data: Lit, electronics: Electronics, config: TrainConfig, seeds: np.ndarray, hidden: int) -> Offline:
    """Train R networks inputs-hidden-outputs, one for each run of the data; `seeds` (R) of their starts."""
    samples = data.train_x.shape[1]
    sizes = (data.train_x.shape[-1], hidden, data.train_t.shape[-1])
    spreads = (config.start_weight, config.start_output_weight)
    shapes = [(after, before + 1) for before, after in pairwise(sizes)]
    theta = tuple(
        np.stack([np.arccos(spread * _drawn(seed, k, shape)) for seed in seeds])
        for k, (spread, shape) in enumerate(zip(spreads, shapes, strict=True))
    )
    size = sum(int(np.prod(shape)) for shape in shapes)
    moments = Moments(np.zeros((len(seeds), size)), np.zeros((len(seeds), size)), 0)
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    for step in range(config.epochs):
        rate = rate_rad(config.learning_rate_rad, step, config.epochs)
        found = [g.reshape(len(seeds), -1) / samples for g in _gradient(theta, data, electronics)]
        direction, moments = adam(np.concatenate(found, axis=1), moments)
        moves = [m.reshape(t.shape) for m, t in zip(np.split(direction, ends, axis=1), theta, strict=True)]
        theta = tuple(
            np.clip(t + rate * move - rate * config.decay * (t - np.pi / 2), 0.0, np.pi)
            for t, move in zip(theta, moves, strict=True)
        )
    light, test = (_forward(theta, x, electronics)[0][-1] for x in (data.train_x, data.test_x))
    accuracy = np.mean(predict(test[..., :-1]) == data.test_y, axis=-1)
    return Offline(theta, losses(light[..., :-1], data.train_t), accuracy)


def _drawn(seed: int, layer: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(np.random.SeedSequence(int(seed), spawn_key=(6, layer))).uniform(-1.0, 1.0, shape)


def _forward(
    theta: tuple[np.ndarray, ...], x: np.ndarray, electronics: Electronics
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Light of every layer, the inputs first, each with its bias of 1, and slopes dx/du of every layer."""
    lights, slopes = [_with_bias(x)], []
    for layer, angle in enumerate(theta):
        gain = electronics.gains[layer]
        v = gain * (lights[-1] @ np.swapaxes(np.cos(angle), 1, 2)) + electronics.biases_rad[layer]
        high, low = electronics.light(layer, v + STEP_RAD), electronics.light(layer, v - STEP_RAD)
        lights.append(_with_bias(0.5 * (high + low)))
        slopes.append(gain * (high - low) / (2 * STEP_RAD))
    return lights, slopes


def _gradient(theta: tuple[np.ndarray, ...], data: Lit, electronics: Electronics) -> list[np.ndarray]:
    """dL/dθ of ½ Σ (output − wanted)², layer by layer."""
    lights, slopes = _forward(theta, data.train_x, electronics)
    error = lights[-1][..., :-1] - data.train_t
    found: list[np.ndarray] = []
    for layer in reversed(range(len(theta))):
        d = error * slopes[layer]
        found.insert(0, -np.sin(theta[layer]) * (np.swapaxes(d, 1, 2) @ lights[layer]))
        error = (d @ np.cos(theta[layer]))[..., :-1]
    return found


def _with_bias(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)

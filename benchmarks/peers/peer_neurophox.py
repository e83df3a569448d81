"""neurophox: rectangular meshes (RM) as Keras layers of TensorFlow, and as modules of PyTorch.

The last release is of 2019. It is run with Keras 2 (tf-keras), whose layers it extends, and with the alias np.complex
put back, which its PyTorch part uses. tf.function is used without jit_compile: with it TensorFlow compiles again, about
1 s, each time that a phase changes.
"""

import os
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from work import LAYERS, LEARNING_RATE, OFFSET, SETS, Work, batch, random_phases, relative_error

np.complex = complex
PACKAGES = ("neurophox", "tensorflow", "tf-keras", "numpy")
TORCH_PACKAGES = ("neurophox", "torch", "numpy")


def threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS", "0"))


def tensorflow() -> Any:
    """The library, with the threads that the parent asks for."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads())
    tf.config.threading.set_inter_op_parallelism_threads(threads())
    tf.get_logger().setLevel("ERROR")
    return tf


def step(ports: int, size: int) -> Work:
    tf = tensorflow()
    from neurophox.tensorflow import RM

    np.random.seed(0)
    x, y = batch(ports, size)
    x, y = tf.constant(x, tf.complex64), tf.constant(y, tf.float32)
    layers = [RM(ports, autocast=False) for _ in range(LAYERS)]

    def loss(x: Any, y: Any) -> Any:
        field = x
        for layer in layers:
            out = layer(field)
            power = tf.square(tf.math.real(out)) + tf.square(tf.math.imag(out))
            field = tf.complex(tf.sqrt(power + OFFSET), tf.zeros_like(power))
        return tf.reduce_mean(tf.square(power - y))

    loss(x, y)
    phases = [variable for layer in layers for variable in layer.trainable_variables]

    @tf.function
    def descend(x: Any, y: Any, rate: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(x, y)
        gradient = tape.gradient(value, phases)
        for phase, slope in zip(phases, gradient, strict=True):
            phase.assign_sub(rate * slope)
        return value, gradient

    rate, still = tf.constant(LEARNING_RATE), tf.constant(0.0)

    def run() -> None:
        descend(x, y, rate)[0].numpy()

    def gradient_error() -> float:
        slopes = descend(x, y, still)[1][0].numpy()
        start, step_rad = phases[0].numpy(), 0.02
        at = np.unravel_index(abs(slopes).argmax(), slopes.shape)
        values = []
        for by in (step_rad, -step_rad):
            moved = start.copy()
            moved[at] += by
            phases[0].assign(moved)
            values.append(float(descend(x, y, still)[0]))
        phases[0].assign(start)
        return relative_error(slopes[at], *values, step_rad)

    what = "RM layers, tf.function; |field|², sqrt; gradient in θ, φ, γ and descent"
    return Work(run, "phases", "complex64", what, PACKAGES, gradient_error)


def forward(ports: int, size: int) -> Work:
    tf = tensorflow()
    from neurophox.tensorflow import RM

    x = tf.constant(batch(ports, size)[0], tf.complex64)
    layer = RM(ports, autocast=False)
    layer(x)
    phases = layer.trainable_variables
    sets = [[tf.constant(random_phases(p.shape, s), tf.float32) for p in phases] for s in range(SETS)]
    call = tf.function(layer)
    count = iter(range(10**9))

    def run() -> None:
        for phase, value in zip(phases, sets[next(count) % SETS], strict=True):
            phase.assign(value)
        call(x).numpy()

    return Work(run, "phases", "complex64", "phases assigned, RM layer", PACKAGES)


def torch_step(ports: int, size: int) -> Work:
    import torch
    from neurophox.torch import RMTorch

    torch.set_num_threads(threads() or torch.get_num_threads())
    np.random.seed(0)
    x, y = (torch.tensor(part, dtype=torch.float32) for part in batch(ports, size))
    layers = torch.nn.ModuleList(RMTorch(ports) for _ in range(LAYERS))

    def loss() -> Any:
        field = torch.stack((x, torch.zeros_like(x)))
        for layer in layers:
            power = layer(field).square().sum(0)
            root = torch.sqrt(power + OFFSET)
            field = torch.stack((root, torch.zeros_like(root)))
        return (power - y).square().mean()

    def run() -> None:
        layers.zero_grad()
        loss().backward()
        with torch.no_grad():
            for phase in layers.parameters():
                phase -= LEARNING_RATE * phase.grad

    def gradient_error() -> float:
        layers.zero_grad()
        loss().backward()
        theta, step_rad = layers[0].theta, 0.02
        at = np.unravel_index(int(theta.grad.abs().argmax()), theta.shape)
        values = []
        with torch.no_grad():
            for by in (step_rad, -2 * step_rad):
                theta[at] += by
                values.append(float(loss()))
            theta[at] += step_rad
        return relative_error(float(theta.grad[at]), *values, step_rad)

    what = "RMTorch layers; |field|², sqrt; backward in θ, φ, γ and descent"
    return Work(run, "phases", "float32 pairs", what, TORCH_PACKAGES, gradient_error)


WORKS = {
    ("step", "tensorflow"): step,
    ("step", "torch"): torch_step,
    ("forward", "tensorflow"): forward,
}

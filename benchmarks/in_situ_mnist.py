"""The 64-port simulation of Pai et al., Science 380, 398 (2023), doi:10.1126/science.ade8450, on this engine's mesh.

    digit 28 x 28 ─ 2-D Fourier ─ 8 x 8 lowest, complex ─► mesh ─ |y| ─► mesh ─ |y|² ─► class c at port c

Gradients are measured as theirs are: forward light, backward light and their sum, powers at every phase shifter. What
their errors mean is taken from their own script (github.com/solgaardlab/photonicbackprop, mnist/mnist_insitu_train.py):

    phase error σ    every field sent in and every field measured turns by σπ·n, n normal, anew in every pass
    tap noise K      every tap reads p + √(K p)·n, with the light sent in normalised to 1

both while training; the trained phases are then tested without errors. The mesh is without loss and has phase shifters
and couplers only, because theirs is; it is rectangular, theirs triangular.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import numpy as np
import sax
from circuits import PDK, bare_mesh

from chips import engine
from chips.adam import FINAL_RATE
from compiler.decompose import decompose
from compiler.netlist import Pin
from pdk.contract import Role
from pdk.light import jnp

PORTS, LAYERS, CLASSES = 64, 2, 10
BATCH, RATE_RAD = 16, 0.01
"""Theirs: 1 and 0.001, over 60,000 digits; see `docs/published.md`."""


@dataclass(frozen=True, eq=False)
class Digits:
    """Fields (n, 64) of mean modulus 1, and classes (n)."""

    train_x: np.ndarray
    train_y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray


@dataclass(frozen=True)
class Errors:
    """Of one run."""

    phase: float = 0.0
    """σ, in units of π rad."""
    tap: float = 0.0
    """K, in units of the light sent in."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """The mesh both ways; each reads its N ends and then its P phase shifters, at the same places."""

    ahead: tuple[Any, Any]
    back: tuple[Any, Any]


def fourier(images: np.ndarray) -> np.ndarray:
    """(n, 64) complex: the 8 x 8 lowest spatial frequencies of images (n, 28, 28), each digit's mean modulus 1."""
    spectrum = np.fft.fftshift(np.fft.fft2(images), axes=(1, 2))
    low = spectrum[:, 10:18, 10:18].reshape(len(images), -1)
    return low / np.mean(np.abs(low), axis=1, keepdims=True)


def lossless_mesh(ports: int = PORTS) -> Mesh:
    """Couplers and phase shifters of the compiler's rectangle, with models that lose nothing."""
    coupler, shifter = PDK.roles[Role.SPLITTER_2X2], PDK.roles[Role.PHASE_SHIFTER]
    models = {coupler: _coupler, shifter: _shifter}
    circuit = bare_mesh(ports)
    slots = {path: index for index, path in enumerate(circuit.shifters)}
    ways = []
    for into, out, pins in (
        (circuit.into, circuit.read, [_behind(f"c{path}") for path in circuit.shifters]),
        (circuit.read, circuit.into, [_behind(path) for path in circuit.shifters]),
    ):
        lowered = engine.lower(circuit.netlist, models, into=into, read=[*out, *pins], slots=slots)
        ways.append((lowered.schedule, lowered.coefficients()))
    return Mesh(*ways)


def _behind(path: str) -> Pin:
    """Light that arrives here: forward at a coupler, backward at a phase shifter, is at one place between the two."""
    return Pin(path, "o2")


def _coupler(wl: Any = 1.55) -> Any:
    bar, cross = 1 / np.sqrt(2) + 0 * wl, 1j / np.sqrt(2) + 0 * wl
    return sax.reciprocal({("o1", "o4"): bar, ("o2", "o3"): bar, ("o1", "o3"): cross, ("o2", "o4"): cross})


def _shifter(wl: Any = 1.55) -> Any:
    return sax.reciprocal({("o1", "o2"): 1.0 + 0j + 0 * wl})


def haar_phases(ports: int, layers: int, rng: np.random.Generator) -> np.ndarray:
    """(layers, P) phases of random unitaries, φ and θ of each MZI in the order of `circuits.bare_mesh`."""
    found = []
    for _ in range(layers):
        normal = rng.standard_normal((ports, ports)) + 1j * rng.standard_normal((ports, ports))
        q, r = np.linalg.qr(normal)
        phases = decompose(q * (np.diag(r) / np.abs(np.diag(r))))
        found.append(np.stack([phases.phi_rad, phases.theta_rad], axis=1).ravel())
    return np.array(found)


def run_way(way: tuple[Any, Any], phases: Any, x: Any, dtype: Any = np.complex64) -> Any:
    """Fields (T, B) of light x (N, B)."""
    return engine.fields(way[0], way[1], phases, x.astype(dtype))


def measured_gradient(
    mesh: Mesh, phases: Any, x: Any, target: Any, errors: Errors, key: Any, dtype: Any = np.complex64
) -> tuple[Any, Any]:
    """Loss and (layers, P) gradient, means over a batch: fields x (N, B) and one-hot classes (N, B)."""
    ports, layers = x.shape[0], len(phases)
    keys = iter(jax.random.split(key, 7 * layers))

    def turned(field: Any) -> Any:
        if not errors.phase:
            return field
        return field * jnp.exp(1j * jnp.pi * errors.phase * jax.random.normal(next(keys), field.shape))

    def sent(way: tuple[Any, Any], layer: int, field: Any) -> tuple[Any, Any, Any]:
        """Fields at the far end, powers at the taps without noise, and that times the light sent in."""
        fields = run_way(way, phases[layer], turned(field), dtype)
        power = jnp.abs(fields[ports:]) ** 2
        return turned(fields[:ports]), power, power * jnp.sum(jnp.abs(field) ** 2, axis=0)

    inputs, forward, outputs = [x], [], []
    for layer in range(layers):
        y, *powers = sent(mesh.ahead, layer, inputs[-1])
        outputs.append(y)
        forward.append(powers)
        inputs.append(jnp.abs(y) + 0j)
    losses, error = jax.vjp(lambda a: _losses(a, target), inputs[-1].real)
    adjoint = error(jnp.ones_like(losses))[0]
    gradient = []
    for layer in reversed(range(layers)):
        back, *returned = sent(mesh.back, layer, adjoint * jnp.exp(-1j * jnp.angle(outputs[layer])))
        _, *both = sent(mesh.ahead, layer, inputs[layer] - 1j * jnp.conj(back))
        mean = jnp.mean(both[0] - forward[layer][0] - returned[0], axis=1) / 2
        if errors.tap:
            # The noises of all readings that go into one mean are independent and normal: their sum is drawn at once.
            variance = errors.tap * jnp.sum(both[1] + forward[layer][1] + returned[1], axis=1)
            mean = mean + jnp.sqrt(variance) / (2 * x.shape[1]) * jax.random.normal(next(keys), mean.shape)
        gradient.insert(0, mean)
        adjoint = back.real
    return jnp.mean(losses), jnp.stack(gradient)


def _losses(modulus: Any, target: Any) -> Any:
    """(B) squared distance of the normalised powers from one-hot, times √N."""
    power = modulus**2
    power = power / jnp.linalg.norm(power, axis=0)
    return np.sqrt(len(target)) * jnp.sum((power - target) ** 2, axis=0)


def loss_of(mesh: Mesh, phases: Any, x: Any, target: Any) -> Any:
    """Mean loss without errors, which automatic differentiation can take: what the gradient is checked with."""
    for layer in range(len(phases)):
        x = jnp.abs(engine.fields(*mesh.ahead, phases[layer], x)[: len(target)]) + 0j
    return jnp.mean(_losses(x.real, target))


def gradient_error(ports: int = 8, samples: int = 5) -> float:
    """Largest difference of the measured gradient, without errors, from the true one, relative to its largest entry."""
    rng = np.random.default_rng(0)
    mesh, phases = lossless_mesh(ports), jnp.asarray(haar_phases(ports, LAYERS, rng))
    x = jnp.asarray(rng.standard_normal((ports, samples)) + 1j * rng.standard_normal((ports, samples)))
    target = jnp.eye(ports)[:, rng.integers(0, ports, samples)]
    _, found = measured_gradient(mesh, phases, x, target, Errors(), jax.random.key(0), np.complex128)
    true = jax.grad(lambda at: loss_of(mesh, at, x, target))(phases)
    return float(jnp.abs(found - true).max() / jnp.abs(true).max())


def accuracy(mesh: Mesh, phases: Any, x: np.ndarray, labels: np.ndarray) -> float:
    """Share of digits (n, N) named rightly, without errors."""
    light = jnp.asarray(x.T)
    for layer in range(len(phases)):
        light = jnp.abs(run_way(mesh.ahead, phases[layer], light)[: x.shape[1]]) + 0j
    return float(np.mean(np.argmax(np.asarray(light.real), axis=0) == labels))


@cache
def _epoch(mesh: Mesh, errors: Errors, steps: int) -> tuple[Any, Any]:
    """Adam, its rate falling by a cosine over all steps as `chips.adam` has it, and an epoch with it, compiled."""
    import optax

    adam = optax.adam(optax.cosine_decay_schedule(RATE_RAD, steps, FINAL_RATE))

    @jax.jit
    def epoch(carry: Any, order: Any, x: Any, target: Any) -> Any:
        def step(carry: Any, rows: Any) -> Any:
            phases, state, key = carry
            key, own = jax.random.split(key)
            loss, gradient = measured_gradient(mesh, phases, x[rows].T, target[rows].T, errors, own)
            change, state = adam.update(gradient, state)
            return (phases + change, state, key), loss

        return jax.lax.scan(step, carry, order)

    return adam.init, epoch


def train(mesh: Mesh, digits: Digits, errors: Errors, seed: int, epochs: int) -> Iterator[tuple[float, float]]:
    """Loss and test accuracy after each epoch."""
    rng = np.random.default_rng(seed)
    ports, each = digits.train_x.shape[1], len(digits.train_x) // BATCH
    init, epoch = _epoch(mesh, errors, epochs * each)
    phases = jnp.asarray(haar_phases(ports, LAYERS, rng))
    x, target = jnp.asarray(digits.train_x), jnp.eye(ports)[digits.train_y]
    carry = (phases, init(phases), jax.random.key(seed, impl="rbg"))
    for _ in range(epochs):
        order = rng.permutation(len(digits.train_x))[: each * BATCH].reshape(each, BATCH)
        carry, losses = epoch(carry, order, x, target)
        yield float(jnp.mean(losses)), accuracy(mesh, carry[0], digits.test_x, digits.test_y)

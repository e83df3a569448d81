"""simphox: rectangular meshes whose matrix function is written in JAX, made fast by its users with jit and grad.

The last release is of 2022. JAX has since moved or removed three modules that simphox imports; none has to do with
meshes, and they are put back by name here so that simphox runs on a current JAX.
"""

import sys
import types
from functools import partial
from typing import Any

import jax
import jax.experimental
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers
from work import LAYERS, LEARNING_RATE, OFFSET, SETS, Work, batch, random_phases, random_unitary, relative_error

sys.modules["jax.experimental.optimizers"] = optimizers
sys.modules["jax.config"] = types.ModuleType("jax.config")
sys.modules["jax.config"].config = jax.config
sys.modules["jax.experimental.host_callback"] = types.ModuleType("jax.experimental.host_callback")
jax.experimental.host_callback = sys.modules["jax.experimental.host_callback"]

from simphox.circuit import ForwardMesh, rectangular, triangular  # noqa: E402

PACKAGES = ("simphox", "jax", "numpy")
PHASES = tuple[jax.Array, jax.Array, jax.Array]
"""θ and φ of the nodes, γ at the outputs: (N(N − 1)/2,), (N(N − 1)/2,), (N,), radians."""


def mesh_and_phases(ports: int, seed: int) -> tuple[ForwardMesh, PHASES]:
    """A Clements mesh, and phases for it drawn at random."""
    mesh = rectangular(np.eye(ports, dtype=complex))
    sizes = [phase.size for phase in mesh.params]
    phases = random_phases((sum(sizes),), seed)
    return mesh, tuple(jnp.array(part) for part in np.split(phases, np.cumsum(sizes)[:-1]))


def step(ports: int, size: int) -> Work:
    x, y = batch(ports, size)
    meshes, phases = zip(*(mesh_and_phases(ports, seed) for seed in range(LAYERS)), strict=True)

    def loss(phases: Any, x: jax.Array, y: jax.Array) -> jax.Array:
        field = x.T
        for mesh, params in zip(meshes, phases, strict=True):
            power = jnp.abs(mesh.matrix_fn(inputs=field, use_jax=True)(params)) ** 2
            field = jnp.sqrt(power + OFFSET) + 0j
        return jnp.mean((power.T - y) ** 2)

    @jax.jit
    def descend(phases: Any, x: jax.Array, y: jax.Array) -> Any:
        value, gradient = jax.value_and_grad(loss)(phases, x, y)
        return value, gradient, jax.tree.map(lambda p, g: p - LEARNING_RATE * g, phases, gradient)

    now = [phases]
    x, y = jnp.array(x + 0j), jnp.array(y)

    def run() -> None:
        _, _, now[0] = jax.block_until_ready(descend(now[0], x, y))

    def gradient_error() -> float:
        gradient = descend(phases, x, y)[1]
        at = int(jnp.argmax(jnp.abs(gradient[0][0])))

        def shifted(by: float) -> float:
            theta, *rest = phases[0]
            return float(loss(((theta.at[at].add(by), *rest), *phases[1:]), x, y))

        return relative_error(float(gradient[0][0][at]), shifted(1e-4), shifted(-1e-4), 1e-4)

    what = "matrix_fn in JAX, jit; |field|², sqrt; value_and_grad in θ, φ, γ; gradient descent"
    return Work(run, "phases", "complex128", what, PACKAGES, gradient_error)


def forward(ports: int, size: int) -> Work:
    x = jnp.array(batch(ports, size)[0].T + 0j)
    mesh, _ = mesh_and_phases(ports, 0)
    sets = [mesh_and_phases(ports, seed)[1] for seed in range(SETS)]
    count = iter(range(10**9))

    @jax.jit
    def fields(phases: PHASES, x: jax.Array) -> jax.Array:
        return mesh.matrix_fn(inputs=x, use_jax=True)(phases)

    def run() -> None:
        jax.block_until_ready(fields(sets[next(count) % SETS], x))

    return Work(run, "phases", "complex128", "fields at the outputs, jit", PACKAGES)


def decomposition(how: Any, ports: int, _: int) -> Work:
    unitary = random_unitary(ports)
    found: list[ForwardMesh] = []

    def run() -> None:
        found[:] = [how(unitary)]

    def matrix_error() -> float:
        return np.abs(found[0].matrix() - unitary).max()

    return Work(run, "phases", "complex128", f"simphox.circuit.{how.__name__}", PACKAGES, None, matrix_error)


WORKS = {
    ("step", "jax"): step,
    ("forward", "jax"): forward,
    ("decomposition", "rectangular"): partial(decomposition, rectangular),
    ("decomposition", "triangular"): partial(decomposition, triangular),
}

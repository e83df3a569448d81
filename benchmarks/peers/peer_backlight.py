"""Our own engine, in our own environment: the compiled mesh with its waveguides, bends, taps and losses."""

import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from work import LAYERS, LEARNING_RATE, OFFSET, SETS, Work, batch, random_phases, random_unitary, relative_error

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]
import circuits  # noqa: E402

from chips import engine  # noqa: E402
from compiler.decompose import compose, decompose  # noqa: E402
from compiler.reck import compose_reck, decompose_reck  # noqa: E402
from pdk.light import jnp  # noqa: E402

PACKAGES = ("jax", "numpy")


def step(dtype: Any, ports: int, size: int) -> Work:
    x, y = batch(ports, size)
    bench = circuits.mesh(ports)
    circuit = bench.lowered()
    at, schedule = circuit.coefficients(), circuit.schedule
    phases = random_phases((LAYERS, len(bench.shifters)))
    real = np.zeros(1, dtype).real.dtype

    def loss(phases: Any, x: jax.Array, y: jax.Array) -> jax.Array:
        field = x.T
        for layer in range(LAYERS):
            power = engine.powers(schedule, at, phases[layer], field.astype(dtype))
            field = jnp.sqrt(power + real.type(OFFSET))
        return jnp.mean((power.T - y) ** 2)

    @jax.jit
    def descend(phases: Any, x: jax.Array, y: jax.Array) -> Any:
        value, gradient = jax.value_and_grad(loss)(phases, x, y)
        return value, gradient, phases - LEARNING_RATE * gradient

    now = [jnp.asarray(phases)]
    x, y = jnp.asarray(x, real), jnp.asarray(y, real)

    def run() -> None:
        _, _, now[0] = jax.block_until_ready(descend(now[0], x, y))

    def gradient_error() -> float:
        gradient = np.asarray(descend(phases, x, y)[1])
        at_most = np.unravel_index(np.argmax(np.abs(gradient)), gradient.shape)
        move = np.zeros(gradient.shape)
        move[at_most] = by = 1e-4 if real == np.float64 else 1e-2
        return relative_error(gradient[at_most], float(loss(phases + move, x, y)), float(loss(phases - move, x, y)), by)

    what = f"compiled mesh, {engine.choose(schedule, size)}; |field|², sqrt; value_and_grad in θ, φ; gradient descent"
    return Work(run, "phases", np.dtype(dtype).name, what, PACKAGES, gradient_error)


def forward(how: str, ports: int, size: int) -> Work:
    bench = circuits.mesh(ports)
    circuit = bench.lowered()
    at, schedule = circuit.coefficients(), circuit.schedule
    x = jnp.asarray(batch(ports, size)[0].T + 0j)
    sets = [jnp.asarray(random_phases((len(bench.shifters),), seed)) for seed in range(SETS)]
    count = iter(range(10**9))

    def fields() -> None:
        jax.block_until_ready(engine.fields(schedule, at, sets[next(count) % SETS], x))

    def matrix() -> None:
        jax.block_until_ready(engine.matrix(schedule, at, sets[next(count) % SETS]))

    run = fields if how == "fields" else matrix
    what = "fields at the outputs" if how == "fields" else "the matrix of the mesh, inputs to outputs"
    return Work(run, "phases", "complex128", what, PACKAGES)


def both_ways(ports: int, _: int) -> Work:
    """What SAX gives: the S-matrix of the bare mesh, forward and backward."""
    ways = [circuits.bare_mesh(ports), circuits.bare_mesh(ports, back=True)]
    lowered = [bench.lowered() for bench in ways]
    parts = [(circuit.schedule, circuit.coefficients()) for circuit in lowered]
    sets = [jnp.asarray(random_phases((len(ways[0].shifters),), seed)) for seed in range(SETS)]
    count = iter(range(10**9))

    @jax.jit
    def solve(phases: jax.Array) -> list[jax.Array]:
        return [engine.matrix(schedule, at, phases) for schedule, at in parts]

    def run() -> None:
        jax.block_until_ready(solve(sets[next(count) % SETS]))

    what = f"{len(ways[0].netlist.flat.leaves)} devices, both ways, at 1 wavelength"
    return Work(run, "phases", "complex128", what, PACKAGES)


def any_topology(ports: int, _: int) -> Work:
    """From a netlist without any order to its matrix, everything new: lowering, models, compilation."""
    bench = circuits.random_circuit(ports, 0, layers=ports)
    start = time.perf_counter()

    def run() -> None:
        circuit = bench.lowered()
        phases = jnp.asarray(random_phases((len(bench.shifters),)))
        jax.block_until_ready(engine.matrix(circuit.schedule, circuit.coefficients(), phases))

    what = (
        f"{len(bench.netlist.flat.leaves)} devices: netlist to matrix (flat view {time.perf_counter() - start:.2f} s)"
    )
    return Work(run, "phases", "complex128", what, PACKAGES)


def decomposition(how: Any, back: Any, ports: int, _: int) -> Work:
    unitary = random_unitary(ports)
    found: list[Any] = []

    def run() -> None:
        found[:] = [how(unitary)]

    def matrix_error() -> float:
        return float(np.abs(back(found[0]) - unitary).max())

    return Work(run, "phases", "complex128", f"compiler.{how.__name__}", PACKAGES, None, matrix_error)


WORKS = {
    ("step", "complex128"): partial(step, np.complex128),
    ("step", "complex64"): partial(step, np.complex64),
    ("forward", "fields"): partial(forward, "fields"),
    ("forward", "matrix"): partial(forward, "matrix"),
    ("forward", "both ways"): both_ways,
    ("forward", "any topology"): any_topology,
    ("decomposition", "rectangular"): partial(decomposition, decompose, compose),
    ("decomposition", "triangular"): partial(decomposition, decompose_reck, compose_reck),
}

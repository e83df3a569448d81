"""Our side of the engine's benchmark: one job in one process, its result as one line of JSON.

    python benchmarks/engine_jobs.py forward --threads 1

Two sides of a ratio take turns; of each the median is taken, and quartiles of the ratios of turns tell the spread.
Phases are others on every call.
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

CALLS = 300
ROUNDS = 11
REST_S = 0.1
PORTS, BATCH = 64, 256
SIZES = (4, 8, 16, 32, 64, 128, 256)
LAYERS = (1, 2, 4, 8)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(options.threads))
    if hasattr(os, "sched_setaffinity"):  # XLA has as many threads as the process has cores
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-options.threads :])
    sys.path.insert(0, str(Path(__file__).parents[1]))
    print(json.dumps(JOBS[options.job]()))
    return 0


def in_turn(ours: Callable[[int], Any], theirs: Callable[[int], Any], calls: int = CALLS) -> dict[str, float]:
    """Medians in seconds, their ratio, and quartiles of the ratios of rounds.

    Sides take turns of some calls, with a rest between: a BLAS keeps its threads spinning for 30 ms and more.
    """
    import jax
    import numpy as np

    sides: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for work, medians in zip((ours, theirs), sides, strict=True):
            time.sleep(REST_S)
            times = []
            for k in range(max(3, calls // ROUNDS)):
                start = time.perf_counter()
                jax.block_until_ready(work(k))
                times.append(time.perf_counter() - start)
            if turn:
                medians.append(float(np.median(times)))
    a, b = np.array(sides)
    low, high = np.quantile(a / b, (0.25, 0.75))
    middle = float(np.median(a)), float(np.median(b))
    return {"ours": middle[0], "theirs": middle[1], "ratio": float(np.median(a / b)), "low": low, "high": high}


@cache
def lowered(ports: int, taps: bool = False) -> tuple[Any, Any, list[Any]]:
    """Schedule, coefficients, and sixteen sets of phases of a compiled mesh."""
    import numpy as np
    from circuits import mesh

    from pdk.light import jnp

    bench = mesh(ports, taps=taps)
    if taps:
        bench = type(bench)(bench.netlist, bench.into, bench.read[ports:], bench.shifters)
    circuit = bench.lowered()
    rng = np.random.default_rng(0)
    sets = [jnp.asarray(rng.uniform(0, 2 * np.pi, len(bench.shifters))) for _ in range(16)]
    return circuit.schedule, circuit.coefficients(), sets


def random_fields(*shape: int) -> Any:
    import numpy as np

    rng = np.random.default_rng(1)
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def forward() -> dict[str, Any]:
    """64 ports, 256 samples, against one product of matrices of that size by NumPy's BLAS."""
    from chips import engine
    from pdk.light import jnp

    schedule, at, sets = lowered(PORTS)
    x, dense = random_fields(PORTS, BATCH), random_fields(PORTS, PORTS)
    light = jnp.asarray(x)
    found = in_turn(lambda k: engine.fields(schedule, at, sets[k % 16], light), lambda _: dense @ x)
    single = jnp.asarray(x, jnp.complex64)
    f32 = in_turn(lambda k: engine.fields(schedule, at, sets[k % 16], single), lambda _: dense @ x)
    exact, rough = (engine.fields(schedule, at, sets[0], fields) for fields in (light, single))
    error = float(jnp.abs(exact - rough).max() / jnp.abs(exact).max())
    return found | {"method": engine.choose(schedule, BATCH), "single": f32["ratio"], "single_error": error}


def taps() -> dict[str, Any]:
    """The photocurrents of all taps for all samples, against copying an array of that size."""
    import numpy as np

    from chips import engine
    from pdk.light import jnp

    schedule, at, sets = lowered(PORTS, taps=True)
    light = jnp.asarray(random_fields(PORTS, BATCH))
    powers = np.asarray(engine.powers(schedule, at, sets[0], light))
    copied = np.empty_like(powers)
    found = in_turn(
        lambda k: engine.powers(schedule, at, sets[k % 16], light), lambda _: np.copyto(copied, powers), calls=100
    )
    return found | {"reads": powers.shape[0]}


def gradient() -> dict[str, Any]:
    """Forward, backward, and gradients of all phases summed over the samples, against the same product."""
    import jax

    from chips import engine
    from chips.engine import Method
    from pdk.light import jnp

    schedule, at, sets = lowered(PORTS)
    x, dense = random_fields(PORTS, BATCH), random_fields(PORTS, PORTS)
    light, back = jnp.asarray(x), jnp.asarray(random_fields(PORTS, BATCH))

    def both(method: Method | None, phases: Any, light: Any, back: Any) -> Any:
        fields, pull = jax.vjp(lambda p, x: engine.fields(schedule, at, p, x, method), phases, light)
        return fields, *pull(back)

    found: dict[str, Any] = {}
    methods = [None] + [m for m in Method if m in (Method.SCAN, Method.SCAN_MATRIX, Method.KERNEL_MATRIX)]
    for method in methods:
        run = jax.jit(partial(both, method))
        calls = CALLS if method in (None, Method.KERNEL_MATRIX) else 20
        times = in_turn(lambda k, run=run: run(sets[k % 16], light, back), lambda _: dense @ x, calls)
        found |= {method.value if method else "chosen": times}
    return found | {"method": engine.choose(schedule, BATCH)}


def methods() -> dict[str, Any]:
    """Forward by every method, for few and many samples, against the product; and what was chosen."""
    from chips import engine
    from chips.engine import Method
    from pdk.light import jnp

    schedule, at, sets = lowered(PORTS)
    dense, found = random_fields(PORTS, PORTS), {}
    for samples in (32, 256, 4096):
        x = random_fields(PORTS, samples)
        light = jnp.asarray(x)
        ratios = {
            method.value: in_turn(
                lambda k, m=method, light=light: engine.fields(schedule, at, sets[k % 16], light, m),
                lambda _, x=x: dense @ x,
                calls=20,
            )["ratio"]
            for method in Method
        }
        found[str(samples)] = {"chosen": engine.choose(schedule, samples).value} | ratios
    return found


def adjoints() -> dict[str, Any]:
    """The adjoint by inversion against the one that runs forward again and keeps what enters each meeting."""
    import jax

    from chips.engine import Method, compiled, light
    from pdk.light import jnp

    schedule, at, sets = lowered(PORTS)
    block, read, x = light.prepare(schedule, at, sets[0], jnp.asarray(random_fields(PORTS, BATCH)), Method.KERNEL)
    y, saved = jax.jit(partial(compiled.meet_keep, schedule))(block, read, x)
    ways = [jax.jit(partial(compiled.meet_back, schedule, invert=invert)) for invert in (True, False)]
    return in_turn(lambda _: ways[0](saved, y), lambda _: ways[1](saved, y))


def parts() -> dict[str, Any]:
    """Where the time of forward goes, in products of matrices: preparing blocks, scales, and light itself."""
    import jax

    from chips import engine
    from chips.engine import light
    from pdk.light import jnp

    schedule, at, sets = lowered(PORTS)
    x, dense = random_fields(PORTS, BATCH), random_fields(PORTS, PORTS)
    many, one = jnp.asarray(x), jnp.asarray(x[:, :1])
    method = engine.choose(schedule, BATCH)
    blocks = jax.jit(lambda phases: light.prepare(schedule, at, phases, one, method)[0])
    nothing = jax.jit(lambda phases: phases + 1)
    works = {
        "dispatch": nothing,
        "blocks": blocks,
        "one sample": lambda phases: engine.fields(schedule, at, phases, one, method),
        "all samples": lambda phases: engine.fields(schedule, at, phases, many, method),
    }
    found = {
        name: in_turn(lambda k, work=work: work(sets[k % 16]), lambda _: dense @ x)["ratio"]
        for name, work in works.items()
    }
    return found | {"least": 8 * schedule.pair.shape[1] / (4 * PORTS**2)}


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if platform.system() == "Linux" else 1)


def memory() -> dict[str, Any]:
    """128 ports, 3 layers, 256 samples, with gradient: peak memory above what the process had after its imports.

    Counts all of it: building and lowering the netlist, compiling, the step.
    """
    import circuits  # noqa: F401
    import jax

    from chips import engine
    from pdk.light import jnp

    start = peak_bytes()
    schedule, at, sets = lowered(128)
    built = peak_bytes()
    x = jnp.asarray(random_fields(128, BATCH))
    phases = jnp.stack(sets[:3])

    def loss(phases: Any) -> Any:
        light = x
        for layer in range(3):
            light = jnp.sqrt(engine.powers(schedule, at, phases[layer], light) + 0.02) + 0j
        return jnp.sum(jnp.abs(light) ** 2)

    jax.block_until_ready(jax.jit(jax.value_and_grad(loss))(phases))
    return {"bytes": peak_bytes() - start, "lowering": built - start}


def scaling() -> dict[str, Any]:
    """Seconds of forward and of forward with gradient, 256 samples: ports for one layer, layers for 64 ports.

    And bytes: the process's peak so far, sizes rising, above what it had after its imports.
    """
    import circuits  # noqa: F401
    import jax

    from chips import engine
    from pdk.light import jnp

    start = peak_bytes()

    def step(layers: int, schedule: Any, at: Any) -> tuple[Any, Any]:
        def loss(phases: Any, x: Any) -> Any:
            for layer in range(layers):
                x = jnp.sqrt(engine.powers(schedule, at, phases[layer], x) + 0.02) + 0j
            return jnp.sum(x.real)

        return jax.jit(loss), jax.jit(jax.value_and_grad(loss))

    def measured(ports: int, layers: int) -> dict[str, float]:
        schedule, at, sets = lowered(ports)
        x, phases = jnp.asarray(random_fields(ports, BATCH)), jnp.stack(sets[:layers])
        dense, samples = random_fields(ports, ports), random_fields(ports, BATCH)
        ahead, both = step(layers, schedule, at)
        calls = 60 if ports <= 64 else 12
        one = in_turn(lambda _: ahead(phases, x), lambda _: dense @ samples, calls)
        two = in_turn(lambda _: both(phases, x), lambda _: dense @ samples, calls)
        return {
            "forward": one["ours"],
            "gradient": two["ours"],
            "product": one["theirs"],
            "bytes": peak_bytes() - start,
        }

    return {
        "ports": {str(ports): measured(ports, 1) for ports in SIZES},
        "layers": {str(layers): measured(PORTS, layers) for layers in LAYERS},
        "device": str(jax.devices()[0]),
    }


def agreement() -> dict[str, Any]:
    """Largest difference from SAX KLU, meshes and random circuits, 4 to 32 ports."""
    import numpy as np
    from circuits import PDK, mesh, random_circuit

    from chips import engine
    from chips.reference import s_matrix

    found: dict[str, float] = {}
    benches = [(f"mesh of {n} ports", mesh(n)) for n in (4, 8, 16, 32)]
    benches += [(f"random circuit of {n} ports", random_circuit(n, n, layers=6)) for n in (4, 8, 16, 32)]
    for name, bench in benches:
        phases = np.random.default_rng(0).uniform(0, 2 * np.pi, len(bench.shifters))
        program = {path: {"phase_rad": float(p)} for path, p in zip(bench.shifters, phases, strict=True)}
        circuit = bench.lowered()
        ours = np.asarray(engine.matrix(circuit.schedule, circuit.coefficients(), phases))
        reference = s_matrix(bench.netlist, PDK, program=program, photodiodes=False)
        theirs = reference.between(list(map(str, bench.read)), list(map(str, bench.into)))[0]
        found[name] = float(np.abs(ours - theirs).max())
    return found


JOBS = {job.__name__: job for job in (forward, taps, gradient, methods, adjoints, parts, memory, scaling, agreement)}


if __name__ == "__main__":
    raise SystemExit(main())

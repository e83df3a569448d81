"""Every figure of the engine, measured and printed as one table, against what a user would pick instead.

    python benchmarks/engine.py                    all rows; the peers' environments are made where they are not there
    python benchmarks/engine.py --rows forward     rows whose name begins so; --list names them
    python benchmarks/engine.py --json out.json    the same as a list of {what, measured, limit, ok}
    python benchmarks/engine.py --docs             writes docs/performance.md and its plots, too

Sides of a ratio are measured in turn, on the same cores, phases other ones on every call; medians are compared. The
peers (simphox, neuroptica, neurophox, torchonn, photontorch and those that only decompose) run in environments of their
own under the user's cache folder; SAX and we run in this one. Nothing else should run on the machine meanwhile.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from subprocess import run as run_process
from typing import Any

from environments import NotInstalled, environment
from figures import Figure, finish, heading, tell

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from process import Peer, PeerError
from rivals import DECOMPOSERS, STEPS

HERE = Path(__file__).parent
SAX_LIMIT_S = 1200
STEP_LIMIT_S = 120
DECOMPOSITION_LIMIT_S = 30
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_MMAP_THRESHOLD_": str(1 << 30)}
"""The C library keeps what was freed: else each result of megabytes comes on fresh pages, or not, by chance."""
ROUNDS = 5
DENSE = ("weight", "usv")
"""Modes without phases: a matrix is trained, which no heater setting stands for."""


@dataclass
class Run:
    """What the rows share: options, and what they found beside the figures."""

    envs: Path | None
    found: dict[str, Any] = field(default_factory=dict)


@cache
def job(name: str, threads: int) -> Any:
    """What `engine_jobs.py` finds."""
    command = [sys.executable, str(HERE / "engine_jobs.py"), name, "--threads", str(threads)]
    keep = {} if name == "memory" else KEEP_MEMORY
    done = run_process(command, capture_output=True, text=True, env=os.environ | keep)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def cores() -> tuple[int, ...]:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (1, 2) if count > 1 else (1,)


def ratio(found: dict[str, float]) -> str:
    return f"{found['ratio']:.2f}x ({found['low']:.2f}-{found['high']:.2f})"


def on(threads: int) -> str:
    return f"{threads} core{'s' * (threads > 1)}"


def agreement(run: Run) -> Iterator[Figure]:
    found = run.found["agreement"] = job("agreement", cores()[-1])
    worst = max(found.values())
    yield Figure(
        "agreement with SAX KLU, 4-32 ports, meshes and random circuits", f"{worst:.1e}", "<= 1e-12", worst <= 1e-12
    )


def forward(run: Run) -> Iterator[Figure]:
    for threads in cores():
        found = run.found[f"forward {threads}"] = job("forward", threads)
        what = f"forward, phases changed, 64 ports, batch 256 / dense product, {on(threads)}"
        yield Figure(what, ratio(found), "<= 2.5x, aim 1.8x", found["ratio"] <= 2.5)
    one = run.found["forward 1"]
    measured = f"{one['single']:.2f}x, error {one['single_error']:.0e}"
    yield Figure("the same in complex64, 1 core", measured, "reported", True)


def taps(run: Run) -> Iterator[Figure]:
    for threads in cores():
        found = run.found[f"taps {threads}"] = job("taps", threads)
        what = f"photocurrents of all {found['reads']} taps, batch 256 / copying them, {on(threads)}"
        yield Figure(what, ratio(found), "<= 3x", found["ratio"] <= 3)


def gradient(run: Run) -> Iterator[Figure]:
    for threads in cores():
        found = run.found[f"gradient {threads}"] = job("gradient", threads)
        chosen = found["chosen"]
        what = f"forward + backward + all gradients / dense product, {on(threads)}"
        yield Figure(what, ratio(chosen), "<= 6x, aim 5x", chosen["ratio"] <= 6)
    plain = min(run.found["gradient 1"][name]["ratio"] for name in ("scan", "scan, matrix"))
    yield Figure("the same without the kernel, 1 core", f"{plain:.1f}x", "reported", True)
    found = run.found["adjoints"] = job("adjoints", 1)
    yield Figure("adjoint by inversion / by running again and keeping", ratio(found), "reported", True)


def parts(run: Run) -> Iterator[Figure]:
    found = run.found["parts"] = job("parts", 1)
    said = f"blocks {found['blocks']:.2f}, scales {found['one sample'] - found['blocks']:.2f}, "
    said += f"light {found['all samples'] - found['one sample']:.2f}; least {found['least']:.2f}"
    yield Figure("where the time of forward goes, in dense products, 1 core", said, "reported", True)


def methods(run: Run) -> Iterator[Figure]:
    found = run.found["methods"] = job("methods", 1)
    for samples, ratios in found.items():
        chosen = ratios["chosen"]
        others = ", ".join(f"{name} {value:.1f}" for name, value in ratios.items() if name != "chosen")
        best = min(value for name, value in ratios.items() if name != "chosen")
        ok = ratios[chosen] <= 1.1 * best
        yield Figure(f"method chosen for {samples} samples: {chosen}", others, "within 10 % of the best", ok)


def sax(run: Run) -> Iterator[Figure]:
    for ports, how, limits in ((32, "klu jit", (100, 400)), (64, "klu eager", (10_000, None))):
        try:
            with (
                Peer(
                    Path(sys.executable), "sax", "forward", ports=ports, mode=how, limit_s=SAX_LIMIT_S, calls=3
                ) as them,
                Peer(Path(sys.executable), "backlight", "forward", ports=ports, mode="both ways") as us,
            ):
                pairs = [(them.go(), us.go()) for _ in range(ROUNDS if how == "klu jit" else 2)]
                compile_s = them.ready["first_call_s"], us.ready["first_call_s"]
        except PeerError as error:
            yield Figure(f"SAX {how}, {ports} ports", f"did not run: {error}", f">= {limits[0]}x", False)
            continue
        theirs, ours = (median(side) for side in zip(*pairs, strict=True))
        times = {"theirs": theirs, "ours": ours, "compile": compile_s}
        run.found[f"sax {how} {ports}"] = times
        measured = f"{theirs / ours:,.0f}x ({1e3 * theirs:,.1f} ms / {1e3 * ours:.3f} ms)"
        yield Figure(
            f"SAX {how}, {ports} ports: a call, phases changed",
            measured,
            f">= {limits[0]:,}x",
            theirs / ours >= limits[0],
        )
        if limits[1]:
            faster = compile_s[0] / compile_s[1]
            measured = f"{faster:,.0f}x ({compile_s[0]:.0f} s / {compile_s[1]:.2f} s)"
            yield Figure(f"SAX {how}, {ports} ports: compilation", measured, f">= {limits[1]}x", faster >= limits[1])


def topology(run: Run) -> Iterator[Figure]:
    seconds = []
    for _ in range(3):
        with Peer(Path(sys.executable), "backlight", "forward", ports=64, mode="any topology", calls=1) as us:
            seconds.append(us.ready["first_call_s"])
            what = us.ready["what"]
    run.found["topology"] = {"first_call_s": median(seconds), "what": what}
    yield Figure(
        "any feed-forward topology, 64 ports, first call", f"{median(seconds):.2f} s", "<= 2 s", median(seconds) <= 2
    )


def step(run: Run) -> Iterator[Figure]:
    table = run.found["step"] = {}
    for ports in (4, 8, 64):
        rows = table[str(ports)] = {}
        with Peer(Path(sys.executable), "backlight", "step", ports=ports, mode="complex128", threads=1) as us:
            for name, mode in STEPS:
                rows[f"{name} {mode or ''}".strip()] = _against(run, us, name, mode, ports)
            rows["backlight"] = us.ready | {"seconds": median(us.go() for _ in range(ROUNDS))}
        try:
            with Peer(Path(sys.executable), "backlight", "step", ports=ports, mode="complex64", threads=1) as single:
                rows["backlight complex64"] = single.ready | {"seconds": median(single.go() for _ in range(ROUNDS))}
        except PeerError as error:
            rows["backlight complex64"] = {"error": str(error)}
        told = {name: row for name, row in rows.items() if "ratio" in row}
        phases = {name: row for name, row in told.items() if row["mode"] not in DENSE}
        best = min(phases, key=lambda name: phases[name]["ratio"])
        measured = f"{1e3 * rows['backlight']['seconds']:.3f} ms; next: {best}, {phases[best]['ratio']:.1f}x"
        yield Figure(
            f"training step, 3 layers, batch 32, {ports} ports, by phases",
            measured,
            "fastest",
            phases[best]["ratio"] > 1,
        )
        dense = {name: row for name, row in told.items() if row["mode"] in DENSE}
        if dense:
            said = ", ".join(f"{name} {row['ratio']:.2f}x" for name, row in dense.items())
            yield Figure(f"… against a matrix without phases, float32, {ports} ports", said, "reported", True)


def _against(run: Run, us: Peer, name: str, mode: str | None, ports: int) -> dict[str, Any]:
    """A peer's step and ours in turn: its own words, median seconds, and how many times ours that is."""
    try:
        python = environment(name, run.envs)
        with Peer(python, name, "step", ports=ports, mode=mode, limit_s=STEP_LIMIT_S, threads=1) as them:
            slow = them.ready["second_call_s"] > 2
            pairs = [(them.go(), us.go()) for _ in range(1 if slow else ROUNDS)]
            theirs, ours = (median(side) for side in zip(*pairs, strict=True))
            return them.ready | {"seconds": theirs, "ratio": theirs / ours}
    except (NotInstalled, PeerError) as error:
        return {"peer": name, "mode": mode, "error": str(error)}


def decomposition(run: Run) -> Iterator[Figure]:
    table = run.found["decomposition"] = {}
    for ports, limit_s in ((64, 0.1), (256, 2.0)):
        rows = table[str(ports)] = {}
        for mode in ("rectangular", "triangular"):
            with Peer(Path(sys.executable), "backlight", "decomposition", ports=ports, mode=mode, threads=1) as us:
                seconds, error = median(us.go() for _ in range(3)), us.ready["matrix_error"]
                rows[f"backlight {mode}"] = us.ready | {"seconds": seconds}
            measured, ok = f"{seconds:.3f} s, error {error:.0e}", seconds <= limit_s and error <= 1e-12
            yield Figure(f"decomposition, {mode}, {ports} ports", measured, f"<= {limit_s:g} s, error <= 1e-12", ok)
        for name, mode in DECOMPOSERS:
            rows[f"{name} {mode or ''}".strip()] = _decomposer(run, name, mode, ports)


def _decomposer(run: Run, name: str, mode: str | None, ports: int) -> dict[str, Any]:
    try:
        python = environment(name, run.envs)
        with Peer(
            python, name, "decomposition", ports=ports, mode=mode, limit_s=DECOMPOSITION_LIMIT_S, calls=1, threads=1
        ) as them:
            return them.ready | {"seconds": them.ready["first_call_s"]}
    except (NotInstalled, PeerError) as error:
        return {"peer": name, "mode": mode, "error": str(error)}


def memory(run: Run) -> Iterator[Figure]:
    found = run.found["memory"] = job("memory", cores()[-1])
    gigabytes = found["bytes"] / 1e9
    what = "peak memory, 128 ports, 3 layers, batch 256, gradient"
    yield Figure(what, f"{gigabytes:.2f} GB", "<= 0.8 GB", gigabytes <= 0.8)


def scaling(run: Run) -> Iterator[Figure]:
    import numpy as np

    found = run.found["scaling"] = job("scaling", 1)
    for axis, least in (("ports", 16), ("layers", 1)):
        sizes = [int(size) for size in found[axis] if int(size) >= least]
        for kind in ("forward", "gradient"):
            times = [found[axis][str(size)][kind] for size in sizes]
            slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
            run.found["scaling"][f"{axis} {kind} exponent"] = slope
            yield Figure(f"{kind}: exponent in {axis}, {sizes[0]}-{sizes[-1]}", f"{slope:.2f}", "reported", True)


ROWS: tuple[Callable[[Run], Iterator[Figure]], ...] = (
    agreement, forward, taps, gradient, parts, methods, topology, memory, scaling, decomposition, step, sax,
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rows", nargs="*", default=[""], help="only rows whose name begins with one of these")
    parser.add_argument("--envs", type=Path, help="folder of the peers' environments")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md and its plots")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args()
    chosen = [row for row in ROWS if row.__name__.startswith(tuple(options.rows))]
    if options.list:
        print("\n".join(row.__name__ for row in chosen))
        return 0
    shared, figures = Run(options.envs), []
    heading()
    for row in chosen:
        for figure in row(shared):
            tell([figure])
            figures.append(figure)
    if options.docs:
        from engine_page import write_page

        write_page(figures, shared.found, HERE.parent / "docs")
    return finish(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())

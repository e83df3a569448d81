"""A yield study on two workers against one, of one thread each: how much faster, and whether the numbers are the same.

    python benchmarks/yield_speed.py                      100 chips of moons, 20 epochs each, three runs of each kind
    python benchmarks/yield_speed.py --chips 16 --repeats 1
    python benchmarks/yield_speed.py --json out.json      the same as a list of {what, measured, limit, ok}

What is timed is the whole command, start of its workers and reading of the layout included. Runs alternate, so that
whatever else the machine does falls on both kinds; medians are compared. Run it on a machine that does nothing else.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from figures import Figure, finish, heading, tell

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from backlight.cli import main; main()"]
FASTER = 1.7
WORKERS = (1, 2)


def backlight(*arguments: object) -> float:
    """Seconds that a command takes."""
    start = time.perf_counter()
    subprocess.run([*COMMAND, *map(str, arguments)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(spec: Path, chips: int, epochs: int, repeats: int) -> list[Figure]:
    """Alternate runs on one and on two workers."""
    seconds: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    results: set[tuple[bytes, bytes]] = set()
    with tempfile.TemporaryDirectory() as folder:
        backlight("compile", spec, "-o", folder)
        for repeat in range(repeats):
            for workers in WORKERS[:: 1 if repeat % 2 == 0 else -1]:
                options = ("--chips", chips, "--epochs", epochs, "--workers", workers)
                seconds[workers].append(backlight("yield", folder, *options))
                results.add(((Path(folder) / "yield.nc").read_bytes(), (Path(folder) / "yield.json").read_bytes()))
                print(f"     {workers} workers: {seconds[workers][-1]:.1f} s", file=sys.stderr, flush=True)
    one, two = (median(seconds[workers]) for workers in WORKERS)
    what = f"yield of {spec.stem}, {chips} chips, {epochs} epochs"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    measured = f"{one / two:.2f} x ({one:.0f} s, {two:.0f} s; {cores} cores)"
    return [
        Figure(f"{what}: 2 workers against 1", measured, f">= {FASTER:g} x", one / two >= FASTER),
        Figure(f"{what}: files of results", f"{len(results)} different of {2 * repeats}", "1", len(results) == 1),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--spec", type=Path, default=ROOT / "examples" / "moons.yml")
    parser.add_argument("--chips", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3, help="runs on one worker, and as many on two")
    options = parser.parse_args()
    heading()
    figures = measure(options.spec, options.chips, options.epochs, options.repeats)
    tell(figures)
    return finish(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())

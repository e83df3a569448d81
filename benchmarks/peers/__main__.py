"""Which peers install, and their numbers: one table.

python benchmarks/peers                        environments made where they are not there, then every row
python benchmarks/peers simphox sax            some peers
python benchmarks/peers --ports 4 8 64         sizes of the training step
python benchmarks/peers --slow                 SAX at 32 and 64 ports too: some minutes of compiling
python benchmarks/peers --json peers.json      all that each peer tells of itself
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from environments import RECIPES, NotInstalled, environment
from process import Peer, PeerError
from rivals import DECOMPOSERS, STEPS

ALSO_STEPS = (("torchonn", "phase"),)
"""Without a gradient in phases."""
ALSO_DECOMPOSERS = (("strawberryfields", "triangular"), ("perceval", None))
FORWARD = (("simphox", None), ("neuroptica", None), ("neurophox", None), ("torchonn", None), ("photontorch", None))
SAX = ("klu jit", "klu eager", "klu vmap")
ROUNDS = 3
LIMIT_S = {"step": 300, "forward": 120, "decomposition": 60}


@dataclass(frozen=True)
class Job:
    """One row of the table."""

    peer: str
    workload: str
    mode: str | None
    ports: int
    limit_s: int


def jobs(ports: list[int], slow: bool) -> Iterator[Job]:
    for size in ports:
        yield from (Job(peer, "step", mode, size, LIMIT_S["step"]) for peer, mode in (*STEPS, *ALSO_STEPS))
    yield from (Job(peer, "forward", mode, 64, LIMIT_S["forward"]) for peer, mode in FORWARD)
    for size in (64, 256):
        yield from (
            Job(peer, "decomposition", mode, size, LIMIT_S["decomposition"])
            for peer, mode in (*DECOMPOSERS, *ALSO_DECOMPOSERS)
        )
    yield from (Job("sax", "forward", mode, 8, LIMIT_S["forward"]) for mode in SAX)
    if slow:
        yield Job("sax", "forward", "klu jit", 32, 1200)
        yield from (Job("sax", "forward", mode, 64, 600) for mode in ("klu eager", "klu vmap"))


def measure(job: Job, python: Path, threads: int | None) -> dict[str, Any]:
    """What the peer tells of itself, and its median time; `error` where it cannot."""
    told: dict[str, Any] = {"peer": job.peer, "workload": job.workload, "mode": job.mode, "ports": job.ports}
    try:
        with Peer(
            python, job.peer, job.workload, ports=job.ports, mode=job.mode, limit_s=job.limit_s, threads=threads
        ) as peer:
            once = peer.ready["first_call_s"] > 5 and job.workload == "decomposition"
            rounds = [peer.go() for _ in range(ROUNDS)] if not once else [peer.ready["first_call_s"]]
            return peer.ready | {"seconds": median(rounds)}
    except PeerError as error:
        return told | {"error": str(error)}


def line(told: dict[str, Any]) -> str:
    """A row: what, median of a call, first call, its checks, how."""
    what = f"{told['peer']} {told['mode'] or ''}".ljust(32) + f"{told['workload']:<14}{told['ports']:>5}"
    if "error" in told:
        return f"{what}  {told['error'][:100]}"
    checks = {"gradient": told["gradient_error"], "matrix": told["matrix_error"]}
    said = ", ".join(f"{name} error {value:.0e}" for name, value in checks.items() if value is not None)
    times = f"{1e3 * told['seconds']:>11.3f} ms{told['first_call_s']:>9.2f} s"
    return f"{what}{times}  {told['parameters']}, {told['dtype']}{', ' * bool(said)}{said}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", nargs="*", help=f"of {', '.join((*RECIPES, 'sax'))}")
    parser.add_argument("--ports", type=int, nargs="*", default=[4, 8, 64], help="sizes of the training step")
    parser.add_argument("--workloads", nargs="*", default=list(LIMIT_S), help=f"of {', '.join(LIMIT_S)}")
    parser.add_argument("--threads", type=int, help="threads of each peer; all cores by default")
    parser.add_argument("--slow", action="store_true", help="SAX at 32 and 64 ports too")
    parser.add_argument("--envs", type=Path, help="folder of the environments")
    parser.add_argument("--json", type=Path, help="write all rows to this file")
    options = parser.parse_args()
    pythons: dict[str, Path | str] = {"sax": Path(sys.executable)}
    for name in options.peers or RECIPES:
        if name in RECIPES:
            try:
                pythons[name] = environment(name, options.envs)
            except NotInstalled as error:
                pythons[name] = f"could not be installed: {error}"
    print(f"{'peer':<32}{'workload':<14}{'ports':>5}{'a call':>14}{'first call':>11}  parameters, numbers, checks")
    rows = []
    for job in jobs(options.ports, options.slow):
        if job.workload in options.workloads and job.peer in (options.peers or pythons):
            python = pythons[job.peer]
            told = measure(job, python, options.threads) if isinstance(python, Path) else vars(job) | {"error": python}
            print(line(told), flush=True)
            rows.append(told)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

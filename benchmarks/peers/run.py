"""One peer, one workload, one process. Speaks JSON lines; started with the Python of the peer's own environment.

    python benchmarks/peers/run.py simphox step --ports 8

First line out: {"ready": true, "first_call_s": …, "gradient_error": …, "versions": …} or {"ready": false, "error": …}.
Then for each line "go" that comes in, one line {"seconds": median of the calls}; "stop" or the end of input ends it.
Whatever the library prints goes to standard error.
"""

import argparse
import importlib
import json
import os
import platform
import resource
import signal
import sys
import time
from contextlib import suppress
from importlib import metadata
from statistics import median
from typing import Any, TextIO

MODULES = {
    "simphox": "peer_simphox",
    "neuroptica": "peer_neuroptica",
    "neurophox": "peer_neurophox",
    "torchonn": "peer_torchonn",
    "photontorch": "peer_photontorch",
    "strawberryfields": "decomposers",
    "interferometer": "decomposers",
    "piquasso": "decomposers",
    "perceval": "decomposers",
    "sax": "peer_sax",
    "backlight": "peer_backlight",
}
"""Peer to the file beside this one that knows it: {(workload, mode): function of ports and batch} in its WORKS."""
STACK_BYTES = 4 << 30
GO_S = 0.3
"""Calls fill about this long in one `go` where their number is not given."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=MODULES)
    parser.add_argument("workload", choices=("step", "forward", "decomposition"))
    parser.add_argument("--mode", help="one of several ways that the peer has; the first by default")
    parser.add_argument("--ports", type=int, default=8)
    parser.add_argument("--batch", type=int, help="32 for a step, 256 for forward by default")
    parser.add_argument("--calls", type=int, help=f"calls for each go; by default as many as fit {GO_S} s, 3 at least")
    parser.add_argument("--limit", type=int, default=600, help="seconds for the first call")
    options = parser.parse_args()
    if options.peer == "sax":
        with_deep_stack()
    options.batch = options.batch or (32 if options.workload == "step" else 256)
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        work, ready = prepare(options)
    except Exception as error:
        say(replies, {"ready": False, "error": f"{type(error).__name__}: {error}".strip().splitlines()[0]})
        return 1
    say(replies, ready)
    for line in sys.stdin:
        if line.strip() == "stop":
            break
        if line.strip() == "go":
            say(replies, {"seconds": timed(work, options.calls or calls_for(ready["second_call_s"]))})
    return 0


def with_deep_stack() -> None:
    """Starts this process again with a stack as large as it may be: XLA compiles a large circuit recursively."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = STACK_BYTES if hard == resource.RLIM_INFINITY else min(hard, STACK_BYTES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
    os.execv(sys.executable, [sys.executable, "-X", "faulthandler", *sys.argv])


def prepare(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """The work after its first two calls and its checks, and the line that tells of it."""
    start = time.perf_counter()
    works = importlib.import_module(MODULES[options.peer]).WORKS
    if options.peer in works:
        works = works[options.peer]
    modes = [mode for workload, mode in works if workload == options.workload]
    mode = options.mode or (modes[0] if modes else "")
    if mode not in modes:
        raise ValueError(f"{options.peer} has for {options.workload}: {', '.join(modes) or 'nothing'}; asked: {mode}")
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(options.limit)
    work = works[options.workload, mode](options.ports, options.batch)
    build_s = time.perf_counter() - start
    first_s = timed(work, 1)
    signal.alarm(0)
    slow = options.workload == "decomposition" and first_s > 5
    second_s = first_s if slow else timed(work, 1)
    ready = {
        "ready": True,
        "peer": options.peer,
        "workload": options.workload,
        "mode": mode,
        "ports": options.ports,
        "batch": None if options.workload == "decomposition" else options.batch,
        "parameters": work.parameters,
        "dtype": work.dtype,
        "what": work.what,
        "build_s": round(build_s, 3),
        "first_call_s": round(first_s, 6),
        "second_call_s": round(second_s, 6),
        "gradient_error": work.gradient_error and float(work.gradient_error()),
        "matrix_error": work.matrix_error and float(work.matrix_error()),
        "versions": {"python": platform.python_version()} | versions(work.packages),
    }
    return work, ready


def timed(work: Any, calls: int) -> float:
    """Median seconds of so many calls."""
    seconds = []
    for _ in range(calls):
        start = time.perf_counter()
        work.run()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def calls_for(seconds: float) -> int:
    return max(3, min(200, round(GO_S / max(seconds, 1e-6)))) if seconds < 5 else 1


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in packages:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def too_long(*_: object) -> None:
    raise TimeoutError("time-out")


def say(replies: TextIO, reply: dict[str, Any]) -> None:
    print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

"""The parent's side: one peer as a process, started once, asked for a time again and again.

Knows nothing of our engine. Where two sides are compared, the parent alternates `go` between them and takes medians.
"""

import json
import os
import queue
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

RUN = Path(__file__).with_name("run.py")
SPARE_S = 180
"""Beyond the limit of the first call: imports of a large library on a busy machine, and the gradient check."""


class PeerError(RuntimeError):
    """A peer that could not do its work: its own words, or the last lines of its standard error."""


class Peer:
    """A peer's process.

    with Peer(python, "simphox", "step", ports=8) as peer:
        print(peer.ready["first_call_s"], peer.go())
    """

    def __init__(
        self,
        python: Path,
        peer: str,
        workload: str,
        *,
        ports: int,
        mode: str | None = None,
        batch: int | None = None,
        calls: int | None = None,
        limit_s: int = 600,
        threads: int | None = None,
    ) -> None:
        options = {"--ports": ports, "--mode": mode, "--batch": batch, "--calls": calls, "--limit": limit_s}
        command = [str(python), str(RUN), peer, workload]
        for name, value in options.items():
            command += [] if value is None else [name, str(value)]
        self._command, self._limit_s, self._env = command, limit_s, os.environ | _threads(threads)
        self._replies: queue.Queue[str | None] = queue.Queue()
        self._errors: IO[bytes] | None = None
        self._process: subprocess.Popen[str] | None = None
        self.ready: dict[str, Any] = {}
        """The first line of the peer, once it has started."""

    def start(self) -> Self:
        """Starts the process and waits until its first calls are done. PeerError where it cannot."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, closed by stop
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=self._env,
        )
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self.ready = self._reply(self._limit_s + SPARE_S)
        if not self.ready["ready"]:
            self.stop()
            raise PeerError(self.ready["error"])
        return self

    def go(self, timeout_s: float = 600) -> float:
        """Median seconds of one more round of calls."""
        process = self._started()
        assert process.stdin is not None
        try:
            process.stdin.write("go\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise PeerError(self._tail()) from None
        return self._reply(timeout_s)["seconds"]

    def stop(self) -> None:
        """Ends the process; a second call does nothing."""
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            process.communicate("stop\n", timeout=10)
        except (subprocess.TimeoutExpired, ValueError, BrokenPipeError):
            process.kill()
            process.wait()
        if self._errors:
            self._errors.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise PeerError("not started")
        return self._process

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            self._replies.put(line)
        self._replies.put(None)

    def _reply(self, timeout_s: float) -> dict[str, Any]:
        try:
            line = self._replies.get(timeout=timeout_s)
        except queue.Empty:
            self._started().kill()
            self.stop()
            raise PeerError("time-out") from None
        if line is None:
            tail = self._tail()
            self.stop()
            raise PeerError(tail)
        return json.loads(line)

    def _tail(self, lines: int = 3) -> str:
        assert self._errors is not None
        self._errors.seek(0)
        return " / ".join(self._errors.read().decode(errors="replace").strip().splitlines()[-lines:]) or "no word"


def _threads(count: int | None) -> dict[str, str]:
    """What tells numerical libraries how many threads to use; nothing where the parent's own settings shall hold."""
    if count is None:
        return {}
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    flags = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"} if count == 1 else {}
    return dict.fromkeys(names, str(count)) | flags

"""Tasks on dask.distributed: workers on this machine, or those of a scheduler that runs already.

A task that a lost worker had is given to another one by the scheduler, and its result comes once. What cannot go on
ends in a Refusal; results that were given out before are the caller's to keep.
"""

import logging
import os
import re
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from backlight.refusal import Refusal
from backlight.yields.records import Records
from backlight.yields.run import Tasks
from backlight.yields.study import OtherVersionsError
from backlight.yields.task import train_chips

CONNECT_S = 5
"""How long a scheduler may take to answer."""
LONGEST_GREETING = 2**20
"""Bytes. A scheduler greets with a few hundred; eight letters of another protocol are a huge number."""
WORKERS_S = 60
"""How long a scheduler may be without workers: a queue may take a while to start them, or to replace them."""
POLL_S = 0.05
"""Between looks at what has come; a chip takes seconds."""
MEND = "start one with dask scheduler, or leave --scheduler out"
LOOK_S = 2.0
"""Between looks at whether there are workers."""
ONE_THREAD = dict.fromkeys(("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment of a local worker. NPROC is what XLA takes for the number of cores."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def require_scheduler(address: str) -> None:
    """Refusal where nobody answers at an address: it is cheap to know before work is begun."""
    match = re.fullmatch(r"(?:(?:tcp|tls)://)?(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):(\d{1,5})", address)
    if not match or not 0 < int(match[2]) < 65536:
        raise Refusal("--scheduler", repr(address), "HOST:PORT of a dask scheduler", MEND)
    try:
        with socket.create_connection((match[1].strip("[]"), int(match[2])), timeout=CONNECT_S) as line:
            # A scheduler speaks first: the length of its greeting, in 8 bytes. dask's own client waits for it for ever.
            greeting = b"" if address.startswith("tls:") else line.recv(8, socket.MSG_WAITALL)
    except OSError as error:
        why = error.strerror or str(error)
        raise Refusal(address, f"no scheduler that answers ({why})", "one that runs", MEND) from None
    if int.from_bytes(greeting, "little") > LONGEST_GREETING:
        raise Refusal(address, "something that is no scheduler", "a dask scheduler", MEND)


@contextmanager
def on_workers(packed: bytes, tasks: Tasks, *, workers: int, scheduler: str | None) -> Iterator[Any]:
    """The records of tasks as they are finished: pairs of a task's first chip and its records.

    `scheduler`: address of one that runs already; None starts `workers` processes here, of one thread each.
    """
    with _quiet(), _client(min(workers, len(tasks)), scheduler) as client:
        yield _finished(client, packed, tasks, scheduler or "local workers")


@contextmanager
def _quiet() -> Iterator[None]:
    """dask tells of lost workers and connections in its log; what a person has to know is said in one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # large graphs, other versions of dask
            yield
    finally:
        logging.disable(before)


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    from distributed import Client, LocalCluster

    if scheduler is None:
        local: dict[str, Any] = {
            "n_workers": workers,
            "threads_per_worker": 1,
            "dashboard_address": None,
            "memory_limit": None,
            "silence_logs": logging.CRITICAL,
            "env": ONE_THREAD,
        }
        with LocalCluster(**local) as cluster, Client(cluster, set_as_default=False) as client:
            yield client
        return
    require_scheduler(scheduler)
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, ImportError):
        raise Refusal(scheduler, "something that is no scheduler", "a dask scheduler", MEND) from None
    try:
        yield client
    finally:
        client.close(timeout=CONNECT_S)


def _finished(client: Any, packed: bytes, tasks: Tasks, place: str) -> Iterator[tuple[int, Records]]:
    from distributed import as_completed

    run = f"{os.getpid()}-{get_ident()}-{time.time_ns()}"  # keys of no other run: a scheduler may serve several
    study = client.submit(
        bytes, packed, key=f"backlight-study-{run}"
    )  # a task: computed again where its worker is lost
    futures = {
        client.submit(train_chips, study, seeds, key=f"backlight-chips-{run}-{first}", priority=-first): first
        for first, seeds in tasks.items()
    }
    coming, watch = as_completed(futures, loop=client.loop), _Watch(client, place)
    while coming.count():
        batch = coming.next_batch(block=False)
        for future in batch:
            yield futures[future], _result(future, place)
            future.release()
        if not batch:
            watch.look()
            time.sleep(POLL_S)


class _Watch:
    """Looks now and then whether a scheduler has workers; Refusal where it had none for too long."""

    def __init__(self, client: Any, place: str) -> None:
        self._client, self._place = client, place
        self._looked = self._had = time.monotonic()

    def look(self) -> None:
        now = time.monotonic()
        if now < self._looked + LOOK_S:
            return
        self._looked = now
        try:
            workers = self._client.scheduler_info(n_workers=1)["n_workers"]
        except OSError:
            return  # a connection that is lost cancels all that is asked for
        if workers:
            self._had = now
        elif now > self._had + WORKERS_S:
            raise Refusal(self._place, f"no worker for {WORKERS_S} s", "workers", "start some with dask worker")


def _result(future: Any, place: str) -> Records:
    from distributed import CancelledError, KilledWorker

    try:
        return future.result()
    except CancelledError:
        raise Refusal(place, "the connection lost", "a scheduler that runs until the last chip") from None
    except KilledWorker:
        raise Refusal(place, "a chip whose workers all died", "workers that live", "see their logs; memory?") from None
    except OtherVersionsError as error:
        raise Refusal(place, f"workers with {error}", "the same versions on every machine") from None
    except ModuleNotFoundError as error:
        raise Refusal(place, f"workers without backlight ({error})", "it installed on every worker") from None

"""What a person sees while a command runs: a progress bar on a terminal, plain lines in a pipe, JSON for a script.

Everything goes to stdout but the one line of a refusal, which is all that stderr ever gets.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pdk.finding import Finding

PLAIN_LINES = 10
"""Lines that a long piece of work prints in a pipe."""


class Terminal:
    """Where a command speaks. With `as_json` only `result` does."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._live = sys.stdout.isatty() and not as_json

    def say(self, text: str) -> None:
        """One line for a person."""
        if not self._as_json:
            print(text, flush=True)

    def result(self, data: Mapping[str, Any]) -> None:
        """The outcome, for a script that asked for it."""
        if self._as_json:
            print(json.dumps(data, indent=1, ensure_ascii=False), flush=True)

    def findings(self, findings: Sequence["Finding"]) -> None:
        """Each finding on a line of its own."""
        for finding in findings:
            self.say(f"  {finding}")

    def table(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Rows of words in columns, two spaces apart."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.say("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    @contextmanager
    def stage(self, name: str, does: str) -> Iterator[None]:
        """A short piece of work: its name at once on a terminal, and how long it took when it is done."""
        start = time.perf_counter()
        if self._live:
            print(f"  {name:<9} {does} …", end="\r", flush=True)
        yield
        self.say(f"  {name:<9} {does} ({time.perf_counter() - start:.1f} s)")

    @contextmanager
    def progress(self, title: str, total: int, done: int = 0) -> Iterator["Progress"]:
        """A long piece of work in `total` steps, `done` of which were done before."""
        if not self._live:
            yield _Lines(self, title, total)
            return
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns) as bar:
            yield _Bar(bar, bar.add_task(title, total=total, completed=done, note=""))


class Progress:
    """Tells how far a long piece of work is."""

    def step(self, done: int, note: str) -> None:
        """`done` steps of the total are done; `note` says how it goes."""
        raise TypeError("a Progress comes from Terminal.progress")


class _Bar(Progress):
    def __init__(self, bar: Any, task: Any) -> None:
        self._bar, self._task = bar, task

    def step(self, done: int, note: str) -> None:
        self._bar.update(self._task, completed=done, note=note)


class _Lines(Progress):
    def __init__(self, terminal: Terminal, title: str, total: int) -> None:
        self._terminal, self._title, self._total = terminal, title, total

    def step(self, done: int, note: str) -> None:
        every = max(1, self._total // PLAIN_LINES)
        if done % every == 0 or done == self._total:
            self._terminal.say(f"  {self._title} {done}/{self._total}  {note}")


def complain(line: str) -> None:
    """The one line of a refusal."""
    print(f"backlight: {line}", file=sys.stderr, flush=True)

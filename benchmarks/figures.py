"""What every benchmark prints: figures with their limits, as a table and as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    measured: str
    limit: str
    ok: bool


def heading() -> None:
    """Names of the columns."""
    print(f"{'ok':4} {'what':82} {'measured':46} limit")


def tell(figures: Iterable[Figure]) -> None:
    """Print figures as soon as they are known."""
    for figure in figures:
        print(f"{'ok' if figure.ok else 'NO':4} {figure.what:82} {figure.measured:46} {figure.limit}", flush=True)


def finish(figures: list[Figure], path: Path | None) -> int:
    """Write the figures as JSON where asked; exit status."""
    if path:
        path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
    return 0 if all(figure.ok for figure in figures) else 1

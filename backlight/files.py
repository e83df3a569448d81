"""Every file that the commands write and read: their names, their schema versions, and writing that loses nothing.

A file is written beside its place and renamed into it, so that a reader sees the old file or the new one, whole.
Several files that belong together go through `Publication`: all are complete before the first is renamed.
"""

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from backlight.refusal import Refusal
from compiler.netlist import Netlist
from pdk.finding import Finding

SCHEMA = 1
"""Version of every table and JSON file written here; a reader refuses any other."""

SPEC = "spec.yml"
GDS = "chip.gds"
NETLIST = "netlist.yml"
EXTRACTED = "extracted.yml"
PADS = "pads.csv"
PORTS = "ports.csv"
TAPS = "taps.csv"
WEIGHT_TABLE = "weights.csv"
VERIFY = "verify.json"
RULES = "rules.lydrc"
MARKERS = "verify.lyrdb"
PROGRAM = "program.json"
SIMULATION = "simulation.json"
HISTORY = "training.csv"
WEIGHTS = "weights.safetensors"
TRAINING = "training.json"
YIELD_PARTS = "yield"
"""Folder of a yield study's finished chips."""
YIELD_DATA = "yield.nc"
YIELD = "yield.json"
REPORT = "report.html"
MANIFEST = "manifest.json"
BENCH = "bench"
"""Folder of a bundle with what one takes to the bench."""
RESULTS = (
    EXTRACTED,
    VERIFY,
    MARKERS,
    PROGRAM,
    SIMULATION,
    HISTORY,
    WEIGHTS,
    TRAINING,
    YIELD_PARTS,
    YIELD_DATA,
    YIELD,
    REPORT,
)
"""What commands behind `compile` make of one circuit, and is nothing to another."""
EARLIER = "earlier"
"""Folders that results of a circuit are set aside in, with a number each."""

_NOT_WORDS = {"yes", "no", "on", "off", "true", "false", "null"}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; when the block ends well, what was written takes the place of `path`, else it is removed."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        known = path if path.parent.is_dir() else path.parent
        raise type(error)(error.errno or 0, error.strerror, str(known)) from error
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o644)
        beside.replace(path)
    except OSError as error:
        # The name that a person knows is that of the file, not of the one beside it.
        if error.errno is None or error.filename not in (None, name, str(beside)):
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace a file by a text, whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def open_folder(folder: Path) -> Path:
    """Make an output folder, and be sure that it can be written to before work is spent on what goes into it."""
    if folder.exists() and not folder.is_dir():
        raise Refusal(folder, "a file", "an output folder", "choose another name with -o")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable."):
            pass
    except OSError as error:
        if error.errno is None:
            raise
        raise type(error)(error.errno, error.strerror, str(folder)) from error
    return folder


def set_aside(folder: Path) -> Path | None:
    """Move the results of another circuit out of the way; where they are now, None if there were none."""
    found = [folder / name for name in RESULTS if (folder / name).exists()]
    if not found:
        return None
    number = 1 + sum(1 for _ in folder.glob(f"{EARLIER}-*"))
    aside = folder / f"{EARLIER}-{number}"
    aside.mkdir()
    for path in found:
        path.rename(aside / path.name)
    return aside


class Publication:
    """Files that belong together: written to a folder of their own inside `folder`, then renamed into place.

    with Publication(folder) as new:
        (new / "a.json").write_text(...)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = open_folder(folder)
        self._work = tempfile.TemporaryDirectory(prefix=".writing.", dir=folder, ignore_cleanup_errors=True)

    def __enter__(self) -> Path:
        return Path(self._work.name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                for path in sorted(Path(self._work.name).iterdir()):
                    path.replace(self._folder / path.name)
        finally:
            self._work.cleanup()


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a mapping with the schema version first."""
    write_text(path, json.dumps({"schema": SCHEMA, **data}, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path, mend: str) -> dict[str, Any]:
    """Read what `write_json` wrote; Refusal where the file is missing, damaged or of another schema."""
    try:
        data = json.loads(_read(path, mend))
    except ValueError as error:
        raise Refusal(path, f"damaged JSON ({error})", "a file that backlight wrote", mend) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else type(data).__name__
        raise Refusal(path, f"schema {found!r}", f"schema {SCHEMA}", mend)
    return data


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table; its last column, `schema`, says which version of the table it is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*header, "schema"])
    writer.writerows([*row, SCHEMA] for row in rows)
    write_text(path, out.getvalue())


def read_csv(path: Path, mend: str) -> list[dict[str, str]]:
    """Read a table as one dictionary per row; Refusal where the file is missing or not a table."""
    try:
        return list(csv.DictReader(io.StringIO(_read(path, mend)), strict=True))
    except csv.Error as error:
        raise Refusal(path, f"a damaged table ({error})", "a file that backlight wrote", mend) from None


def write_markers(path: Path, top: str, findings: Iterable[Finding]) -> None:
    """Write findings as a KLayout marker database; `top` is the layout's top cell."""
    from layouts.markers import write_markers

    with replacing(path) as beside:
        write_markers(beside, top, findings)


def write_netlist(path: Path, netlist: Netlist) -> None:
    """Write a netlist as YAML, one instance, net or port to a line. JSON is YAML, so each line's value is JSON."""
    data = netlist.as_dict()
    lines = [f"schema: {data['schema']}", f"top: {json.dumps(data['top'])}", "cells:"]
    for name, cell in data["cells"].items():
        lines += [f"  {_key(name)}:", "    instances:" + ("" if cell["instances"] else " {}")]
        lines += [f"      {_key(key)}: {json.dumps(instance)}" for key, instance in cell["instances"].items()]
        lines += ["    nets:" + ("" if cell["nets"] else " []")]
        lines += [f"      - {json.dumps(net)}" for net in cell["nets"]]
        lines += ["    ports:" + ("" if cell["ports"] else " {}")]
        lines += [f"      {_key(key)}: {json.dumps(pin)}" for key, pin in cell["ports"].items()]
    lines += ["electrical:" + ("" if data["electrical"] else " {}")]
    for name, nets in data["electrical"].items():
        lines += [f"  {_key(name)}:" + ("" if nets else " {}")]
        lines += [f"    {_key(key)}: {json.dumps(pins)}" for key, pins in nets.items()]
    write_text(path, "\n".join(lines) + "\n")


def _key(name: str) -> str:
    """A mapping key: bare where no YAML reader could take it for anything but a word."""
    bare = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]+", name) and name.lower() not in _NOT_WORDS
    return name if bare else json.dumps(name)


def read_netlist(path: Path, mend: str) -> Netlist:
    """Read a netlist; Refusal where the file is missing, damaged or of another schema."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return Netlist.from_dict(yaml.load(_read(path, mend), Loader=loader))
    except (yaml.YAMLError, ValueError) as error:
        raise Refusal(path, f"a damaged netlist ({error})", "a netlist that backlight wrote", mend) from None


def _read(path: Path, mend: str) -> str:
    if not path.exists():
        raise Refusal(path, "no such file", f"the file that a design folder holds as {path.name}", mend)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refusal(path, "a file that is not text", "a file that backlight wrote", mend) from None

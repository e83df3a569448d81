"""The bundle as one file: a manifest of everything in it, and a zip that is the same bytes for the same content."""

import errno
import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backlight import files
from backlight.refusal import Refusal

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Date of every file in a zip: the earliest that it can hold."""


def inventory(folder: Path) -> list[dict[str, Any]]:
    """Every file of a folder: path, size, SHA-256."""
    return [
        {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in _all(folder)
        if path.name != files.MANIFEST
    ]


def write_zip(target: Path, folder: Path, root: str) -> None:
    """Everything in a folder as a zip, below a folder `root`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in _all(folder):
            entry = zipfile.ZipInfo(f"{root}/{path.relative_to(folder).as_posix()}", EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            packed.writestr(entry, path.read_bytes(), compresslevel=9)


def earlier(bundle: Path) -> set[str]:
    """Files that an earlier export left in a folder, by its manifest; none where there is no manifest. Refusal where
    the folder holds something else."""
    if not bundle.is_dir() or not any(bundle.iterdir()):
        return set()
    if not (bundle / files.MANIFEST).is_file():
        expected = "an empty folder, or one that export wrote"
        raise Refusal(bundle, "a folder with other files", expected, "choose another name with -o")
    try:
        told: Mapping[str, Any] = json.loads((bundle / files.MANIFEST).read_text(encoding="utf-8"))
        return {str(entry["path"]) for entry in told["files"]}
    except (ValueError, KeyError, TypeError):
        return set()


def require_writable(bundle: Path) -> None:
    """Be sure that a bundle can be written, without making anything. Refusal or OSError where it cannot."""
    place = bundle.resolve()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise Refusal(bundle, "a file", "an output folder", "choose another name with -o")
    if not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


def zip_of(bundle: Path) -> Path:
    """The zip beside a folder."""
    named = bundle if bundle.name not in ("", "..") else bundle.resolve()
    return named.with_name(f"{named.name}.zip")


def publish(work: Path, bundle: Path, before: Iterable[str]) -> None:
    """Put the files of a finished folder in the place of those that an earlier export left there."""
    with files.Publication(bundle) as new, files.Publication(bundle / files.BENCH) as bench:
        for path in _all(work):
            below = path.relative_to(work)
            place = bench / below.name if below.parent.name == files.BENCH else new / below.name
            place.write_bytes(path.read_bytes())
    kept = {path.relative_to(work).as_posix() for path in _all(work)}
    for name in set(before) - kept:
        if (old := bundle / name).resolve().is_relative_to(bundle.resolve()):
            old.unlink(missing_ok=True)


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

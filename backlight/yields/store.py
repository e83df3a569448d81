"""A study on disk while it runs: one file for every finished task, so that whatever ends the run, they are kept.

    DIR/yield/study.json         settings and name of the study
    DIR/yield/chips-000008.npz   records of the task that begins with chip 8

Each file is written beside its place and renamed.
"""

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from backlight import files
from backlight.refusal import Refusal
from backlight.yields.records import Records, checked

AGAIN = "run backlight yield without --resume"
SETTINGS = "study.json"


class Store:
    """The folder of one study's records."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / files.YIELD_PARTS

    def start(self, name: str, settings: Mapping[str, Any]) -> None:
        """Begin a study: what an earlier one left is removed."""
        if self.path.exists():
            shutil.rmtree(self.path)
        files.open_folder(self.path)
        self.tell(name, settings)

    def tell(self, name: str, settings: Mapping[str, Any]) -> None:
        """Write what the study is set to."""
        files.write_json(self.path / SETTINGS, {"study": name, **settings})

    def told(self) -> dict[str, Any]:
        """What an earlier study was set to; Refusal where there was none."""
        if not (self.path / SETTINGS).exists():
            raise Refusal(
                self.path.parent, "no study to resume", f"{self.path.name}/{SETTINGS} of an earlier one", AGAIN
            )
        return files.read_json(self.path / SETTINGS, AGAIN)

    def keep(self, first: int, records: Records) -> None:
        """Write the records of the task that begins with chip number `first`."""
        with files.replacing(self._file(first)) as beside, beside.open("wb") as file:
            np.savez(file, allow_pickle=False, **dict(records))

    def kept(self, first: int, seeds: Sequence[int]) -> Records | None:
        """Records of a finished task; None where there are none, or none of just these chips, that can be read."""
        try:
            with np.load(self._file(first)) as file:
                return checked({name: file[name] for name in file.files}, seeds)
        except (FileNotFoundError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def _file(self, first: int) -> Path:
        return self.path / f"chips-{first:06d}.npz"

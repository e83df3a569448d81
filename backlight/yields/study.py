"""A yield study as one value: all that a worker needs to draw chips and train them, and what names the study.

Chip k is drawn by the seed `first_seed` + k. Data split, starting point and order of the samples are the same for all
chips, so that only chips differ; with `fresh_data` each chip has its own, as `backlight train --seed` gives them.
"""

import hashlib
import json
import pickle
import zlib
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version

import numpy as np

from chips.data import Dataset
from chips.variation import Imperfections
from compiler.heat import ThermalTable
from compiler.netlist import Netlist
from compiler.network import Design
from compiler.places import Places

SCHEMA = 1
"""Version of what a study is made of and of what its tasks return."""
PACKAGES = ("backlight", "jax", "numpy")
"""Packages whose versions have to be the same on every machine: others may round differently."""


@dataclass(frozen=True, eq=False)
class Study:
    """What is drawn and trained. Holds data only, so that it can be sent to other machines."""

    design: Design
    netlist: Netlist
    """The circuit that was read back from the GDS."""
    thermal: ThermalTable | None
    """The layout's thermal neighbours."""
    places: Places | None
    """Where the layout puts devices."""
    dataset: Dataset
    imperfections: Imperfections
    epochs: int
    seed: int
    """Splits the data and starts training; the same for every chip unless `fresh_data`."""
    first_seed: int
    """Draws the first chip; the next ones are drawn by the numbers that follow."""
    fresh_data: bool = False

    @cached_property
    def name(self) -> str:
        """SHA-256 of everything that the numbers depend on: a study is resumed by an equal one only."""
        told = {
            "schema": SCHEMA,
            "network": asdict(self.design.network),
            "chip": asdict(self.design.chip),
            "train": asdict(self.design.train),
            "netlist": self.netlist.as_dict(),
            "imperfections": asdict(self.imperfections),
            "run": [self.epochs, self.seed, self.first_seed, self.fresh_data],
            "data": [self.dataset.class_names, self.dataset.one_unit],
            "heated": self.thermal.shifters if self.thermal else None,
            "placed": self.places.paths if self.places else None,
        }
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
        arrays = [self.dataset.features, self.dataset.labels]
        if self.thermal:
            arrays += [self.thermal.heater, self.thermal.warmed, self.thermal.share]
        if self.places:
            arrays.append(self.places.at_mm)
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def seeds(self, first: int, count: int) -> tuple[int, ...]:
        """Seeds of `count` chips from chip number `first` on."""
        return tuple(range(self.first_seed + first, self.first_seed + first + count))


class OtherVersionsError(RuntimeError):
    """A worker that would compute something else: one line with what it has and what was expected."""


def versions() -> dict[str, str]:
    """Versions of `PACKAGES` in this process."""
    return {name: version(name) for name in PACKAGES}


def pack(study: Study) -> bytes:
    """A study as bytes, with the versions that it is to be computed by."""
    return zlib.compress(pickle.dumps((versions(), study), protocol=5))


def unpack(packed: bytes) -> Study:
    """What `pack` packed; OtherVersionsError where this process has other versions."""
    expected, study = pickle.loads(zlib.decompress(packed))
    found = versions()
    if found != expected:
        raise OtherVersionsError(f"{_shown(found)}, expected {_shown(expected)}")
    return study


def _shown(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items())

"""What a person at the bench can do with a chip, and nothing else: set phase shifters, drive light, read photocurrents.

The trainer is written against `Chip`. The digital twin implements it; a driver for real instruments would too. No
method here reveals a phase, a model or a gradient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from compiler.budget_numbers import LASER_MW

Group = Literal["detector", "monitor", "backward", "tap"]
"""Photodiodes of a layer: at the outputs (C), at the inputs' monitors (N), behind the inputs (N), at the taps (P)."""


@dataclass(frozen=True)
class Drive:
    """Light into one layer, for a batch of B shots. Amplitudes are modulator openings, −1 … 1; 0 is dark.

    Arrays may be given as (n,) where every shot has the same.
    """

    layer: int
    """Index from 0."""
    read: tuple[Group, ...]
    inputs: np.ndarray | None = None
    """(B, N) openings of the input modulators; None: forward light off."""
    sources: np.ndarray | None = None
    """(B, C) openings of the output sources; None: off."""
    source_settings: np.ndarray | None = None
    """(B, C) settings of the output phase shifters, which set the phase of each source; None: no phase."""
    laser_mw: float = LASER_MW
    """Power at the layer's laser port."""


Photocurrents = Mapping[Group, np.ndarray]
"""mA, for each group that was read: (B, n), or (K, B, n) where K programs are loaded."""


class Chip(Protocol):
    """A programmable photonic chip, real or simulated."""

    def program(self, settings: tuple[np.ndarray, ...]) -> None:
        """Set all trainable phase shifters, as their drive says (`pdk.contract.Drive`: mW of a heater, V): for each
        layer an array (P,), or (K, P) for K programs that the next measurements run one after another."""
        ...

    def measure(self, drive: Drive) -> Photocurrents:
        """Run a batch of shots through one layer and read the photodiodes asked for."""
        ...

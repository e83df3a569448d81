"""What a person at the bench can do with a crossbar chip: set weights, drive light, read photocurrents.

    program                     weights of every bank
    Drive ── inputs ──► forward bank of layer 1 ──► neurons ──► forward bank of layer 2 ──► … ──► output neurons
                                 (in one shot, by the photocurrents themselves, unless an override takes their place)
          ── errors ──► backward banks

Signals are powers, 0 … 1: 1 is a modulator wide open. The axes of every array are, from the left:

    R  chips that are programmed and measured together; left out where there is one
    K  programs that run one after another
    B  shots
    …  columns, rows or neurons

An array may have 1 in place of R, K or B where all have the same. No method reveals a phase, a model or a gradient.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from compiler.budget_numbers import LASER_MW

Group = Literal["rows", "monitors", "slopes", "outputs"]
"""rows: summed photocurrents of a bank, signed, on the wire of each row (linear monitors of its neurons).
monitors: what goes into the columns of a bank. slopes: the replicas behind a layer's neurons. outputs: the last
layer's."""

Reading = tuple[Group, str]
"""A group, and the bank (`layer1.forward`) or the layer (`layer1`) that is meant."""


@dataclass(frozen=True, eq=False)
class Drive:
    """Light into a whole chip, for B shots. What is not named stays as it is said here."""

    read: tuple[Reading, ...]
    inputs: np.ndarray | None = None
    """(…, B, n) powers ordered from the input modulators of layer 1, its bias light not counted; None: dark."""
    bias: float = 1.0
    """Power ordered from the modulators of all bias columns."""
    override: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Forward bank to (…, B, n) powers ordered from the neurons' modulators that light its columns, in place of the
    neurons' own signal. Their replicas follow."""
    errors: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Backward bank to (…, B, m) powers ordered from its columns; dark where not named."""
    scale: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Bank to (…, B) power ordered from the modulator before the whole bank; 1 where not named."""
    open_columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Bank to (…, B, columns) bool: whose shutters are open; all where not named."""
    replica_shift_rad: float = 0.0
    """Added to the drive of every replica."""
    laser_mw: float = LASER_MW
    """Power at the fibre of each bank."""


Photocurrents = Mapping[Reading, np.ndarray]
"""mA, (…, K, B, n) for each reading."""


class CrossbarChip(Protocol):
    """A programmable crossbar, real or simulated; or R of them at once."""

    def program(self, weights: Mapping[str, np.ndarray]) -> None:
        """Set banks: (…, K, rows, columns), settings of phase shifters (`pdk.contract.Drive`), or for PIN weights
        signed currents in mA (positive ones darken the minus side). Banks that are not named keep what they have. K is
        that of all banks, or 1."""
        ...

    def measure(self, drive: Drive) -> Photocurrents:
        """Run a batch of shots, for each program, and read what is asked for."""
        ...

"""How heat spreads over a chip, as data: what the layout knows of distances and the twin needs of them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ThermalTable:
    """The thermal neighbours of a chip: E pairs of a driven heater and a phase shifter that it warms.

    Undriven phase shifters are warmed like any other, so that heat which reaches both arms of an interferometer alike
    turns neither against the other.
    """

    shifters: tuple[str, ...]
    """Instance paths of all phase shifters, driven or not; the arrays below point into it."""
    heater: np.ndarray
    """(E) index of the driven one."""
    warmed: np.ndarray
    """(E) index of the one that is warmed, never the same."""
    share: np.ndarray
    """(E) phase there per phase of the heater itself."""
    source: str
    """Where the shares come from."""

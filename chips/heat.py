"""What a layout's thermal-neighbour table does to the phases of a chip: sums over neighbours, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compiler.heat import ThermalTable
from compiler.paths import LayerPath

Slots = Mapping[str, int]
"""Phase shifter to its place among a layer's phases; see `optics.phase_slots`."""


@dataclass(frozen=True, eq=False)
class Spread:
    """E pairs between H heaters and R phases."""

    heater: np.ndarray
    """(E)"""
    warmed: np.ndarray
    """(E)"""
    share: np.ndarray
    """(E)"""
    phases: int

    def __call__(self, own_rad: np.ndarray) -> np.ndarray:
        """(…, R) what phases (…, H) of the heaters themselves add at the others."""
        lead = own_rad.shape[:-1]
        rows = own_rad.reshape(-1, own_rad.shape[-1])
        added = [np.bincount(self.warmed, self.share * row[self.heater], self.phases) for row in rows]
        return np.array(added, dtype=float).reshape(*lead, self.phases)


@dataclass(frozen=True, eq=False)
class Heat:
    """Where the heat of a chip goes. All layers lie on one piece of silicon; their arrays stand one after another."""

    mesh: Spread
    """Programmed shifters (all P) to the phases of all meshes."""
    outputs: Spread
    """Programmed shifters to the output shifters (all C)."""
    sources: tuple[np.ndarray, ...]
    """For each layer (C, C), phase of output shifter i per phase of output shifter j; the diagonal is 0."""


def heat(paths: Sequence[LayerPath], slots: Sequence[Slots], table: ThermalTable | None, scale: float) -> Heat:
    """The table as seen by a twin, times a scale; no heat without a table.

    What an output shifter sends into a mesh is left out: it changes with every shot, and a program is solved once.
    ValueError where the table is that of another chip.
    """
    programmed = [tap.shifter for path in paths for tap in path.taps]
    outputs = [out.shifter for path in paths for out in path.outputs]
    starts = np.cumsum([0, *(1 + max(s.values(), default=-1) for s in slots)])
    phases = {name: int(at) + k for at, s in zip(starts[:-1], slots, strict=True) for name, k in s.items()}
    known = set(table.shifters) if table else set()
    if table and (unknown := [name for name in (*programmed, *outputs) if name not in known]):
        raise ValueError(
            f"thermal table: found no {unknown[0]} ({len(unknown)} missing), expected every driven phase shifter; "
            "make the table from the same extraction as the twin"
        )

    def spread(heaters: Sequence[str], into: Slots, size: int) -> Spread:
        if table is None:
            none = np.zeros(0, dtype=int)
            return Spread(none, none, np.zeros(0), size)
        heater_of = {name: k for k, name in enumerate(heaters)}
        heater = np.array([heater_of.get(name, -1) for name in table.shifters])[table.heater]
        warmed = np.array([into.get(name, -1) for name in table.shifters])[table.warmed]
        kept = (heater >= 0) & (warmed >= 0)
        return Spread(heater[kept], warmed[kept], scale * table.share[kept], size)

    def among(names: Sequence[str]) -> np.ndarray:
        pairs = spread(names, {name: k for k, name in enumerate(names)}, len(names))
        matrix = np.zeros((len(names), len(names)))
        matrix[pairs.warmed, pairs.heater] = pairs.share
        return matrix

    return Heat(
        spread(programmed, phases, int(starts[-1])),
        spread(programmed, {name: k for k, name in enumerate(outputs)}, len(outputs)),
        tuple(among([out.shifter for out in path.outputs]) for path in paths),
    )

"""The table of the process's fixed cells. `python -m pdk.cornerstone.table` draws every cell (cspdk) and writes it."""

from pathlib import Path
from typing import Any

from pdk.contract import Device, Port, Role
from pdk.cornerstone.tech import LAYERS
from pdk.kit import table

TABLE = Path(__file__).with_name("cells.json")

ROLES: dict[str, Role] = {
    "bend_circular": Role.BEND,
    "mmi2x2": Role.SPLITTER_2X2,
    "mmi1x2": Role.SPLITTER_1X2,
    "coupler": Role.COUPLER,
    "tap": Role.TAP,
    "balance_tap": Role.BALANCE_TAP,
    "phase_shifter": Role.PHASE_SHIFTER,
    "photodiode_integrated": Role.PHOTODIODE,
    "camera_grating": Role.PHOTODIODE,
    "modulator": Role.MODULATOR,
    "attenuator": Role.ATTENUATOR,
    "crossing": Role.CROSSING,
    "loop_mirror": Role.LOOP_MIRROR,
    "grating_coupler_rectangular": Role.GRATING_COUPLER,
    "termination": Role.TERMINATION,
    "pad": Role.BOND_PAD,
    "alignment_mark": Role.ALIGNMENT_MARK,
}
"""What each fixed cell is for. Of two cells of one role, the later one plays it."""


def devices() -> dict[str, Device]:
    """Every fixed cell, read from the table."""
    return table.read_devices(TABLE)


def rows() -> dict[str, Any]:
    """The table as it should be: every cell drawn now. Imports cspdk."""
    from pdk.cornerstone.cells import build, path_nm

    def draw(name: str) -> tuple[Any, tuple[Port, ...]]:
        drawn = build(name)
        return drawn.kdb_cell, drawn.ports

    return table.rows(ROLES, draw, path_nm, LAYERS)


if __name__ == "__main__":
    table.write(TABLE, rows())

"""The table of the process's fixed cells. `python -m pdk.luxtelligence.table` draws every cell (lnoi400), writes it."""

from pathlib import Path
from typing import Any

from pdk.contract import Device, Role
from pdk.kit import table
from pdk.luxtelligence.tech import LAYERS

TABLE = Path(__file__).with_name("cells.json")

ROLES: dict[str, Role] = {
    "bend_euler": Role.BEND,
    "mmi2x2optimized1550": Role.SPLITTER_2X2,
    "mmi1x2_optimized1550": Role.SPLITTER_1X2,
    "coupler": Role.COUPLER,
    "tap": Role.TAP,
    "balance_tap": Role.BALANCE_TAP,
    "phase_shifter": Role.PHASE_SHIFTER,
    "modulator": Role.MODULATOR,
    "camera_grating": Role.PHOTODIODE,
    "loop_mirror": Role.LOOP_MIRROR,
    "double_linear_inverse_taper": Role.EDGE_COUPLER,
    "gc_focusing_1550": Role.GRATING_COUPLER,
    "termination": Role.TERMINATION,
    "pad": Role.BOND_PAD,
    "alignment_mark": Role.ALIGNMENT_MARK,
}
"""What each fixed cell is for."""

SYMMETRIES = {**table.SYMMETRIES, Role.PHASE_SHIFTER: (table.LEFT_RIGHT_2,)}
"""The ends of a shifter are not alike: its phase has a sign."""


def devices() -> dict[str, Device]:
    """Every fixed cell, read from the table."""
    return table.read_devices(TABLE)


def rows() -> dict[str, Any]:
    """The table as it should be: every cell drawn now. Imports gdsfactory."""
    from pdk.luxtelligence.cells import build, path_nm

    def draw(name: str) -> tuple[Any, Any]:
        drawn = build(name)
        return drawn.kdb_cell, drawn.ports

    return table.rows(ROLES, draw, path_nm, LAYERS, SYMMETRIES)


if __name__ == "__main__":
    table.write(TABLE, rows())

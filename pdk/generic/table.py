"""The table of the process's fixed cells. `python -m pdk.generic.table` draws every cell (gdsfactory) and writes it."""

from pathlib import Path
from typing import Any

from pdk.contract import Device, Port, Role
from pdk.generic.tech import LAYERS
from pdk.kit import table

TABLE = Path(__file__).with_name("cells.json")

ROLES: dict[str, Role] = {
    "bend_90": Role.BEND,
    "mmi2x2": Role.SPLITTER_2X2,
    "mmi1x2": Role.SPLITTER_1X2,
    "directional_coupler": Role.COUPLER,
} | {
    role.value: role
    for role in (
        Role.TAP,
        Role.BALANCE_TAP,
        Role.PHASE_SHIFTER,
        Role.PHOTODIODE,
        Role.MODULATOR,
        Role.ATTENUATOR,
        Role.CROSSING,
        Role.LOOP_MIRROR,
        Role.EDGE_COUPLER,
        Role.GRATING_COUPLER,
        Role.TERMINATION,
        Role.BOND_PAD,
        Role.BUMP,
        Role.ALIGNMENT_MARK,
    )
}
"""What each fixed cell is for."""


def devices() -> dict[str, Device]:
    """Every fixed cell, read from the table."""
    return table.read_devices(TABLE)


def rows() -> dict[str, Any]:
    """The table as it should be: every cell drawn now. Imports gdsfactory."""
    from pdk.generic.cells import build, path_nm
    from pdk.generic.drawing import contract_ports

    def draw(name: str) -> tuple[Any, tuple[Port, ...]]:
        drawn = build(name)
        return drawn.kdb_cell, contract_ports(drawn)

    return table.rows(ROLES, draw, path_nm, LAYERS)


if __name__ == "__main__":
    table.write(TABLE, rows())

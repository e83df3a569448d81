"""The table of the process's fixed cells. `python -m pdk.siepic.table` draws every cell and writes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pdk.contract import Device, Port, Role
from pdk.kit import table
from pdk.siepic.tech import LAYERS

TABLE = Path(__file__).with_name("cells.json")

ROLES: dict[str, Role] = {
    "bend_90": Role.BEND,
    "ebeam_bdc_te1550": Role.SPLITTER_2X2,
    "ebeam_y_1550": Role.SPLITTER_1X2,
    "directional_coupler": Role.COUPLER,
    "tap": Role.TAP,
    "balance_tap": Role.BALANCE_TAP,
    "phase_shifter": Role.PHASE_SHIFTER,
    "camera_grating": Role.PHOTODIODE,
    "modulator": Role.MODULATOR,
    "attenuator": Role.ATTENUATOR,
    "ebeam_crossing4": Role.CROSSING,
    "loop_mirror": Role.LOOP_MIRROR,
    "ebeam_gc_te1550": Role.GRATING_COUPLER,
    "ebeam_terminator_te1550": Role.TERMINATION,
    "ebeam_BondPad_75": Role.BOND_PAD,
    "alignment_mark": Role.ALIGNMENT_MARK,
}
"""What each fixed cell is for."""

SYMMETRIES: Mapping[Role, table.Permutations] = {
    **table.SYMMETRIES,
    Role.SPLITTER_2X2: (),
    Role.CROSSING: (table.FLIP_4,),
}
"""ebeam_bdc_te1550 has arms of different widths; the arms of ebeam_crossing4 differ by nanometres."""


def devices() -> dict[str, Device]:
    """Every fixed cell, read from the table."""
    return table.read_devices(TABLE)


def rows() -> dict[str, Any]:
    """The table as it should be: every cell drawn now. Needs the foundry's package."""
    from pdk.siepic.cells import build, path_nm

    def draw(name: str) -> tuple[Any, tuple[Port, ...]]:
        drawn = build(name)
        return drawn.kdb_cell, drawn.ports

    return table.rows(ROLES, draw, path_nm, LAYERS, SYMMETRIES)


if __name__ == "__main__":
    table.write(TABLE, rows())

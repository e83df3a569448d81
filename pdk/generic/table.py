"""The table of fixed cells, `cells.json`: what placing, routing and extracting know of a device without drawing it.

`python -m pdk.generic.table` draws every cell and writes the table; `devices()` reads it (no gdsfactory).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pdk.contract import Device, Port, Role

TABLE = Path(__file__).with_name("cells.json")
SCHEMA_VERSION = 1

_LEFT_RIGHT_4 = {"o1": "o4", "o4": "o1", "o2": "o3", "o3": "o2"}
_UP_DOWN_4 = {"o1": "o2", "o2": "o1", "o3": "o4", "o4": "o3"}
_LEFT_RIGHT_2 = {"o1": "o2", "o2": "o1"}

ROLES: dict[str, tuple[Role, tuple[Mapping[str, str], ...]]] = {
    "bend_90": (Role.BEND, (_LEFT_RIGHT_2,)),
    "mmi2x2": (Role.SPLITTER_2X2, (_UP_DOWN_4, _LEFT_RIGHT_4)),
    "mmi1x2": (Role.SPLITTER_1X2, ({"o2": "o3", "o3": "o2"},)),
    "directional_coupler": (Role.COUPLER, (_UP_DOWN_4, _LEFT_RIGHT_4)),
    "tap": (Role.TAP, (_UP_DOWN_4, _LEFT_RIGHT_4)),
    "balance_tap": (Role.BALANCE_TAP, (_UP_DOWN_4, _LEFT_RIGHT_4)),
    "phase_shifter": (Role.PHASE_SHIFTER, (_LEFT_RIGHT_2, {"e1": "e2", "e2": "e1"})),
    "photodiode": (Role.PHOTODIODE, ()),
    "modulator": (Role.MODULATOR, (_LEFT_RIGHT_2,)),
    "attenuator": (Role.ATTENUATOR, (_LEFT_RIGHT_2,)),
    "crossing": (Role.CROSSING, ({"o1": "o2", "o2": "o3", "o3": "o4", "o4": "o1"}, {"o2": "o4", "o4": "o2"})),
    "loop_mirror": (Role.LOOP_MIRROR, ()),
    "edge_coupler": (Role.EDGE_COUPLER, ()),
    "grating_coupler": (Role.GRATING_COUPLER, ()),
    "termination": (Role.TERMINATION, ()),
    "bond_pad": (Role.BOND_PAD, ()),
    "bump": (Role.BUMP, ()),
    "alignment_mark": (Role.ALIGNMENT_MARK, ()),
}
"""Fixed cells: what each is for, and the port permutations that leave its S-matrix as it is (a heater has no sign)."""


def devices() -> dict[str, Device]:
    """Every fixed cell, read from the table."""
    return {name: _device(name, row) for name, row in json.loads(TABLE.read_text())["cells"].items()}


def rows() -> dict[str, Any]:
    """The table as it should be: every cell drawn now. Imports gdsfactory."""
    from pdk.fingerprint import fingerprint
    from pdk.generic.cells import build, path_nm
    from pdk.generic.drawing import contract_ports
    from pdk.generic.tech import LAYERS
    from pdk.ports import polygon_bbox

    cells = {}
    for name, (role, symmetries) in ROLES.items():
        drawn = build(name)
        ports = contract_ports(drawn)
        box = polygon_bbox(drawn.kdb_cell, LAYERS)
        cells[name] = {
            "role": role.value,
            "bbox_nm": [box.left, box.bottom, box.right, box.top],
            "path_nm": path_nm(name),
            "fingerprint": fingerprint(drawn.kdb_cell, ports, LAYERS),
            "symmetries": [dict(permutation) for permutation in symmetries],
            "ports": [asdict(port) for port in ports],
        }
    return {"schema": SCHEMA_VERSION, "cells": cells}


def _device(name: str, row: dict[str, Any]) -> Device:
    return Device(
        name=name,
        role=Role(row["role"]),
        ports=tuple(Port(**port) for port in row["ports"]),
        bbox_nm=tuple(row["bbox_nm"]),
        fingerprint=row["fingerprint"],
        symmetries=tuple(row["symmetries"]),
        path_nm=row["path_nm"],
    )


if __name__ == "__main__":
    TABLE.write_text(json.dumps(rows(), indent=1) + "\n")
    print(f"wrote {TABLE}")

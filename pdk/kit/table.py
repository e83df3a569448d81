"""The table of fixed cells, `cells.json`: what placing, routing and extracting know of a device without drawing it.

A process writes it once, with the foundry's package at hand (`python -m pdk.generic.table`), and reads it ever after.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pdk.contract import Device, Layer, Port, Role

SCHEMA_VERSION = 1

Permutations = tuple[Mapping[str, str], ...]

LEFT_RIGHT_2: Mapping[str, str] = {"o1": "o2", "o2": "o1"}
LEFT_RIGHT_4: Mapping[str, str] = {"o1": "o4", "o4": "o1", "o2": "o3", "o3": "o2"}
UP_DOWN_4: Mapping[str, str] = {"o1": "o2", "o2": "o1", "o3": "o4", "o4": "o3"}
BRANCHES: Mapping[str, str] = {"o2": "o3", "o3": "o2"}
TURN_4: Mapping[str, str] = {"o1": "o2", "o2": "o3", "o3": "o4", "o4": "o1"}
FLIP_4: Mapping[str, str] = {"o2": "o4", "o4": "o2"}
ENDS: Mapping[str, str] = {"e1": "e2", "e2": "e1"}

SYMMETRIES: Mapping[Role, Permutations] = {
    Role.BEND: (LEFT_RIGHT_2,),
    Role.SPLITTER_2X2: (UP_DOWN_4, LEFT_RIGHT_4),
    Role.SPLITTER_1X2: (BRANCHES,),
    Role.COUPLER: (UP_DOWN_4, LEFT_RIGHT_4),
    Role.TAP: (UP_DOWN_4, LEFT_RIGHT_4),
    Role.BALANCE_TAP: (UP_DOWN_4, LEFT_RIGHT_4),
    Role.PHASE_SHIFTER: (LEFT_RIGHT_2, ENDS),
    Role.MODULATOR: (LEFT_RIGHT_2,),
    Role.ATTENUATOR: (LEFT_RIGHT_2,),
    Role.CROSSING: (TURN_4, FLIP_4),
}
"""Port permutations (generators) that leave the S-matrix of a role's model as it is (a heater has no sign)."""


def read_devices(table: Path) -> dict[str, Device]:
    """Every fixed cell of a table."""
    return {name: _device(name, row) for name, row in json.loads(table.read_text())["cells"].items()}


def rows(
    roles: Mapping[str, Role],
    draw: Callable[[str], tuple[Any, tuple[Port, ...]]],
    path_nm: Callable[[str], int],
    layers: Mapping[str, Layer],
    symmetries: Mapping[Role, Permutations] = SYMMETRIES,
) -> dict[str, Any]:
    """A table as it should be: every cell drawn now.

    `roles`: cell to what it is for; `draw`: its klayout cell and its ports; `path_nm`: length of waveguide from o1 to
    where light leaves; `symmetries`: where they differ from those of the models.
    """
    from pdk.fingerprint import fingerprint
    from pdk.ports import polygon_bbox

    cells = {}
    for name, role in roles.items():
        cell, ports = draw(name)
        box = polygon_bbox(cell, layers)
        cells[name] = {
            "role": role.value,
            "bbox_nm": [box.left, box.bottom, box.right, box.top],
            "path_nm": path_nm(name),
            "fingerprint": fingerprint(cell, ports, layers),
            "symmetries": [dict(permutation) for permutation in symmetries.get(role, ())],
            "ports": [asdict(port) for port in ports],
        }
    return {"schema": SCHEMA_VERSION, "cells": cells}


def drawn_devices(
    cells: Mapping[str, tuple[Role, Callable[[], Any], int]], layers: Mapping[str, Layer]
) -> dict[str, Device]:
    """Every fixed cell, drawn now: for a process that draws with klayout alone, in no time, and so needs no table.

    `cells`: name to role, what draws it (its `kdb_cell` and `ports`), and the length of its waveguide in nm.
    """

    def draw(name: str) -> tuple[Any, tuple[Port, ...]]:
        drawn = cells[name][1]()
        kept.append(drawn)  # a cell lives no longer than its layout
        return drawn.kdb_cell, drawn.ports

    kept: list[Any] = []
    table = rows({name: role for name, (role, _, _) in cells.items()}, draw, lambda name: cells[name][2], layers)
    return {name: _device(name, row) for name, row in table["cells"].items()}


def write(table: Path, cells: Mapping[str, Any]) -> None:
    """Write a table."""
    table.write_text(json.dumps(cells, indent=1) + "\n")
    print(f"wrote {table}")


def path_by_role(devices: Mapping[str, Device]) -> dict[Role, int]:
    """Lengths of waveguide, as models ask for them."""
    return {device.role: device.path_nm for device in devices.values()}


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

"""What a caller orders from a crossbar, checked and brought to the axes (R, K, n, B), samples last."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from chips.crossbar.chip import Drive, Reading
from compiler.crossbar import is_backward
from compiler.crossbar_tables import BankTable, CrossbarTables


class Sizes(NamedTuple):
    """R chips under K programs."""

    chips: int
    programs: int
    one: bool
    """Arrays have no axis R."""


def programmed(
    weights: Mapping[str, np.ndarray], tables: CrossbarTables, chips: int, one: bool
) -> dict[str, np.ndarray]:
    """(R or 1, K or 1, rows, columns) for each bank named; ValueError where a name or a shape is wrong."""
    found = {}
    for name, values in weights.items():
        table = _bank(tables, name, "program")
        expected = f"({'' if one else 'R, '}K, {table.rows}, {table.columns})"
        array = _whole(values, (table.rows, table.columns), f"program, {name}", expected, chips, None, one)
        _require_finite(array, f"program, {name}")
        found[name] = array
    return found


def ordered(drive: Drive, tables: CrossbarTables, sizes: Sizes) -> tuple[Drive, int]:
    """The same drive with every array as (R or 1, K or 1, n, B or 1), and B. ValueError where anything does not fit."""
    for reading in drive.read:
        _check_reading(reading, tables)
    for what in ("bias", "replica_shift_rad", "laser_mw"):
        _require_finite(np.asarray(getattr(drive, what)), what)
    if drive.laser_mw <= 0:
        raise ValueError(f"laser_mw: found {drive.laser_mw}, expected a power above 0")
    inputs = drive.inputs
    if inputs is not None:
        inputs = _light(inputs, tables.banks[0].columns - 1, "inputs", sizes)
    override, errors, opened = {}, {}, {}
    for name, values in drive.override.items():
        table = _bank(tables, name, "override")
        if not _is_lit_by_neurons(table):
            raise ValueError(f"override: found {name}, expected a forward bank behind a layer")
        override[name] = _light(values, table.columns - 1, f"override, {name}", sizes)
    for name, values in drive.errors.items():
        table = _bank(tables, name, "errors")
        if not is_backward(name):
            raise ValueError(f"errors: found {name}, expected a backward bank")
        errors[name] = _light(values, table.columns, f"errors, {name}", sizes)
    for name, values in drive.open_columns.items():
        columns = _bank(tables, name, "open_columns").columns
        opened[name] = _light(values, columns, f"open_columns, {name}", sizes).astype(bool)
    scale = {
        _bank(tables, name, "scale").name: _light(np.asarray(values)[..., None], 1, f"scale, {name}", sizes)
        for name, values in drive.scale.items()
    }
    arrays = [*override.values(), *errors.values(), *opened.values(), *scale.values()]
    shots = {a.shape[3] for a in (arrays if inputs is None else [inputs, *arrays])} - {1}
    if len(shots) > 1:
        raise ValueError(f"drive: found batches of {sorted(shots)} shots, expected one size")
    drive = replace(drive, inputs=inputs, override=override, errors=errors, open_columns=opened, scale=scale)
    return drive, max(shots, default=1)


def _require_finite(array: np.ndarray, what: str) -> None:
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{what}: found numbers that are not finite, expected finite ones")


def _bank(tables: CrossbarTables, name: str, what: str) -> BankTable:
    try:
        return tables.bank(name)
    except KeyError as error:
        raise ValueError(f"{what}: {error.args[0]}") from None


def _is_lit_by_neurons(table: BankTable) -> bool:
    return not table.is_backward and not table.name.startswith("layer1.")


def _check_reading(reading: Reading, tables: CrossbarTables) -> None:
    group, place = reading
    layers = [f"layer{k + 1}" for k in range(tables.layers)]
    places = {
        "rows": [bank.name for bank in tables.banks],
        "monitors": [bank.name for bank in tables.banks],
        "slopes": layers,
        "outputs": layers[-1:],
    }
    if group not in places:
        raise ValueError(f"read: found the group {group!r}, expected one of {', '.join(places)}")
    if place not in places[group]:
        raise ValueError(f"read, {group}: found {place!r}, expected one of {', '.join(places[group])}")


def _light(values: np.ndarray, size: int, what: str, sizes: Sizes) -> np.ndarray:
    """(R or 1, K or 1, size, B)."""
    array = np.asarray(values)
    expected = f"({'' if sizes.one else 'R, '}K, B, {size})"
    shots = array.shape[-2] if array.ndim > 1 else 1
    whole = _whole(values, (shots, size), what, expected, sizes.chips, sizes.programs, sizes.one)
    _require_finite(whole, what)
    return np.ascontiguousarray(np.swapaxes(whole, 2, 3))


def _whole(
    values: np.ndarray,
    end: tuple[int, int],
    what: str,
    expected: str,
    chips: int,
    programs: int | None,
    one: bool,
) -> np.ndarray:
    """Axes put in front until there are four, and checked. `programs` None: any number."""
    array = np.asarray(values, dtype=float)
    whole = array.reshape((1,) * (4 - array.ndim) + array.shape) if array.ndim <= (3 if one else 4) else None
    if (
        whole is None
        or whole.shape[2:] != end
        or whole.shape[0] not in (1, chips)
        or (programs is not None and whole.shape[1] not in (1, programs))
    ):
        counts = f"R = {chips}, " if not one else ""
        counts += f"K = {programs}" if programs is not None else ""
        tail = f" with {counts.removesuffix(', ')}, or 1 in their place" if counts else ""
        raise ValueError(f"{what}: found {array.shape}, expected {expected}{tail}")
    return whole

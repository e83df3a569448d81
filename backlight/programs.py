"""program.json: what every tunable element of a chip is set to. Structure is in the GDS, settings are here."""

from collections.abc import Mapping
from math import isfinite, log10
from pathlib import Path
from typing import TYPE_CHECKING

from backlight import files
from backlight.refusal import Refusal
from pdk.contract import Role

if TYPE_CHECKING:
    import numpy as np

    from compiler.crossbar_tables import AnyTables, CrossbarTables
    from compiler.netlist import Netlist
    from pdk.contract import Pdk

Program = Mapping[str, float]
"""Instance path of a trainable element to what it nominally does: the phase of a phase shifter in rad, the power
transmission of an attenuator."""

MEND = "remove it to start mid-range"


def elements(tables: "AnyTables") -> tuple[str, ...]:
    """Instance paths of everything that a trainer programs."""
    from compiler.crossbar_tables import CrossbarTables

    if isinstance(tables, CrossbarTables):
        return tuple(path for bank in tables.banks for row in bank.drives for drives in row for path in drives)
    return tuple(path for layer in tables.layers for path in layer.shifters)


def mid_range(tables: "AnyTables") -> dict[str, float]:
    """Every phase shifter at half of its range, so that it may move both ways; every attenuator open."""
    start = 1.0 if _attenuates(tables) else tables.drive.least_rad + tables.drive.range_rad / 2
    return dict.fromkeys(elements(tables), start)


def write_program(path: Path, program: Program, tables: "AnyTables", origin: str) -> None:
    """Write a program, and the powers, voltages or currents that nominally bring it about."""
    settings = {name: _setting(float(value), tables) for name, value in program.items()}
    files.write_json(path, {"origin": origin, "settings": settings})


def crossbar_program(drives: "Mapping[str, np.ndarray]", tables: "CrossbarTables") -> dict[str, float]:
    """The program that drives of banks (rows, columns), settings or signed currents in mA, nominally are."""
    program = {}
    for bank in tables.banks:
        for devices, values in zip(bank.drives, drives[bank.name], strict=True):
            for paths, value in zip(devices, values, strict=True):
                program |= _element(paths, float(value), tables)
    return program


def _element(paths: tuple[str, ...], drive: float, tables: "CrossbarTables") -> dict[str, float]:
    if tables.kind == "mzi":
        return {paths[0]: tables.drive.phase_rad(drive)}
    dark = 10 ** (-abs(drive) / tables.attenuator_range_ma * tables.attenuator_range_db / 10)
    plus, minus = paths
    return {plus: dark if drive < 0 else 1.0, minus: dark if drive > 0 else 1.0}


def read_program(path: Path, tables: "AnyTables") -> dict[str, float]:
    """The program in a file; Refusal where it names other elements than the chip has, or a value that is no number."""
    settings = stored(path)
    expected, key = elements(tables), "transmission" if _attenuates(tables) else "phase_rad"
    if settings.keys() != set(expected):
        found = f"{len(settings)} settings that are not this chip's"
        raise Refusal(path, found, f"its {len(expected)} tunable elements", MEND)
    program = {}
    for name in expected:
        value = settings[name].get(key)
        if value is None:
            raise Refusal(path, f"None as the {key} of {name}", "a number", MEND)
        program[name] = value
    return program


def stored(path: Path) -> dict[str, dict[str, float]]:
    """The settings in a file, of whatever chip; Refusal where it is damaged or holds a value that is no number."""
    settings = files.read_json(path, MEND).get("settings")
    if not isinstance(settings, dict):
        raise Refusal(path, "no settings", "those of a chip's tunable elements", MEND)
    for name, told in settings.items():
        if not isinstance(told, dict):
            raise Refusal(path, f"{told!r} for {name}", "a phase or a transmission", MEND)
        for key, value in told.items():
            if not isinstance(value, int | float) or not isfinite(value):
                raise Refusal(path, f"{value!r} as the {key} of {name}", "a number", MEND)
    return {name: {key: float(value) for key, value in told.items()} for name, told in settings.items()}


def _attenuates(tables: "AnyTables") -> bool:
    return getattr(tables, "kind", "mzi") == "pin"


def _setting(value: float, tables: "AnyTables") -> dict[str, float]:
    from compiler.crossbar_tables import CrossbarTables

    if isinstance(tables, CrossbarTables) and tables.kind == "pin":
        attenuation_db = -10 * log10(max(value, 1e-12))
        return {
            "transmission": value,
            "current_ma": attenuation_db / tables.attenuator_range_db * tables.attenuator_range_ma,
        }
    setting = tables.drive.setting(value)
    if tables.drive.kind == "electro-optic":  # what lies between the electrodes; each gets half of it, push-pull
        return {"phase_rad": value, "voltage_v": setting - tables.drive.zero}
    return {"phase_rad": value, "heater_mw": setting}


def device_settings(
    netlist: "Netlist", pdk: "Pdk", program: Program, amplitudes: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Model settings of every phase shifter, modulator and attenuator of a circuit; of those that are not named,
    phases are 0, modulators dark, attenuators open."""
    settings: dict[str, dict[str, float]] = {}
    for path, leaf in netlist.flat.leaves.items():
        role = pdk.role_of(leaf.component)
        if role is Role.PHASE_SHIFTER:
            settings[path] = {"phase_rad": program.get(path, 0.0)}
        elif role is Role.MODULATOR:
            settings[path] = {"amplitude": amplitudes.get(path, 0.0)}
        elif role is Role.ATTENUATOR:
            settings[path] = {"transmission": program.get(path, 1.0)}
    return settings

"""program.json: what every tunable element of a chip is set to. Structure is in the GDS, settings are here."""

from collections.abc import Mapping
from math import isfinite, pi
from pathlib import Path
from typing import TYPE_CHECKING

from backlight import files
from backlight.refusal import Refusal
from pdk.contract import Role

if TYPE_CHECKING:
    from compiler.netlist import Netlist
    from compiler.tables import Tables
    from pdk.contract import Pdk

Phases = Mapping[str, float]
"""Instance path of a trainable phase shifter to its nominal phase in rad."""

MEND = "remove it to start mid-range"


def mid_range(tables: "Tables") -> dict[str, float]:
    """Every trainable phase shifter at half of its range, so that it may move both ways."""
    return {path: tables.shifter_range_rad / 2 for layer in tables.layers for path in layer.shifters}


def write_program(path: Path, phases: Phases, tables: "Tables", origin: str) -> None:
    """Write phases, and the heater powers that nominally bring them about."""
    settings = {
        name: {"phase_rad": float(rad), "heater_mw": float(rad) / pi * tables.p_pi_mw} for name, rad in phases.items()
    }
    files.write_json(path, {"origin": origin, "settings": settings})


def read_program(path: Path, tables: "Tables") -> dict[str, float]:
    """The phases in a file; Refusal where it names other elements than the chip has, or a phase that is no number."""
    settings = files.read_json(path, MEND).get("settings")
    expected = [name for layer in tables.layers for name in layer.shifters]
    if not isinstance(settings, dict) or settings.keys() != set(expected):
        found = f"{len(settings)} settings" if isinstance(settings, dict) else "no settings"
        raise Refusal(path, f"{found} that are not this chip's", f"its {len(expected)} phase shifters", MEND)
    phases = {}
    for name in expected:
        rad = settings[name].get("phase_rad") if isinstance(settings[name], dict) else None
        if not isinstance(rad, int | float) or not isfinite(rad):
            raise Refusal(path, f"{rad!r} as the phase of {name}", "a number of radians", MEND)
        phases[name] = float(rad)
    return phases


def device_settings(
    netlist: "Netlist", pdk: "Pdk", phases: Phases, amplitudes: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Model settings of every phase shifter and modulator of a circuit; what is not named is at 0, or dark."""
    settings: dict[str, dict[str, float]] = {}
    for path, leaf in netlist.flat.leaves.items():
        role = pdk.role_of(leaf.component)
        if role is Role.PHASE_SHIFTER:
            settings[path] = {"phase_rad": phases.get(path, 0.0)}
        elif role is Role.MODULATOR:
            settings[path] = {"amplitude": amplitudes.get(path, 0.0)}
    return settings

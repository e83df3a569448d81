"""The control map: what a person sets, by which pads, with which channel, to what.

One row for each terminal of everything that is set. Voltages are those of a source between the pads: a heater of
resistance R takes the power P at √(P R), and its wires take their share on top.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log10, sqrt
from typing import TYPE_CHECKING

from backlight.export.pads import Pad
from backlight.programs import Program, elements
from compiler.cells import DRIVEN
from compiler.netlist import Pin
from pdk.contract import Pdk, Role

if TYPE_CHECKING:
    from compiler.crossbar_tables import AnyTables
    from layouts.extract import Extraction

HEADER = (
    "element",
    "role",
    "set",
    "terminal",
    "part",
    "net",
    "pads",
    "channel",
    "unit",
    "least",
    "most",
    "at_pi",
    "setting",
    "phase_rad",
    "source_v",
    "source_v_at_pi",
    "source_v_at_most",
)

GROUND = "ground"
SET = (Role.PHASE_SHIFTER, Role.MODULATOR, Role.ATTENUATOR)


@dataclass(frozen=True)
class Terminal:
    """One terminal of an element, and what it is for."""

    element: str
    role: Role
    name: str
    part: str
    """drive, return; plus, minus of electrodes; upper, lower of a modulator's two heaters; bias_low, bias_high of its
    diodes."""
    pads: tuple[Pad, ...]
    channel: str
    """`S1`, `S2`, … of a source, or ground; empty where no pad is."""


def terminals(extraction: "Extraction", pads: Mapping[Pin, tuple[Pad, ...]], pdk: Pdk) -> tuple[Terminal, ...]:
    """Everything that is set, in the order of its paths; channels count the nets that a source drives."""
    from layouts.devices import devices

    def wanted(name: str, component: str) -> bool:
        role = pdk.role_of(component)
        return role in SET and (role is not Role.PHASE_SHIFTER or name in DRIVEN)

    channels: dict[str, str] = {}
    found = []
    for device in sorted(devices(extraction.netlist, extraction.places, wanted), key=lambda one: natural(one.path)):
        path, drawn = device.path, pdk.devices[device.instance.component]
        role, names = drawn.role, [port.name for port in drawn.ports if port.kind == "electrical"]
        own = {name: _is_alone(pads.get(Pin(path, name), ())) for name in names}
        is_upside_down = device.at.mirror != (device.at.angle_deg == 180)
        parts = _parts(role, own, is_upside_down, pdk)
        for name in names:
            reached = pads.get(Pin(path, name), ())
            channel = ""
            if reached and parts[name] == "return":
                channel = GROUND
            elif reached:
                channel = channels.setdefault(reached[0].net, f"S{len(channels) + 1}")
            found.append(Terminal(path, role, name, parts[name], reached, channel))
    return tuple(found)


def rows(found: tuple[Terminal, ...], program: Program, tables: "AnyTables", pdk: Pdk) -> Iterator[tuple[object, ...]]:
    """The rows of control.csv."""
    trained = set(elements(tables))
    wires: dict[str, float] = {}
    for one in found:
        wires[one.element] = wires.get(one.element, 0.0) + sum(pad.resistance_ohm for pad in one.pads[:1])
    for one in found:
        how = "test" if one.element.startswith("test.") else "program" if one.element in trained else "shot"
        pads = " ".join(str(pad.number) for pad in one.pads)
        head = (one.element, one.role.value, how, one.name, one.part, one.pads[0].net if one.pads else "", pads)
        told = _told(one, program.get(one.element), wires[one.element], pdk) if one.part in _LED else ("",) * 9
        yield (*head, one.channel, *told)


_LED = ("drive", "plus", "upper")
"""Parts whose row says what the element is set to."""


def _told(one: Terminal, value: float | None, wire_ohm: float, pdk: Pdk) -> tuple[object, ...]:
    """Unit, range, at π, setting, phase; voltages for the setting, at π and at the end of the range."""
    if one.role is Role.MODULATOR:
        return ("amplitude", -1, 1, "", "", "", "", "", "")
    if one.role is Role.ATTENUATOR:
        setting = "" if value is None else _current_ma(value, pdk)
        return ("mA", 0, pdk.value("attenuator_range_ma"), "", setting, "", "", "", "")
    drive = pdk.drive
    setting = None if value is None else drive.setting(value)
    phase = "" if value is None else f"{value:.6f}"
    if drive.kind == "electro-optic":
        least, most = -drive.zero, drive.limit - drive.zero
        volts = "" if setting is None else f"{setting - drive.zero:.5f}"
        shown = f"{drive.per_pi:.5f}", f"{most:.5f}"
        return ("V", f"{least:.5f}", f"{most:.5f}", shown[0], volts, phase, volts, *shown)
    across = lambda mw: f"{_source_v(mw, wire_ohm, pdk):.4f}"  # noqa: E731
    set_mw = "" if setting is None else f"{setting:.5f}"
    shown = "" if setting is None else across(setting)
    return (
        "mW",
        0,
        f"{drive.limit:.5f}",
        f"{drive.per_pi:.5f}",
        set_mw,
        phase,
        shown,
        across(drive.per_pi),
        across(drive.limit),
    )


def _source_v(power_mw: float, wire_ohm: float, pdk: Pdk) -> float:
    heater_ohm = pdk.value("heater_resistance_ohm")
    return sqrt(max(power_mw, 0.0) * 1e-3 / heater_ohm) * (heater_ohm + wire_ohm)


def _current_ma(transmission: float, pdk: Pdk) -> float:
    attenuation_db = -10 * log10(max(transmission, 1e-12))
    return attenuation_db / pdk.value("attenuator_range_db") * pdk.value("attenuator_range_ma")


def _parts(role: Role, own: Mapping[str, bool], is_upside_down: bool, pdk: Pdk) -> dict[str, str]:
    """What each terminal is for. `own`: whether its net reaches nothing else.

    A heater is driven by the end that has a net of its own, e2 where both have. The phase of an electro-optic shifter
    grows with the voltage of e1 against e2, and falls with it in a cell that lies upside down.
    """
    names, is_electric = list(own), pdk.drive.kind == "electro-optic"
    if len(names) == 3:
        told = ("upper", "lower", "return") if "modulator_mw" in pdk.numbers else ("bias_low", "bias_high", "drive")
        return dict(zip(names, told, strict=True))
    if len(names) != 2:
        return dict.fromkeys(names, "drive")
    first, second = names
    if is_electric and role is Role.MODULATOR:
        return {first: "drive", second: "return"}
    if is_electric and own[first] and own[second]:
        return {first: "minus", second: "plus"} if is_upside_down else {first: "plus", second: "minus"}
    if own[first] and not own[second]:
        return {first: "drive", second: "return"}
    return {first: "return", second: "drive"}


def _is_alone(reached: tuple[Pad, ...]) -> bool:
    return all(len({pin.instance for pin in pad.terminals}) == 1 for pad in reached)


def natural(path: str) -> tuple[str | int, ...]:
    """Order of paths in which numbers count as such."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path))

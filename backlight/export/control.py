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
    from compiler.netlist import Netlist

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
    """drive, return, plus, minus, bias_low or bias_high."""
    pads: tuple[Pad, ...]
    channel: str
    """`S1`, `S2`, … of a source, or ground; empty where no pad is."""


def terminals(netlist: "Netlist", pads: Mapping[Pin, tuple[Pad, ...]], pdk: Pdk) -> tuple[Terminal, ...]:
    """Everything that is set, in the order of its paths; channels count the nets that a source drives."""
    channels: dict[str, str] = {}
    found = []
    for path in sorted(netlist.flat.leaves, key=natural):
        role = pdk.role_of(netlist.flat.leaves[path].component)
        if role is None or role not in SET or (role is Role.PHASE_SHIFTER and path.rpartition(".")[2] not in DRIVEN):
            continue
        device = pdk.devices[netlist.flat.leaves[path].component]
        names = [port.name for port in device.ports if port.kind == "electrical"]
        parts = _parts(path, names, pads, pdk)
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


_LED = ("drive", "plus")
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


def _parts(path: str, names: list[str], pads: Mapping[Pin, tuple[Pad, ...]], pdk: Pdk) -> dict[str, str]:
    """What each terminal is for: of three, the third drives a diode pair whose ends are biased; of two, the one with a
    net of its own drives, e2 where both have; electrodes with a net each are driven in push-pull."""
    if len(names) == 3:
        return dict(zip(names, ("bias_low", "bias_high", "drive"), strict=True))
    if len(names) != 2:
        return dict.fromkeys(names, "drive")
    first, second = names
    own = {name: _is_alone(pads.get(Pin(path, name), ())) for name in names}
    if own[first] and not own[second]:
        return {first: "drive", second: "return"}
    if own[first] and own[second] and pdk.drive.kind == "electro-optic":
        return {first: "minus", second: "plus"}
    return {first: "return", second: "drive"}


def _is_alone(reached: tuple[Pad, ...]) -> bool:
    return all(len({pin.instance for pin in pad.terminals}) == 1 for pad in reached)


def natural(path: str) -> tuple[str | int, ...]:
    """Order of paths in which numbers count as such."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path))

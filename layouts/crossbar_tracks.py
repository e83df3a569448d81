"""Tracks of wires beside a column of a crossbar, where all wires lie on one metal.

Every element that a program sets stands on a line of its own, its terminals up. An element with two terminals has its
return in the west, which leaves to the west; all other terminals leave to the east. The higher a line, the nearer to
the column its tracks, so that no wire crosses another:

    │ ┌──────● theta ●─────┐ │
    │ │                    │ │
    └─┴──────● theta ●───────┘      two elements share a return
"""

from collections.abc import Iterable
from dataclasses import dataclass

from layouts.metal import heater_current_ma
from layouts.yard import terminals
from pdk.contract import Device, Pdk, Port, Role

SHARED = 2
"""Elements with one return. More would save pads, and take wires as wide as the current of all of them asks for."""
HEATER = 2
"""Terminals of an element that has a return of its own."""


@dataclass(frozen=True)
class Tracks:
    """Widths of the wires of one process, in nm."""

    metal: str
    wire_nm: int
    """For the current of one heater."""
    shared_nm: int
    """For that of a shared return."""
    space_nm: int

    def width_nm(self, terminal: Port) -> int:
        """A wire is as wide as what it leads to: some terminals carry the current of two heaters."""
        return max(self.wire_nm, min(terminal.width_nm, self.shared_nm) // 2 * 2)

    def east_nm(self, devices: Iterable[Device]) -> int:
        """Width of the tracks to the east of these devices, a space before each, and behind the last."""
        widths = [self.width_nm(port) for device in devices for port in eastern(device)]
        return sum(width + self.space_nm for width in widths) + self.space_nm

    def west_nm(self, devices: Iterable[Device]) -> int:
        """Width of the tracks to the west of these devices."""
        return returns(devices) * (self.shared_nm + self.space_nm) + self.space_nm

    def above_nm(self, device: Device) -> int:
        """Height of the wires above a line with this device on it."""
        return max(self.east_nm([device]), self.west_nm([device]))


def tracks(pdk: Pdk) -> Tracks:
    """Tracks on the uppermost metal."""
    metal, current = pdk.metals[-1], heater_current_ma(pdk)
    return Tracks(metal.name, metal.wire_width_nm(current), metal.wire_width_nm(SHARED * current), metal.space_nm)


def has_return(device: Device) -> bool:
    """Whether one of its two terminals may be joined with others."""
    return len(terminals(device)) == HEATER


def eastern(device: Device) -> list[Port]:
    """Terminals whose wires leave to the east, where the device is not turned."""
    return terminals(device)[1:] if has_return(device) else terminals(device)


def count(devices: Iterable[Device]) -> int:
    """Wires that leave a column of these devices."""
    found = list(devices)
    return sum(len(eastern(device)) for device in found) + returns(found)


def returns(devices: Iterable[Device]) -> int:
    """Shared returns of a column of these devices."""
    return -(-sum(has_return(device) for device in devices) // SHARED)


def pad_step_nm(pdk: Pdk) -> int:
    """Between two neighbouring pads along an edge. They stand in two rows by turns, and the wires of the outer row pass
    between two pads of the inner one."""
    pad, wires = pdk.device(Role.BOND_PAD).bbox_nm, tracks(pdk)
    between = pad[2] - pad[0] + 2 * wires.space_nm + wires.shared_nm
    return -(-max(pdk.pad_pitch_nm, between) // 2)

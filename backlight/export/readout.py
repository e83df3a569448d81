"""The read-out map: where each detector's light or current is read, by a pad or by a camera."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from backlight.export.control import natural
from backlight.export.pads import Pad
from compiler.netlist import Pin
from pdk.contract import Pdk, Role

if TYPE_CHECKING:
    from layouts.extract import Extraction

HEADER = (
    "detector",
    "group",
    "channel",
    "anode_pads",
    "cathode_pads",
    "x_um",
    "y_um",
    "responsivity_a_per_w",
)
CAMERA_ROLE = "camera"
"""What ports.csv calls a grating that is read by a camera."""


@dataclass(frozen=True)
class Detector:
    """A photodiode, or the grating that stands in its place."""

    path: str
    group: str
    """What it reads: tap, monitor, backward, detector, …"""
    channel: str
    """`R1`, `R2`, … of an amplifier, which the photodiodes of a row share; `C1`, `C2`, … of a camera's window."""
    x_um: float
    y_um: float
    """Middle of the cell, in the coordinates of the GDS."""


def detectors(
    extraction: "Extraction", pdk: Pdk, pads: Mapping[Pin, tuple[Pad, ...]] = MappingProxyType({})
) -> tuple[Detector, ...]:
    """Every detector, in the order of their paths. Photodiodes whose currents add on one of the pads share a channel;
    without pads each has its own."""
    from layouts.devices import devices

    wanted = {name for name in extraction.shapes if pdk.role_of(name) is Role.PHOTODIODE}
    found = list(devices(extraction.netlist, extraction.places, lambda _, component: component in wanted))
    letter = "C" if pdk.camera else "R"
    paths = {device.path for device in found}
    channels: dict[str, str] = {}
    told = []
    for device in sorted(found, key=lambda device: natural(device.path)):
        channel = channels.setdefault(_read_at(device.path, paths, pads), f"{letter}{len(channels) + 1}")
        left, bottom, right, top = device.at.box(pdk.devices[device.instance.component].bbox_nm)
        x_um, y_um = (left + right) / 2000, (bottom + top) / 2000
        told.append(Detector(device.path, _group(device.path), channel, x_um, y_um))
    return tuple(told)


def rows(found: tuple[Detector, ...], pads: Mapping[Pin, tuple[Pad, ...]], pdk: Pdk) -> Iterator[tuple[object, ...]]:
    """The rows of readout.csv."""
    responsivity = "" if pdk.camera else pdk.value("photodiode_responsivity_a_per_w")
    for one in found:
        anode, cathode = (
            " ".join(str(pad.number) for pad in pads.get(Pin(one.path, port), ())) for port in ("e1", "e2")
        )
        yield one.path, one.group, one.channel, anode, cathode, one.x_um, one.y_um, responsivity


def _read_at(path: str, detectors: Set[str], pads: Mapping[Pin, tuple[Pad, ...]]) -> str:
    """The net that a photodiode's current leaves by: one where anodes meet cathodes, whose currents add, else that of
    its anode. A detector without pads stands for itself."""
    anode, cathode = (pads.get(Pin(path, terminal), ()) for terminal in ("e1", "e2"))
    for pad in (*anode, *cathode):
        if {"e1", "e2"} <= {pin.port for pin in pad.terminals if pin.instance in detectors}:
            return pad.net
    return anode[0].net if anode else path


def _group(path: str) -> str:
    """The photodiode of a tap is called pd, and read as a tap or as what its tap is called, a monitor; all others are
    called after what they read."""
    *above, name = path.split(".")
    if name != "pd" or not above:
        return name
    return "tap" if above[-1].endswith("tap") else above[-1]

"""Every pad of a chip with its number, and what it reaches, by whole paths."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compiler.netlist import Pin

if TYPE_CHECKING:
    from layouts.extract import Extraction
    from pdk.contract import Pdk

HEADER = (
    "pad",
    "net",
    "x_um",
    "y_um",
    "layer",
    "instance",
    "terminals",
    "role",
    "width_um",
    "resistance_ohm",
    "current_ma",
)


@dataclass(frozen=True)
class Pad:
    """One pad or bump."""

    number: int
    net: str
    x_um: float
    y_um: float
    instance: str
    role: str
    terminals: tuple[Pin, ...]
    """Of devices, on its net."""
    width_um: float
    """Narrowest place of the net's wires."""
    resistance_ohm: float
    """Of all its wires in series: an upper bound."""
    current_ma: float
    """What its heaters draw at the end of their range."""

    def row(self, layer: str) -> tuple[object, ...]:
        """As pads.csv has it."""
        return (
            self.number,
            self.net,
            self.x_um,
            self.y_um,
            layer,
            self.instance,
            " ".join(map(str, self.terminals)),
            self.role,
            f"{self.width_um:g}",
            f"{self.resistance_ohm:.2f}",
            f"{self.current_ma:.2f}",
        )


def pads(extraction: "Extraction") -> tuple[Pad, ...]:
    """All pads, by number: bond pads have that of their name, the others follow from the top down, left to right."""
    from layouts.nets import PADS

    sites = {contact.instance: contact for contact in extraction.contacts}
    found: list[Pad] = []
    for cell, nets in extraction.wired.items():
        uses = [""] if cell == extraction.netlist.top else extraction.netlist.instances_of(cell)
        for prefix in (f"{use}." if use else "" for use in uses):
            for name, net in nets.items():
                pins = [Pin(prefix + pin.instance, pin.port) for pin in net.pins]
                reached = tuple(pin for pin in pins if sites[pin.instance].role not in PADS)
                for pin in pins:
                    at = sites[pin.instance]
                    if at.role in PADS:
                        place = at.x_nm / 1000, at.y_nm / 1000
                        wire = (net.width_nm or 0) / 1000, net.resistance_ohm, net.current_ma
                        found.append(Pad(0, prefix + name, *place, at.instance, at.role, reached, *wire))
    return _numbered(found)


def by_terminal(found: Iterable[Pad]) -> Mapping[Pin, tuple[Pad, ...]]:
    """The pads of every terminal that a wire reaches."""
    reached: dict[Pin, tuple[Pad, ...]] = {}
    for pad in found:
        for pin in pad.terminals:
            reached[pin] = (*reached.get(pin, ()), pad)
    return reached


def layer_of(pdk: "Pdk") -> str:
    """The layer that pads are on."""
    layer = pdk.layers[pdk.metals[-1].name]
    return f"{layer[0]}/{layer[1]}"


def _numbered(found: list[Pad]) -> tuple[Pad, ...]:
    named = {pad: int(match[1]) for pad in found if (match := re.fullmatch(r"pad_(\d+)", pad.instance))}
    others = sorted((pad for pad in found if pad not in named), key=lambda pad: (-pad.y_um, pad.x_um, pad.instance))
    first = max(named.values(), default=0) + 1
    numbers = {**named, **{pad: first + index for index, pad in enumerate(others)}}
    return tuple(sorted((replace(pad, number=n) for pad, n in numbers.items()), key=lambda pad: pad.number))

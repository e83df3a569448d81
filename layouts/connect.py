"""Which ports of a block touch: two at one place, face to face and equally wide, are connected."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from compiler.netlist import Pin
from layouts.recognise import Site
from pdk.contract import Port
from pdk.finding import Finding

NEAR_NM = 50_000
"""How far around an open port its likely partner is looked for, to say how far apart the two are."""


@dataclass(frozen=True)
class Connections:
    """What `connect` found in one block."""

    nets: tuple[tuple[Pin, Pin], ...]
    ports: Mapping[str, Pin]
    findings: tuple[Finding, ...]


def connect(site: Site, inside: Mapping[Pin, Port], shown: tuple[Port, ...]) -> Connections:
    """Nets and exported ports of a block, from the optical ports of its instances and its own pins."""
    spots: dict[tuple[int, int], list[Pin]] = defaultdict(list)
    for pin, port in inside.items():
        spots[port.x_nm, port.y_nm].append(pin)
    outer = {(port.x_nm, port.y_nm): port for port in shown}
    nets: list[tuple[Pin, Pin]] = []
    ports: dict[str, Pin] = {}
    findings: list[Finding] = []
    open_pins: list[Pin] = []
    for spot, pins in spots.items():
        place = site.at(*spot)
        names = " and ".join(str(pin) for pin in pins)
        if len(pins) == 2 and _fit(inside[pins[0]], inside[pins[1]]) and spot not in outer:
            nets.append((pins[0], pins[1]))
        elif len(pins) == 1 and spot in outer and _same(inside[pins[0]], outer[spot]):
            ports[outer[spot].name] = pins[0]
        elif len(pins) == 1 and spot not in outer:
            open_pins.append(pins[0])
        else:
            mend = "let exactly two ports meet, face to face"
            findings.append(Finding(place, "port_clash", names, "two ports of equal width, face to face", mend))
    for pin in open_pins:
        findings.append(_open(site, pin, inside, open_pins))
    for port in shown:
        if port.name not in ports:
            place = site.at(port.x_nm, port.y_nm)
            measured = f"nothing behind pin {port.name}"
            findings.append(Finding(place, "empty_pin", measured, "a port of an instance", "move the pin onto it"))
    return Connections(tuple(nets), ports, tuple(findings))


def _fit(a: Port, b: Port) -> bool:
    return (a.angle_deg - b.angle_deg) % 360 == 180 and a.width_nm == b.width_nm


def _same(a: Port, b: Port) -> bool:
    return a.angle_deg == b.angle_deg and a.width_nm == b.width_nm


def _open(site: Site, pin: Pin, inside: Mapping[Pin, Port], open_pins: list[Pin]) -> Finding:
    here = inside[pin]
    others = [(max(abs(inside[p].x_nm - here.x_nm), abs(inside[p].y_nm - here.y_nm)), p) for p in open_pins if p != pin]
    near = min(
        ((d, p) for d, p in others if d <= NEAR_NM and p.instance != pin.instance), default=None, key=lambda x: x[0]
    )
    measured = f"nothing at {here.x_nm / 1000}, {here.y_nm / 1000} um" + (
        f"; {near[1]} is {near[0]} nm away" if near else ""
    )
    return Finding(site.inside(pin), "open_port", measured, "a port face to face", "close the gap or remove the piece")

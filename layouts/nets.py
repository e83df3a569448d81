"""Electrical nets from polygons: which metal touches which, through which vias, and how wide it is.

KLayout's hierarchical net extraction follows metals and vias across cells; device terminals are known by the pins that
their cells carry. A cell is looked at once, however often it is used.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import klayout.db as kdb

from compiler.cells import DRIVEN
from compiler.netlist import Pin
from layouts.metal import attenuator_current_ma, heater_current_ma, modulator_current_ma
from layouts.recognise import Kind, Site
from pdk.contract import Metal, Pdk, Role
from pdk.finding import Finding

PADS = (Role.BUMP, Role.BOND_PAD)
WIDEST_NM = 60_000
"""Metal wider than this is no wire."""
Key = tuple[str, int, int, int, bool]
"""Cell name and transformation of an instance: how an extracted subcircuit is found among the named instances."""


@dataclass(frozen=True)
class Wired:
    """One net of a cell, as it is drawn."""

    pins: tuple[Pin, ...]
    """Terminals of devices and pads, as paths from the cell."""
    width_nm: int | None
    """The narrowest place of its own wires; None where it has none in this cell."""
    resistance_ohm: float
    """Of its wires in this cell, all in series: an upper bound."""
    current_ma: float
    """What its heaters draw at the end of their range, those of modulators included, and attenuators that are shut."""
    needs_nm: int
    """Width that the current asks for."""
    padded: bool
    """Whether a pad is on it."""
    idle: bool
    """Whether it holds nothing but ends of heaters that no program sets; wire bonding leaves those alone."""


@dataclass(frozen=True)
class _Terminal:
    """Where a net ends, and at what."""

    pin: Pin
    role: Role | None


Nets = dict[int, tuple[_Terminal, ...]]
"""A cell's nets by number, resolved down to terminals."""


def nets(layout: kdb.Layout, kinds: Mapping[int, Kind], pdk: Pdk) -> dict[str, dict[str, Wired]]:
    """Cell name → net name → what was found, for every net that no wire leads out of its cell."""
    top = layout.top_cell()
    extraction = kdb.LayoutToNetlist(kdb.RecursiveShapeIterator(layout, top, []))
    regions = {name: extraction.make_polygon_layer(layout.layer(*pdk.layers[name]), name) for name in pdk.stack}
    for region in regions.values():
        extraction.connect(region)
    for lower, upper in pairwise(pdk.stack):
        extraction.connect(regions[lower], regions[upper])
    pins = extraction.make_text_layer(layout.layer(*pdk.layers["pin_electrical"]), "pins")
    for metal in pdk.metals:
        extraction.connect(regions[metal.name], pins)
    extraction.extract_netlist()
    components = {layout.cell(index).name: kind.component for index, kind in kinds.items()}
    resolved: dict[str, Nets] = {}
    found: dict[str, dict[str, Wired]] = {}
    for circuit in extraction.netlist().each_circuit_bottom_up():
        component = components.get(circuit.name)
        here = resolved[circuit.name] = {}
        if component is not None:
            role = pdk.role_of(component)
            here.update({net.cluster_id: _ends(net, role) for net in circuit.each_net()})
            continue
        names = _instance_names(layout, circuit.name)
        closed: dict[str, Wired] = {}
        for net in circuit.each_net():
            ends = tuple(sorted(_inside(net, resolved, names), key=lambda end: str(end.pin)))
            here[net.cluster_id] = ends
            if net.pin_count() == 0:
                closed[_name(ends, closed)] = _measure(extraction, net, ends, regions, pdk)
        if closed:
            found[circuit.name] = dict(sorted(closed.items()))
    return found


def wire_findings(wired: Mapping[str, Mapping[str, Wired]], sites: Mapping[str, Site]) -> Iterator[Finding]:
    """Terminals that no wire leads to a pad, and wires too narrow for their current; once for each kind of cell."""
    for cell, found in wired.items():
        for name, net in found.items():
            place = sites[cell].inside(name)
            if not net.pins:
                measured, limit = (
                    f"metal that joins nothing, {net.width_nm} nm wide",
                    "wires between terminals and pads",
                )
                yield Finding(place, "loose_polygon", measured, limit, "remove it, or lead it to a pad")
            elif not net.padded and not net.idle:
                pins = ", ".join(map(str, net.pins[:4]))
                yield Finding(place, "unwired", f"no pad on the net of {pins}", "a wire to a pad", "draw the wire")
            if net.width_nm is not None and net.width_nm < net.needs_nm:
                measured, limit = f"{net.width_nm} nm", f"{net.needs_nm} nm for {net.current_ma:.1f} mA"
                yield Finding(place, "wire_width", measured, limit, "draw the wire wider")


def _ends(net: kdb.Net, role: Role | None) -> tuple[_Terminal, ...]:
    """Terminals of a device on one piece of its metal: the texts of its pins (several where its metal joins them)."""
    return tuple(_Terminal(Pin("", name), role) for name in net.name.split(",") if name)


def _inside(net: kdb.Net, resolved: Mapping[str, Nets], names: Mapping[Key, str]) -> Iterator[_Terminal]:
    for reference in net.each_subcircuit_pin():
        sub = reference.subcircuit()
        circuit = sub.circuit_ref()
        inner = circuit.net_for_pin(reference.pin_id())
        instance = names.get(_key(circuit.name, sub.trans), "?")
        for end in resolved[circuit.name].get(inner.cluster_id, ()):
            path = f"{instance}.{end.pin.instance}" if end.pin.instance else instance
            yield _Terminal(Pin(path, end.pin.port), end.role)


def _instance_names(layout: kdb.Layout, cell: str) -> dict[Key, str]:
    names: dict[Key, str] = {}
    for instance in layout.cell(cell).each_inst():
        trans = instance.trans
        key = layout.cell(instance.cell_index).name, trans.disp.x, trans.disp.y, trans.angle, trans.is_mirror()
        names[key] = str(instance.property(0))
    return names


def _key(name: str, trans: kdb.DCplxTrans) -> Key:
    """The transformation in integer nm, as the layout states it."""
    return name, round(trans.disp.x * 1000), round(trans.disp.y * 1000), round(trans.angle / 90) % 4, trans.is_mirror()


def _name(ends: tuple[_Terminal, ...], taken: Mapping[str, Wired]) -> str:
    """A net is called after its bump; at chip level, where pads have numbers, after its first terminal."""
    bumps = [end.pin.instance for end in ends if end.role == Role.BUMP]
    first = next((end.pin for end in ends if end.role not in PADS), ends[0].pin if ends else Pin("floating", "metal"))
    name = bumps[0].removeprefix("bump_") if bumps else f"{first.instance}.{first.port}"
    while name in taken:
        name += "'"
    return name


def _measure(
    extraction: kdb.LayoutToNetlist,
    net: kdb.Net,
    ends: tuple[_Terminal, ...],
    regions: Mapping[str, kdb.Region],
    pdk: Pdk,
) -> Wired:
    current = _current_ma(ends, pdk)
    width: int | None = None
    resistance = 0.0
    needs = 0
    for metal in pdk.metals:
        own = extraction.shapes_of_net(net, regions[metal.name], False).merged()
        if own.is_empty():
            continue
        narrowest = _narrowest_nm(own)
        width = narrowest if width is None else min(width, narrowest)
        resistance += _series_ohm(own, narrowest, metal)
        needs = max(needs, metal.wire_width_nm(current))
    padded = any(end.role in PADS for end in ends)
    return Wired(tuple(end.pin for end in ends), width, resistance, current, needs, padded, _idle(ends))


def _narrowest_nm(region: kdb.Region) -> int:
    pairs = region.width_check(WIDEST_NM, False, kdb.Metrics.Projection)
    return round(min((pair.distance() for pair in pairs.each()), default=WIDEST_NM))


def _series_ohm(region: kdb.Region, width_nm: int, metal: Metal) -> float:
    """Half the outline is the length of a wire and its branches."""
    return metal.resistance_ohm(max(0, region.perimeter() // 2 - width_nm), width_nm)


def _idle(ends: tuple[_Terminal, ...]) -> bool:
    names = {end.pin.instance.rsplit(".", 1)[-1] for end in ends}
    return all(end.role == Role.PHASE_SHIFTER for end in ends) and not names & set(DRIVEN)


def _current_ma(ends: tuple[_Terminal, ...], pdk: Pdk) -> float:
    """Heaters, and attenuators, with one end on the net draw current; one with both ends on it draws none."""
    drawn = {
        Role.PHASE_SHIFTER: heater_current_ma(pdk),
        Role.MODULATOR: modulator_current_ma(pdk),
        Role.ATTENUATOR: attenuator_current_ma(pdk),
    }
    devices = Counter((end.pin.instance, end.role) for end in ends)
    return sum(drawn.get(role, 0.0) for (_, role), count in devices.items() if role is not None and count == 1)

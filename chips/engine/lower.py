"""Any netlist to a schedule: what the engine runs, and the coefficients to run it with.

models at their settings ── entries that are not zero
waves from the inputs ── those that lead to a read ── loops closed ── rows and meetings ── levels
"""

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chips.engine import checks
from chips.engine.circuit import Circuit, Reach, require_sound
from chips.engine.devices import Devices, Found, require_wavelengths
from chips.engine.loops import close_loops
from chips.engine.order import schedule_of
from chips.engine.rows import arrange
from chips.engine.values import Kind, kinds_of
from chips.engine.waves import Entries, Graph, Pair, Waves, explore
from chips.settings import Settings
from compiler.netlist import Flat, Netlist, Pin
from compiler.tables import WAVELENGTH_UM
from pdk.contract import Model


def lower(
    netlist: Netlist,
    models: Mapping[str, Model],
    *,
    into: Sequence[Pin | str],
    read: Sequence[Pin | str],
    slots: Mapping[str, int] | None = None,
    settings: Settings | None = None,
    wl_um: float | np.ndarray = WAVELENGTH_UM,
    wavelength_range_um: tuple[float, float] | None = None,
) -> Circuit:
    """What light makes of a netlist between N pins that it enters by and T pins where it is read.

    `into`: light enters that device at that port. `read`: the light that arrives at that pin, into the device there;
    where nothing is joined to the pin, the light that leaves by it. A text is the name of a port of the chip.
    `slots`: instance path to the phase that turns the light of each pass through that device, beside its settings.
    `settings`: where models give other entries than at their defaults, so that ways are laid for them; they and `wl_um`
    (one or (W,)) are also what `Circuit.coefficients` takes unless told otherwise. Entries that are zero here at all
    wavelengths stay out.

    ValueError, with the place, what was found and what was expected: an unknown pin, path, port or setting; a port
    named twice in `into`; a device that light reaches without a model; light that leaves by a port that leads nowhere;
    a model that is not passive or not finite; wavelengths out of `wavelength_range_um`; a slot on a loop of light.
    """
    flat, slots, settings = netlist.flat, slots or {}, settings or {}
    pins_in, pins_read = _pins(flat, into, "into"), _pins(flat, read, "read")
    _require_once(pins_in)
    _require_slots(flat, slots)
    wl_um = np.asarray(wl_um, float)
    require_wavelengths(wl_um, wavelength_range_um)
    devices = Devices(flat, models, kinds_of(flat.leaves, models))
    devices.require_settings(settings)
    found = devices.evaluate(wl_um, settings, {})
    pairs: dict[str, dict[Pair, None]] = {}
    for job, values in found:
        pairs.setdefault(job.call.component, {}).update(dict.fromkeys(values))
    _require_ports(flat, pairs)
    for pin, name in [*((pin, "into") for pin in pins_in), *((pin, "read") for pin in pins_read)]:
        _require_port(flat, pairs, pin, name)
    with _collection_paused():
        entries = _entries(devices, found)
        waves = explore(flat, entries, models, into=pins_in, read=pins_read)
        graph = Graph(waves)
        slot_of = [slots.get(path, -1) for path in waves.devices]
        loops, notes = close_loops(graph, waves, slot_of)
        schedule, uses = schedule_of(arrange(graph, slot_of), len(pins_in), len(pins_read))
        reach = _reach(
            devices, waves, graph, entries, {component: tuple(own) for component, own in pairs.items()}, settings
        )
    require_sound(reach, found, wl_um)
    return Circuit(
        schedule=schedule,
        notes=tuple(notes),
        instances=_instances(flat, waves, graph),
        wl_um=wl_um,
        settings=settings,
        wavelength_range_um=wavelength_range_um,
        devices=devices,
        reach=reach,
        loops=tuple(loops),
        uses=uses,
    )


@contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection meanwhile: a walk makes many small objects and no garbage, and would be searched often."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _pins(flat: Flat, pins: Sequence[Pin | str], name: str) -> list[Pin]:
    """Flat pins; ports of the chip looked up."""
    result: list[Pin] = []
    for index, pin in enumerate(pins):
        if isinstance(pin, str):
            if pin not in flat.ports:
                ports = ", ".join(sorted(flat.ports)) or "none"
                raise ValueError(f"{name}[{index}]: found the port {pin}, expected a port of the chip: {ports}")
            pin = flat.ports[pin]
        if pin[0] not in flat.leaves:
            raise ValueError(
                f"{name}[{index}]: found the instance {pin[0]} with port {pin[1]}, expected the path of a device of "
                f"the netlist, such as {next(iter(flat.leaves), 'none')}"
            )
        result.append(Pin(*pin))
    return result


def _require_once(pins: Sequence[Pin]) -> None:
    seen: dict[Pin, int] = {}
    for index, pin in enumerate(pins):
        if pin in seen:
            raise ValueError(
                f"{pin.instance}, port {pin.port}: found it as into[{seen[pin]}] and into[{index}], expected it once"
            )
        seen[pin] = index


def _require_slots(flat: Flat, slots: Mapping[str, int]) -> None:
    for path, slot in slots.items():
        if path not in flat.leaves:
            raise ValueError(f"slots: found {path}, expected the path of a device of the netlist")
        if slot < 0:
            raise ValueError(f"slots: found {slot} for {path}, expected a place in the vector of phases, 0 or more")


def _require_port(flat: Flat, pairs: Mapping[str, Mapping[Pair, None]], pin: Pin, name: str) -> None:
    component = flat.leaves[pin[0]].component
    if component in pairs:
        ports = {port for pair in pairs[component] for port in pair}
        if pin[1] not in ports:
            raise ValueError(
                f"{pin[0]}: found port {pin[1]} in {name}, expected one of {component}: {', '.join(sorted(ports))}"
            )


def _require_ports(flat: Flat, pairs: Mapping[str, Mapping[Pair, None]]) -> None:
    ports = {component: {port for pair in own for port in pair} for component, own in pairs.items()}
    leaves = flat.leaves
    for path, port in flat.links:
        if path not in leaves:
            raise ValueError(f"{path}: found a net to its port {port}, expected the path of a device of the netlist")
        known = ports.get(leaves[path].component)
        if known is not None and port not in known:
            _require_port(flat, pairs, Pin(path, port), "a net")


def _entries(devices: Devices, found: Found) -> dict[str, Entries]:
    """Instance path to the entries that are not zero, one table for all devices that are alike."""
    tables: dict[tuple[str, tuple[Pair, ...]], Entries] = {}
    of_member: dict[Any, Entries] = {}
    for job, values in found:
        pairs = list(values)
        lit = np.array([checks.lit(values[pair], len(job.members)) for pair in pairs])
        for k, member in enumerate(job.members):
            here = tuple(pair for pair, one in zip(pairs, lit[:, k].tolist(), strict=True) if one)
            key = (job.call.component, here)
            if key not in tables:
                table: dict[str, list[Pair]] = defaultdict(list)
                for pair in here:
                    table[pair[0]].append(pair)
                tables[key] = table
            of_member[member] = tables[key]
    result = {path: of_member[kind] for path, kind in devices.kinds.items()}
    return result | {member: table for member, table in of_member.items() if isinstance(member, str)}


def _reach(
    devices: Devices,
    waves: Waves,
    graph: Graph,
    entries: Mapping[str, Entries],
    pairs: Mapping[str, tuple[Pair, ...]],
    settings: Settings,
) -> Reach:
    known: dict[tuple[int, str], frozenset[Pair]] = {}
    absent: dict[str, frozenset[Pair]] = dict.fromkeys(waves.devices, frozenset())
    for path, port in (node[:2] for node in waves.nodes if len(node) == 2):
        table = entries[path]
        dark = known.get((id(table), port))
        if dark is None:
            own = pairs[devices.kinds[path].component]
            dark = frozenset(pair for pair in own if pair[0] == port and pair not in table.get(port, ()))
            known[id(table), port] = dark
        if dark:
            absent[path] |= dark
    of_kind: dict[Kind, str] = {}
    absent_of_kind: dict[Kind, frozenset[Pair]] = {}
    for path, dark in absent.items():
        if path not in settings:
            kind = devices.kinds[path]
            of_kind.setdefault(kind, path)
            absent_of_kind[kind] = absent_of_kind.get(kind, dark) | dark
    return Reach(waves.devices, graph.edges, pairs, absent, of_kind, absent_of_kind)


def _instances(flat: Flat, waves: Waves, graph: Graph) -> dict[str, tuple[str, ...]]:
    """Component to the devices that light passes on its way to a read."""
    passed = sorted({device for device in graph.edges.device if device >= 0})
    found: dict[str, list[str]] = defaultdict(list)
    for device in passed:
        path = waves.devices[device]
        found[flat.leaves[path].component].append(path)
    return {component: tuple(paths) for component, paths in found.items()}

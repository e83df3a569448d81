"""The budget of a chip: light at every photodiode, power, heat, limits, time, and energy beside a digital machine.

    circuit ──► ways of light ──► power, current, signal to noise
            ──► loads, events ──► energy of an inference, of a training step     digital machine: the same network
            ──► lengths ────────► latency

The circuit is that read back from the GDS wherever there is one; nothing about it is assumed. Everything beside it has
its source in the PDK's numbers or in `compiler.budget_numbers`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from compiler.budget_crossbar import crossbar_parts
from compiler.budget_digital import Digital, digital
from compiler.budget_limits import Limit, heat_mw, limits, nonlinear_db
from compiler.budget_mesh import mesh_parts
from compiler.budget_noise import Reading, readings
from compiler.budget_numbers import LASER_MW
from compiler.budget_parts import Delay, Event, Load, Parts, Way
from compiler.crossbar_paths import is_crossbar
from compiler.crossbar_tables import AnyTables, CrossbarTables
from compiler.netlist import Netlist
from compiler.network import Design
from compiler.tables import Tables
from pdk.contract import Pdk
from pdk.finding import Finding


@dataclass(frozen=True)
class WaySpan:
    """All ways of one block that do the same: from the weakest to the strongest."""

    block: str
    name: str
    count: int
    loss_db: tuple[float, float]
    """Least, most."""
    weakest: Reading
    strongest: Reading
    bandwidth_ghz: float


@dataclass(frozen=True)
class Energy:
    """What something costs, and what of it is drawn all the time."""

    ns: float
    """How long the loads are on for it."""
    static_pj: float
    events_pj: float

    @property
    def pj(self) -> float:
        """All of it."""
        return self.static_pj + self.events_pj


@dataclass(frozen=True)
class Budget:
    """What a chip takes and gives."""

    parts: Parts
    laser_mw: float
    """Power at each laser port."""
    die_mm2: float | None
    """Area of the die; None where no layout is at hand."""
    batch: int
    """Samples of a training step."""
    digital: Digital
    limits: tuple[Limit, ...]
    nonlinear_db: float
    """Loss from a laser port to the first photodiode that the light itself brings about; no loss table has it."""
    readings: tuple[Reading, ...]
    """For each of `parts.ways`."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Limits that do not hold."""
        return tuple(limit.finding for limit in self.limits if not limit.ok)

    @property
    def latency_ns(self) -> float:
        """From inputs to answer."""
        return sum(delay.ns for delay in self.parts.delays)

    @property
    def inference_mw(self) -> float:
        """What the chip and its electronics draw while they only infer, events not counted."""
        return _total(self.parts.loads, lambda load: not load.training_only)

    @property
    def training_mw(self) -> float:
        """The same while they train."""
        return _total(self.parts.loads, lambda _: True)

    @property
    def heat_mw(self) -> float:
        """What the chip itself turns into heat."""
        return heat_mw(self.parts, self.laser_mw)

    @cached_property
    def inference(self) -> Energy:
        """Energy of one inference at full rate: a new one begins as soon as the receivers have settled."""
        ns = self.parts.inference_ns
        return Energy(ns, self.inference_mw * ns, _events(self.parts.events, lambda event: event.inference))

    @cached_property
    def step(self) -> Energy:
        """Energy of one training step, one sample after the other."""
        ns = sum(delay.ns for delay in self.step_delays)
        events = _events(self.parts.events, lambda event: self.batch * event.sample + event.step)
        return Energy(ns, self.training_mw * ns, events)

    @property
    def step_delays(self) -> tuple[Delay, ...]:
        """What the time of a training step is made of."""
        samples = (Delay(d.block, d.name, self.batch * d.ns) for d in self.parts.sample_delays)
        return (*samples, *self.parts.step_delays)

    @cached_property
    def spans(self) -> tuple[WaySpan, ...]:
        """Ways of light, those that do the same together, in their order."""
        groups: dict[tuple[str, str], list[tuple[Way, Reading]]] = {}
        for way, reading in zip(self.parts.ways, self.readings, strict=True):
            groups.setdefault((way.block, way.name), []).append((way, reading))
        return tuple(_span(block, name, found) for (block, name), found in groups.items())


def budget(
    design: Design,
    netlist: Netlist,
    pdk: Pdk,
    *,
    laser_mw: float = LASER_MW,
    die_mm2: float | None = None,
    tables: AnyTables | None = None,
) -> Budget:
    """The budget of a circuit, designed or read back; `tables` saves time where they are known already.

    ValueError where the circuit is none of ours, or no laser is on.
    """
    if not laser_mw > 0:
        raise ValueError(f"found a laser of {laser_mw} mW, expected more than 0")
    if is_crossbar(netlist):
        parts = crossbar_parts(netlist, pdk, laser_mw, tables if isinstance(tables, CrossbarTables) else None)
    else:
        parts = mesh_parts(netlist, pdk, laser_mw, tables if isinstance(tables, Tables) else None)
    found = readings(parts.ways, laser_mw, pdk)
    return Budget(
        parts=parts,
        laser_mw=laser_mw,
        die_mm2=die_mm2,
        batch=design.train.batch_size,
        digital=digital(design),
        limits=limits(parts, found, pdk, laser_mw, die_mm2),
        nonlinear_db=max(nonlinear_db(entry.hops, laser_mw, netlist, pdk) for entry in parts.entries),
        readings=found,
    )


def _total(loads: Iterable[Load], when: Callable[[Load], bool]) -> float:
    return sum(load.total_mw for load in loads if when(load))


def _events(events: Iterable[Event], count: Callable[[Event], int]) -> float:
    return sum(event.pj * count(event) for event in events)


def _span(block: str, name: str, found: list[tuple[Way, Reading]]) -> WaySpan:
    by_power = sorted(found, key=lambda pair: pair[1].current_ma)
    losses = [way.loss_db for way, _ in found]
    weakest, strongest = by_power[0][1], by_power[-1][1]
    return WaySpan(block, name, len(found), (min(losses), max(losses)), weakest, strongest, found[0][0].bandwidth_ghz)

"""Equal ways in a crossbar: both arms of a weight as long, and as much light lost on the way to every weight of a bank.

Only the arms of a weight interfere, so only they must match to the grid. The ways from a bank's fibre to its
photodiodes are drawn as long as each other too (`layouts.crossbar_cells.tree`); what counts there is power. All of them
pass the same devices, so their losses differ by their waveguides alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median_low, mode

from compiler.crossbar_paths import BankPath, WeightPath, crossbar_paths
from compiler.netlist import Netlist
from compiler.ways import LIMIT_NM, device_nm, way_nm
from compiler.wiring import COUPLERS, Hops, Wiring
from pdk.contract import Pdk, Role
from pdk.finding import Finding

LIMIT_DB = 0.1
"""How far a photodiode may lie from the middle of its bank. Assumed: 2 %, as little as splitters vary from one to the
next. Ways that go straight past missing branches lack their bends: 0.09 dB in the largest bank."""


@dataclass(frozen=True)
class Spread:
    """How different the ways from a bank's fibre to its photodiodes are."""

    bank: str
    length_nm: int
    """Longest minus shortest, all waveguides together."""
    loss_db: float
    """Most lossy minus least."""


@dataclass(frozen=True)
class _Way:
    """From the fibre to one photodiode."""

    diode: str
    guide_nm: int
    loss_db: float
    """Of its straights and bends."""
    devices: tuple[tuple[str, int], ...]
    """What else it passes, and how often."""


def matched_crossbar(netlist: Netlist, pdk: Pdk) -> tuple[int, tuple[Finding, ...]]:
    """The largest difference between both arms of a weight, in nm, and a Finding for every weight whose arms differ by
    more than the limit, and for every photodiode that gets more or less light than its bank's others."""
    worst = 0
    findings: list[Finding] = []
    wiring = Wiring(netlist, pdk)
    for bank in crossbar_paths(netlist, pdk).banks:
        for weight in _weights(bank):
            for coupler, difference in _arms(weight, netlist, wiring, pdk):
                worst = max(worst, abs(difference))
                if abs(difference) > LIMIT_NM:
                    measured = f"upper arm {difference:+} nm longer than the lower"
                    limit, mend = f"within {LIMIT_NM} nm", "make both arms equally long"
                    findings.append(Finding(coupler, "matched_length", measured, limit, mend))
        findings += _unequal(list(_ways(bank, netlist, pdk)))
    return worst, tuple(findings)


def spreads(netlist: Netlist, pdk: Pdk) -> tuple[Spread, ...]:
    """How different the ways of every bank are."""
    found = []
    for bank in crossbar_paths(netlist, pdk).banks:
        ways = list(_ways(bank, netlist, pdk))
        lengths, losses = [way.guide_nm for way in ways], [way.loss_db for way in ways]
        found.append(Spread(bank.name, max(lengths) - min(lengths), max(losses) - min(losses)))
    return tuple(found)


def _unequal(ways: list[_Way]) -> Iterator[Finding]:
    """Ways that lose more or less than most of their bank."""
    middle, usual = median_low(way.loss_db for way in ways), mode(way.devices for way in ways)
    mend = "lead light equally far, and past as much, to every weight of a bank"
    for way in ways:
        if abs(way.loss_db - middle) > LIMIT_DB:
            measured = f"{way.loss_db:.2f} dB in waveguides from the fibre, {middle:.2f} dB in the middle of its bank"
            yield Finding(way.diode, "equal_loss", measured, f"within {LIMIT_DB} dB", mend)
        elif way.devices != usual:
            odd = Counter(dict(way.devices)) - Counter(dict(usual)) or Counter(dict(usual)) - Counter(dict(way.devices))
            measured = f"{', '.join(f'{count} {name}' for name, count in odd.items())} more or less than other ways"
            yield Finding(way.diode, "equal_loss", measured, "the same devices in every way of a bank", mend)


def _weights(bank: BankPath) -> Iterator[WeightPath]:
    for row in bank.weights:
        yield from row


def _ways(bank: BankPath, netlist: Netlist, pdk: Pdk) -> Iterator[_Way]:
    """To every photodiode of a bank; behind an interferometer by one arm."""
    straight, bend = pdk.roles[Role.STRAIGHT], pdk.roles[Role.BEND]
    db_per_nm, db_per_bend = pdk.value("waveguide_loss_db_per_cm") * 1e-7, pdk.value("bend_loss_db")
    for weight in _weights(bank):
        for name, hops in (("plus", weight.plus), ("minus", weight.minus)):
            guide, bends, others = 0, 0, Counter[str]()
            for hop in hops:
                component = netlist.device(hop.path).component
                if component in (straight, bend):
                    guide += device_nm(hop.path, netlist, pdk)
                    bends += component == bend
                else:
                    others[component] += 1
            loss_db = guide * db_per_nm + bends * db_per_bend
            yield _Way(f"{weight.cell}.{name}", guide, loss_db, tuple(sorted(others.items())))


def _arms(weight: WeightPath, netlist: Netlist, wiring: Wiring, pdk: Pdk) -> Iterator[tuple[str, int]]:
    """The coupler in which both arms of a weight meet, and upper minus lower; nothing where a weight has no arms."""
    couplers = [hop.path for hop in weight.plus if wiring.role(hop.path) in COUPLERS]
    if not couplers:
        return
    arms: list[Hops] = []
    for port in ("o3", "o4"):
        hops, end = wiring.run(wiring.link(couplers[0], port))
        if end.instance != couplers[-1]:
            raise ValueError(f"{couplers[0]},{port}: found a way to {end}, expected an arm to {couplers[-1]}")
        arms.append(hops)
    upper, lower = (way_nm(hops, netlist, pdk) for hops in arms)
    yield couplers[-1], upper - lower

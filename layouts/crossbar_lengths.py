"""Equal ways in a crossbar: both arms of a weight as long, and as much light lost on the way to every weight of a bank.

Only the arms of a weight interfere, so only they must match to the grid. The ways from a bank's fibre to its
photodiodes are drawn as long as each other too (`layouts.crossbar_cells.tree`); what counts there is power.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10
from statistics import median

from compiler.crossbar_paths import BankPath, WeightPath, crossbar_paths
from compiler.netlist import Netlist
from compiler.tables import Nominal
from compiler.wiring import COUPLERS, Hops, Wiring
from layouts.ways import LIMIT_NM, way_nm
from pdk.contract import Pdk
from pdk.finding import Finding

LIMIT_DB = 0.1
"""How far a photodiode may lie from the middle of its bank. Assumed: 2 %, as little as splitters vary from one to the
next. Ways that go straight past missing branches lack their bends: 0.09 dB in the largest bank."""


@dataclass(frozen=True)
class Spread:
    """How different the ways from a bank's fibre to its photodiodes are."""

    bank: str
    length_nm: int
    """Longest minus shortest."""
    loss_db: float
    """Most lossy minus least."""


def matched_crossbar(netlist: Netlist, pdk: Pdk) -> tuple[int, tuple[Finding, ...]]:
    """The largest difference between both arms of a weight, in nm, and a Finding for every weight whose arms differ by
    more than the limit, and for every photodiode that gets more or less light than its bank's others."""
    worst = 0
    findings: list[Finding] = []
    wiring, nominal = Wiring(netlist, pdk), Nominal(netlist, pdk)
    for bank in crossbar_paths(netlist, pdk).banks:
        for weight in _weights(bank):
            for coupler, difference in _arms(weight, netlist, wiring, pdk):
                worst = max(worst, abs(difference))
                if abs(difference) > LIMIT_NM:
                    measured = f"upper arm {difference:+} nm longer than the lower"
                    limit, mend = f"within {LIMIT_NM} nm", "make both arms equally long"
                    findings.append(Finding(coupler, "matched_length", measured, limit, mend))
        losses = dict(_losses(bank, nominal))
        middle = median(losses.values())
        for place, loss in losses.items():
            if abs(loss - middle) > LIMIT_DB:
                measured = f"{loss:.2f} dB from the fibre, {middle:.2f} dB in the middle of its bank"
                limit, mend = f"within {LIMIT_DB} dB", "lead light equally far to every weight of a bank"
                findings.append(Finding(place, "equal_loss", measured, limit, mend))
    return worst, tuple(findings)


def spreads(netlist: Netlist, pdk: Pdk) -> tuple[Spread, ...]:
    """How different the ways of every bank are."""
    nominal = Nominal(netlist, pdk)
    found = []
    for bank in crossbar_paths(netlist, pdk).banks:
        lengths = [way_nm(way, netlist, pdk) for weight in _weights(bank) for way in (weight.plus, weight.minus)]
        losses = [loss for _, loss in _losses(bank, nominal)]
        found.append(Spread(bank.name, max(lengths) - min(lengths), max(losses) - min(losses)))
    return tuple(found)


def _weights(bank: BankPath) -> Iterator[WeightPath]:
    for row in bank.weights:
        yield from row


def _losses(bank: BankPath, nominal: Nominal) -> Iterator[tuple[str, float]]:
    """Photodiode to what is lost before it, in dB: of an interferometer by one arm."""
    for weight in _weights(bank):
        for name, way in (("plus", weight.plus), ("minus", weight.minus)):
            yield f"{weight.cell}.{name}", -10 * log10(nominal.power(way))


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

"""What verify says: the findings of all rooms, sorted under a fixed list of checks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from backlight.equivalence import LIMIT, Equivalence
from pdk.finding import Finding

if TYPE_CHECKING:
    from compiler.netlist import Netlist
    from layouts.thermal import Thermal

GEOMETRY = {
    "devices": (
        "unknown_device",
        "cell_name",
        "loose_polygon",
        "unknown_layer",
        "instance_name",
        "duplicate_instance",
        "array",
        "off_grid",
        "crystal_axis",
        "polarity",
    ),
    "waveguides": ("waveguide_width", "pin_off_edge"),
    "connections": ("open_port", "port_clash", "empty_pin"),
    "overlaps": ("overlap",),
    "wires": ("unwired", "wire_width", "short"),
    "labels": ("label", "process"),
    "die": ("die_frame", "die_margin", "facet", "alignment_mark", "design_name"),
}
"""Checks of a GDS by itself, and the rules that belong to each."""

OTHER = "other"
"""The check that holds a finding whose rule stands under no other; listed only where there is one."""

SAME_CHIP = 0.9
"""Share of instance paths that a faulty layout has in common with its design; two different chips share less."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    measured: str
    limit: str
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The check as it is written to verify.json."""
        findings = [finding.as_dict() for finding in self.findings]
        return {"name": self.name, "ok": self.ok, "measured": self.measured, "limit": self.limit, "findings": findings}


def geometry_checks(findings: Iterable[Finding]) -> list[Check]:
    """Checks of a GDS by itself."""
    sorted_in: dict[str, list[Finding]] = {name: [] for name in GEOMETRY}
    check_of = {rule: name for name, rules in GEOMETRY.items() for rule in rules}
    for finding in findings:
        sorted_in.setdefault(check_of.get(finding.rule, OTHER), []).append(finding)
    return [_counted(name, found) for name, found in sorted_in.items()]


def rules_check(violations: Sequence[Finding]) -> Check:
    """Whether the layout keeps the design rules of its process."""
    return _counted("rules", violations)


def lengths_check(worst_nm: int, findings: Sequence[Finding]) -> Check:
    """Whether light that meets in a coupler has come equally far."""
    return Check("lengths", not findings, f"{worst_nm} nm apart at most", "1 nm", tuple(findings))


def thermal_check(thermal: "Thermal") -> Check:
    """Whether driven heaters keep the distance that their heat asks for."""
    measured = f"{thermal.closest_um:.1f} um between driven heaters at least"
    if not isfinite(thermal.closest_um):
        measured = "no two driven heaters"
    return Check("thermal", not thermal.findings, measured, f"{thermal.limit_um:g} um", thermal.findings)


def not_measured(name: str, why: str, limit: str) -> Check:
    """A check that could not be made."""
    return Check(name, False, f"not measured: {why}", limit)


def design_checks(differences: Sequence[Finding], equivalence: Equivalence | None) -> list[Check]:
    """Checks of a GDS against its design; `equivalence` is None where the circuits differ already."""
    circuit = _counted("circuit", differences)
    limit = f"max |dS| <= {LIMIT:g} over 11 wavelengths"
    if equivalence is None:
        return [circuit, not_measured("s_matrix", "the layout is not the circuit", limit)]
    measured = equivalence.why or f"{equivalence.largest:.1e} between {equivalence.ports} ports"
    return [circuit, Check("s_matrix", equivalence.ok, measured, limit)]


def same_chip(designed: "Netlist", extracted: "Netlist") -> bool:
    """Whether a layout is of this design at all, well drawn or not."""
    wanted, found = _paths(designed), _paths(extracted)
    return len(wanted & found) >= SAME_CHIP * len(wanted | found)


def outline(netlist: "Netlist") -> str:
    """A chip in a few words: `3 layers of 4 ports`."""
    paths = _paths(netlist)
    layers = {name for path in paths if re.fullmatch(r"layer\d+", name := path.split(".")[0])}
    rows = {path.split(".")[1] for path in paths if path.count(".") and path.split(".")[1].startswith("in_")}
    return f"{len(layers)} layers of {len(rows)} ports, {len(paths)} devices"


def _paths(netlist: "Netlist") -> set[str]:
    paths: set[str] = set()
    stack = [(netlist.top, "")]
    while stack:
        name, prefix = stack.pop()
        for instance_name, instance in netlist.cells[name].instances.items():
            path = f"{prefix}{instance_name}"
            if instance.component in netlist.cells:
                stack.append((instance.component, f"{path}."))
            else:
                paths.add(path)
    return paths


def _counted(name: str, findings: Sequence[Finding]) -> Check:
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    return Check(name, not findings, count, "0 findings", tuple(findings))

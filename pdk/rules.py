"""What the kinds of design rules are, and a check that a process's rules can be checked at all.

 width      space      area     angle    enclosure   overlap    separation   bend_radius
┌──┐     ┌──┐  ┌──┐   ┌────┐    ╱│        ┌──────┐  ┌────┐       ┌──┐   ┌──┐   ──╮
│◀▶│     │  │◀▶│  │   │ nm2│   ╱◁│        │ ┌─┐◀▶│  │  ┌─┼──┐    │  │◀─▶│  │   r  │
└──┘     └──┘  └──┘   └────┘  ╱──┘        │ └─┘  │  └──┼◀┘  │    └──┘   └──┘      │
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from pdk.contract import Layer, Pdk, Rule, RuleKind


@dataclass(frozen=True)
class Kind:
    """What the rules of one kind have in common."""

    unit: str
    two_layers: bool
    mend: str


KINDS: Mapping[RuleKind, Kind] = MappingProxyType(
    {
        "width": Kind("nm", False, "draw it wider"),
        "space": Kind("nm", False, "move the edges apart, or close the gap"),
        "area": Kind("nm2", False, "draw it larger, or remove it"),
        "angle": Kind("deg", False, "cut the corner off"),
        "enclosure": Kind("nm", True, "draw the outer layer further round the inner one"),
        "overlap": Kind("nm", True, "lay the two layers further over each other"),
        "separation": Kind("nm", True, "move the two layers apart"),
        "bend_radius": Kind("nm", False, "bend it more gently"),
        "grid": Kind("nm", False, "place it at right angles, its corners on the grid"),
    }
)


class RuleError(ValueError):
    """A process has a rule that cannot be checked. The text is one line."""


def require(pdk: Pdk) -> None:
    """Raise RuleError for the first rule of the process that cannot be checked."""
    names: set[str] = set()
    for rule in pdk.rules:
        wrong = _wrong(rule, set(pdk.layers.values()), names)
        if wrong:
            found, expected, mend = wrong
            raise RuleError(f"{pdk.name} rule {rule.name!r}: found {found}, expected {expected}; {mend}")
        names.add(rule.name)


def _wrong(rule: Rule, layers: set[Layer], names: set[str]) -> tuple[str, str, str] | None:
    """What was found, what was expected, how to mend it; None for a rule that can be checked."""
    if not rule.name.replace("_", "").isalnum() or not rule.name.isascii():
        return f"the name {rule.name!r}", "letters, digits and _", "rename it"
    if rule.name in names:
        return "the name twice", "one rule of a name", "rename one of them"
    if rule.kind not in get_args(RuleKind):
        return f"kind {rule.kind!r}", f"one of {', '.join(KINDS)}", "correct the kind"
    kind = KINDS[rule.kind]
    if kind.two_layers != (rule.other is not None):
        found = "no second layer" if rule.other is None else f"a second layer {rule.other}"
        return found, f"{'two layers' if kind.two_layers else 'one layer'} for {rule.kind}", "correct `other`"
    if rule.unless_on is not None and rule.kind != "separation":
        return f"unless_on for {rule.kind}", "unless_on for separation only", "leave it out"
    for layer in (rule.layer, rule.other, rule.unless_on):
        if layer is not None and layer not in layers:
            return f"layer {layer[0]}/{layer[1]}", "a layer of the process", "add it to the layers, or correct it"
    if not isinstance(rule.limit, int) or rule.limit <= 0:
        return f"a limit of {rule.limit} {kind.unit}", "a whole number above 0", "correct the limit"
    if rule.kind == "angle" and rule.limit > 90:
        return f"a limit of {rule.limit} deg", "at most 90 deg", "correct the limit"
    if rule.kind == "bend_radius" and not 0 <= rule.guide_width_nm < 2 * rule.limit:
        return f"a waveguide {rule.guide_width_nm} nm wide", "one that can bend so tightly", "correct guide_width_nm"
    return None


def limit_text(rule: Rule) -> str:
    """The limit with its unit."""
    unit = KINDS[rule.kind].unit
    return f"multiples of {rule.limit} {unit}" if rule.kind == "grid" else f"at least {rule.limit} {unit}"

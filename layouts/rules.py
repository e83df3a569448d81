"""Design rules: what in a layout is too narrow, too close, too small, too sharp, or not where its layer needs it.

The rules are the process's (`pdk.rules`); the deck for the KLayout application (`layouts.deck`) says the same.
"""

from collections.abc import Iterator
from pathlib import Path

import klayout.db as kdb

from layouts.extract import read
from layouts.measure import measured
from layouts.violations import Chip, violations
from pdk.contract import Pdk
from pdk.finding import Finding
from pdk.rules import KINDS, limit_text, require


def check_rules(layout: Path | kdb.Layout, pdk: Pdk) -> tuple[Finding, ...]:
    """A Finding for every place that breaks a rule; what repeats with its cell is said once, at its first place.

    RuleError where a rule of the process cannot be checked, NotALayoutError where the file holds no layout.
    """
    require(pdk)
    chip = Chip(read(layout) if isinstance(layout, Path) else layout.dup(), pdk.rules)
    return tuple(_findings(chip, pdk))


def _findings(chip: Chip, pdk: Pdk) -> Iterator[Finding]:
    for rule in pdk.rules:
        for violation in violations(chip, rule):
            centre = violation.polygon.bbox().center()
            more = f" (and {violation.others} more)" if violation.others else ""
            place = f"{centre.x / 1000}, {centre.y / 1000} um{more}"
            value = violation.measured or measured(chip, rule, violation.polygon)
            yield Finding(place, rule.name, value, limit_text(rule), KINDS[rule.kind].mend)

"""The test that every foundry passes, ours and those of other packages: `backlight pdks NAME --check`.

findings = check(get("my-fab"))     # empty if it conforms
"""

from collections.abc import Callable, Iterator

from pdk.conform.cells import cells
from pdk.conform.frames import frames
from pdk.conform.models import models
from pdk.conform.numbers import numbers
from pdk.conform.statement import statement
from pdk.contract import Pdk
from pdk.finding import Finding
from pdk.registry import is_installed

CHECKS: tuple[Callable[[Pdk], Iterator[Finding]], ...] = (statement, numbers, frames, cells, models)
"""Everything that is looked at, in this order."""


def check(pdk: Pdk) -> tuple[Finding, ...]:
    """Everything about a foundry that does not keep the contract (`pdk.contract`); empty if it conforms.

    Cells are drawn only where their package is installed: `unchecked` says so.
    """
    asked = [one for one in CHECKS if one is not cells or is_installed(pdk)]
    return tuple(finding for one in asked for finding in one(pdk))


def unchecked(pdk: Pdk) -> str:
    """What `check` leaves out here, and why; empty if nothing."""
    if is_installed(pdk):
        return ""
    return f"cells were not drawn: the package {pdk.package} is not installed (extra {pdk.extra})"

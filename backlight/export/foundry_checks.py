"""The foundry's own checks of the file that is sent to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdk.contract import NotInstalledError, Pdk
from pdk.finding import Finding


@dataclass(frozen=True)
class FoundryCheck:
    """One check of a foundry's."""

    findings: tuple[Finding, ...] = ()
    not_run: str = ""
    """Why it could not be run."""

    @property
    def ok(self) -> bool:
        """Whether it was run and found nothing."""
        return not self.findings and not self.not_run

    @property
    def told(self) -> str:
        """What it found, or why it did not run, for a row whose state is said."""
        return self.not_run or str(self)

    def as_dict(self) -> dict[str, Any]:
        """As the manifest holds it."""
        told: dict[str, Any] = {"ok": self.ok, "findings": [finding.as_dict() for finding in self.findings]}
        return told | ({"not_run": self.not_run} if self.not_run else {})

    def __str__(self) -> str:
        if self.not_run:
            return f"not run: {self.not_run}"
        return "0 findings" if self.ok else f"{len(self.findings)} finding{'s' if len(self.findings) > 1 else ''}"


def foundry_checks(gds: Path, pdk: Pdk) -> Mapping[str, FoundryCheck]:
    """All checks that a process brings, run on a file."""
    return {name: _run(check, gds) for name, check in pdk.submission.checks.items()}


def _run(check: Any, gds: Path) -> FoundryCheck:
    try:
        return FoundryCheck(tuple(check(gds)))
    except NotInstalledError as error:
        return FoundryCheck(not_run=" ".join(str(error).split()))

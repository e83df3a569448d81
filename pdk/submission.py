"""What goes with a file that is sent to a foundry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pdk.finding import Finding


@dataclass(frozen=True)
class Submission:
    """What a foundry asks of the file that is sent to it."""

    top_cell: str = "{name}"
    """Name of the top cell, `{name}` being the design's."""
    checks: Mapping[str, Callable[[Path], tuple[Finding, ...]]] = field(default_factory=dict)
    """The foundry's own checks by name, run on the exported file. NotInstalledError where what they need is absent."""
    needs: tuple[str, ...] = ()
    """What a real submission needs beside the bundle, a sentence each."""
    drops: tuple[str, ...] = ("pin", "pin_electrical", "outline")
    """Names of the layers that are left out of that file: what a layout says of itself, not what is made."""

"""README.txt of a bundle: what a person at the foundry wants to know of the file before opening it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pdk.contract import Pdk, Role

if TYPE_CHECKING:
    from backlight.checks import Check
    from backlight.export.foundry_checks import FoundryCheck
    from compiler.netlist import Netlist
    from layouts.features import LayerUse
    from layouts.strip import Proof


@dataclass(frozen=True)
class Sent:
    """A file for a foundry and what is known of it."""

    name: str
    gds: str
    top_cell: str
    bytes: int
    sha256: str
    die_um: tuple[float, float]
    pdk: Pdk
    netlist: "Netlist"
    hash: str
    """The circuit's, as it stands on the die."""
    layers: "tuple[LayerUse, ...]"
    proof: "Proof"
    checks: "Sequence[Check]"
    foundry: "Mapping[str, FoundryCheck]"
    pads: int
    detectors: int

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of checks that do not hold; one that could not be run is none of them."""
        ours = [check.name for check in self.checks if not check.ok]
        return (*ours, *(name for name, check in self.foundry.items() if check.findings))


def readme(sent: Sent) -> str:
    """The text."""
    blocks = [
        _warning(sent),
        _head(sent),
        _section("Checks", _checks(sent)),
        _section("Layers", _layers(sent)),
        _section("Cells", _cells(sent)),
        _section("Left out", _left_out(sent)),
        _section("What a submission still needs", [f"- {need}" for need in sent.pdk.submission.needs] or ["-"]),
        _section("Who to ask", ["Name:", "E-mail:", "Telephone:"]),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _warning(sent: Sent) -> str:
    if not sent.failed:
        return ""
    failed = ", ".join(sent.failed)
    return f"NOT TO BE MADE AS IT IS: {failed} failed. It was exported all the same (--force); see checks.txt."


def _head(sent: Sent) -> str:
    width, height = sent.die_um
    rows = [
        ("design", sent.name),
        ("file", f"{sent.gds}, {sent.bytes} bytes, SHA-256 {sent.sha256}"),
        ("format", "GDSII, database unit 1 nm"),
        ("top cell", sent.top_cell),
        ("process", f"{sent.pdk.name} {sent.pdk.version}: {sent.pdk.about}"),
        ("die", f"{width:g} x {height:g} um"),
        ("circuit", f"{len(sent.netlist.flat.leaves)} devices, hash {sent.hash} (it stands on the die as metal)"),
        ("ports", f"{len(sent.netlist.cells[sent.netlist.top].ports)} fibres, see ports.csv"),
        ("pads", f"{sent.pads}, see pads.csv"),
    ]
    if sent.pdk.camera:
        rows.append(("camera", f"{sent.detectors} gratings are read from above, see ports.csv"))
    return _table(rows)


def _checks(sent: Sent) -> list[str]:
    rows = [("ok" if check.ok else "FAILED", check.name, check.measured) for check in sent.checks]
    rows += [("ok" if c.ok else "NOT RUN" if c.not_run else "FAILED", name, c.told) for name, c in sent.foundry.items()]
    if not sent.foundry:
        rows.append(("-", "the foundry's own checks", "the process brings none"))
    return _table(rows).splitlines()


def _layers(sent: Sent) -> list[str]:
    rows = [("layer", "name", "area um2", "texts", "narrowest in any cell (rule)")]
    for use in sent.layers:
        features = ", ".join(
            f"{f.kind} {f'{f.least_nm} nm' if f.least_nm is not None else 'above twice the rule'} ({f.limit_nm} nm)"
            for f in use.features
        )
        rows.append((use.layer, use.name or "?", f"{use.area_um2:.1f}", str(use.texts), features))
    return _table(rows).splitlines()


def _cells(sent: Sent) -> list[str]:
    pdk = sent.pdk
    counts = Counter(leaf.component for leaf in sent.netlist.flat.leaves.values())
    rows = [("count", "cell", "plays", "drawn as")]
    for name, count in sorted(counts.items()):
        role = pdk.role_of(name)
        rows.append((str(count), name, role.value if role else "?", drawn_as(name, role, pdk)))
    return _table(rows).splitlines()


OWN = ("bend_90", "camera_grating")
"""Cells that are not the foundry's, beside those that are called after their roles."""


def drawn_as(name: str, role: Role | None, pdk: Pdk) -> str:
    """What a cell is to the foundry: its own cell, or one that is put together from its cells and layers."""
    if role is Role.STRAIGHT:
        return "waveguide of the process, of any length"
    if role is None:
        return "no cell of the process"
    if name == role.value or name in OWN:
        return f"put together from cells and layers of {pdk.package or 'the process'}"
    return f"cell {name} of {pdk.package or 'the process'}"


def _left_out(sent: Sent) -> list[str]:
    area = sum(layer.xor_area_nm2 for layer in sent.proof.layers)
    said = f"all other layers are those of the design, XOR {area} nm2" if sent.proof.ok else "see checks.txt"
    return [f"{', '.join(sent.proof.left_out)}; {said}"]


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join((title, "-" * len(title), *lines))


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )

"""backlight verify: the GDS is read back, and has to be the designed circuit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backlight import files, flow
from backlight.checks import (
    Check,
    design_checks,
    geometry_checks,
    lengths_check,
    not_measured,
    outline,
    rules_check,
    same_chip,
    thermal_check,
)
from backlight.folder import Folder, process_of
from backlight.refusal import CHECK_FAILED, Refusal
from backlight.report import write_report
from backlight.terminal import Terminal

if TYPE_CHECKING:
    from layouts.extract import Extraction

SHOWN = 20
"""Findings of one check that are printed; all are in verify.json."""


def verify_folder(path: Path, terminal: Terminal) -> int:
    """Verify what `compile` wrote; exit status."""
    folder = Folder(path)
    values = flow.run(("extraction",), folder.given(), terminal.stage)
    extraction = values["extraction"]
    require_same_chip(folder, extraction)
    checks = checks_of_gds(values, terminal)
    values = flow.run(("differences",), values, terminal.stage)
    clean = all(check.ok for check in checks) and not values["differences"]
    if clean:
        values = flow.run(("equivalence",), values, terminal.stage)
    checks += design_checks(values["differences"], values.get("equivalence"))
    with files.Publication(path) as new:
        files.write_netlist(new / files.EXTRACTED, extraction.netlist)
        files.write_json(new / files.VERIFY, summary(checks))
        findings = [finding for check in checks for finding in check.findings]
        files.write_markers(new / files.MARKERS, extraction.netlist.top, findings)
    if clean:  # else the circuit may not have the shape of a chip, and losses could not be told
        write_report(folder, flow.run(("tables",), values, terminal.stage)["tables"], extraction.netlist)
    return tell(path / files.GDS, checks, terminal)


def verify_file(path: Path, pdk_name: str | None, terminal: Terminal) -> int:
    """Verify a GDS whose design is not at hand; exit status."""
    pdk = process_of(path, pdk_name)
    given = {"gds": path, "pdk": pdk}
    extraction = flow.run(("extraction",), given, terminal.stage)["extraction"]
    bare = f"; without pins, ports are those of {pdk.name}'s table" if extraction.stripped else ""
    terminal.say(f"{path}: {outline(extraction.netlist)}, {pdk.name}{bare}; no design to compare with")
    return tell(path, checks_of_gds({**given, "extraction": extraction}, terminal), terminal)


def checks_of_gds(values: dict[str, Any], terminal: Terminal) -> list[Check]:
    """What can be said of a layout by itself."""
    values = flow.run(("violations",), values, terminal.stage)
    checks = [*geometry_checks(values["extraction"].findings), rules_check(values["violations"])]
    try:
        values = flow.run(("lengths", "thermal"), values, terminal.stage)
    except ValueError as error:  # not the shape of a chip: light cannot be followed, nor what drives it be told
        from layouts.thermal import space_um

        limit_um, why = space_um(values["pdk"]), str(error)
        return [*checks, not_measured("lengths", why, "1 nm"), not_measured("thermal", why, f"{limit_um:g} um")]
    return [*checks, lengths_check(*values["lengths"]), thermal_check(values["thermal"])]


def read_back(folder: Folder, terminal: Terminal) -> dict[str, Any]:
    """The circuit in a folder's GDS and its tables, for those who send light through it.

    It need not be the designed one: a faulty layout is simulated and trained as it is, which a line says. Refusal where
    light cannot be followed through it.
    """
    values = flow.run(("extraction",), folder.given(), terminal.stage)
    require_same_chip(folder, values["extraction"])
    values = flow.run(("differences",), values, terminal.stage)
    wrong = len(values["extraction"].findings) + len(values["differences"])
    if wrong:
        terminal.say(f"{folder.gds}: not the designed circuit ({wrong} findings); run backlight verify {folder.path}")
    try:
        return flow.run(("tables",), values, terminal.stage)
    except (ValueError, KeyError) as error:
        found = f"a circuit that light cannot be followed through ({error})"
        raise Refusal(folder.gds, found, "a whole chip", f"run backlight verify {folder.path}") from None


def require_same_chip(folder: Folder, extraction: "Extraction") -> None:
    """Refusal where the GDS in a folder is that of another design."""
    if not same_chip(folder.netlist, extraction.netlist):
        found = f"the GDS of another design ({outline(extraction.netlist)})"
        raise Refusal(folder.gds, found, outline(folder.netlist), "run backlight compile again")


def summary(checks: Sequence[Check]) -> dict[str, object]:
    """What verify.json holds."""
    return {"ok": all(check.ok for check in checks), "checks": [check.as_dict() for check in checks]}


def tell(place: Path, checks: Sequence[Check], terminal: Terminal) -> int:
    """Print every check and its findings; exit status."""
    rows = [("ok" if check.ok else "FAILED", check.name, check.measured, check.limit) for check in checks]
    terminal.table([("", "check", "measured", "limit"), *rows])
    for check in checks:
        terminal.findings(check.findings[:SHOWN])
        if len(check.findings) > SHOWN:
            terminal.say(f"  {check.name}: {len(check.findings) - SHOWN} more")
    failed = [check.name for check in checks if not check.ok]
    terminal.say(f"{place}: " + (f"FAILED: {', '.join(failed)}" if failed else "all checks hold"))
    terminal.result(summary(checks))
    return CHECK_FAILED if failed else 0

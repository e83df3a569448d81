"""backlight export: what one sends to a foundry, and what one takes to the bench."""

import hashlib
import tempfile
from contextlib import suppress
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backlight import files, flow
from backlight.checks import Check, design_checks
from backlight.equivalence import LIMIT
from backlight.export.bench_files import write_bench
from backlight.export.bundle import earlier, inventory, publish, require_writable, write_zip, zip_of
from backlight.export.foundry_checks import FoundryCheck, foundry_checks
from backlight.export.foundry_files import die_um, write_foundry
from backlight.export.pads import by_terminal, pads
from backlight.export.readme import Sent
from backlight.export.readout import detectors
from backlight.folder import Folder
from backlight.programs import stored
from backlight.refusal import CHECK_FAILED, Refusal
from backlight.terminal import Terminal, complain
from backlight.verbs.verify import SHOWN, checks_of_gds, require_same_chip
from pdk.finding import Finding

if TYPE_CHECKING:
    from backlight.equivalence import Equivalence
    from layouts.strip import Proof


def export_folder(path: Path, bundle: Path, force: bool, terminal: Terminal) -> int:
    """Export the design in a folder as a bundle, a folder and a zip beside it; exit status.

    Nothing is written where a check fails, but by `force`.
    """
    folder = Folder(path)
    if bundle.resolve() == path.resolve():
        raise Refusal(bundle, "the design's own folder", "a folder for the bundle", "choose another name with -o")
    before = earlier(bundle)
    require_writable(bundle)
    if (program := path / files.PROGRAM).exists():
        stored(program)  # what is damaged is said before anything is checked
    with tempfile.TemporaryDirectory(prefix="backlight-export-") as made:
        work = Path(made)
        sent, values, equivalence = _sent(folder, work, terminal)
        _tell(sent, terminal)
        if sent.failed and not force:
            terminal.result(_outcome(sent, None))
            complain(
                f"{path}: found that {', '.join(sent.failed)} failed, expected a design that holds; "
                f"nothing was written; run backlight verify {path}, or export --force"
            )
            return CHECK_FAILED
        with terminal.stage("bundle", "reports, lists, pictures, and what the bench needs"):
            write_foundry(work, sent, values)
            write_bench(work / files.BENCH, folder, values)
            manifest = {**_manifest(sent, equivalence), "files": inventory(work)}
            files.write_json(work / files.MANIFEST, manifest)
            publish(work, bundle, before)
            target = zip_of(bundle)
            with files.replacing(target) as beside:
                write_zip(beside, work, Path(sent.gds).stem)
    forced = ", although checks failed: not to be made as it is" if sent.failed else ""
    terminal.say(f"{bundle}: {sent.gds} for {sent.pdk.name}, {len(manifest['files'])} files; {target}{forced}")
    terminal.result(_outcome(sent, bundle))
    return CHECK_FAILED if sent.failed else 0


def _sent(folder: Folder, work: Path, terminal: Terminal) -> "tuple[Sent, dict[str, Any], Equivalence | None]":
    """The stripped file in `work`, read back and checked; what the flow knows of it; how far its light is off."""
    from compiler.digest import digest
    from layouts.features import layer_uses
    from layouts.strip import clean_name, prove, strip

    name, pdk = folder.design.network.name, folder.pdk
    gds = work / f"{clean_name(name)}.gds"
    with terminal.stage("strip", "pins and outlines left out, all else proved unchanged"):
        top_cell = strip(folder.gds, gds, pdk, name)
        proof = prove(folder.gds, gds, pdk)
    values = flow.run(("extraction",), {**folder.given(), "gds": gds}, terminal.stage)
    require_same_chip(folder, values["extraction"])
    checks = [_unchanged(proof), *checks_of_gds(values, terminal)]
    values = flow.run(("differences",), values, terminal.stage)
    if all(check.ok for check in checks) and not values["differences"]:
        values = flow.run(("equivalence",), values, terminal.stage)
    with suppress(ValueError, KeyError):  # not the shape of a chip: its findings say so, and there is no recipe for it
        values = flow.run(("tables",), values, terminal.stage)
    equivalence = values.get("equivalence")
    checks += design_checks(values["differences"], equivalence)
    foundry: dict[str, FoundryCheck] = {}
    if pdk.submission.checks:
        with terminal.stage("foundry", "the foundry's own checks of the file"):
            foundry = dict(foundry_checks(gds, pdk))
    extraction = values["extraction"]
    found = pads(extraction)
    values |= {"pads": found, "detectors": detectors(extraction, pdk, by_terminal(found))}
    sent = Sent(
        name=name,
        gds=gds.name,
        top_cell=top_cell,
        bytes=gds.stat().st_size,
        sha256=hashlib.sha256(gds.read_bytes()).hexdigest(),
        die_um=die_um(gds, pdk),
        pdk=pdk,
        netlist=extraction.netlist,
        hash=digest(extraction.netlist),
        layers=layer_uses(gds, pdk),
        proof=proof,
        checks=tuple(checks),
        foundry=foundry,
        pads=len(values["pads"]),
        detectors=len(values["detectors"]),
    )
    return sent, values, equivalence


def _unchanged(proof: "Proof") -> Check:
    """The proof as one of the checks."""
    measured = f"{len(proof.layers)} layers, {proof.cells} cells, {proof.instances} instances"
    findings = tuple(
        Finding(str(index + 1), "unchanged", difference, "what compile drew", "compile the design again")
        for index, difference in enumerate(proof.differences)
    )
    return Check("unchanged", proof.ok, measured, f"equal but for {', '.join(proof.left_out)}", findings)


def _tell(sent: Sent, terminal: Terminal) -> None:
    """Print every check and its findings."""
    rows = [("ok" if check.ok else "FAILED", check.name, check.measured, check.limit) for check in sent.checks]
    for name, check in sent.foundry.items():
        rows.append(("ok" if check.ok else "-" if check.not_run else "FAILED", name, str(check), "0 findings"))
    terminal.table([("", "check", "measured", "limit"), *rows])
    for found in (*(check.findings for check in sent.checks), *(check.findings for check in sent.foundry.values())):
        terminal.findings(found[:SHOWN])
        if len(found) > SHOWN:
            terminal.say(f"  {len(found) - SHOWN} more")


def _manifest(sent: Sent, equivalence: "Equivalence | None") -> dict[str, Any]:
    """What the manifest says beside the list of files."""
    light: dict[str, Any] = {"ok": False, "largest": None, "limit": LIMIT, "told": "the layout is not the circuit"}
    if equivalence is not None:
        largest = equivalence.largest if isfinite(equivalence.largest) else None
        light |= {"ok": equivalence.ok, "largest": largest, "told": equivalence.why}
    return {
        "design": sent.name,
        "gds": sent.gds,
        "top_cell": sent.top_cell,
        "pdk": sent.pdk.name,
        "pdk_version": sent.pdk.version,
        "backlight": version("backlight"),
        "netlist_hash": sent.hash,
        "ok": not sent.failed,
        "failed": list(sent.failed),
        "strip": sent.proof.as_dict(),
        "s_matrix": light,
        "checks": [check.as_dict() for check in sent.checks],
        "foundry_checks": {name: check.as_dict() for name, check in sent.foundry.items()},
        "needs": list(sent.pdk.submission.needs),
    }


def _outcome(sent: Sent, bundle: Path | None) -> dict[str, Any]:
    """What --json prints."""
    checks = {check.name: check.ok for check in sent.checks}
    foundry = {name: str(check) for name, check in sent.foundry.items()}
    where = {"bundle": str(bundle), "zip": str(zip_of(bundle))} if bundle else {}
    return {"ok": not sent.failed, "failed": list(sent.failed), "checks": checks, "foundry": foundry, **where}

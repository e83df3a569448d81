"""The part of a bundle that goes to the foundry: reports, lists, rules, pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from backlight import files
from backlight.export import pads as pad_list
from backlight.export.readme import Sent, readme
from backlight.verbs.compile import PORTS, ports

if TYPE_CHECKING:
    from pdk.contract import Pdk

CHECKS, CHECKS_TEXT, README = "checks.json", "checks.txt", "README.txt"
PNG, SVG = "die.png", "die.svg"


def write_foundry(work: Path, sent: Sent, values: dict[str, Any]) -> None:
    """Write all of it beside the GDS in a folder. `values`: of the flow, and `pads`."""
    from layouts.deck import deck
    from layouts.picture import svg
    from layouts.screenshot import screenshot

    pdk, gds, extraction = sent.pdk, work / sent.gds, values["extraction"]
    checks = {
        "ok": not sent.failed,
        "checks": [check.as_dict() for check in sent.checks],
        "foundry": {name: check.as_dict() for name, check in sent.foundry.items()},
    }
    findings = [found for check in (*sent.checks, *sent.foundry.values()) for found in check.findings]
    layer = pad_list.layer_of(pdk)
    files.write_json(work / CHECKS, checks)
    files.write_text(work / CHECKS_TEXT, _as_text(sent))
    files.write_text(work / README, readme(sent))
    files.write_csv(work / files.PADS, pad_list.HEADER, [pad.row(layer) for pad in values["pads"]])
    files.write_csv(work / files.PORTS, PORTS, ports(extraction, pdk))
    files.write_text(work / files.RULES, deck(pdk))
    files.write_markers(work / files.MARKERS, sent.top_cell, findings)
    screenshot(gds, pdk, work / PNG)
    files.write_text(work / SVG, svg(gds, pdk))


def die_um(gds: Path, pdk: "Pdk") -> tuple[float, float]:
    """Width and height of the die's frame, or of everything where none is drawn."""
    from layouts.extract import read
    from pdk.ports import polygon_bbox

    layout = read(gds)
    top, index = layout.top_cell(), layout.find_layer(*pdk.layers["die"])
    box = polygon_bbox(top, pdk.layers) if index is None or top.bbox(index).empty() else top.bbox(index)
    return box.width() / 1000, box.height() / 1000


def _as_text(sent: Sent) -> str:
    lines = []
    for check in sent.checks:
        state = "ok    " if check.ok else "FAILED"
        lines.append(f"{state}  {check.name}: {check.measured} (expected {check.limit})")
        lines += [f"        {finding}" for finding in check.findings]
    for name, check in sent.foundry.items():
        lines.append(f"{'ok    ' if check.ok else 'NOT RUN' if check.not_run else 'FAILED'}  {name}: {check.told}")
        lines += [f"        {finding}" for finding in check.findings]
    if not sent.foundry:
        lines.append(f"-       {sent.pdk.name} brings no checks of its own")
    return "\n".join(lines) + "\n"

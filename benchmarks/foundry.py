"""Every figure of the foundries: compiled, extracted, checked, exported, read back, trained; one table.

    python benchmarks/foundry.py                       all rows, with the foundries' packages and the KLayout program
    python benchmarks/foundry.py --pdks siepic-ebeam   some processes only
    python benchmarks/foundry.py --chips 1             fewer chips to train
    python benchmarks/foundry.py --json out.json       the same as a list of {what, measured, limit, ok}
    python benchmarks/foundry.py --keep FOLDER         keep folders, bundles and pictures there
    python benchmarks/foundry.py --page                table and pictures into docs/foundries.md

Everything goes through the commands that a user types. Needs: uv sync --all-extras.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures import Figure, finish, heading, tell

ROOT = Path(__file__).parents[1]
PDKS = ("generic", "cornerstone-si220", "luxtelligence-lnoi400", "siepic-ebeam")
MOONS = ROOT / "examples" / "moons.yml"
CROSSBAR = ROOT / "examples" / "crossbar-moons.yml"
PAGE = ROOT / "docs" / "foundries.md"
MARKS = "<!-- figures -->\n", "<!-- end of figures -->"
PICTURES = {
    "moons-generic": "foundry-generic.png",
    "moons-cornerstone-si220": "foundry-cornerstone.png",
    "moons-luxtelligence-lnoi400": "foundry-luxtelligence.png",
    "moons-siepic-ebeam": "foundry-siepic.png",
    "crossbar": "foundry-crossbar.png",
}
"""Bundle to the picture of its exported die in the manual."""
SAX_LIMIT = 1e-9
ACCURACY = 0.95
CHIPS = 5

TWO_LAYERS = """\
name: mesh_{ports}
network:
  inputs: 2
  layers:
    - {{outputs: {ports}, activation: modulator}}
    - {{outputs: {ports}}}
chip: {{ports: {ports}, io: grating}}
train: {{data: moons}}
"""

LAYER = """\
name: mesh_{ports}
network: {{inputs: 2, layers: [{{outputs: {ports}}}], loss: cross_entropy}}
chip: {{ports: {ports}, io: grating}}
train: {{data: moons}}
"""


def backlight(*words: str | Path) -> tuple[int, str, str]:
    """Run a command; exit status, stdout, stderr."""
    command = [str(Path(sys.executable).with_name("backlight")), *map(str, words)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "COLUMNS": "200"})
    return run.returncode, run.stdout, run.stderr.strip()


def answer(*words: str | Path) -> tuple[int, dict[str, Any], str]:
    """Run a command with --json; exit status, what it says, stderr."""
    status, out, err = backlight(*words, "--json")
    try:
        return status, json.loads(out), err
    except ValueError:
        return status, {}, err or out[-300:]


def made(spec: Path, pdk: str, folder: Path, what: str) -> Iterator[Figure]:
    """Compile, verify, export; the exported file's own checks, and its light."""
    start = time.perf_counter()
    status, compiled, err = answer("compile", spec, "--pdk", pdk, "-o", folder)
    seconds = time.perf_counter() - start
    if status:
        yield Figure(f"{what}: compiles", err[:200], "a layout", False)
        return
    size = f"{compiled['die_width_um'] / 1000:.2f} x {compiled['die_height_um'] / 1000:.2f} mm"
    yield Figure(f"{what}: compiles", f"{compiled['devices']} devices, {size}, {seconds:.1f} s", "a layout", True)
    status, verified, err = answer("verify", folder)
    failed = [check["name"] for check in verified.get("checks", []) if not check["ok"]]
    count = len(verified.get("checks", []))
    told = err or (", ".join(failed) if failed else f"{count} checks hold")
    yield Figure(f"{what}: extracts, compares, keeps its rules", told, "all checks", status == 0 and count > 0)
    bundle = folder.with_name(folder.name + "-bundle")
    status, _, err = answer("export", folder, "-o", bundle)
    if status:
        yield Figure(f"{what}: exports", err[:200] or "checks failed", "a bundle", False)
        return
    yield from bundled(bundle, what)


def bundled(bundle: Path, what: str) -> Iterator[Figure]:
    """What the manifest of a bundle says of the exported file."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    strip = manifest["strip"]
    area = sum(layer["xor_area_nm2"] for layer in strip["layers"])
    yield Figure(
        f"{what}: exported file beside chip.gds, pins and outlines apart",
        f"{len(strip['layers'])} layers, XOR {area} nm2",
        "0 nm2",
        area == 0 and bool(strip["layers"]),
    )
    light = manifest["s_matrix"]["largest"]
    yield Figure(f"{what}: SAX of exported against designed", f"{light:.1e}", f"{SAX_LIMIT:g}", light <= SAX_LIMIT)
    for name, check in manifest["foundry_checks"].items():
        measured = check.get("not_run") or f"{len(check['findings'])} findings"
        yield Figure(f"{what}: the foundry's own check: {name}", measured, "0 findings", check["ok"])


def as_sent(folder: Path) -> Path:
    """The design folder with the exported file in the place of the drawn one: what the foundry makes."""
    sent = folder.with_name(folder.name + "-sent")
    shutil.rmtree(sent, ignore_errors=True)
    shutil.copytree(folder, sent)
    (gds,) = folder.with_name(folder.name + "-bundle").glob("*.gds")
    shutil.copyfile(gds, sent / "chip.gds")
    return sent


def taught(folder: Path, pdk: str, chips: int) -> Iterator[Figure]:
    """In-situ training of many chips, all imperfections drawn, of the circuit read back from the GDS."""
    start = time.perf_counter()
    status, told, err = answer("yield", folder, "--chips", str(chips))
    if status not in (0, 1) or not told:
        yield Figure(f"moons on {pdk}: in situ, REAL", err[:200], f"{ACCURACY:.0%}", False)
        return
    measured = (
        f"{told['mean']:.1%} mean, {told['lowest']:.1%} lowest of {told['chips']} chips, "
        f"{time.perf_counter() - start:.0f} s"
    )
    yield Figure(
        f"moons on {pdk}: exported file, in situ, REAL, held out", measured, f"{ACCURACY:.0%}", told["mean"] >= ACCURACY
    )


def read_back(folder: Path, pdk: str) -> Iterator[Figure]:
    """The stripped file alone, as the foundry has it: devices, ports and nets from polygons."""
    bundle = folder.with_name(folder.name + "-bundle")
    (gds,) = bundle.glob("*.gds")
    status, told, err = answer("verify", gds, "--pdk", pdk)
    failed = [check["name"] for check in told.get("checks", []) if not check["ok"]]
    measured = err or ", ".join(failed) or f"{len(told.get('checks', []))} checks hold"
    yield Figure(f"moons on {pdk}: stripped file read back alone", measured, "all checks", status == 0)


def large(folder: Path, pdk: str) -> Iterator[Figure]:
    """8 ports on the largest die of the process: one layer, made whole, and whether two fit."""
    one = folder / f"{pdk}-8.yml"
    one.write_text(LAYER.format(ports=8))
    yield from made(one, pdk, folder / f"{pdk}-8", f"8 ports, 1 layer on {pdk}")
    two = folder / f"{pdk}-8-2.yml"
    two.write_text(TWO_LAYERS.format(ports=8))
    status, compiled, err = answer("compile", two, "--pdk", pdk, "-o", folder / f"{pdk}-8-2")
    told = err.removeprefix("backlight: ") if status else f"fits: {compiled['devices']} devices"
    yield Figure(f"8 ports, 2 layers on {pdk}", told, "fits, or the exact reason", status == 0 or "mm" in told)


def external() -> Iterator[Figure]:
    """A process from outside, in a package of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/flow/test_external_pdk.py"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    told = (run.stdout.strip().splitlines() or ["nothing"])[-1].strip("= ")
    what = "a PDK added from outside: found, conformant, compiles"
    yield Figure(what, told, "passes", run.returncode == 0 and "passed" in told)


def rows(pdks: tuple[str, ...], folder: Path, chips: int) -> Iterator[Figure]:
    """All of the table."""
    through = 0
    for pdk in pdks:
        moons = folder / f"moons-{pdk}"
        figures = list(made(MOONS, pdk, moons, f"moons on {pdk}"))
        yield from figures
        if not all(figure.ok for figure in figures):
            continue
        through += 1
        yield from read_back(moons, pdk)
        yield from taught(as_sent(moons), pdk, chips)
    if "cornerstone-si220" in pdks:
        spec = folder / "mesh-4.yml"
        spec.write_text(TWO_LAYERS.format(ports=4))
        yield from made(spec, "cornerstone-si220", folder / "mesh-4", "4 ports, 2 layers on cornerstone-si220")
        yield from made(CROSSBAR, "cornerstone-si220", folder / "crossbar", "2-8-1 crossbar on cornerstone-si220")
        yield from large(folder, "cornerstone-si220")
    yield from external()
    what = "processes that compile moons, extract, compare, pass their checks"
    yield Figure(what, f"{through} of {len(pdks)}", "all", through == len(pdks))


def on_page(figures: list[Figure], folder: Path) -> None:
    """Write the table between its marks in the manual, and a picture of every exported die beside it."""
    before, _, rest = PAGE.read_text().partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    lines = ["| what | measured | limit | |", "|---|---|---|---|"]
    lines += [f"| {f.what} | {f.measured} | {f.limit} | {'holds' if f.ok else '**missed**'} |" for f in figures]
    PAGE.write_text(before + MARKS[0] + "\n" + "\n".join(lines) + "\n\n" + MARKS[1] + after)
    for name, picture in PICTURES.items():
        for gds in (folder / f"{name}-bundle").glob("*.gds"):
            backlight("show", gds, "--png", PAGE.with_name(picture))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pdks", nargs="+", choices=PDKS, default=list(PDKS))
    parser.add_argument("--chips", type=int, default=CHIPS)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="backlight-foundry-"))
    folder.mkdir(parents=True, exist_ok=True)
    heading()
    figures: list[Figure] = []
    for figure in rows(tuple(asked.pdks), folder, asked.chips):
        tell([figure])
        figures.append(figure)
    if asked.page:
        on_page(figures, folder)
    if not asked.keep:
        shutil.rmtree(folder)
    return finish(figures, asked.json)


if __name__ == "__main__":
    raise SystemExit(main())

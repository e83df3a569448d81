"""docs/performance.md and its plots, from what `engine.py` found."""

import datetime
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from figures import Figure

OURS = ("jax", "jaxlib", "numpy", "sax", "klujax")
HEAD = """# Performance of the engine

Written by `uv run python benchmarks/engine.py --docs` on {date}: {machine}, {cores} cores.
Python {python}; {versions}.

What the engine is and how it works: [engine.md](engine.md). Times are medians, the two sides of a ratio taking
turns, phases other ones on every call; in brackets are the quartiles of the ratio. "Dense product" is one complex128
product of a 64 x 64 and a 64 x 256 matrix by NumPy's BLAS on the same cores.

| | what | measured | wanted |
|---|---|---|---|
"""
STEP = """
## One training step, beside other libraries

Three layers of N x N ports, batch 32, detection, loss, gradient in all phases, update; one core each. The peers run in
environments of their own, in turn with ours. Ours is the compiled mesh with its waveguides, taps and losses; theirs are
ideal. Rows in *italics* train a matrix instead of phases: no heater setting stands for it, so they are not the same
thing. At 64 ports and 32 samples such a matrix is the faster one: most of a mesh's time goes into the blocks and scales
of its 2016 meetings there, which do not depend on the number of samples.

| library | numbers | 4 ports | 8 ports | 64 ports | gradient against differences | version |
|---|---|---|---|---|---|---|
"""
DECOMPOSITION = """
## Decomposition of a random unitary

| library | 64 ports | 256 ports | error at 64 | error at 256 | version |
|---|---|---|---|---|---|
"""
SCALING = """
## Cost against size

![Seconds of forward and gradient against ports and layers](engine-scaling.png)

One core, batch 256, with powers and a nonlinearity behind each layer. Dashed: one dense product per layer.

| ports (1 layer) | forward, ms | forward + gradient, ms | dense product, ms | peak memory, MB (lowering included) |
|---|---|---|---|---|
"""


def write_page(figures: Iterable[Figure], found: Mapping[str, Any], docs: Path) -> None:
    """The page and its plots."""
    text = HEAD.format(
        date=datetime.date.today().isoformat(),
        machine=_processor(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        versions=", ".join(f"{name} {metadata.version(name)}" for name in OURS),
    )
    for figure in figures:
        text += f"| {'✓' if figure.ok else '✗'} | {figure.what} | {figure.measured} | {figure.limit} |\n"
    if "step" in found:
        text += STEP + "".join(_step_rows(found["step"])) + _plot_link(found["step"], docs)
    if "decomposition" in found:
        text += DECOMPOSITION + "".join(_decomposition_rows(found["decomposition"]))
    if "scaling" in found:
        text += SCALING + "".join(
            f"| {ports} | {1e3 * row['forward']:.3f} | {1e3 * row['gradient']:.3f} | {1e3 * row['product']:.3f} "
            f"| {row['bytes'] / 1e6:.0f} |\n"
            for ports, row in found["scaling"]["ports"].items()
        )
        _plot_scaling(found["scaling"], docs / "engine-scaling.png")
    (docs / "performance.md").write_text(text)
    (docs / "performance.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _told(row: Mapping[str, Any]) -> str:
    if "error" in row:
        return row["error"].splitlines()[-1][-60:].replace("|", "/")
    own = f"{1e3 * row['seconds']:.3g} ms"
    return f"{own} ({row['ratio']:.1f}x)" if "ratio" in row else own


def _version(row: Mapping[str, Any]) -> str:
    versions = {name: v for name, v in row.get("versions", {}).items() if name not in ("python", "numpy")}
    return ", ".join(f"{name} {v}" for name, v in versions.items())


def _any(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    rows = list(rows)
    return next((row for row in rows if "error" not in row), rows[0])


def _step_rows(table: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    names = list(table["4"])
    for name in sorted(names, key=lambda name: not name.startswith("backlight")):
        rows = [table[ports][name] for ports in table]
        good = _any(rows)
        dense = good.get("parameters", "phases") != "phases"
        shown = f"*{name}*" if dense else f"**{name}**" if name.startswith("backlight") else name
        error = good.get("gradient_error")
        checked = f"{error:.0e}" if error is not None else ""
        cells = " | ".join(_told(row) for row in rows)
        yield f"| {shown} | {good.get('dtype', '')} | {cells} | {checked} | {_version(good)} |\n"


def _decomposition_rows(table: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    for name in table["64"]:
        rows = [table[ports][name] for ports in table]
        errors = [row.get("matrix_error") for row in rows]
        cells = [_told(row) for row in rows] + [f"{e:.0e}" if e is not None else "" for e in errors]
        yield f"| {name} | {' | '.join(cells)} | {_version(_any(rows))} |\n"


def _plot_link(table: Mapping[str, Mapping[str, Any]], docs: Path) -> str:
    from matplotlib.figure import Figure as Plot

    plot = Plot(figsize=(9, 3.4), layout="constrained")
    axes = plot.subplots(1, len(table), sharex=False)
    for at, (ports, rows) in zip(axes, table.items(), strict=True):
        told = sorted(((row["seconds"] * 1e3, name) for name, row in rows.items() if "seconds" in row), reverse=True)
        dense = {name for name, row in rows.items() if row.get("parameters", "phases") != "phases"}
        colours = ["#d1495b" if n.startswith("backlight") else "#c9c9c9" if n in dense else "#5b7c99" for _, n in told]
        at.barh([name for _, name in told], [ms for ms, _ in told], color=colours)
        at.set_xscale("log")
        at.set_title(f"{ports} ports", fontsize=10)
        at.set_xlabel("ms a step")
        at.tick_params(labelsize=7)
    plot.savefig(docs / "engine-step.png", dpi=130)
    return "\n![A training step in milliseconds, by library; grey: without phases](engine-step.png)\n"


def _plot_scaling(found: Mapping[str, Any], path: Path) -> None:
    from matplotlib.figure import Figure as Plot

    plot = Plot(figsize=(9, 3.4), layout="constrained")
    for at, axis in zip(plot.subplots(1, 2), ("ports", "layers"), strict=True):
        sizes = [int(size) for size in found[axis]]
        rows = list(found[axis].values())
        layers = sizes if axis == "layers" else [1] * len(sizes)
        for kind, colour in (("forward", "#5b7c99"), ("gradient", "#d1495b")):
            slope = found[f"{axis} {kind} exponent"]
            times = [1e3 * row[kind] for row in rows]
            at.loglog(sizes, times, "o-", color=colour, label=f"{kind}, exponent {slope:.2f}")
        at.loglog(
            sizes, [1e3 * n * row["product"] for n, row in zip(layers, rows, strict=True)], "--", color="#888888",
            label="dense product per layer",
        )  # fmt: skip
        at.set_xlabel(axis)
        at.set_xticks(sizes, [str(size) for size in sizes], minor=False)
        at.set_xticks([], minor=True)
        at.set_ylabel("ms, batch 256")
        at.grid(alpha=0.3)
        at.legend(fontsize=7)
    plot.savefig(path, dpi=130)

"""The figures of docs/crossbar.md: its table between two marks, and its plots, from what `crossbar.py` found."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from figures import Figure

DOCS = Path(__file__).parents[1] / "docs"
START, END = "<!-- figures of benchmarks/crossbar.py -->\n", "<!-- end of figures -->\n"
COLOURS = {"chip": "#d1495b", "digital": "#5b7c99", "locked": "#edae49", "table": "#c9a66b", "blind": "#c9c9c9"}

Found = Mapping[str, Mapping[str, np.ndarray]]
"""Data set to what was found: arrays (chips, draws), accuracies 0 … 1."""


def write_figures(figures: Iterable[Figure], found: Found, docs: Path = DOCS) -> None:
    """Put the table into the page, and write its plots."""
    page = docs / "crossbar.md"
    before, _, rest = page.read_text().partition(START)
    after = rest.partition(END)[2]
    table = "| | what | measured | wanted |\n|---|---|---|---|\n"
    for figure in figures:
        table += f"| {'✓' if figure.ok else '✗'} | {figure.what} | {figure.measured} | {figure.limit} |\n"
    page.write_text(before + START + table + END + after)
    found = {name: of_set for name, of_set in found.items() if of_set}
    _chips(found, docs / "crossbar-chips.png")
    _drift(found, docs / "crossbar-drift.png")
    _offline(found, docs / "crossbar-offline.png")


def _panels(found: Found):
    from matplotlib.figure import Figure as Plot

    plot = Plot(figsize=(9, 3.2), layout="constrained")
    axes = np.atleast_1d(plot.subplots(1, len(found), sharey=True))
    axes[0].set_ylabel("held-out accuracy, %")
    for at, name in zip(axes, found, strict=True):
        at.set_title(name, fontsize=10)
        at.grid(alpha=0.3)
    return plot, axes


def _chips(found: Found, path: Path) -> None:
    """Each chip's mean over its draws, sorted, beside a digital network on the same data."""
    plot, axes = _panels(found)
    for at, of_set in zip(axes, found.values(), strict=True):
        chip, digital = (100 * of_set[key].mean(axis=1) for key in ("chip", "digital"))
        order, rank = np.argsort(chip), np.arange(len(chip))
        at.plot(rank, digital[order], ".", color=COLOURS["digital"], ms=4, label="digital, same data")
        at.plot(rank, chip[order], ".", color=COLOURS["chip"], ms=5, label="on chip")
        at.axhline(92.5, color="#888888", ls="--", lw=0.8)
        at.set_xlabel("chip, from worst to best")
    axes[0].legend(fontsize=8, loc="upper left")
    plot.savefig(path, dpi=130)


def _drift(found: Found, path: Path) -> None:
    """Accuracy before and after a drift, reloaded, and trained in place."""
    plot, axes = _panels(found)
    steps = ["before drift", "after drift", "reloaded", "reloaded and trained"]
    for at, of_set in zip(axes, found.values(), strict=True):
        means = [100 * of_set[step].mean(axis=1) for step in steps]
        at.boxplot(means, showfliers=False, widths=0.5, medianprops={"color": COLOURS["chip"]})
        at.set_xticks(range(1, 5), ["before", "0.3 rad", "reload", "+ 100\nepochs"], fontsize=8)
    plot.savefig(path, dpi=130)


def _offline(found: Found, path: Path) -> None:
    """The same network trained elsewhere and loaded in three ways, beside training on the chip."""
    plot, axes = _panels(found)
    ways = {"blind": "blind", "table": "sweep", "locked": "locked", "chip": "on chip"}
    for at, of_set in zip(axes, found.values(), strict=True):
        for place, way in enumerate(ways):
            values = 100 * of_set[way].mean(axis=1)
            spread = np.linspace(-0.25, 0.25, len(values))
            at.plot(place + spread, np.sort(values), ".", color=COLOURS[way], ms=3)
            at.hlines(values.mean(), place - 0.3, place + 0.3, color="#333333", lw=1)
        means = [f"{label}\n{100 * of_set[way].mean():.1f}" for way, label in ways.items()]
        at.set_xticks(range(4), means, fontsize=8)
    plot.savefig(path, dpi=130)

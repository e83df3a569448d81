"""Small plots as SVG text, in the colours of the page that they stand in, so that they follow light and dark.

Every function returns one <svg> element; text is escaped.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

import numpy as np

HISTOGRAM_BARS = 24
"""Bars of a histogram, at most."""
CELL = 34
"""Side of a heat map's cell in pixels where there are up to 8 columns."""


def heatmap(values: np.ndarray, rows: Sequence[str], columns: Sequence[str], *, title: str, digits: int = 2) -> str:
    """Values (r, c) as tinted cells with their numbers; the darkest tint is the largest size, and what is negative has
    a colour of its own."""
    count = max(values.shape)
    side = max(CELL if count <= 8 else 24, 6 + 6 * max((len(name) for name in columns), default=1))
    left, top = 14 + 7 * max((len(name) for name in rows), default=1), 24
    largest = float(np.max(np.abs(values))) or 1.0
    parts = []
    for i, j in np.ndindex(*values.shape):
        x, y, share = left + j * side, top + i * side, abs(float(values[i, j])) / largest
        kind = "cell minus" if values[i, j] < 0 else "cell"
        tip = f"{rows[i]} ← {columns[j]}: {values[i, j]:.4g}"
        parts.append(
            f'<g><title>{escape(tip)}</title><rect x="{x}" y="{y}" width="{side - 2}" height="{side - 2}" rx="3" '
            f'class="{kind}" style="fill-opacity:{0.06 + 0.94 * share:.3f}"/>'
        )
        if count <= 8:
            ink = "ink-on" if share > 0.55 else "ink"
            number = f"{values[i, j]:.{digits}f}"
            parts.append(f'<text x="{x + side / 2 - 1}" y="{y + side / 2 + 3}" class="{ink} mid small">{number}</text>')
        parts.append("</g>")
    parts += [
        f'<text x="{left - 6}" y="{top + i * side + side / 2 + 3}" class="soft end small">{escape(name)}</text>'
        for i, name in enumerate(rows)
    ]
    every = 1 if count <= 8 else 2
    parts += [
        f'<text x="{left + j * side + side / 2 - 1}" y="{top - 7}" class="soft mid small">{escape(name)}</text>'
        for j, name in enumerate(columns)
        if j % every == 0
    ]
    width, height = left + len(columns) * side + 4, top + len(rows) * side + 4
    return _svg(width, height, title, parts)


def curves(
    lines: Mapping[str, Sequence[float]],
    x: Sequence[float],
    *,
    title: str,
    x_label: str,
    y_label: str,
    log: bool = False,
    marks: Mapping[float, str] | None = None,
) -> str:
    """Lines over a common x, each with its name at its end; values that are not finite leave a gap.

    marks: x to a word, written upright beside a line of its own.
    """
    width, height, left, right, top, bottom = 460, 220, 46, 92, 14, 34
    shown = [v for values in lines.values() for v in values if isfinite(v) and (not log or v > 0)]
    if not shown or not len(x):
        return _svg(width, height, title, [f'<text x="{width / 2}" y="{height / 2}" class="soft mid">no values</text>'])
    low, high, ticks = _scale(min(shown), max(shown), log)
    first, last = min(x), max(max(x), min(x) + 1)

    def at_x(v: float) -> float:
        return left + (v - first) / (last - first) * (width - left - right)

    def at_y(v: float) -> float:
        v = log10(v) if log else v
        return height - bottom - (v - low) / (high - low) * (height - top - bottom)

    parts = []
    for tick in ticks:
        y = at_y(tick)
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 3:.1f}" class="soft end small">{tick:.4g}</text>')
    for tick in sorted({first, *_round_ticks(first, last)}):
        parts.append(f'<text x="{at_x(tick):.1f}" y="{height - bottom + 14}" class="soft mid small">{tick:.4g}</text>')
    for at, word in (marks or {}).items():
        x_at = at_x(at)
        parts.append(f'<line x1="{x_at:.1f}" x2="{x_at:.1f}" y1="{top}" y2="{height - bottom}" class="grid"/>')
        turn = f'transform="translate({x_at - 3:.1f} {height - bottom - 4}) rotate(-90)"'
        parts.append(f'<text {turn} class="soft small">{escape(word)}</text>')
    ends: list[float] = []
    for k, (name, values) in enumerate(lines.items()):
        points, runs = [], []
        for a, b in zip(x, values, strict=True):
            if isfinite(b) and (not log or b > 0):
                points.append(f"{at_x(a):.1f},{at_y(b):.1f}")
            elif points:
                runs.append(points)
                points = []
        runs = [run for run in [*runs, points] if run]
        parts += [f'<polyline points="{" ".join(run)}" class="line line-{k}"/>' for run in runs]
        if runs:
            y = float(runs[-1][-1].split(",")[1])
            while any(abs(y - other) < 12 for other in ends):
                y += 12
            ends.append(y)
            parts.append(f'<text x="{width - right + 6}" y="{y + 3:.1f}" class="name-{k} small">{escape(name)}</text>')
    parts.append(
        f'<text x="{(left + width - right) / 2}" y="{height - 4}" class="soft mid small">{escape(x_label)}</text>'
    )
    parts.append(f'<text x="{4}" y="{top - 3}" class="soft small">{escape(y_label)}</text>')
    return _svg(width, height, title, parts)


def histogram(values: Sequence[float], *, limit: float, title: str, x_label: str, y_label: str) -> str:
    """How many values fall where, as bars; those below a limit in the colour of what fails, the limit as a line."""
    width, height, left, right, top, bottom = 460, 220, 34, 14, 18, 34
    low, high = min(*values, limit), max(*values, limit)
    step = _round_step(high - low, HISTOGRAM_BARS) if high > low else 1.0
    first, last = floor(low / step + 1e-9), floor(high / step + 1e-9)
    counts = np.zeros((2, last - first + 1), dtype=int)
    for value in values:
        counts[int(value >= limit), floor(value / step + 1e-9) - first] += 1
    tallest = max(int(counts.sum(axis=0).max()), 1)

    def at_x(v: float) -> float:
        return left + (v / step - first) / counts.shape[1] * (width - left - right)

    def at_y(v: float) -> float:
        return height - bottom - v / tallest * (height - top - bottom)

    parts = []
    for tick in sorted({round(t) for t in _round_ticks(0, tallest)}):
        parts.append(
            f'<line x1="{left}" x2="{width - right}" y1="{at_y(tick):.1f}" y2="{at_y(tick):.1f}" class="grid"/>'
        )
        parts.append(f'<text x="{left - 6}" y="{at_y(tick) + 3:.1f}" class="soft end small">{tick}</text>')
    for tick in _round_ticks(first * step, (last + 1) * step):
        parts.append(f'<text x="{at_x(tick):.1f}" y="{height - bottom + 14}" class="soft mid small">{tick:.4g}</text>')
    for k in range(counts.shape[1]):
        x, wide, floor_y = at_x((first + k) * step), at_x(step) - at_x(0) - 1, 0
        for count, kind in zip(counts[:, k], ("bar failed", "bar"), strict=True):
            if count:
                y, tall = at_y(floor_y + count), at_y(0) - at_y(count)
                tip = f"{(first + k) * step:.4g} … {(first + k + 1) * step:.4g}: {count}"
                parts.append(f'<g><title>{tip}</title><rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" ')
                parts.append(f'height="{tall:.1f}" class="{kind}"/></g>')
                floor_y += count
    parts.append(
        f'<line x1="{at_x(limit):.1f}" x2="{at_x(limit):.1f}" y1="{top}" y2="{height - bottom}" class="limit"/>'
    )
    parts.append(_named(left, width - right, height, top, x_label, y_label))
    return _svg(width, height, title, parts)


def ranks(
    values: Sequence[float], names: Sequence[str], *, limit: float, title: str, x_label: str, y_label: str
) -> str:
    """Values from the lowest to the highest as dots over the share of values up to there, in %: the distribution
    function. Those below a limit in the colour of what fails, the limit as a line."""
    width, height, left, right, top, bottom = 460, 220, 46, 14, 18, 34
    low, high, ticks = _scale(min(*values, limit), max(*values, limit), log=False)
    parts = []

    def at_x(v: float) -> float:
        return left + v * (width - left - right)

    def at_y(v: float) -> float:
        return height - bottom - (v - low) / (high - low) * (height - top - bottom)

    for tick in ticks:
        parts.append(
            f'<line x1="{left}" x2="{width - right}" y1="{at_y(tick):.1f}" y2="{at_y(tick):.1f}" class="grid"/>'
        )
        parts.append(f'<text x="{left - 6}" y="{at_y(tick) + 3:.1f}" class="soft end small">{tick:.4g}</text>')
    for tick in (0, 25, 50, 75, 100):
        x = at_x(tick / 100)
        parts.append(f'<text x="{x:.1f}" y="{height - bottom + 14}" class="soft mid small">{tick}</text>')
    y = at_y(limit)
    parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" class="limit"/>')
    for rank, index in enumerate(sorted(range(len(values)), key=lambda k: values[k])):
        kind = "dot" if values[index] >= limit else "dot failed"
        x, y = at_x((rank + 0.5) / len(values)), at_y(values[index])
        tip = escape(f"{names[index]}: {values[index]:.4g}")
        parts.append(f'<g><title>{tip}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" class="{kind}"/></g>')
    parts.append(_named(left, width - right, height, top, x_label, y_label))
    return _svg(width, height, title, parts)


def _named(left: float, right: float, height: float, top: float, x_label: str, y_label: str) -> str:
    """What the two axes are."""
    x_name = f'<text x="{(left + right) / 2}" y="{height - 4}" class="soft mid small">{escape(x_label)}</text>'
    return f'{x_name}<text x="4" y="{top - 7}" class="soft small">{escape(y_label)}</text>'


STANDALONE_STYLE = (
    "text{font:11px sans-serif;fill:#1f2328}.soft{fill:#6b7280}.mid{text-anchor:middle}.end{text-anchor:end}"
    ".grid{stroke:#e6e3dc}.cell,.bar{fill:#2563a8}.cell.minus{fill:#c26a1b}.line{fill:none;stroke-width:1.8}"
    ".line-0{stroke:#2563a8}.line-1{stroke:#c26a1b}.line-2{stroke:#3f8f5f}.name-0{fill:#2563a8}.name-1{fill:#c26a1b}"
)
"""Colours of a plot that stands in no page."""


def standalone(svg: str) -> str:
    """A plot as a file of its own."""
    head, _, rest = svg.partition(">")
    return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{STANDALONE_STYLE}</style>{rest}\n'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img" class="plot">'
    return f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>"


def _scale(low: float, high: float, log: bool) -> tuple[float, float, list[float]]:
    """Ends of the axis (decades where log) and its ticks (values)."""
    if log:
        a, b = floor(log10(low)), ceil(log10(high))
        b = max(b, a + 1)
        return a, b, [10.0**k for k in range(a, b + 1, max(1, (b - a) // 4))]
    size = max(1.0, abs(low), abs(high))
    if high - low < 1e-9 * size:
        low, high = low - size / 2, high + size / 2
    ticks = _round_ticks(low, high)
    margin = 0.04 * (high - low)
    return min(low - margin, ticks[0]), max(high + margin, ticks[-1]), ticks


def _round_ticks(low: float, high: float) -> list[float]:
    """Five or so round numbers from low to high."""
    step = _round_step(high - low, 5)
    return [step * k for k in range(ceil(low / step), floor(high / step + 1e-9) + 1)] or [low]


def _round_step(span: float, steps: int) -> float:
    """The smallest round number that goes into a span no more often than `steps` times."""
    raw = span / steps
    power = 10.0 ** floor(log10(raw))
    return next(m for m in (1, 2, 5, 10) if raw <= m * power) * power

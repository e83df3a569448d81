"""The layout on a page: a picture to zoom into, whose devices say what they are.

The page carries the SVG of the layout inside <noscript>: the picture for those without scripts, and for the scripts
the data. They draw it on a canvas, because a browser opens every use of a cell of an SVG, and needs a minute for a
chip of 64 ports.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdk.contract import Pdk

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("model.js", "paint.js", "view.js", "devices.js", "start.js")
"""In the order in which they build on each other; they share one scope."""


@dataclass(frozen=True)
class LegendLayer:
    """A layer that can be switched off."""

    name: str
    label: str
    gds: str
    opacity: float


@dataclass(frozen=True)
class LayoutView:
    """What the page's template takes; picture, script and styles are markup."""

    picture: str
    legend: tuple[LegendLayer, ...]
    script: str
    styles: str


def layout_view(gds: Path, pdk: "Pdk") -> LayoutView:
    """The view of a GDS."""
    from markupsafe import Markup

    from layouts.colours import PAINTS
    from layouts.picture import layers_in, svg

    legend = tuple(
        LegendLayer(name, PAINTS[name].label, "{}/{}".format(*pdk.layers[name]), PAINTS[name].opacity)
        for name in layers_in(gds, pdk)
    )
    scripts = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return LayoutView(
        picture=Markup(svg(gds, pdk)),
        legend=legend,
        script=Markup(f'(() => {{\n"use strict";\n{scripts}}})();'),
        styles=Markup(_variables() + (PAGE / "view.css").read_text(encoding="utf-8")),
    )


def _variables() -> str:
    """The colours of every layer as CSS variables, for light and for dark paper."""
    from layouts.colours import PAINTS

    light = "".join(f"--{name}: {paint.light}; " for name, paint in PAINTS.items())
    dark = "".join(f"--{name}: {paint.dark}; " for name, paint in PAINTS.items())
    return f":root {{ {light}}}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}\n"

"""A layout as a PNG, drawn by KLayout's own library: no window, no application."""

import tempfile
from pathlib import Path

import klayout.db as kdb

from layouts.colours import PAINTS
from layouts.extract import read
from layouts.layer_properties import layer_properties
from layouts.locate import grown, surroundings
from pdk.contract import Pdk

WIDTH_PX = 1600
MOST_HEIGHT_PX, LEAST_HEIGHT_PX = 1600, 500
OVERSAMPLING = 2
MARGIN = 1.02
"""How many times the chip's width and height its picture shows."""


def screenshot(gds: Path, pdk: Pdk, png: Path, at: str | None = None) -> None:
    """Write a picture of a whole chip, or of the device at a path and what lies around it.

    Only layers with a look of their own are shown, and no labels. Raises NotALayoutError and NoSuchDeviceError.
    """
    import klayout.lay as lay

    layout = read(gds)
    top = layout.top_cell()
    seen = grown(top.dbbox(), MARGIN) if at is None else surroundings(layout, at)
    box = _shaped(seen)
    view = lay.LayoutView()
    view.set_config("background-color", "#ffffff")
    view.set_config("grid-visible", "false")
    view.set_config("text-visible", "false")
    view.set_config("cell-box-visible", "false")
    view.load_layout(str(gds), False)
    with tempfile.TemporaryDirectory() as folder:
        properties = Path(folder) / "layers.lyp"
        hidden = tuple(name for name in pdk.layers if name not in PAINTS)
        properties.write_text(layer_properties(pdk, hidden), encoding="utf-8")
        view.load_layer_props(str(properties))
    view.max_hier()
    view.zoom_box(box)
    height_px = round(WIDTH_PX * box.height() / box.width())
    image = view.get_pixels_with_options(WIDTH_PX, height_px, oversampling=OVERSAMPLING, target=box)
    png.write_bytes(image.to_png_data())


def _shaped(box: kdb.DBox) -> kdb.DBox:
    """A box no flatter and no slimmer than a picture can be."""
    height = max(box.height(), box.width() * LEAST_HEIGHT_PX / WIDTH_PX)
    width = max(box.width(), height * WIDTH_PX / MOST_HEIGHT_PX)
    return box.enlarged((width - box.width()) / 2, (height - box.height()) / 2)

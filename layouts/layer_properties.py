"""The PDK's layers as KLayout shows them: names, colours and fill patterns, as a layer properties file (`.lyp`)."""

from xml.sax.saxutils import escape

from layouts.colours import OTHER, PAINTS, Paint
from pdk.contract import Layer, Pdk

HIDDEN = ("pin", "pin_electrical", "outline")
"""Markers that say what a device is; whoever looks at a chip can switch them on."""

WIRES = ("m1", "m2", "m3", "metal", "tl", "pad_open")
"""Layers that cover what lies below them."""

PALER = "70"
"""KLayout's brightness of their outlines: on a whole chip outlines are all that is seen of a wire."""


def layer_properties(pdk: Pdk, hidden: tuple[str, ...] = HIDDEN) -> str:
    """What a `.lyp` holds for this process.

    KLayout draws the layers in this order and fills without translucency, so wires come first: light's way stays seen.
    """
    painted = sorted((name for name in PAINTS if name in pdk.layers), key=lambda name: name not in WIRES)
    others = [name for name in pdk.layers if name not in PAINTS]
    entries = "".join(
        _entry(name, pdk.layers[name], PAINTS.get(name, OTHER), visible=name not in hidden)
        for name in (*painted, *others)
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<layer-properties>\n{entries}</layer-properties>\n'


def _entry(name: str, layer: Layer, paint: Paint, *, visible: bool) -> str:
    source = f"{layer[0]}/{layer[1]}"
    label = f"{name} {source}" + (f" ({paint.label})" if paint.label not in ("", name) else "")
    fields = {
        "frame-color": paint.light,
        "fill-color": paint.light,
        "frame-brightness": PALER if name in WIRES else "0",
        "fill-brightness": "0",
        "dither-pattern": paint.dither,
        "valid": "true",
        "visible": str(visible).lower(),
        "transparent": "false",
        "width": "1",
        "marked": "false",
        "animation": "0",
        "name": label,
        "source": f"{source}@1",
    }
    inside = "".join(f"  <{key}>{escape(value)}</{key}>\n" for key, value in fields.items())
    return f" <properties>\n{inside} </properties>\n"

"""Text as metal: KLayout's letters on square pixels, so that no stroke meets another at an acute angle.

Pixels overlap their neighbours, corners included:

    pitch 5 um, drawn 7.2 um: strokes are 7.2 um, gaps 2.8 um, a diagonal is 3.1 um at its waist
"""

import string
from functools import cache

import klayout.db as kdb

PIXEL_NM = 5_000
OVERLAP_NM = 1_100
"""How far a pixel reaches beyond its square on each side."""
FONT_PIXELS = 10
"""Pixels in one unit of KLayout's font, whose letters are 5 x 7 of them."""
HEIGHT_NM = 7 * PIXEL_NM + 2 * OVERLAP_NM
ADVANCE_NM = 6 * PIXEL_NM
"""From a letter to the next."""


def letters(text: str) -> kdb.Region:
    """Polygons (nm) of a text in capitals, its lower left corner near (0, 0). Unknown characters leave a blank."""
    generator = kdb.TextGenerator.default_generator()
    drawn = generator.text(text.upper(), 0.001, PIXEL_NM * FONT_PIXELS / 1000)
    columns, rows = drawn.bbox().right // PIXEL_NM + 1, drawn.bbox().top // PIXEL_NM + 1
    pixel = kdb.Vector(PIXEL_NM, PIXEL_NM)
    covered = drawn.rasterize(kdb.Point(), pixel, columns, rows) if not drawn.is_empty() else []
    spelled = kdb.Region()
    for row, line in enumerate(covered):
        for column, area in enumerate(line):
            if 2 * area > PIXEL_NM * PIXEL_NM:
                x, y = column * PIXEL_NM, row * PIXEL_NM
                spelled.insert(kdb.Box(x, y, x + PIXEL_NM, y + PIXEL_NM).enlarged(OVERLAP_NM, OVERLAP_NM))
    return spelled.merged(False, 0)


def read_letters(metal: kdb.Region) -> str | None:
    """The text that `letters` drew so, in capitals; None where it is something else."""
    drawn = metal.merged(False, 0)
    text = ""
    for start in range(0, max(drawn.bbox().right, 0), ADVANCE_NM):
        slot = kdb.Box(start - OVERLAP_NM, -OVERLAP_NM, start + ADVANCE_NM - 2 * OVERLAP_NM, HEIGHT_NM)
        here = (drawn & kdb.Region(slot)).moved(-start, 0)
        text += next((letter for letter, shape in _alphabet().items() if (shape ^ here).is_empty()), "?")
    return text.strip() if (letters(text) ^ drawn).is_empty() and text.strip() else None


@cache
def _alphabet() -> dict[str, kdb.Region]:
    return {letter: letters(letter) for letter in " " + string.digits + string.ascii_uppercase + string.punctuation}

"""Text as metal: KLayout's letters on square pixels, so that no stroke meets another at an acute angle.

Pixels overlap their neighbours, corners included:

    pitch 5 um, drawn 7.2 um: strokes are 7.2 um, gaps 2.8 um, a diagonal is 3.1 um at its waist

Where a metal must be wider, or farther apart, pixels are larger.
"""

import string
from dataclasses import dataclass
from functools import cache

import klayout.db as kdb

from pdk.contract import Metal

PIXEL_NM = 5_000
OVERLAP_NM = 1_100
"""How far a pixel reaches beyond its square on each side."""
FONT_PIXELS = 10
"""Pixels in one unit of KLayout's font, whose letters are 5 x 7 of them."""


@dataclass(frozen=True)
class Pixels:
    """Side and overlap of the squares that letters are made of."""

    side_nm: int = PIXEL_NM
    overlap_nm: int = OVERLAP_NM

    @property
    def height_nm(self) -> int:
        """Height of a line."""
        return 7 * self.side_nm + 2 * self.overlap_nm

    @property
    def advance_nm(self) -> int:
        """From a letter to the next."""
        return 6 * self.side_nm


def pixels(metal: Metal) -> Pixels:
    """Pixels that keep a metal's rules: gaps between two, and the waist where two meet in a corner alone."""
    overlap_nm = max(OVERLAP_NM, -(-metal.width_nm * 36 // 10_000) * 100)
    return Pixels(max(PIXEL_NM, -(-(metal.space_nm + 2 * overlap_nm) // 1_000) * 1_000), overlap_nm)


def letters(text: str, of: Pixels | None = None) -> kdb.Region:
    """Polygons (nm) of a text in capitals, its lower left corner near (0, 0). Unknown characters leave a blank."""
    of = of or Pixels()
    side, overlap = of.side_nm, of.overlap_nm
    generator = kdb.TextGenerator.default_generator()
    drawn = generator.text(text.upper(), 0.001, side * FONT_PIXELS / 1000)
    columns, rows = drawn.bbox().right // side + 1, drawn.bbox().top // side + 1
    pixel = kdb.Vector(side, side)
    covered = drawn.rasterize(kdb.Point(), pixel, columns, rows) if not drawn.is_empty() else []
    spelled = kdb.Region()
    for row, line in enumerate(covered):
        for column, area in enumerate(line):
            if 2 * area > side * side:
                x, y = column * side, row * side
                spelled.insert(kdb.Box(x, y, x + side, y + side).enlarged(overlap, overlap))
    return spelled.merged(False, 0)


def read_letters(metal: kdb.Region, of: Pixels | None = None) -> str | None:
    """The text that `letters` drew so, in capitals; None where it is something else."""
    of = of or Pixels()
    drawn, overlap = metal.merged(False, 0), of.overlap_nm
    text = ""
    for start in range(0, max(drawn.bbox().right, 0), of.advance_nm):
        slot = kdb.Box(start - overlap, -overlap, start + of.advance_nm - 2 * overlap, of.height_nm)
        here = (drawn & kdb.Region(slot)).moved(-start, 0)
        text += next((letter for letter, shape in _alphabet(of).items() if (shape ^ here).is_empty()), "?")
    return text.strip() if (letters(text, of) ^ drawn).is_empty() and text.strip() else None


@cache
def _alphabet(of: Pixels) -> dict[str, kdb.Region]:
    return {letter: letters(letter, of) for letter in " " + string.digits + string.ascii_uppercase + string.punctuation}

"""A device of a layout by its path: where it lies on the chip."""

from difflib import get_close_matches

import klayout.db as kdb

INSTANCE_NAME = 0
"""GDS property number that holds an instance's name."""


AROUND_DEVICE, AROUND_BLOCK = 3.0, 1.2
"""How many times its width and height a view of a device or of a block shows."""


class NoSuchDeviceError(ValueError):
    """A path that leads to nothing."""


def locate(layout: kdb.Layout, path: str) -> kdb.Box:
    """The box, in nm on the chip, of a device or block such as `layer1.mesh.mzi_0_0.theta`.

    Raises NoSuchDeviceError with the nearest name where a part of the path is not there.
    """
    return _walk(layout, path)[0]


def surroundings(layout: kdb.Layout, path: str) -> kdb.DBox:
    """The box, in µm on the chip, that a view of a device or block shows. Raises NoSuchDeviceError."""
    box, cell = _walk(layout, path)
    return grown(box.to_dtype(layout.dbu), AROUND_DEVICE if cell.is_leaf() else AROUND_BLOCK)


def grown(box: kdb.DBox, times: float) -> kdb.DBox:
    """A box so many times as wide and high, about the same middle."""
    return box.enlarged(box.width() * (times - 1) / 2, box.height() * (times - 1) / 2)


def _walk(layout: kdb.Layout, path: str) -> tuple[kdb.Box, kdb.Cell]:
    cell, at = layout.top_cell(), kdb.Trans()
    walked: list[str] = []
    for name in path.split("."):
        named = {str(each.property(INSTANCE_NAME)): each for each in cell.each_inst()}
        if name not in named:
            raise NoSuchDeviceError(_missing(path, name, walked, list(named)))
        walked.append(name)
        at = at * named[name].trans
        cell = layout.cell(named[name].cell_index)
    return at * cell.bbox(), cell


def _missing(path: str, name: str, walked: list[str], names: list[str]) -> str:
    where = ".".join(walked) or "the chip"
    near = get_close_matches(name, names, n=1, cutoff=0.0)
    hint = f"; did you mean {'.'.join([*walked, near[0]])}?" if near else ""
    return f"{path}: found no {name!r} in {where}, expected the path of a device{hint}"

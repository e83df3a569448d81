"""A device of a layout by its path: where it lies on the chip."""

from difflib import get_close_matches

import klayout.db as kdb

INSTANCE_NAME = 0
"""GDS property number that holds an instance's name."""


class NoSuchDeviceError(ValueError):
    """A path that leads to nothing."""


def locate(layout: kdb.Layout, path: str) -> kdb.Box:
    """The box, in nm on the chip, of a device or block such as `layer1.mesh.mzi_0_0.theta`.

    Raises NoSuchDeviceError with the nearest name where a part of the path is not there.
    """
    cell, at = layout.top_cell(), kdb.Trans()
    walked: list[str] = []
    for name in path.split("."):
        named = {str(each.property(INSTANCE_NAME)): each for each in cell.each_inst()}
        if name not in named:
            raise NoSuchDeviceError(_missing(path, name, walked, list(named)))
        walked.append(name)
        at = at * named[name].trans
        cell = layout.cell(named[name].cell_index)
    return at * cell.bbox()


def _missing(path: str, name: str, walked: list[str], names: list[str]) -> str:
    where = ".".join(walked) or "the chip"
    near = get_close_matches(name, names, n=1, cutoff=0.0)
    hint = f"; did you mean {'.'.join([*walked, near[0]])}?" if near else ""
    return f"{path}: found no {name!r} in {where}, expected the path of a device{hint}"

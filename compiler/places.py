"""Where devices are on a chip, as data: what the layout knows and the twin needs to tell neighbours from strangers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Places:
    """Places of n devices on one die."""

    paths: tuple[str, ...]
    """Instance paths, each once."""
    at_mm: np.ndarray
    """(n, 2) x and y of the origin of each device's cell."""

    @cached_property
    def _index(self) -> dict[str, int]:
        return {path: k for k, path in enumerate(self.paths)}

    def of(self, paths: Sequence[str]) -> np.ndarray:
        """(len(paths), 2) in mm. ValueError where a device is not among them."""
        try:
            return self.at_mm[[self._index[path] for path in paths]].reshape(-1, 2)
        except KeyError as error:
            raise ValueError(
                f"places: found no {error.args[0]}, expected every device that varies; make them from the same "
                "extraction as the twin"
            ) from None

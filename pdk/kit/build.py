"""The door through which cells are drawn (`pdk.contract.Builder`): each once, and a length for the straight alone."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pdk.contract import Builder


def builder(cells: Mapping[str, Callable[[], Any]], straight: Callable[[int], Any]) -> Builder:
    """Draws the cell of a name. `straight` takes a length in nm; KeyError for a name that is no cell's."""

    @cache
    def fixed(name: str) -> Any:
        return cells[name]()

    of_length = cache(straight)

    def build(name: str, length_nm: int | None = None) -> Any:
        if name == "straight":
            if length_nm is None or length_nm <= 0:
                raise ValueError(f"straight: found length_nm {length_nm}, expected a positive whole number of nm")
            return of_length(length_nm)
        if length_nm is not None:
            raise ValueError(f"{name}: found length_nm {length_nm}, but only straight has a length; leave it out")
        if name not in cells:
            raise KeyError(f"cell: found {name!r}, expected straight, {', '.join(cells)}")
        return fixed(name)

    return build

"""What the tests of the foundry share: the process, its cells drawn once, and a bare cell to draw into."""

from collections.abc import Callable, Mapping
from typing import Any

import klayout.db as kdb
import pytest

from pdk.contract import Pdk
from pdk.registry import get


@pytest.fixture(scope="session")
def generic() -> Pdk:
    return get("generic")


@pytest.fixture(scope="session")
def drawn(generic: Pdk) -> Mapping[str, Any]:
    """Every fixed cell of the generic process as gdsfactory draws it now."""
    return {name: generic.build(name) for name in generic.devices}


@pytest.fixture
def bare_cell() -> Callable[[], kdb.Cell]:
    """Makes an empty cell in a layout of its own, database unit 1 nm; the layout lives as long as the test."""
    layouts = []

    def make() -> kdb.Cell:
        layouts.append(kdb.Layout())
        return layouts[-1].create_cell("device")

    return make


@pytest.fixture
def reread(tmp_path) -> Callable[[kdb.Cell], kdb.Cell]:
    """Writes a flat cell into a GDS without any metadata and reads it back with klayout alone."""
    layouts = []

    def write_and_read(cell: kdb.Cell) -> kdb.Cell:
        alone = kdb.Layout()
        copy = alone.create_cell("copy")
        copy.copy_tree(cell)
        path = str(tmp_path / f"{len(layouts)}.gds")
        options = kdb.SaveLayoutOptions()
        options.write_context_info = False
        alone.write(path, options)
        layouts.append(kdb.Layout())
        layouts[-1].read(path)
        return layouts[-1].cell("copy")

    return write_and_read

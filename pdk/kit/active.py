"""gdsfactory's active PDK: there is one for everyone, and so there is of its layers and of its memory of cells."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


def activate(pdk: Any) -> None:
    """Make a gdsfactory PDK the active one, unless it is.

    gdsfactory remembers cells by name and settings: what another PDK has drawn under the same ones, on layers of its
    own, is forgotten first.
    """
    import gdsfactory as gf
    import gdsfactory.pdk as now

    take_layers()
    if now._ACTIVE_PDK is not pdk:
        for factory in gf.kcl.factories.values():
            factory.cache.clear()
        pdk.activate()


@contextmanager
def activated(pdk: Any) -> Iterator[None]:
    """The same for as long as it takes; then the one before, if there was one."""
    import gdsfactory.pdk as now

    before = now._ACTIVE_PDK
    activate(pdk)
    try:
        yield
    finally:
        if before is not None:
            activate(before)


@cache
def take_layers() -> None:
    """Let gdsfactory's own PDK take the numbers of its layers first: call it before a foundry's package is imported."""
    import gdsfactory as gf

    gf.gpdk.PDK.activate()

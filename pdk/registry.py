"""Foundries by name. A PDK is opened when it is first asked for."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module

from pdk.contract import Pdk

MODULES = {"generic": "pdk.generic.process"}
"""Name of a PDK to the module whose `open_pdk()` returns it."""


class UnknownPdkError(KeyError):
    """A PDK was asked for that nobody registered."""

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def get(name: str) -> Pdk:
    """The PDK of that name, always the same value. Raises UnknownPdkError (a KeyError) with the nearest name."""
    if name not in MODULES:
        near = get_close_matches(name.lower(), MODULES, n=1, cutoff=0.0)
        raise UnknownPdkError(f"pdk: found {name!r}, expected one of {', '.join(names())}; did you mean {near[0]!r}?")
    return import_module(MODULES[name]).open_pdk()


def names() -> tuple[str, ...]:
    """Every PDK that can be asked for, sorted."""
    return tuple(sorted(MODULES))

"""Foundries by name, found through entry points of the group `backlight.pdks`, ours and those of other packages.

    [project.entry-points."backlight.pdks"]
    my-fab = "my_fab.process:open_pdk"

A PDK is opened when it is first asked for.
"""

from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from pdk.contract import NotInstalledError, Pdk

GROUP = "backlight.pdks"


class UnknownPdkError(KeyError):
    """A PDK was asked for that nobody registered."""

    def __str__(self) -> str:
        return str(self.args[0])


class BrokenPdkError(ImportError):
    """A PDK is registered and cannot be opened: its package is damaged, or says something else than it offers."""


@cache
def get(name: str) -> Pdk:
    """The PDK of that name, always the same value.

    Raises UnknownPdkError (a KeyError) with the nearest name, and BrokenPdkError where its package cannot open it.
    """
    found = _registered()
    if name not in found:
        near = get_close_matches(name.lower(), found, n=1, cutoff=0.0)
        raise UnknownPdkError(f"pdk: found {name!r}, expected one of {', '.join(names())}; did you mean {near[0]!r}?")
    return _open(name, found[name])


def names() -> tuple[str, ...]:
    """Every PDK that can be asked for, sorted; none of them is opened."""
    return tuple(sorted(_registered()))


def is_installed(pdk: Pdk) -> bool:
    """Whether the package is there that draws the cells of a PDK."""
    return not pdk.package or find_spec(pdk.package) is not None


def require_installed(pdk: Pdk) -> Pdk:
    """The PDK, if its cells can be drawn; NotInstalledError, which names the extra, if not."""
    if is_installed(pdk):
        return pdk
    raise NotInstalledError(
        f"pdk: {pdk.name} draws its cells with the package {pdk.package}, found none; "
        f"install it with: pip install 'backlight[{pdk.extra}]' (here: uv sync --extra {pdk.extra})"
    )


@cache
def _registered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _open(name: str, point: EntryPoint) -> Pdk:
    """Whatever goes wrong in another's package is its own, and one line."""
    mend = f"mend or remove the package that offers it ({point.dist.name if point.dist else 'unknown'})"
    try:
        pdk = point.load()()
    except Exception as error:
        found = f"{type(error).__name__}: {error}"
        raise BrokenPdkError(f"pdk {name}: found {found}, expected {point.value} to open it; {mend}") from error
    if not isinstance(pdk, Pdk) or pdk.name != name:
        found = f"a PDK named {pdk.name!r}" if isinstance(pdk, Pdk) else f"a {type(pdk).__name__}"
        raise BrokenPdkError(f"pdk {name}: found {found}, expected a Pdk of that name from {point.value}; {mend}")
    return pdk

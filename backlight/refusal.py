"""Requests that cannot be run: one line on stderr with the place, what was found, what was expected, how to mend it."""

import errno
import sys
from pathlib import Path

CANNOT_RUN = 2
"""Exit status of a request that cannot be run, or that Ctrl-C ended before it was through."""
CHECK_FAILED = 1
"""Exit status of a request that ran, and something that it checked does not hold."""


class Refusal(Exception):
    """A request that cannot be run. Its text is one line."""

    def __init__(self, place: str | Path, found: str, expected: str, mend: str = "") -> None:
        self.place, self.found, self.expected, self.mend = str(place), found, expected, mend
        super().__init__(one_line(f"{place}: found {found}, expected {expected}" + (f"; {mend}" if mend else "")))


_OS_ERRORS = {
    errno.ENOSPC: ("no space left on the device", "room for the files", "free some space; nothing was overwritten"),
    errno.EDQUOT: ("a full disk quota", "room for the files", "free some space; nothing was overwritten"),
    errno.EACCES: ("no permission", "a place that can be read and written", "choose another folder with -o"),
    errno.EPERM: ("no permission", "a place that can be read and written", "choose another folder with -o"),
    errno.EROFS: ("a read-only file system", "a place that can be written", "choose another folder with -o"),
    errno.EISDIR: ("a folder", "a file", "name a file"),
    errno.ENOTDIR: ("a file where a folder should be", "a folder", "choose another name with -o"),
    errno.EEXIST: ("a file of that name", "a folder", "choose another name with -o"),
    errno.ENOENT: ("nothing", "a file or folder of that name", "check the path"),
    errno.ENAMETOOLONG: ("a name that is too long", "a shorter one", ""),
}


def from_os_error(error: OSError) -> Refusal:
    """The refusal that an operating-system error amounts to."""
    place = error.filename if error.filename is not None else "output"
    number = error.errno if error.errno is not None else 0
    found, expected, mend = _OS_ERRORS.get(number, (error.strerror or str(error), "a readable and writable place", ""))
    return Refusal(str(place), found, expected, mend)


def one_line(text: str) -> str:
    """Text without line breaks or control characters, so that it stays one line on any terminal."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


_EXPECTED = (
    ("compiler.network", "SpecError"),
    ("chips.data", "DataError"),
    ("chips.checkpoint", "CheckpointError"),
    ("chips.train", "TrainError"),
    ("compiler.compile", "MissingRoleError"),
    ("layouts.comb", "NotPlanarError"),
    ("layouts.extract", "NotALayoutError"),
    ("layouts.fits", "DieError"),
    ("layouts.locate", "NoSuchDeviceError"),
    ("layouts.manhattan", "NoRoomError"),
    ("pdk.contract", "NotInstalledError"),
    ("pdk.registry", "BrokenPdkError"),
    ("pdk.registry", "UnknownPdkError"),
    ("pdk.rules", "RuleError"),
)
"""Exceptions of the rooms whose text is already one line that says where and what. Their modules load late."""


def as_refusal(error: Exception) -> str | None:
    """The one line for an error that a user's input can cause; None for one that is a mistake of ours."""
    if isinstance(error, OSError):
        return str(from_os_error(error))
    if isinstance(error, Refusal):
        return str(error)
    for module, name in _EXPECTED:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return one_line(str(error))
    return None

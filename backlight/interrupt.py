"""Ctrl-C: what typer makes of it, and what Python would lose of it."""

import _thread
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

INTERRUPTED = 128 + signal.SIGINT
"""Status that typer ends a command with."""
SOON_S = 0.05


def once_more(ignored: "UnraisableHookArgs") -> None:
    """For `sys.unraisablehook`: Ctrl-C that comes in a callback, of garbage collection or of C, where Python can but
    ignore it, comes again soon after."""
    if ignored.exc_type is not KeyboardInterrupt:
        return sys.__unraisablehook__(ignored)
    again = threading.Timer(SOON_S, _thread.interrupt_main)
    again.daemon = True
    again.start()
    return None

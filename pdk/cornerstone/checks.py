"""The foundry's own check of a submission, as the package carries it."""

from pathlib import Path

from pdk.contract import NotInstalledError
from pdk.finding import Finding

RULE = "cspdk.si220.submission"


def check_submission(layout: Path) -> tuple[Finding, ...]:
    """A Finding for each thing that would stop CORNERSTONE accepting the file. NotInstalledError without cspdk."""
    try:
        from cspdk.si220 import submission
    except ImportError as error:
        raise NotInstalledError(
            "pdk: CORNERSTONE's submission check needs the package cspdk, found none; "
            "install it with: pip install 'backlight[cornerstone]' (here: uv sync --extra cornerstone)"
        ) from error
    limit = "accepted by cspdk.si220.submission.check_submission (MPW run 50)"
    mend = "correct it before it is sent"
    return tuple(Finding(layout.name, RULE, text, limit, mend) for text in submission.check_submission(layout))

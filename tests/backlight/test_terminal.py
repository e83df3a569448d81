"""What a person, a pipe and a script see."""

import errno
import json

import pytest

from backlight.refusal import Refusal, as_refusal, from_os_error, one_line
from backlight.terminal import PLAIN_LINES, Terminal


def test_a_pipe_gets_a_few_plain_lines(capsys):
    with Terminal().progress("training", 100) as progress:
        for step in range(1, 101):
            progress.step(step, "well")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == PLAIN_LINES
    assert lines[-1] == "  training 100/100  well"


def test_a_script_gets_json_and_nothing_else(capsys):
    terminal = Terminal(as_json=True)
    terminal.say("hello")
    with terminal.stage("place", "…"):
        terminal.result({"ok": True})
    with terminal.progress("training", 1) as progress:
        progress.step(1, "")
    assert json.loads(capsys.readouterr().out) == {"ok": True}


def test_a_terminal_gets_a_bar(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with Terminal().progress("training", 2) as progress:
        progress.step(2, "well")
    assert "training" in capsys.readouterr().out


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EIO, None])
def test_operating_system_errors_are_one_line(number):
    line = str(from_os_error(OSError(number, "odd\nthing", "/some/place")))
    assert line.startswith("/some/place: found ") and "\n" not in line


def test_only_expected_errors_are_refusals():
    assert as_refusal(Refusal("here", "a", "b", "c")) == "here: found a, expected b; c"
    assert as_refusal(ValueError("a mistake of ours")) is None
    assert as_refusal(KeyError("x")) is None


def test_one_line():
    assert one_line("a\n  b\tc\x1b[31m") == "a b c [31m"

"""Ctrl-C ends any command with one line and status 2, wherever it comes."""

import gc
import os
import signal
import sys
import time

import pytest

from backlight.interrupt import once_more


def test_of_any_command(backlight, capsys, monkeypatch):
    def interrupt(*_):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    monkeypatch.setattr("backlight.verbs.pdks.list_pdks", interrupt)
    assert backlight("pdks") == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "interrupted" in said


def test_in_a_callback_it_comes_again(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", once_more)
    calls = []

    def callback(*_):
        if not calls:
            calls.append(1)
            raise KeyboardInterrupt

    gc.callbacks.append(callback)
    try:
        with pytest.raises(KeyboardInterrupt):
            gc.collect()
            time.sleep(5)
    finally:
        gc.callbacks.remove(callback)
    assert calls


def test_what_else_is_ignored_is_still_told(capsys, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", once_more)

    class Torn:
        def __del__(self):
            raise ValueError("torn")

    Torn()
    assert "ValueError: torn" in capsys.readouterr().err

"""Ctrl-C before anything is loaded: no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import liuli_start
from tests.sources import PACKAGE

# What an installed `liuli` does, with Ctrl-C in the first import of NumPy.
PRESSED = """
import signal, sys

class Press:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Press())
signal.signal(signal.SIGINT, {handler})
sys.argv = ["liuli", "--version"]
from liuli_start import main
sys.exit(main())
"""


def started(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(Path(PACKAGE).parent)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_ctrl_c_while_modules_are_loaded() -> None:
    ended = started(PRESSED.format(handler="signal.default_int_handler"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_in_the_background_ctrl_c_is_for_others() -> None:
    ended = started(PRESSED.format(handler="signal.SIG_IGN"))
    assert ended.returncode == 0 and ended.stdout.startswith("liuli ")


def test_the_command_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["liuli", "--version"])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert liuli_start.main() == 0
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().out.startswith("liuli ")

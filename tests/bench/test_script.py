"""What `python -m bench script` makes of its figures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench import script
from bench.peers import Figures


def whole(seconds: float, peak: float, accuracy: float = 97.5) -> Figures:
    parts = dict.fromkeys(script.PARTS, seconds / 4)
    return {**parts, "whole": seconds, "cpu": 1.5, "peak": peak, "accuracy": accuracy}


def failed(found: dict[str, list[Figures]]) -> list[str]:
    return [check.says for check in script.checks(found) if not check.held]


def test_all_holds() -> None:
    assert not failed({"liuli": [whole(2.5, 150)], "torch": [whole(4.5, 400)]})
    assert len(list(script.checks({"liuli": [whole(2.5, 150)]}))) == 2


def test_what_does_not_hold_is_said() -> None:
    found = {"liuli": [whole(3.1, 201)], "torch": [whole(5, 400, 96.0)]}
    slow, accuracy, ratio, memory = failed(found)
    assert "3.10 s" in slow and "torch: accuracy 96.00" in accuracy
    assert "1.61 times" in ratio and "201 MB, PyTorch's 400" in memory


def test_accuracy_of_each_round_counts() -> None:
    assert failed({"liuli": [whole(2, 100), whole(2, 100, 98.5)]})


def test_a_script_that_ran_once_is_compared_with_our_first() -> None:
    found = {"liuli": [whole(2, 100), whole(3, 100)], "loader": [whole(60, 400)]}
    assert "| loader | 60.00 (60.00) | 30.00 (30.00) | 1.50 (1.50) | 15.00 |" in script.table(found)


def test_a_peer_that_fails_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(name: str, python: str) -> list[Figures]:
        runs.append(name)
        return [] if name == "torch" else [whole(2, 100)]

    runs: list[str] = []
    monkeypatch.setenv("LIULI_DATA", "somewhere")
    monkeypatch.setattr(script, "run", run)
    assert script.main(3, 0.0, {"torch": "x", "loader": "y"}) == 0
    assert runs == ["liuli", "torch", "loader", "liuli", "liuli"]
    assert "| torch" not in capsys.readouterr().out


def test_a_script_that_fails_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "liuli_fit.py").write_text("raise ValueError('no')", encoding="utf-8")
    monkeypatch.setattr(script, "WORKERS", tmp_path)
    assert script.run("liuli", sys.executable) == []
    assert "liuli: not measured: ValueError: no" in capsys.readouterr().out


def test_data_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LIULI_DATA", raising=False)
    assert script.main(1, 0.0, {}) == 1
    assert "LIULI_DATA" in capsys.readouterr().out

"""How much others worked meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench import neighbours
from bench.neighbours import Neighbours


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the machine and we have worked, and the time; to be set by hand."""
    now = {"busy": 100.0, "own": 5.0, "time": 0.0}
    monkeypatch.setattr(neighbours, "busy", lambda: now["busy"])
    monkeypatch.setattr(neighbours, "own", lambda: now["own"])
    monkeypatch.setattr(neighbours.time, "perf_counter", lambda: now["time"])
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return now


def test_our_own_work_is_not_theirs(clocks: dict[str, float]) -> None:
    meanwhile = Neighbours()
    clocks.update(busy=112.0, own=15.0, time=10.0)  # 12 of 20 seconds, 10 of them ours
    assert meanwhile.share() == pytest.approx(10)
    assert str(meanwhile) == "others used 10 % of the machine meanwhile"
    clocks.update(busy=113.0)
    assert str(meanwhile).startswith("others used 15 % of the machine meanwhile: too much")


def test_nothing_is_said_where_nothing_is_known(
    clocks: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "busy", lambda: None)
    assert Neighbours().share() is None and str(Neighbours()) == ""


def test_waiting_is_not_work(tmp_path: Path) -> None:
    if not hasattr(os, "sysconf"):
        pytest.skip("no clock ticks here")
    stat = tmp_path / "stat"
    stat.write_text("cpu  10 20 30 4000 500 6 7 8 0 0\ncpu0 1\n", encoding="ascii")
    assert neighbours.busy(stat) == (10 + 20 + 30 + 6 + 7 + 8) / os.sysconf("SC_CLK_TCK")
    assert neighbours.busy(tmp_path / "absent") is None

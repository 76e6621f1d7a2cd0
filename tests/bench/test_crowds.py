"""The benchmark of crowds: what it concludes, and that its processes come and go."""

from __future__ import annotations

import sys

import pytest

from bench import crowds
from bench.peers import Peer, in_turn


def peer(name: str, *steps: float) -> Peer:
    return Peer(name, sys.executable, rounds=[{"step": step} for step in steps])


@pytest.mark.parametrize(("steps", "held"), [((110, 120, 900), True), ((110, 131, 131), False)])
def test_the_median_of_the_rounds_is_judged(steps: tuple[float, ...], held: bool) -> None:
    made = crowds.check(1, peer(crowds.TWO, *steps), peer(crowds.ONE, 100, 100, 100), 1.2)
    assert made.held is held
    assert f"{steps[1] / 100:.2f} times one thread's time (1.10 to " in made.says


def test_what_was_not_measured_does_not_hold() -> None:
    silent = Peer(crowds.TWO, sys.executable, why_not="it died")
    assert crowds.check(0, silent, peer(crowds.ONE), 1.2) == ("not measured: it died", False)
    assert not crowds.fair([], []).held


def test_two_processes_get_as_much_done() -> None:
    assert crowds.fair([1000.0, 1000.0], [960.0, 990.0]).held
    assert not crowds.fair([1000.0, 1000.0], [800.0, 960.0]).held


def test_neighbours_are_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Peer] = []
    start = Peer.start
    monkeypatch.setattr(Peer, "start", lambda self, *x: (started.append(self), start(self, *x)))
    with crowds.neighbours(2):
        assert [each.process and each.process.poll() for each in started] == [None, None]
    assert [each.process and each.process.returncode for each in started] == [0, 0]


@pytest.mark.slow
def test_a_worker_trains() -> None:
    (found,) = in_turn([Peer(crowds.TWO, sys.executable)], "crowd.py", 1, 0.0)
    assert not found.why_not
    assert 1 < found.rounds[0]["step"] < 1e6

"""When a program is made: often enough, by what is counted and never by a clock."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import liuli
from liuli import nn
from liuli.autodiff.state import STATE
from liuli.capture import loop as capture_loop
from liuli.capture import price
from liuli.capture.loop import FIRST_GAP, WINDOW, Loop, memory_of
from liuli.capture.notes import MOST, Notes
from liuli.nn import functional as F
from tests.capture.loops import batches, forget, mlp, rounds_compiled

FIRST = 8


@pytest.fixture(autouse=True)
def _as_it_is(monkeypatch: pytest.MonkeyPatch, _patient: None) -> None:
    """As users have it, but with a shorter time before anything is looked at."""
    monkeypatch.setattr(capture_loop, "FIRST", FIRST)
    monkeypatch.setattr(capture_loop, "patience", price.patience)


def trained(rounds: int, model: Any = None, changing: bool = False) -> tuple[Any, list[bool]]:
    """The optimizer, and in which rounds the loop was looked at."""
    model = mlp(5, 8, 3) if model is None else model
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.01)
    ((x, y),) = batches(1)
    looked = []
    for i in range(rounds):
        looked.append(STATE.capture is not None)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        (loss * (1.0 + i) if changing else loss).backward()
        optimizer.step()
    return optimizer, looked


def test_a_short_script_is_never_looked_at() -> None:
    _, looked = trained(FIRST)
    assert not any(looked)
    assert STATE.loop is not None


def test_a_loop_that_changes_is_looked_at_ever_more_rarely() -> None:
    _, looked = trained(3 * FIRST_GAP, changing=True)
    assert looked.index(True) == FIRST
    assert sum(looked) == 2 * WINDOW
    assert rounds_compiled() == 0


def test_a_program_is_made_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the round that is counted out, in every run of a script."""
    monkeypatch.setattr(capture_loop, "patience", lambda notes: 40)
    for _ in range(2):
        forget()
        _, looked = trained(60)
        awake = [i for i, yes in enumerate(looked) if yes]
        assert awake[:WINDOW] == [FIRST, FIRST + 1, FIRST + 2]
        assert not any(looked[FIRST + WINDOW : 35])
        assert 10 <= rounds_compiled() <= 25
        assert all(looked[-10:])


def test_the_share_of_a_kind_of_rounds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short last batch comes once in a while: it is not worth a program of its own."""
    monkeypatch.setattr(capture_loop, "patience", lambda notes: 40)
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.01)
    for x, y in [*batches(9), *batches(1, rows=2)] * 10:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    assert len(memory_of(optimizer).segments) == 1
    assert rounds_compiled() > 20


def test_a_long_evaluation_is_noted_only_for_a_while() -> None:
    model = mlp(5, 8, 3)
    _, looked = trained(FIRST + 2, model)
    assert looked[-1]
    ((x, _),) = batches(1)
    with liuli.no_grad():
        for _ in range(MOST):
            model(x)
            if STATE.capture is None:
                break
    assert STATE.capture is None
    assert STATE.loop.sleeps
    trained(1, model)
    assert STATE.capture is STATE.loop


def test_it_wakes_for_a_program_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a long evaluation the next round is eager, and those behind it are the program's."""
    monkeypatch.setattr(capture_loop, "patience", lambda notes: 3)
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.01)
    counts = []
    for _ in range(4):
        for x, y in batches(8):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        counts.append(rounds_compiled())
        with liuli.no_grad():
            for x, _ in batches(100):
                model(x)
    later = [b - a for a, b in itertools.pairwise(counts[1:])]
    assert later == [7, 7]


def patience_of(model: Any, *shape: int) -> int:
    """The rounds that a training of this network waits for."""
    found = []

    def noted(notes: Notes) -> int:
        found.append(price.patience(notes))
        return found[-1]

    before = capture_loop.patience
    capture_loop.patience = noted
    try:
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.01)
        for _ in range(FIRST + 2):
            out = model(liuli.ones(*shape))
            F.cross_entropy(out, liuli.zeros(shape[0], dtype=liuli.int64)).backward()
            optimizer.step()
            optimizer.zero_grad()
    finally:
        capture_loop.patience = before
        forget()
    return found[0]


def test_larger_networks_wait_for_fewer_rounds() -> None:
    small = patience_of(mlp(4, 32, 16, 4), 64, 4)
    usual = patience_of(mlp(784, 128, 64, 10), 64, 784)
    large = patience_of(mlp(784, 512, 512, 10), 256, 784)
    pictures = patience_of(nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(),
                                         nn.Linear(8 * 26 * 26, 10)), 32, 1, 28, 28)  # fmt: skip
    assert 1000 < small < 4000
    assert 400 < usual < 1500
    assert large < usual / 4
    assert pictures < usual


def test_a_loop_begins_asleep() -> None:
    loop = Loop()
    assert loop.sleeps
    for _ in range(FIRST):
        assert STATE.capture is None
        loop.turn()
    assert STATE.capture is loop

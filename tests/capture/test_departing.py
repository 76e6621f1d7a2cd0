"""Edits and errors between the parts of a captured round: what eager code does, happens."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import pytest

import liuli
from liuli.autodiff.state import STATE
from liuli.capture import loop as capture_loop
from liuli.errors import LiuliError
from liuli.nn import functional as F
from tests.capture.loops import batches, mlp, ran, rounds_compiled, same


def zeroed(g: Any) -> Any:
    """A hook that lets nothing through."""
    return g * 0


@pytest.mark.parametrize("after", [False, True], ids=["before backward", "after backward"])
@pytest.mark.parametrize("leaves", [False, True], ids=["comes", "goes"])
def test_a_hook_comes_or_goes_in_the_middle(after: bool, leaves: bool) -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        weight = model[0].weight
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(batches(20)):
            optimizer.zero_grad()
            handle = weight.register_hook(zeroed) if leaves and i == 12 else None
            loss = F.cross_entropy(model(x), y)
            if after:
                loss.backward()
            if handle is not None:
                handle.remove()
            elif i == 12:
                handle = weight.register_hook(zeroed)
            if not after:
                loss.backward()
            optimizer.step()
            if handle is not None:
                handle.remove()
        return model

    assert same(loop) >= 5


def test_moments_replaced_by_the_user() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for i, (x, y) in enumerate(batches(30)):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
            if i == 15:
                for kept in optimizer.state.values():
                    for name in kept:
                        kept[name] = liuli.zeros_like(kept[name])
        return model

    assert same(loop) >= 5


def test_moments_replaced_in_a_compiled_step() -> None:
    def trained(wrap: Any) -> Any:
        liuli.manual_seed(0)
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        @wrap
        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

        for i, (x, y) in enumerate(batches(14)):
            step(x, y)
            if i == 8:
                for kept in optimizer.state.values():
                    kept["momentum_buffer"] = liuli.zeros_like(kept["momentum_buffer"])
        return model[0].weight.detach()

    assert liuli.allclose(trained(liuli.compile), trained(lambda f: f), rtol=1e-4, atol=1e-6)


def test_an_exception_of_the_users_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal's handler may raise anything while the program runs; no step is made twice."""
    program = capture_loop.later("program").CapturedStep
    whole = program.arrays

    def late(self: Any, given: Any) -> Any:
        made = whole(self, given)
        if len(raised) == 6:
            raise TimeoutError
        return made

    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(batches(20)):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            try:
                optimizer.step()
            except TimeoutError:
                raised.append(i)
            raised.append(None)
        return model

    raised: list[Any] = []
    monkeypatch.setattr(program, "arrays", late)
    captured = ran(loop, True)
    assert [i for i in raised if i is not None] == [6]
    monkeypatch.undo()
    for a, b in zip(captured.numbers, ran(loop, False).numbers, strict=True):
        assert abs(a - b).max() < 1e-4


def test_a_failed_round_that_is_read_later_leaves_new_gradients_alone() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        old, seen = None, []
        for i, (x, y) in enumerate(batches(20)):
            optimizer.zero_grad()
            try:
                loss = F.cross_entropy(model(x), y + 9 if i == 12 else y)
                old = loss if i == 12 else old
                loss.backward()
                if old is not None:
                    with contextlib.suppress(LiuliError):
                        repr(old)
                seen.append([p.grad is None for p in model.parameters()])
                optimizer.step()
            except LiuliError:
                seen.append("bad label")
        return seen[13:], model

    same(loop)


def test_gradients_that_pile_up_are_told_of() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.01)
        optimizer.zero_grad()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for x, y in batches(20):
                F.cross_entropy(model(x), y).backward()
                optimizer.step()
        return [sum("LL442" in str(each.message) for each in caught)]

    same(loop)


def test_the_switch_works_at_once() -> None:
    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        counts = []
        for i, (x, y) in enumerate(batches(20)):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
            counts.append(rounds_compiled() if STATE.loop else None)
            if i == 11:
                liuli.settings.change(capture=False)
        return counts

    counts = loop()
    assert counts[11] > 3 and counts[12:] == [None] * 8

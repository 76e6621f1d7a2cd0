"""no_grad, enable_grad, inference_mode, set_grad_enabled: in every way they can be used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import liuli


def on() -> bool:
    """Whether gradients are recorded, asked in two ways that must agree."""
    x = liuli.ones(1, requires_grad=True)
    recorded: bool = (x * 2).requires_grad
    assert liuli.is_grad_enabled() == recorded
    return recorded


@pytest.fixture(autouse=True)
def still_on() -> Iterator[None]:
    assert on()
    yield
    assert on()


def test_blocks_nest() -> None:
    with liuli.no_grad():
        assert not on()
        with liuli.enable_grad():
            assert on()
            with liuli.no_grad():
                assert not on()
            assert on()
        assert not on()


def test_one_object_used_twice_at_once() -> None:
    off = liuli.no_grad()
    with off:
        with off:
            assert not on()
        assert not on()


def test_errors_leave_the_mode_as_it_was() -> None:
    with pytest.raises(KeyError), liuli.no_grad():
        raise KeyError


def test_set_grad_enabled_as_a_block() -> None:
    with liuli.set_grad_enabled(False):
        assert not on()
        with liuli.set_grad_enabled(True):
            assert on()
        assert not on()


def test_set_grad_enabled_as_a_call() -> None:
    liuli.set_grad_enabled(False)
    try:
        assert not on()
    finally:
        liuli.set_grad_enabled(True)


def test_inference_mode() -> None:
    assert not liuli.is_inference_mode_enabled()
    with liuli.inference_mode():
        assert not on()
        assert liuli.is_inference_mode_enabled()
        with liuli.inference_mode(False):
            assert not liuli.is_inference_mode_enabled()
    with liuli.inference_mode(False):
        assert on()
    assert not liuli.is_inference_mode_enabled()


# --- decorators -------------------------------------------------------------------------------
@liuli.no_grad
def bare(x: int, *, y: int = 0) -> tuple[bool, int]:
    """The doc."""
    return on(), x + y


@liuli.no_grad()
def called() -> bool:
    return on()


@liuli.set_grad_enabled(False)
def switched() -> bool:
    return on()


@liuli.inference_mode()
def inferring() -> tuple[bool, bool]:
    return on(), liuli.is_inference_mode_enabled()


@liuli.no_grad()
def recursive(depth: int) -> list[bool]:
    return [on(), *(recursive(depth - 1) if depth else [])]


def test_decorators() -> None:
    assert bare(1, y=2) == (False, 3)
    assert (bare.__name__, bare.__doc__) == ("bare", "The doc.")
    assert not called()
    assert not switched()
    assert inferring() == (False, True)
    assert recursive(2) == [False] * 3


def test_enable_grad_as_a_decorator() -> None:
    with liuli.no_grad():
        assert liuli.enable_grad()(on)()
        assert liuli.enable_grad(on)()


def test_methods() -> None:
    class Model:
        @liuli.no_grad()
        def predict(self) -> tuple[Any, bool]:
            return self, on()

    model = Model()
    assert model.predict() == (model, False)


# --- generators -------------------------------------------------------------------------------
@liuli.no_grad()
def steps(seen: list[Any]) -> Iterator[bool]:
    try:
        while True:
            try:
                seen.append((yield on()))
            except KeyError:
                seen.append("caught")
            if seen[-1] == "stop":
                return "result"
    finally:
        seen.append(("closed", on()))


def test_the_mode_holds_inside_a_generator_only() -> None:
    inside = []
    for _, recorded in zip(range(3), steps([]), strict=False):
        inside.append(recorded)
        assert on()
    assert inside == [False] * 3


def test_a_generator_still_takes_what_is_sent() -> None:
    seen: list[Any] = []
    generator: Any = steps(seen)
    next(generator)
    generator.send("a")
    with pytest.raises(StopIteration) as end:
        generator.send("stop")
    assert end.value.value == "result"
    assert seen == ["a", "stop", ("closed", False)]


def test_a_generator_still_takes_what_is_thrown() -> None:
    seen: list[Any] = []
    generator: Any = steps(seen)
    next(generator)
    assert generator.throw(KeyError()) is False
    assert seen == ["caught"]
    with pytest.raises(ZeroDivisionError):
        generator.throw(ZeroDivisionError())
    assert seen == ["caught", ("closed", False)]


def test_closing_a_generator_runs_its_end_at_once() -> None:
    seen: list[Any] = []
    generator: Any = steps(seen)
    next(generator)
    generator.close()
    assert seen == [("closed", False)]


# --- threads ----------------------------------------------------------------------------------
def test_the_mode_is_of_one_thread() -> None:
    outcome = []
    with liuli.no_grad():
        thread = threading.Thread(target=lambda: outcome.append(on()))
        thread.start()
        thread.join()
    assert outcome == [True]


def test_two_threads_run_backward_at_once() -> None:
    """Each thread has its graphs, they share a parameter; one records while the other does not."""
    weight = liuli.rand(16, 16, dtype=liuli.float64, requires_grad=True)
    expected = liuli.autograd.grad(((weight @ weight).tanh() ** 2).sum(), weight)[0].tolist()
    barrier = threading.Barrier(3)
    wrong: list[Any] = []

    def differentiate() -> None:
        barrier.wait()
        for _ in range(30):
            y = ((weight @ weight).tanh() ** 2).sum()
            if liuli.autograd.grad(y, weight)[0].tolist() != expected:
                wrong.append("gradient")

    def watch() -> None:
        barrier.wait()
        for _ in range(300):
            with liuli.no_grad():
                if (weight * 2).requires_grad:
                    wrong.append("mode")

    threads = [threading.Thread(target=f) for f in (differentiate, differentiate, watch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_two_threads_add_to_one_gradient() -> None:
    """Nothing is lost, however large the array: NumPy lets other threads run while it adds."""
    weight = liuli.zeros(100_000, requires_grad=True)
    barrier = threading.Barrier(2)

    def differentiate() -> None:
        barrier.wait()
        for _ in range(150):
            (weight * 1).sum().backward()

    threads = [threading.Thread(target=differentiate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (weight.grad.min().item(), weight.grad.max().item()) == (300, 300)

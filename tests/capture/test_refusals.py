"""What eager code refuses is refused at the same line; faults of programs are nobody's business."""

from __future__ import annotations

import functools
import signal
import traceback
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.capture import loop as capture_loop
from liuli.capture.checks import Labels
from liuli.capture.faults import code_of, is_fault
from liuli.capture.loop import memory_of
from liuli.compiler import runner
from liuli.errors import LiuliError
from liuli.nn import functional as F
from tests.capture.loops import batches, mlp, ran, rounds_compiled, same

PROGRAM = capture_loop.later("program").CapturedStep


def lines(error: BaseException) -> list[int]:
    """Where an error passed in this file."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.lineno or 0 for frame in frames if frame.filename == __file__]


class Picky(nn.Module):
    """A loss that weighs, so that it is made of several operations."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.CrossEntropyLoss(weight=liuli.tensor([1.0, 2.0, 3.0]))

    def forward(self, out: Any, y: Any) -> Any:
        return self.inner(out, y)


LOSSES: dict[str, Any] = {
    "cross entropy": lambda: F.cross_entropy,
    "layer": nn.CrossEntropyLoss,
    "weighted": Picky,
    "nll": lambda: lambda out, y: F.nll_loss(F.log_softmax(out, 1), y),
    "made": lambda: lambda out, y: F.cross_entropy(out, (y * 1).view(-1)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_bad_label_is_told_by_the_loss(name: str) -> None:
    """A `try` around the forward pass alone skips the batch, as in eager code."""

    def loop() -> Any:
        model = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
        loss_of, seen = LOSSES[name](), []
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for i, (x, y) in enumerate(batches(24)):
            optimizer.zero_grad()
            if i in (5, 13, 14):
                y[2] = 7
            try:
                loss = loss_of(model(x), y)
            except LiuliError as error:
                seen += [str(error), lines(error), *map(liuli.clone, model.state_dict().values())]
                continue
            loss.backward()
            optimizer.step()
            seen.append(loss.item())
        return seen, model, optimizer.steps_taken

    assert same(loop) >= 8


def test_a_word_that_is_none_is_told_by_its_layer() -> None:
    def loop() -> Any:
        embed, head, seen = nn.Embedding(7, 4), nn.Linear(4, 3), []
        optimizer = liuli.optim.SGD([*embed.parameters(), *head.parameters()], lr=0.1)
        rng = np.random.default_rng(0)
        for i in range(20):
            words = liuli.tensor(rng.integers(0, 7, 6))
            if i in (11, 15):
                words[1] = -9
            optimizer.zero_grad()
            try:
                out = head(embed(words))
            except LiuliError as error:
                seen += [str(error), lines(error)]
                continue
            F.cross_entropy(out, words % 3).backward()
            optimizer.step()
        return seen, embed, head

    assert same(loop) >= 8


def test_labels_that_are_ignored_are_no_mistake() -> None:
    def loop() -> Any:
        model, losses = mlp(5, 8, 3), []
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, y) in enumerate(batches(16)):
            y[i % 6] = -100
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss)
        return losses, model

    assert same(loop) >= 8


def test_what_is_computed_and_checked_stays_eager() -> None:
    """A probability above 1 is told by the loss; so no program may find it first."""

    def loop() -> Any:
        model, seen = mlp(5, 8, 1), []
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for i, (x, _) in enumerate(batches(16)):
            optimizer.zero_grad()
            p = model(x).tanh().abs() * (1.0 if i != 12 else 50.0)
            try:
                loss = F.binary_cross_entropy(p, liuli.ones(6, 1))
            except LiuliError as error:
                seen += [str(error), lines(error)]
                continue
            loss.backward()
            optimizer.step()
        explained.append(liuli.capture.explain(optimizer))
        return seen, model

    explained: list[str] = []
    assert same(loop) == 0
    assert "numbers are checked that are computed in the round" in explained[0]


def test_labels() -> None:
    labels = Labels(1, 3, -100)
    good, ignored = np.array([0, 2, 1]), np.array([0, -100])
    assert labels.are_classes(good)
    assert labels.are_classes(ignored)
    assert labels.are_classes(np.array([-100, -100]))
    assert labels.are_classes(np.array([], np.int64))
    for bad in ([0, 3], [-1, 0], [-100, 3], [-100, -1]):
        assert not labels.are_classes(np.array(bad))


# --- faults and signals ---------------------------------------------------------------------------
def plain() -> Any:
    """Some rounds, and how many steps were made."""
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    for x, y in batches(20):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model, optimizer.steps_taken


@pytest.mark.parametrize("error", [ValueError, MemoryError])
@pytest.mark.parametrize("where", ["recording", "machine code", "checking arguments"])
def test_a_fault_of_the_compiler_makes_the_round_eager(
    error: Any, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        calls.append(where)
        raise error("a fault")

    calls: list[str] = []
    if where == "recording":
        monkeypatch.setattr(PROGRAM, "_observer", fails)
    elif where == "machine code":
        monkeypatch.setitem(runner.BACKENDS, "native", fails)
    else:
        monkeypatch.setattr("liuli.compiler.program.Program.holds", fails)
    assert same(plain) <= 8  # by the first calls of a compiled step, which are eager
    assert 1 <= len(calls) <= 6


def interrupt_in(monkeypatch: pytest.MonkeyPatch, when: str, error: Any) -> list[int]:
    """The handler of a signal that comes in the middle of the sixth run."""

    def handler(number: int, frame: Any) -> None:
        raise error

    def run(self: Any, given: Any) -> Any:
        calls.append(1)
        if len(calls) == 6 and when == "before":
            signal.raise_signal(signal.SIGTERM)
        made = whole(self, given)
        if len(calls) == 6 and when == "after":
            signal.raise_signal(signal.SIGTERM)
        return made

    calls: list[int] = []
    whole = PROGRAM.arrays
    monkeypatch.setattr(PROGRAM, "arrays", run)
    signal.signal(signal.SIGTERM, handler)
    return calls


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("error", [TimeoutError("too long"), KeyboardInterrupt(), OSError()])
def test_what_a_handler_of_signals_raises_passes(
    error: Any, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is made once if the program had made it, and else may be made again."""

    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
        for x, y in batches(20):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            try:
                optimizer.step()
            except type(error):
                passed.append(when)
                if when == "before":
                    optimizer.step()
        return model

    passed: list[str] = []
    before = signal.getsignal(signal.SIGTERM)
    try:
        interrupt_in(monkeypatch, when, error)
        one = ran(loop, True)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert passed == [when]
    for a, b in zip(one.numbers, ran(loop, False).numbers, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)


def test_ctrl_c_right_behind_the_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that came while machine code ran is told by the first line behind it."""
    model = mlp(5, 8, 3)
    optimizer = liuli.optim.SGD(model.parameters(), lr=0.1)
    data = [*batches(12)]
    for x, y in data[:10]:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    (segment,) = memory_of(optimizer).segments.values()
    made = segment.program.programs[0].runner
    whole = made.run

    def run(*args: Any) -> Any:
        whole(*args)
        raise KeyboardInterrupt

    made.run = run
    optimizer.zero_grad()
    loss = F.cross_entropy(model(data[10][0]), data[10][1])
    loss.backward()
    version = model[0].weight._version
    with pytest.raises(KeyboardInterrupt):
        optimizer.step()
    assert model[0].weight._version == version + 1
    after = model[0].weight.detach().numpy().copy()
    assert np.isfinite(loss.item())
    assert (model[0].weight.detach().numpy() == after).all()


def test_what_is_a_fault() -> None:
    def raised(function: Any, *args: Any) -> BaseException:
        try:
            function(*args)
        except BaseException as error:
            return error
        raise AssertionError

    def handler(*args: Any) -> None:
        raise ValueError

    def failing() -> None:
        raise ValueError

    class OwnError(Exception):
        pass

    def sent() -> None:
        raise OwnError

    assert is_fault(raised(failing))
    assert is_fault(raised(liuli.zeros, -1))
    assert not is_fault(raised(sent))
    assert not is_fault(KeyboardInterrupt())
    assert is_fault(raised(handler))
    before = signal.signal(signal.SIGTERM, handler)
    try:
        assert not is_fault(raised(handler))
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_code_of_what_is_called() -> None:
    class Called:
        def __call__(self) -> None:
            pass

    def function() -> None:
        pass

    assert code_of(function) is function.__code__
    assert code_of(functools.partial(function)) is function.__code__
    assert code_of(Called()) is Called.__call__.__code__
    assert code_of(len) is None


def test_a_users_optimizer_that_no_program_can_hold() -> None:
    class Odd(liuli.optim.Optimizer):
        """Its text asks for a number, which eager code has and a recorded one has not."""

        def __init__(self, params: Any) -> None:
            super().__init__(params, {"lr": 0.1})

        @staticmethod
        def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
            p -= h.lr * g / max(float(np.abs(np.asarray(g)).max()), 1.0)

    def loop() -> Any:
        model = mlp(5, 8, 3)
        optimizer = Odd(model.parameters())
        for x, y in batches(24):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        return model, optimizer.steps_taken

    same(loop)
    assert rounds_compiled() == 0

"""What a step cannot see in its program it notices, or runs eagerly: never other numbers."""

from __future__ import annotations

import os
import random
import threading
import warnings
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn, optim
from liuli.compiler import step as steps
from liuli.compiler.step import compile
from liuli.errors import RecordError
from liuli.train import Trainer

Tensor = liuli.Tensor
SCALE: Any = 1.0
W = liuli.ones(4)


# --- numbers that are inputs ----------------------------------------------------------------------
@pytest.mark.parametrize("other", [2, np.float32(0.5), True, None, "x"])
def test_a_free_number_of_another_type_is_no_input(other: Any) -> None:
    global SCALE

    def function(x: Tensor) -> Tensor:
        return x * SCALE if type(SCALE) is not str and SCALE is not None else x

    step = compile(function, strict=True)
    for i in range(8):
        SCALE = 0.1 * (i + 1)
        step(liuli.arange(3))
    assert step.programs[0].symbols == ["SCALE"]
    for _ in range(2):
        SCALE = other
        found, expected = step(liuli.arange(3)), function(liuli.arange(3))
        assert found.dtype is expected.dtype and found.tolist() == expected.tolist()


def test_an_int_beyond_64_bits_is_no_input() -> None:
    step = compile(lambda x, k: x * 1.0 + k)
    for k in range(8):
        step(liuli.ones(2), k)
    assert step.programs[0].symbols == ["k"]
    for k in (2**63, 2**70, -(2**63) - 1):
        assert step(liuli.ones(2), k).tolist() == (liuli.ones(2) + k).tolist()


def test_arithmetic_beyond_64_bits_is_not_recorded() -> None:
    step = compile(lambda x, k: x * ((k * 2**62 + 1) % 1000 + 1))
    with pytest.warns(UserWarning, match="LL725"):
        for k in range(1, 12):
            assert step(liuli.ones(1), k).item() == (k * 2**62 + 1) % 1000 + 1


# --- memory that is shared ------------------------------------------------------------------------
def into_the_first(a: Tensor, b: Tensor) -> Tensor:
    a += 1
    return (a * b).sum()


def into_state(a: Tensor, b: Tensor) -> Tensor:
    global W
    W += 1
    return (a * W + b).sum()


def values(function: Callable[..., Tensor], make: Callable[[], Any]) -> list[Any]:
    W.fill_(1.0)
    seen = []
    for _ in range(6):
        args = make()
        seen.append((function(*args).item(), [t.tolist() for t in args], W.tolist()))
    return seen


def twice() -> Any:
    t = liuli.ones(4)
    return t, t


SHARED: list[tuple[Callable[..., Tensor], Callable[[], Any]]] = [
    (into_the_first, twice),
    (into_the_first, lambda: (t := liuli.ones(8))[:4] is None or (t[:4], t[2:6])),
    (into_the_first, lambda: (W, W)),
    (into_state, lambda: (W, liuli.ones(4))),
    (into_state, lambda: (liuli.ones(4), W.detach())),
    (into_state, lambda: (liuli.ones(4), liuli.from_numpy(W.numpy()))),
]


@pytest.mark.parametrize(("function", "make"), SHARED)
@pytest.mark.parametrize("before", [0, 6])
def test_arguments_in_memory_that_is_written(
    function: Callable[..., Tensor], make: Callable[[], Any], before: int
) -> None:
    """From the first call on, and after a program was made of calls that shared nothing."""
    expected = values(function, make)
    step = compile(function)
    for _ in range(before):
        step(liuli.ones(4), liuli.ones(4))
    with pytest.warns(UserWarning, match="(?s)LL719.*share memory.*LL732"):
        assert values(step, make) == expected


@pytest.mark.parametrize("before", [0, 6])
def test_an_argument_whose_gradient_is_found_by_another_name(before: int) -> None:
    """There is one `grad`, which the step empties by the list and fills by the argument."""
    x, other = (liuli.ones(4, 3, requires_grad=True) for _ in range(2))
    found = [x]

    def function(given: Tensor) -> Tensor:
        for each in found:
            each.grad = None
        (3 * given).sum().backward()
        return given.grad.sum()  # type: ignore[union-attr]

    step = compile(function)
    for _ in range(before):
        other.grad = None
        assert float(step(other)) == 36
    with pytest.warns(UserWarning, match="(?s)LL719.*share memory.*LL732"):
        assert [float(step(x)) for _ in range(6)] == [36] * 6


def test_memory_that_is_only_read_may_be_shared() -> None:
    model = nn.Linear(4, 4)
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    @compile(strict=True)
    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(8):
        x = liuli.ones(3, 4)
        step(x, x)
    assert step.programs[0].runs


def test_parts_of_one_array_share_nothing() -> None:
    step = compile(into_the_first, strict=True)
    for _ in range(6):
        whole = liuli.ones(2, 4)
        assert step(whole[0], whole[1]).item() == 8.0
    assert step.programs[0].runs


# --- what the function finds ----------------------------------------------------------------------
class Slots:
    __slots__ = ("k",)

    def __init__(self) -> None:
        self.k = 1.0


class Property:
    def __init__(self) -> None:
        self._k = 1.0

    @property
    def k(self) -> float:
        return self._k


LISTED = [1.0, 2.0]
NAMED = {"a": 1.0}
LONG = [float(i) for i in range(100)]
ARRAY = np.ones(2, np.float32)
QUEUE: deque[float] = deque([1.0, 2.0], maxlen=2)
CHOSEN = {1.0, 2.0}
SLOTS, PROPERTY = Slots(), Property()

CHANGES: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[], Any]]] = {
    "a longer list": (lambda x: x * sum(LISTED), lambda: LISTED.append(5.0)),
    "another key": (lambda x: x * NAMED.get("b", 1.0), lambda: NAMED.update(b=4.0)),
    "an item of a long list": (lambda x: x * LONG[3], lambda: LONG.__setitem__(3, 50.0)),
    "an array": (lambda x: x * liuli.tensor(ARRAY), lambda: ARRAY.fill(7.0)),
    "a queue": (lambda x: x * QUEUE[0], lambda: QUEUE.append(8.0)),
    "a set": (lambda x: x * sum(CHOSEN), lambda: CHOSEN.remove(1.0) or CHOSEN.add(9.0)),
    "a slot": (lambda x: x * SLOTS.k, lambda: setattr(SLOTS, "k", 3.0)),
    "a property": (lambda x: x * PROPERTY.k, lambda: setattr(PROPERTY, "_k", 3.0)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_noticed(name: str) -> None:
    function, change = CHANGES[name]
    step = compile(function, strict=True)
    for _ in range(5):
        step(liuli.ones(2))
    assert step.programs[0].runs
    change()
    for _ in range(5):
        assert step(liuli.ones(2)).tolist() == function(liuli.ones(2)).tolist()
    assert step.programs[0].runs


def test_a_list_that_grows_in_a_model_which_nobody_asks_for_costs_nothing() -> None:
    model: Any = nn.Linear(2, 2)
    model.history = []
    step = compile(lambda x: model(x), strict=True)
    for call in range(8):
        model.history.append(call)
        step(liuli.ones(1, 2))
    assert step.programs[0].runs == 5 and not step.guards()


def test_numbers_of_a_large_array_are_no_program() -> None:
    table = np.arange(1000.0)
    step = compile(lambda x: x + liuli.tensor(table)[:2])
    with pytest.warns(UserWarning, match="LL738"):
        for call in range(6):
            table[0] = call
            assert step(liuli.zeros(2)).tolist() == [call, 1.0]


def test_more_objects_than_a_step_looks_at() -> None:
    model = nn.Sequential(nn.Dropout(1.0))
    samples = [[i] for i in range(20_000)]
    step = compile(lambda x: model(x) * (len(samples) > 0))
    with pytest.warns(UserWarning, match="LL733"):
        step(liuli.ones(2))
    model.eval()
    assert step(liuli.ones(2)).tolist() == [1.0, 1.0]


def test_fit_of_a_model_that_reaches_too_much_is_eager() -> None:
    samples = [[i] for i in range(20_000)]

    class Big(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) * (len(samples) > 0)

    model = Big(2, 1)
    trainer = Trainer(model, "mse", optim.SGD(model.parameters(), lr=0.1), compile=True)
    x = np.ones((24, 2), np.float32)
    with pytest.warns(UserWarning, match="LL733"):
        trainer.fit(x, x[:, :1], epochs=1, batch_size=4, verbose=0)


# --- what Python does beside ----------------------------------------------------------------------
def test_random_numbers_that_only_decide() -> None:
    def function(x: Tensor) -> Tensor:
        return x * 2 if random.random() < 0.1 else x

    random.seed(1)
    expected = [function(liuli.ones(1)).item() for _ in range(30)]
    random.seed(1)
    step = compile(function)
    with pytest.warns(UserWarning, match="LL735"):
        assert [step(liuli.ones(1)).item() for _ in range(30)] == expected


def test_what_is_printed_is_printed_by_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    @compile(strict=True)
    def step(x: Tensor) -> Tensor:
        print("rows", x.shape[0], flush=True)
        return x * 2

    for _ in range(6):
        step(liuli.ones(3))
    assert step.programs[0].runs == 3
    assert capsys.readouterr().out == "rows 3\n" * 6


def test_a_model_that_prints_is_trained_by_fit_and_prints_once_a_step(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Loud(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, x: Tensor) -> Tensor:
            print("forward")
            return self.layer(x)

    x = np.ones((24, 2), np.float32)
    model = Loud()
    trainer = Trainer(model, "mse", optim.SGD(model.parameters(), lr=0.1), compile=True)
    capsys.readouterr()
    trainer.fit(x, x[:, :1], epochs=1, batch_size=4, verbose=0)
    assert capsys.readouterr().out == "forward\n" * 6


def test_printing_other_texts_falls_back(capsys: pytest.CaptureFixture[str]) -> None:
    class Count:
        def __init__(self) -> None:
            self.values = iter(range(100))

    count = Count()

    def function(x: Tensor) -> Tensor:
        print(next(count.values))
        return x * 2

    step = compile(function)
    with pytest.warns(UserWarning, match=r"(?s)print of.*LL722"):
        for _ in range(6):
            step(liuli.ones(1))
    assert capsys.readouterr().out == "".join(f"{i}\n" for i in range(6))


# --- faults ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("error", [AssertionError, MemoryError, OSError, KeyError])
def test_a_fault_of_the_compiler_spoils_no_call(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(graph: Any) -> Any:
        raise error("%12 is read in a way nobody can")

    monkeypatch.setitem(steps.BACKENDS, "numpy", fails)
    total = liuli.zeros(1)
    step = compile(lambda x: total.add_(x), backend="numpy")
    with pytest.warns(UserWarning, match=f"(?s)LL719.*{error.__name__}.*LL734"):
        assert [step(liuli.ones(1)).item() for _ in range(6)] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    strict = compile(lambda x: x * 2, backend="numpy", strict=True)
    with pytest.raises(RecordError, match="LL734"):
        for _ in range(4):
            strict(liuli.ones(1))


def test_a_fault_of_the_recorder_spoils_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("liuli.compiler.trace._plain", fails)
    step = compile(lambda x: x * 2)
    with pytest.warns(UserWarning, match="(?s)LL719.*ZeroDivisionError.*LL734"):
        assert [step(liuli.ones(1)).item() for _ in range(5)] == [2.0] * 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_process_has_a_lock_of_its_own() -> None:
    entered, go = threading.Event(), threading.Event()

    def function(x: Tensor) -> Tensor:
        if threading.current_thread() is not threading.main_thread():
            entered.set()
            go.wait(10)
        return x * 2

    step = compile(function)
    thread = threading.Thread(target=step, args=(liuli.ones(1),))
    thread.start()
    entered.wait(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of fork beside threads
        child = os.fork()
    if not child:
        free = step._lock.acquire(timeout=5)
        os._exit(0 if free else 1)
    _, status = os.waitpid(child, 0)
    go.set()
    thread.join()
    assert status == 0


# --- compile itself -------------------------------------------------------------------------------
def test_a_model_stays_as_it_is() -> None:
    model = nn.Linear(2, 1)
    with pytest.warns(UserWarning, match="(?s)LL737.*Linear"):
        assert compile(model) is model
    model(liuli.ones(1, 2)).sum().backward()
    assert model.weight.grad is not None


def test_new_options_for_a_compiled_step() -> None:
    step = compile(lambda x: x * 2, strict=True)
    again = compile(step, keep_grads=True)
    assert again is not step and again.function is step.function
    assert again.keep_grads and again.strict
    assert compile(again, strict=True) is again


def test_arguments_have_their_names() -> None:
    def function(batch: Any, /, *more: Tensor, scale: float) -> Tensor:
        return batch[0] * more[0] * scale

    step = compile(function, strict=True)
    for call in range(12):
        rows = 2 if call < 4 else 3
        step((liuli.ones(rows),), liuli.ones(rows), scale=1.0 if call < 8 else 2.0)
    said = " ".join(step.guards())
    assert "batch[0]: shape (2,), now (3,)" in said and "scale: 1.0, now 2.0" in said

"""Steps that leave no trace of being recorded; several runs in one call."""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn
from liuli.compiler.graph import parse
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.compiler.runner import Interpreted
from liuli.compiler.step import host_call
from liuli.nn import functional as F
from liuli.train.exact import ExactStep

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

DRAW = np.random.default_rng(3)
X = DRAW.standard_normal((12, 8, 5)).astype(np.float32)
Y = DRAW.integers(0, 3, (12, 8))


def learn(model: Any, optimizer: Any, x: Any, y: Any) -> Any:
    scores = model(x)
    loss = F.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss, scores


class Case:
    """A network with dropout and batch norm, Adam, and the step that trains it."""

    def __init__(self, **options: Any) -> None:
        liuli.manual_seed(1)
        self.model = nn.Sequential(nn.Linear(5, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.2),
                                   nn.Linear(6, 3))  # fmt: skip
        self.optimizer = liuli.optim.Adam(self.model.parameters(), lr=0.01)
        learn(self.model, self.optimizer, liuli.tensor(X[0]), liuli.tensor(Y[0]))
        self.step = ExactStep(partial(learn, self.model, self.optimizer), "step", **options)

    def state(self) -> list[bytes]:
        kept = [t for s in self.optimizer.state.values() for t in s.values()]
        tensors = [*self.model.state_dict().values(), *kept]
        return [t._array.tobytes() for t in tensors] + [
            liuli.default_generator.get_state().tobytes()
        ]


def test_recording_leaves_no_trace() -> None:
    """The first run of a step is that of a step which was recorded long ago."""
    early, late = Case(), Case()
    late.step.runs([X[1:], Y[1:]], 1)
    assert len(late.step.programs) == 1
    late.step.runs([X[2:], Y[2:]], 1)
    kept = late.state()
    liuli.manual_seed(1)
    early = Case()
    early.step.runs([X[1:], Y[1:]], 2)
    assert early.state() == kept


@pytest.mark.parametrize("settled", [True, False])
def test_groups_are_single_steps(settled: bool) -> None:
    single = Case(settled=settled)
    rows = [single.step.runs([X[i:], Y[i:]], 1)[1] for i in range(1, 12)]
    kept = single.state()
    grouped = Case(settled=settled)
    done, made = grouped.step.runs([X[1:], Y[1:]], 11)
    assert done == 11
    assert grouped.state() == kept
    for i, outputs in enumerate(zip(*rows, strict=True)):
        assert np.concatenate(outputs).tobytes() == made[i].tobytes()


def test_going_back() -> None:
    case, other = Case(), Case()
    other = Case()
    other.step.runs([X[1:], Y[1:]], 4)
    kept = other.state()
    case = Case()
    case.step.runs([X[1:], Y[1:]], 9, keep=True)
    assert case.state() != kept
    assert case.step.go_back([X[1:], Y[1:]], 4)
    assert case.state() == kept


@pytest.mark.filterwarnings("ignore:.*LL719")
def test_python_at_random_is_no_program() -> None:
    """Two watched calls differ, and the step is then made with the numbers that were its turn."""

    def noisy(w: Any, x: Any) -> Any:
        y = (w * x + float(np.random.rand())).sum()
        with liuli.no_grad():
            w += 1
        return y

    w = liuli.zeros(5)
    step = ExactStep(partial(noisy, w), "noisy")
    np.random.seed(5)
    found = [float(step.runs([X[i : i + 1, 0]], 1)[1][0][0]) for i in range(3)]
    assert step.fallen is not None and w.tolist() == [3.0] * 5
    v = liuli.zeros(5)
    np.random.seed(5)
    assert found == [float(noisy(v, liuli.tensor(X[i, 0]))) for i in range(3)]


@pytest.mark.filterwarnings("ignore:.*LL719")
def test_half_precision_is_left_to_numpy() -> None:
    step = ExactStep(lambda x: (x.half() * 2).float(), "halves")
    assert step.runs([X[:2]], 2)[0] == 1
    assert step.fallen is not None and "float16" in step.fallen.reason


# --- the runners ----------------------------------------------------------------------------------
GRAPH = """
graph count
  input  %0 float32[3]
  input  %1 int64[]
  state  %2 float32[4,3]
  state  %3 float32[3]
  %4 int64[] = check(%1, low=0, high=4, code='LL302', facts={'size': 4})
  %5 float32[3] = gather(%2, %4, batch=0)
  %6 float32[3] = add(%0, %5)
  %7 float32[3] = add(%6, %3)
  %8 float32[] = sum(%7, axes=(0,))
  assign %3 <- %7
  return %7, %8
"""
TABLE = np.arange(12, dtype=np.float32).reshape(4, 3)
ADDED = np.arange(18, dtype=np.float32).reshape(6, 3)


def run_many(kind: Any, index: list[int]) -> tuple[Any, Any]:
    runner, state = kind(parse(GRAPH)), np.zeros(3, np.float32)
    made = runner.run_many([ADDED[: len(index)], np.array(index)], [TABLE, state], len(index))
    again = runner.run([ADDED[0], np.array(1)], [TABLE, state.copy()])  # it can still run alone
    assert (again[0] == ADDED[0] + TABLE[1] + state).all()
    return made, state


@pytest.mark.parametrize("kind", [Native, Interpreted])
def test_many_runs(kind: Any) -> None:
    index = [3, 0, 0, 2, 1, 3]
    (rows, sums), state = run_many(kind, index)
    wanted = np.cumsum(ADDED + TABLE[index], axis=0)
    assert (rows == wanted).all() and (sums == wanted.sum(1)).all()
    assert (state == wanted[-1]).all()


@pytest.mark.parametrize("kind", [Native, Interpreted])
def test_a_failed_check_ends_them(kind: Any) -> None:
    """The runs before it are made, and those alone; where it is the first it is an error."""
    runner, state = kind(parse(GRAPH)), np.zeros(3, np.float32)
    wanted = np.cumsum(ADDED[:2] + TABLE[[3, 0]], axis=0)
    rows, sums = runner.run_many([ADDED[:4], np.array([3, 0, 4, 1])], [TABLE, state], 4)
    assert (rows == wanted).all() and (sums == wanted.sum(1)).all()
    assert (state == wanted[-1]).all()
    with pytest.raises(liuli.errors.OutOfRangeError, match="LL302"):
        runner.run_many([ADDED[2:4], np.array([4, 1])], [TABLE, state], 2)
    assert (state == wanted[-1]).all()
    again = runner.run_many([ADDED[:2], np.array([3, 0])], [TABLE, np.zeros(3, np.float32)], 2)
    assert (again[0] == wanted).all()


def test_an_error_in_a_native_call_leaves_the_memory_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner, state = Native(parse(GRAPH)), np.zeros(3, np.float32)
    (piece,) = runner._pieces
    with monkeypatch.context() as patched:
        patched.setattr(piece.program, "run", lambda *args, **options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            runner.run_many([ADDED[:4], np.array([3, 0, 2, 1])], [TABLE, state], 4)
    made = runner.run([ADDED[0], np.array(1)], [TABLE, state])
    assert (made[0] == ADDED[0] + TABLE[1]).all()


# --- nothing is left of a recording ---------------------------------------------------------------
class Slotted:
    """A holder of a tensor that no walk over dictionaries finds."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = liuli.zeros(1)


def hidden() -> tuple[Any, Any]:
    """A step that changes what only the recorder sees, and what it changes."""
    held, slot = deque([liuli.zeros(2)]), Slotted()
    source, notes = liuli.Generator().manual_seed(3), list[float]()
    log = host_call(lambda x: notes.append(x.item()))
    many = [object() for _ in range(3000)]  # more than a walk looks at

    def step(x: Any) -> Any:
        noise = liuli.randn(2, generator=source)
        held[0] += noise
        slot.value.copy_(x.sum().reshape(1))
        log(x.sum())
        return (held[0].sum() + slot.value + len(many)).sum()

    def state() -> Any:
        return held[0].tolist(), slot.value.tolist(), source.get_state().tolist(), list(notes)

    return step, state


@pytest.mark.filterwarnings("ignore:.*LL719")
@pytest.mark.parametrize("settled", [True, False])
def test_what_no_walk_finds_is_put_back(settled: bool) -> None:
    eager, eager_state = hidden()
    step, state = hidden()
    compiled = ExactStep(step, "hidden", settled=settled)
    for i in range(4):
        wanted = eager(liuli.tensor(X[i, 0])).item()
        found = compiled.runs([X[i : i + 1, 0]], 1)[1][0].item()
        assert found == pytest.approx(wanted, rel=1e-5)
        for a, b in zip(state(), eager_state(), strict=True):
            assert np.allclose(a, b, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:.*LL719")
def test_calls_of_pythons_own_are_made_once_where_a_step_is_eager() -> None:
    notes: list[float] = []
    log = host_call(lambda x: notes.append(x.item()))

    def step(x: Any) -> Any:
        log(x[0])
        return x * (1 if x.sum().item() > 1e9 else 2)

    compiled = ExactStep(step, "looks")
    for i in range(3):
        compiled.runs([X[i : i + 1, 0]], 1)
    assert compiled.fallen is not None
    assert notes == pytest.approx(X[:3, 0, 0].tolist())


@pytest.mark.parametrize("call", [1, 2])
def test_an_error_while_it_is_recorded_changes_nothing(call: int) -> None:
    w, held, calls = liuli.zeros(3), deque([liuli.zeros(3)]), count(1)

    def step(x: Any) -> Any:
        w.add_(1)
        held[0].fill_(7)
        if next(calls) == call:
            raise ZeroDivisionError
        return x.sum() + w.sum()

    compiled = ExactStep(step, "fails")
    with pytest.raises(ZeroDivisionError):
        compiled.runs([X[:1, 0]], 1)
    assert w.tolist() == held[0].tolist() == [0.0] * 3


def test_an_error_of_a_host_call_undoes_its_run() -> None:
    w, wrong = liuli.zeros(3), [False]

    def check(x: Any) -> None:
        if wrong[0]:
            raise ZeroDivisionError

    log = host_call(check)

    def step(x: Any) -> Any:
        w.add_(1)
        log(x)
        return x.sum() + w.sum()

    compiled = ExactStep(step, "hosted")
    assert compiled.runs([X[:4, 0]], 4)[0] == 1  # one by one
    compiled.runs([X[:1, 0]], 1)
    wrong[0] = True
    with pytest.raises(ZeroDivisionError):
        compiled.runs([X[:1, 0]], 1)
    assert w.tolist() == [2.0] * 3

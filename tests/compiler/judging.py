"""Judging what machine code computes: float64 is the truth, eager float32 the measure of errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

import liuli
from liuli.compiler.native import Native
from liuli.compiler.step import CompiledStep
from tests.compiler.test_step import tensors_in

Array: TypeAlias = "np.ndarray[Any, Any]"
Tensor = liuli.Tensor
Built = tuple[Callable[..., Any], Sequence[Any]]  # a function and its arguments
Build = Callable[[liuli.dtype], Built]

THREADS = (1, 2, 3, 4, 7, 16)
ULP = {"float32": 2.0**-23, "float64": 2.0**-52}
FINER = 2.0**-29  # how much finer float64 is


def arrays_of(returned: Any) -> list[Array]:
    """Copies of the numbers of all tensors in what was returned."""
    return [t.detach().numpy().copy() for t in tensors_in(returned)]


def called(build: Build, dtype: liuli.dtype, calls: int = 3) -> list[Array]:
    """What the last of some eager calls returns."""
    function, arguments = build(dtype)
    liuli.manual_seed(2)
    for _ in range(calls):
        returned = function(*arguments)
    return arrays_of(returned)


def compiled(build: Build, dtype: liuli.dtype, calls: int = 3) -> tuple[list[Array], Native]:
    """The same of a compiled step, whose last call ran machine code; and that code."""
    function, arguments = build(dtype)
    step = CompiledStep(function, strict=True, recordings=1, backend="native")
    liuli.manual_seed(2)
    for _ in range(calls):
        returned = step(*arguments)
    assert step.programs and step.programs[0].runs, step.guards()
    runner = step.programs[0].runner
    assert isinstance(runner, Native), "it was left to NumPy"
    check_threads(runner, step.programs[0].states, arguments)
    return arrays_of(returned), runner


def check_threads(native: Native, states: Sequence[Array], arguments: Sequence[Any]) -> None:
    """Any number of threads gives the same bits, in what is returned and in what is written."""
    liuli.set_num_threads(max(THREADS))
    made = set()
    for threads in THREADS:
        inputs = [np.array(t.numpy() if isinstance(t, Tensor) else t) for t in _detached(arguments)]
        mine = [s.copy() for s in states]
        results = native.run(inputs, mine, threads=threads)
        made.add(b"".join(x.tobytes() for x in (*results, *inputs, *mine)))
    assert len(made) == 1, "it depends on the number of threads"


def _detached(arguments: Sequence[Any]) -> list[Any]:
    return [t.detach() if isinstance(t, Tensor) else t for t in arguments]


def far(mine: Array, eager: Array, truth: Array, ulps: float = 4, slack: float = 0) -> str:
    """Why `mine` is too far from the truth; "" if it is not.

    At most twice as far as eager, and some units in the last place of the largest element.
    """
    if mine.shape != truth.shape or mine.dtype != eager.dtype:
        return f"{mine.dtype}{mine.shape} for {eager.dtype}{truth.shape}"
    if mine.dtype.kind not in "fc":
        return "" if np.array_equal(mine, eager) else f"{mine} for {eager}"
    usual = np.isfinite(truth) & np.isfinite(eager)
    if not np.array_equal(mine[~usual], eager[~usual], equal_nan=True):
        return f"{mine[~usual]} for {eager[~usual]}"
    if not np.isfinite(mine[usual]).all():
        return "nan or inf where there is none"
    largest = np.abs(truth[usual]).max(initial=0.0)
    own, theirs = (np.abs(x[usual] - truth[usual]).max(initial=0.0) for x in (mine, eager))
    allowed = 2 * theirs + ulps * ULP[mine.dtype.name] * largest + slack
    return "" if own <= allowed else f"{own:.3g} off, eager {theirs:.3g}, of {largest:.3g}"


def judge(build: Build, calls: int = 3, ulps: float = 4, slack: float = 0) -> None:
    """Machine code in float32 is about as near to float64 as eager is; any threads, same bits."""
    truth, eager = called(build, liuli.float64, calls), called(build, liuli.float32, calls)
    mine, _ = compiled(build, liuli.float32, calls)
    found = [far(*each, ulps=ulps, slack=slack) for each in zip(mine, eager, truth, strict=True)]
    assert not any(found), found


def judge_wide(build: Build, calls: int = 3, ulps: float = 4, slack: float = 0) -> None:
    """In float64, whose truth nobody has: as near to eager as float32's error lets expect."""
    truth, eager = called(build, liuli.float64, calls), called(build, liuli.float32, calls)
    mine, _ = compiled(build, liuli.float64, calls)
    for got, wanted, narrow in zip(mine, truth, eager, strict=True):
        usual = np.isfinite(narrow) & np.isfinite(wanted)
        off = float(np.abs(narrow[usual] - wanted[usual]).max(initial=0.0)) * FINER
        assert not (why := far(got, wanted, wanted, ulps=ulps, slack=slack + 3 * off)), why

"""Tensors that change how they look at memory: recorded, refused, and with `out=`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import liuli
from liuli.compiler.trace import record


def transposed(x: Any) -> Any:
    y = x * 2
    row = y[0]
    y.t_()
    row.mul_(3)
    y[1].add_(1)
    return y, row * y[:, 0]


def squeezed(x: Any) -> Any:
    y = x * 2
    flat = y.view(-1)
    y.unsqueeze_(1).transpose_(0, 2)
    flat.add_(1)
    y.squeeze_()
    y.resize_(3, 2) if y.is_contiguous() else y.t_()
    return y * y


def written(x: Any) -> Any:
    y = liuli.empty(0)
    liuli.mul(x, 2, out=y)
    liuli.add(y, x, out=y)
    return y


@pytest.mark.parametrize("program", [transposed, squeezed, written])
def test_recorded_as_eager(program: Callable[..., Any]) -> None:
    recording = record(program, [liuli.ones(2, 3)])
    x = liuli.randn(2, 3)
    eager = program(x)
    eager = eager if isinstance(eager, tuple) else (eager,)
    for again, once in zip(recording.run([x.numpy()]), eager, strict=True):
        assert np.array_equal(again, once.numpy())


@pytest.mark.parametrize("method", ["t_", "squeeze_"])
def test_recorder_refuses_tensors_from_outside(method: str) -> None:
    outside = liuli.ones(2, 3)
    with pytest.raises(liuli.errors.RecordError, match="LL704"):
        record(lambda x: (getattr(outside, method)(), x * 2)[1], [liuli.ones(2)])
    with pytest.raises(liuli.errors.RecordError, match="LL704"):
        record(lambda x: getattr(x, method)(), [liuli.ones(2, 3)])
    assert outside.shape == (2, 3)


def test_leaf_under_no_grad_stays_a_leaf() -> None:
    w = liuli.ones(2, 3, requires_grad=True)
    with liuli.no_grad():
        w.t_()
        w -= 0.5
    (w * liuli.arange(6.0).reshape(3, 2)).sum().backward()
    assert w.is_leaf and w.grad is not None
    assert w.grad.tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]


def test_larger_size_moves_away_from_older_views() -> None:
    x = liuli.arange(4.0)
    view = x[1:]
    x.resize_(2, 3)
    x.add_(1)
    assert x.tolist() == [[1.0, 2.0, 3.0], [4.0, 1.0, 1.0]]
    assert view.tolist() == [1.0, 2.0, 3.0]
    w = liuli.ones(3, requires_grad=True)
    view.mul_(w)  # its history is its own
    view.sum().backward()
    assert w.grad is not None and w.grad.tolist() == [1.0, 2.0, 3.0]
    assert not x.requires_grad


def test_view_that_is_a_leaf_cannot_be_written() -> None:
    view = liuli.zeros(3, 2)[0].requires_grad_()
    with pytest.raises(liuli.errors.GradientError, match="LL414"):
        view.add_(1)


def test_out_keeps_the_history() -> None:
    x, y = liuli.ones(2, requires_grad=True), liuli.empty(2)
    assert liuli.mul(x, 3, out=y) is y
    y.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [3.0, 3.0]
    values, places = liuli.empty(0), liuli.empty(0, dtype=liuli.int64)
    found = liuli.max(liuli.eye(2), 1, out=(values, places))
    assert found.values is values and places.tolist() == [0, 1]
    with pytest.raises(liuli.errors.DTypeError, match="LL206"):
        liuli.add(x.detach(), 1, out=places)

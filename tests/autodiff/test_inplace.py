"""Writes: what they do to saved values, to views, to detached tensors and to leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import liuli


def leaf(*numbers: float) -> Any:
    return liuli.tensor(numbers, dtype=liuli.float64, requires_grad=True)


@contextmanager
def refused(code: str) -> Iterator[Any]:
    with pytest.raises(liuli.errors.LiuliError) as caught:
        yield caught
    assert caught.value.code == code


def both(x: Any) -> tuple[Any, Any]:
    """Two tensors that are no leaves."""
    return x * 1, x * 2


# A value is kept for the gradient, then overwritten.
STALE: dict[str, Callable[[Any, Any], Any]] = {
    "its result": lambda a, b: (y := a.exp(), y.add_(1))[0],
    "its operand": lambda a, b: (a.sin(), a.add_(1))[0],
    "the other operand": lambda a, b: (a * b, b.zero_())[0],
    "through a view": lambda a, b: (a * b, b[:1].zero_())[0],
    "a view that was kept": lambda a, b: (a[:1] * b[1:], b.add_(1))[0],
    "by an index": lambda a, b: (a * b, b.__setitem__(0, 1.0))[0],
    "through detach": lambda a, b: (a * b, b.detach().zero_())[0],
    "without recording": lambda a, b: (a * b, without_recording(b))[0],
    "a matrix": lambda a, b: (a @ b, b.add_(1))[0],
}
# Nothing that is kept is overwritten.
SOUND: dict[str, Callable[[Any, Any], Any]] = {
    "of a sum": lambda a, b: (y := a + b, y.add_(1), a.add_(1))[0],
    "an operand that is not kept": lambda a, b: (a.exp(), a.add_(1))[0],
    "of a cast": lambda a, b: (a.float(), a.add_(1))[0],
    "of a view": lambda a, b: (a[:1], a.add_(1))[0],
}


def without_recording(x: Any) -> None:
    with liuli.no_grad():
        x.add_(1)


@pytest.mark.parametrize("name", STALE)
def test_overwritten_values_are_noticed(name: str) -> None:
    y = STALE[name](*both(leaf(1.0, 2.0)))
    with refused("LL404") as caught:
        y.sum().backward()
    assert caught.value.facts["name"] in ("a", "b", "x", "exp(...)")


@pytest.mark.parametrize("name", SOUND)
def test_other_writes_are_fine(name: str) -> None:
    x = leaf(1.0, 2.0)
    SOUND[name](*both(x)).sum().backward()
    assert x.grad is not None


def test_an_operation_in_place_keeps_what_it_needs_of_the_old() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    y.mul_(y)
    y.exp_()
    y.sum().backward()
    expected = 2 * x.detach() * (x.detach() ** 2).exp()
    assert liuli.allclose(x.grad, expected)


def test_data_is_not_watched() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    z = y * y
    y.data.zero_()
    z.sum().backward()
    assert x.grad.tolist() == [0, 0]
    assert (y._version, y.data._version) == (0, 0)


def test_detach_shares_memory_and_version() -> None:
    x = leaf(1.0, 2.0)
    y = x * 1
    plain = y.detach()
    plain.add_(1)
    assert (y.tolist(), y._version, plain.requires_grad, plain.is_leaf) == ([2, 3], 1, False, True)


def test_versions_count_writes() -> None:
    x = liuli.zeros(3)
    view = x[1:]
    for write in (lambda: x.add_(1), lambda: view.zero_(), lambda: x.__setitem__(0, 2)):
        before = x._version
        write()
        assert x._version == view._version == before + 1


# --- views ------------------------------------------------------------------------------------
def test_a_write_to_the_base_reaches_its_views() -> None:
    x = leaf(1.0, 2.0, 3.0)
    y = x * 1
    part = y[1:]
    y.mul_(5)
    part.sum().backward()
    assert x.grad.tolist() == [0, 5, 5]


def test_a_write_to_a_view_reaches_its_base_and_the_others() -> None:
    x, w = leaf(1.0, 2.0, 3.0), leaf(7.0)
    y = x * 1
    middle, turned = y[1:2], y.reshape(3, 1).t()
    middle.copy_(w)
    (turned * turned).sum().backward()
    assert y.tolist() == [1, 7, 3]
    assert x.grad.tolist() == [2, 0, 6]
    assert w.grad.tolist() == [14]


def test_views_of_views() -> None:
    x = leaf(*range(6))
    y = (x * 1).reshape(2, 3)
    y.t()[1:].diagonal().mul_(10)
    y.sum().backward()
    assert x.grad.tolist() == [1, 10, 1, 1, 1, 10]


def test_a_view_made_while_not_recording_has_no_history() -> None:
    y = leaf(1.0, 2.0) * 1
    with liuli.no_grad():
        assert not (y[:1] * 1).requires_grad


def test_loops_that_write_rows() -> None:
    x = leaf(1.0, 2.0)
    out = liuli.zeros(3, 2, dtype=liuli.float64)
    h = x
    for t in range(3):
        h = h * 2
        out[t] = h
    out.sum().backward()
    assert x.grad.tolist() == [14, 14]


def test_swapping_two_rows() -> None:
    x = leaf(1.0, 2.0)
    y = x * liuli.tensor([1.0, 10.0], dtype=liuli.float64)
    y[0], y[1] = y[1].clone(), y[0].clone()
    (y * liuli.tensor([1.0, 100.0], dtype=liuli.float64)).sum().backward()
    assert x.grad.tolist() == [100, 10]


# --- refusals ---------------------------------------------------------------------------------
def test_leaves_that_want_a_gradient_are_not_written() -> None:
    x = leaf(1.0, 2.0)
    with refused("LL414"):
        x.add_(1)
    with refused("LL415"):
        x[:1].add_(1)
    with refused("LL415"):
        x[0] = 1
    with liuli.no_grad():
        x.add_(1)
        x[0] = 5
    assert (x.tolist(), x.is_leaf) == ([5, 3], True)


def test_a_write_of_another_shape_or_kind() -> None:
    with refused("LL117"):
        liuli.zeros(3).add_(liuli.zeros(2, 3))
    with refused("LL206"):
        liuli.zeros(3, dtype=liuli.int64).add_(0.5)

"""Hooks on tensors, on leaves after accumulation, and gradients kept of tensors that are none."""

from __future__ import annotations

from typing import Any

import pytest

import liuli
from liuli import autograd


def leaf(*numbers: float) -> Any:
    return liuli.tensor(numbers, dtype=liuli.float64, requires_grad=True)


def test_hooks_run_in_order_and_each_may_replace() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3
    seen: list[Any] = []
    y.register_hook(lambda g: seen.append(("first", g.tolist())))
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: seen.append(("third", g.tolist())))
    y.sum().backward()
    assert seen == [("first", [1, 1]), ("third", [10, 10])]
    assert x.grad.tolist() == [30, 30]


def test_a_hook_sees_the_whole_gradient_once() -> None:
    x = leaf(1.0)
    seen: list[float] = []
    x.register_hook(lambda g: seen.append(g.item()))
    y = x * 2
    y.register_hook(lambda g: seen.append(g.item()))
    (y + y * 3 + x).backward()
    assert seen == [4, 9]


def test_a_hook_on_a_leaf_replaces_what_is_added() -> None:
    x = leaf(1.0)
    x.register_hook(lambda g: g * 100)
    (x * 2).backward()
    (x * 3).backward()
    assert x.grad.item() == 500


def test_removing_hooks() -> None:
    x = leaf(1.0)
    seen: list[str] = []
    handle = x.register_hook(lambda g: seen.append("a"))
    with x.register_hook(lambda g: seen.append("b")):
        (x * 2).backward()
    handle.remove()
    handle.remove()
    (x * 2).backward()
    assert seen == ["a", "b"]


def test_a_hook_may_remove_itself() -> None:
    x = leaf(1.0)
    seen: list[str] = []
    handles: list[Any] = []
    handles.append(x.register_hook(lambda g: (seen.append("once"), handles[0].remove())[1]))
    x.register_hook(lambda g: seen.append("always"))
    (x * 2).backward()
    (x * 2).backward()
    assert seen == ["once", "always", "always"]


def test_a_hook_made_before_a_write_stays_with_the_value_it_was_made_of() -> None:
    x = leaf(2.0)
    y = x * 3
    seen: list[float] = []
    y.register_hook(lambda g: seen.append(g.item()))
    y.mul_(5)
    y.backward()
    assert seen == [5]


def test_hooks_run_for_autograd_grad_too() -> None:
    x = leaf(1.0)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g + 1)
    assert autograd.grad(y * y, x, retain_graph=True)[0].item() == 81
    assert autograd.grad(y * y, y)[0].item() == 40


def test_hooks_in_a_graph_of_gradients() -> None:
    x = leaf(3.0)
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = autograd.grad(y, x, create_graph=True)
    assert g.item() == 18
    assert autograd.grad(g, x)[0].item() == 12


def test_where_hooks_are_refused() -> None:
    with pytest.raises(liuli.errors.GradientError) as caught:
        liuli.ones(1).register_hook(print)
    assert caught.value.code == "LL418"
    with pytest.raises(liuli.errors.GradientError) as caught:
        (leaf(1.0) * 2).register_post_accumulate_grad_hook(print)
    assert caught.value.code == "LL419"


# --- after accumulation -----------------------------------------------------------------------
def test_after_accumulation_the_hook_gets_the_leaf() -> None:
    x = leaf(1.0)
    seen: list[Any] = []
    x.register_hook(lambda g: g * 2)
    handle = x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.item())))
    (x * 3).backward()
    (x * 3).backward()
    handle.remove()
    (x * 3).backward()
    assert seen == [(True, 6), (True, 12)]


def test_an_optimizer_in_a_hook() -> None:
    x = leaf(1.0)

    def step(t: Any) -> None:
        with liuli.no_grad():
            t -= 0.5 * t.grad
        t.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * 3).backward()
    assert (x.item(), x.grad) == (-0.5, None)


def test_grad_accumulates_nothing_and_calls_no_such_hook() -> None:
    x = leaf(1.0)
    x.register_post_accumulate_grad_hook(lambda t: pytest.fail("called"))
    autograd.grad(x * 2, x)


# --- retain_grad ------------------------------------------------------------------------------
def test_retained_gradients() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3
    z = y * y
    y.retain_grad()
    assert (y.retains_grad, z.retains_grad) == (True, False)
    z.sum().backward()
    assert y.grad.tolist() == [6, 12]


def test_what_is_retained_comes_after_all_hooks() -> None:
    x = leaf(1.0)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.backward()
    assert (y.grad.item(), x.grad.item()) == (10, 30)


def test_retaining_on_a_leaf_changes_nothing() -> None:
    x = leaf(1.0)
    x.retain_grad()
    (x * 2).backward()
    assert (x.grad.item(), x.retains_grad) == (2, False)


def test_retained_gradients_do_not_keep_the_tensor_alive() -> None:
    x = leaf(1.0)
    y = x * 3
    y.retain_grad()
    z = y * 2
    del y
    z.backward()
    assert x.grad.item() == 6


def test_gradients_that_are_kept_share_no_memory() -> None:
    a, b = (liuli.ones(2, requires_grad=True) * 1 for _ in "ab")
    seed = liuli.ones(2)
    a.retain_grad(), b.retain_grad()
    (a + b).backward(seed)
    a.grad.mul_(100)
    assert b.grad.tolist() == [1.0, 1.0] and seed.tolist() == [1.0, 1.0]


def test_retained_gradients_add_up() -> None:
    x = liuli.ones(2, requires_grad=True)
    h = x * 2
    h.retain_grad()
    h.sum().backward(retain_graph=True)
    h.sum().backward()
    assert h.grad.tolist() == [2.0, 2.0]


def test_a_gradient_that_a_hook_holds_on_to_is_not_the_leafs() -> None:
    seen = []
    x = liuli.ones(2, requires_grad=True)
    x.register_hook(seen.append)
    (x * 3).sum().backward()
    x.grad.zero_()
    assert seen[0].tolist() == [3.0, 3.0]

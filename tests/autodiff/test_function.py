"""`autograd.Function`: operations whose gradient the user writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import autograd


def leaf(*numbers: float) -> Any:
    return liuli.tensor(numbers, dtype=liuli.float64, requires_grad=True)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(liuli.errors.LiuliError) as caught:
        yield
    assert caught.value.code == code


def function(
    forward: Callable[..., Any], backward: Callable[..., Any], **more: Any
) -> type[autograd.Function]:
    """A Function of two plain functions."""
    body = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    body |= {name: staticmethod(value) for name, value in more.items()}
    return type("Made", (autograd.Function,), body)


class Cube(autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


class Exp(autograd.Function):
    """Keeps its own output."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (y,) = ctx.saved_tensors
        return g * y


class SumAndProduct(autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Any, b: Any, scale: float) -> Any:
        ctx.save_for_backward(a, b)
        ctx.scale = scale
        return (a + b) * scale, a * b

    @staticmethod
    def backward(ctx: Any, gs: Any, gp: Any) -> Any:
        a, b = ctx.saved_tensors
        return gs * ctx.scale + gp * b, gs * ctx.scale + gp * a, None


def test_gradient_and_names() -> None:
    x = leaf(2.0)
    y = Cube.apply(x)
    assert y.grad_fn.name() == "CubeBackward"
    assert not y.is_leaf
    y.backward()
    assert x.grad.item() == 12


@pytest.mark.parametrize("made", [Cube, Exp])
def test_differentiated_twice(made: type[autograd.Function]) -> None:
    x = leaf(0.3, -0.7)
    assert autograd.gradcheck(made.apply, x)
    assert autograd.gradgradcheck(made.apply, x)


def test_third_derivative_through_a_saved_output() -> None:
    g = Exp.apply(x := leaf(0.5))
    for _ in range(3):
        (g,) = autograd.grad(g, x, create_graph=True)
    assert g.item() == pytest.approx(np.exp(0.5))


def test_several_outputs() -> None:
    a, b = leaf(2.0, 3.0), leaf(5.0, 7.0)
    s, p = SumAndProduct.apply(a, b, 10.0)
    (s * 2 + p).sum().backward()
    assert a.grad.tolist() == [25, 27]
    assert autograd.gradcheck(lambda a, b: SumAndProduct.apply(a, b, 2.0), [a, b])
    assert autograd.gradgradcheck(lambda a, b: SumAndProduct.apply(a, b, 2.0), [a, b])


def test_an_output_that_nobody_uses_has_zeros_for_gradient() -> None:
    a, b = leaf(2.0), leaf(5.0)
    SumAndProduct.apply(a, b, 1.0)[1].backward()
    assert (a.grad.item(), b.grad.item()) == (5, 2)


def test_or_none_if_it_asked_for_that() -> None:
    arrived: list[Any] = []

    def forward(ctx: Any, x: Any) -> Any:
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    def backward(ctx: Any, g: Any, h: Any) -> Any:
        arrived.extend([g, h])
        return h * 3

    x = leaf(1.0)
    function(forward, backward).apply(x)[1].backward()
    assert arrived[0] is None
    assert x.grad.item() == 3


def test_outputs_without_gradient() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        largest = x.argmax()
        rounded = x.round()
        ctx.mark_non_differentiable(largest, rounded)
        return x * 2, largest, rounded

    x = leaf(1.0, 5.0)
    y, largest, rounded = function(forward, lambda ctx, g, *_: g * 2).apply(x)
    assert (y.requires_grad, largest.requires_grad, rounded.requires_grad) == (True, False, False)
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_no_gradient_for_an_input() -> None:
    a, b = leaf(2.0), leaf(3.0)
    made = function(lambda ctx, a, b: a * b, lambda ctx, g: (None, g * 2))
    made.apply(a, b).backward()
    assert (a.grad, b.grad.item()) == (None, 6 / 3)


def test_needs_input_grad() -> None:
    needs: list[Any] = []

    def backward(ctx: Any, g: Any) -> Any:
        needs.append(ctx.needs_input_grad)
        return g, None, None

    function(lambda ctx, a, b, n: a + b, backward).apply(leaf(1.0), liuli.ones(1), 3).backward()
    assert needs == [(True, False, False)]


def test_no_history_where_nothing_asks_for_one() -> None:
    assert not Cube.apply(liuli.ones(2)).requires_grad
    with liuli.no_grad():
        assert not Cube.apply(leaf(1.0)).requires_grad


def test_forward_records_nothing_and_backward_only_if_asked() -> None:
    modes: list[bool] = []

    def forward(ctx: Any, x: Any) -> Any:
        modes.append(liuli.is_grad_enabled())
        return x * 2

    def backward(ctx: Any, g: Any) -> Any:
        modes.append(liuli.is_grad_enabled())
        return g * 2

    x = leaf(1.0)
    y = function(forward, backward).apply(x)
    autograd.grad(y, x, retain_graph=True)
    autograd.grad(y, x, create_graph=True)
    assert modes == [False, False, True]


def test_setup_context() -> None:
    def setup(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs, output)

    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * y + 0 * x

    made = function(lambda x: x.exp(), backward, setup_context=setup)
    x = leaf(0.5)
    assert autograd.gradcheck(made.apply, x)
    assert autograd.gradgradcheck(made.apply, x)


def test_an_input_handed_through() -> None:
    x = leaf(2.0)
    y = function(lambda ctx, x: x, lambda ctx, g: -g).apply(x)
    assert y is not x
    y.backward()
    assert (x.grad.item(), x.is_leaf) == (-1, True)


def test_written_in_place() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(2)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    def backward(ctx: Any, g: Any) -> Any:
        (y,) = ctx.saved_tensors
        return g * 2 + 0 * y

    x = leaf(3.0)
    y = x * 1
    z = function(forward, backward).apply(y)
    assert z is y
    z.backward()
    assert (y.item(), x.grad.item()) == (6, 2)


def test_hooks_and_retained_gradients_on_an_output() -> None:
    x = leaf(2.0)
    y = Cube.apply(x)
    y.register_hook(lambda g: g * 10)
    y.retain_grad()
    (y * 1).backward()
    assert (y.grad.item(), x.grad.item()) == (10, 120)


# --- what is refused --------------------------------------------------------------------------
def test_saved_and_written_since() -> None:
    x = leaf(2.0)
    middle = x * 1
    y = Cube.apply(middle)
    middle.add_(1)
    with refused("LL404"):
        y.backward()


def test_saved_output_written_since() -> None:
    y = Exp.apply(leaf(2.0))
    y.add_(1)
    with refused("LL404"):
        y.backward()


def test_run_twice() -> None:
    y = Cube.apply(leaf(2.0))
    y.backward()
    with refused("LL403"):
        y.backward()


def test_run_twice_where_nothing_is_saved() -> None:
    x = leaf(2.0)
    y = function(lambda ctx, x: x * 2, lambda ctx, g: g * 2).apply(x)
    y.backward()
    y.backward()
    assert x.grad.item() == 4


def test_too_many_gradients() -> None:
    y = function(lambda ctx, x: x * 2, lambda ctx, g: (g, g)).apply(leaf(2.0))
    with refused("LL412"):
        y.backward()


def test_trailing_nones_are_no_gradients() -> None:
    x = leaf(2.0)
    function(lambda ctx, x: x * 2, lambda ctx, g: (g, None, None)).apply(x).backward()
    assert x.grad.item() == 1


def test_a_gradient_of_another_shape() -> None:
    y = function(lambda ctx, x: x * 2, lambda ctx, g: g.reshape(1, 1)).apply(leaf(2.0))
    with refused("LL413"):
        y.backward()


def test_the_gradient_is_cast() -> None:
    x = liuli.ones(2, requires_grad=True)
    function(lambda ctx, x: x * 2, lambda ctx, g: g.double()).apply(x).sum().backward()
    assert x.grad.dtype == liuli.float32

"""gradcheck and gradgradcheck: right gradients pass, and wrong ones are caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import liuli
from liuli import autograd
from liuli.errors import GradientError


def leaf(*numbers: float) -> Any:
    return liuli.tensor(numbers, dtype=liuli.float64, requires_grad=True)


class Square(autograd.Function):
    """x squared; `wrong` adds an error to its gradient, or only to the gradient of that."""

    @classmethod
    def wrong(cls, error: float = 0.0, second: float = 0.0) -> Any:
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * (2 * x + error + second * (x - x.detach()))

        return type("Wrong", (cls,), {"backward": staticmethod(backward)}).apply

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x


@pytest.mark.parametrize("function", [
    lambda x: x.sin(), lambda x: (x.exp(), x * x), lambda x: x.softmax(0).log(), lambda x: x @ x,
    lambda x: x.reshape(1, 2).expand(3, 2), Square.wrong(),
])  # fmt: skip
def test_right_gradients_pass(function: Any) -> None:
    assert autograd.gradcheck(function, leaf(0.3, 0.8))
    assert autograd.gradgradcheck(function, leaf(0.3, 0.8))


@pytest.mark.parametrize("error", [1e-2, -1.0, float("nan")])
def test_a_wrong_gradient_is_caught(error: float) -> None:
    with pytest.raises(GradientError) as caught:
        autograd.gradcheck(Square.wrong(error), leaf(0.3, 0.8))
    assert caught.value.code == "LL421"
    assert not autograd.gradcheck(Square.wrong(error), leaf(0.3, 0.8), raise_exception=False)


def test_a_wrong_second_gradient_is_caught() -> None:
    function = Square.wrong(second=0.5)
    assert autograd.gradcheck(function, leaf(0.3, 0.8))
    with pytest.raises(GradientError) as caught:
        autograd.gradgradcheck(function, leaf(0.3, 0.8))
    assert caught.value.code == "LL421"


def test_a_lost_gradient_is_caught() -> None:
    with pytest.raises(GradientError):
        autograd.gradcheck(lambda x: x * x.detach(), leaf(0.3, 0.8))
    with pytest.raises(GradientError):
        autograd.gradcheck(lambda x: (x * x).detach() + 0 * x, leaf(0.3, 0.8))


def test_a_wrong_one_of_several_inputs_and_outputs_is_named() -> None:
    wrong = Square.wrong(0.1)
    with pytest.raises(GradientError) as caught:
        autograd.gradcheck(lambda a, b: (a + b, a + wrong(b)), [leaf(1.0), leaf(2.0)])
    assert (caught.value.facts["output"], caught.value.facts["input"]) == (1, 1)


def test_gradients_that_differ_from_run_to_run_are_caught() -> None:
    draws = np.random.default_rng(0)

    class Noisy(Square):
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * (2 * x + draws.uniform(-1, 1) * 1e-7)

    with pytest.raises(GradientError) as caught:
        autograd.gradcheck(Noisy.apply, leaf(0.3, 0.8))
    assert caught.value.code == "LL422"
    assert autograd.gradcheck(Noisy.apply, leaf(0.3, 0.8), nondet_tol=1e-5)


def test_nothing_to_check_is_an_error() -> None:
    with pytest.raises(GradientError) as caught:
        autograd.gradcheck(lambda x: x, liuli.ones(2))
    assert caught.value.code == "LL411"


def test_inputs_are_put_back() -> None:
    x = leaf(0.3, 0.8)
    autograd.gradcheck(lambda x: x.exp(), x)
    assert (x.tolist(), x.grad) == ([0.3, 0.8], None)


def test_inputs_that_are_views_or_lie_oddly_in_memory() -> None:
    x = leaf(0.1, 0.2, 0.3, 0.4).detach().reshape(2, 2).t()[:, 1:].requires_grad_()
    assert autograd.gradcheck(lambda x: x.exp() * x, x)
    assert autograd.gradgradcheck(lambda x: x.exp() * x, x)

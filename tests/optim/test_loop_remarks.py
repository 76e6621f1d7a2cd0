"""An optimizer warns of two slips, once; and of nothing that is right."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

import liuli
from liuli import Tensor
from liuli.optim import SGD, Optimizer

Turn = Callable[[Tensor, Optimizer], None]


def loop(turn: Turn, steps: int = 6) -> list[str]:
    """The codes of the warnings of a loop."""
    w = liuli.ones(2, requires_grad=True)
    optimizer = SGD([w], lr=0.01)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(steps):
            turn(w, optimizer)
    return [str(each.message)[1:6] for each in seen]


def backward(w: Tensor) -> None:
    (w * w).sum().backward()


def no_backward(w: Tensor, optimizer: Optimizer) -> None:
    optimizer.zero_grad()
    optimizer.step()


def no_zero_grad(w: Tensor, optimizer: Optimizer) -> None:
    backward(w)
    optimizer.step()


def zeroed_too_late(w: Tensor, optimizer: Optimizer) -> None:
    backward(w)
    optimizer.zero_grad()
    optimizer.step()


@pytest.mark.parametrize(
    ("turn", "code"),
    [(no_backward, "LL441"), (zeroed_too_late, "LL441"), (no_zero_grad, "LL442")],
)
def test_a_slip_is_said_once(turn: Turn, code: str) -> None:
    assert loop(turn) == [code]


def usual(w: Tensor, optimizer: Optimizer) -> None:
    optimizer.zero_grad()
    backward(w)
    optimizer.step()


def zeros_kept(w: Tensor, optimizer: Optimizer) -> None:
    optimizer.zero_grad(set_to_none=False)
    backward(w)
    optimizer.step()


def three_batches_a_step(w: Tensor, optimizer: Optimizer) -> None:
    for _ in range(3):
        backward(w)
    optimizer.step()
    optimizer.zero_grad()


def by_hand(w: Tensor, optimizer: Optimizer) -> None:
    w.grad = None
    backward(w)
    optimizer.step()


def by_hand_in_place(w: Tensor, optimizer: Optimizer) -> None:
    if w.grad is not None:
        w.grad.zero_()
    backward(w)
    optimizer.step()


def clipped(w: Tensor, optimizer: Optimizer) -> None:
    optimizer.zero_grad()
    backward(w)
    liuli.nn.utils.clip_grad_norm_([w], 1.0)
    optimizer.step()


def a_schedule_to_look_at(w: Tensor, optimizer: Optimizer) -> None:
    optimizer.step()


@pytest.mark.parametrize(
    "turn",
    [usual, zeros_kept, three_batches_a_step, by_hand, by_hand_in_place, clipped,
     a_schedule_to_look_at],
)  # fmt: skip
def test_what_is_right_is_left_in_peace(turn: Turn) -> None:
    assert loop(turn) == []


def test_two_steps_on_one_gradient() -> None:
    """Twice may be meant; a habit begins later."""
    assert loop(no_zero_grad, steps=2) == []

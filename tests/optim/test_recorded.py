"""A recorded step replays bit for bit what the eager step does, whatever schedules write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import liuli
from liuli import optim
from liuli.autodiff.tensor import Tensor
from liuli.compiler.check import check
from liuli.compiler.trace import record

CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.5, "weight_decay": 0.01}),
    ("Adadelta", {"weight_decay": 0.01}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.01}),
    ("AdamW", {}),
    ("NAdam", {"decoupled_weight_decay": True, "weight_decay": 0.01}),
    ("RAdam", {"betas": (0.9, 0.9)}),
    ("Adamax", {"maximize": True}),
    ("ASGD", {"t0": 3, "lambd": 0.1}),
    ("Rprop", {"etas": (0.4, 1.3)}),
]
SHAPES = ((3, 4), (3,), ())


def parameters(dtype: Any) -> list[Tensor]:
    draw = np.random.default_rng(1)
    return [liuli.tensor(draw.normal(size=s), dtype=dtype).requires_grad_() for s in SHAPES]


def gradients(count: int) -> list[list[np.ndarray]]:
    draw = np.random.default_rng(2)
    return [[draw.normal(size=s) for s in SHAPES] for _ in range(count)]


def stepping(optimizer: optim.Optimizer, params: list[Tensor]) -> Any:
    def step(*grads: Tensor) -> None:
        for p, g in zip(params, grads, strict=True):
            p.grad = g.to(p.dtype)
        optimizer.step()
        optimizer.zero_grad()

    return step


def memory(optimizer: optim.Optimizer) -> list[bytes]:
    """The bits of every parameter and of its state."""
    params = optimizer.param_groups[0].params
    states = [t for p in params for _, t in sorted(optimizer.state[p].items())]
    return [t.detach().float().numpy().tobytes() for t in params] + [
        t.numpy().tobytes() for t in states
    ]


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("dtype", [liuli.float32, liuli.float64, liuli.float16, liuli.bfloat16])
@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS)
def test_ten_steps_replayed_equal_ten_eager_ones(
    name: str, options: dict[str, Any], dtype: Any, before: int
) -> None:
    (eager, eager_step), (replayed, step) = (
        (made, stepping(made, made.param_groups[0].params))
        for made in (getattr(optim, name)(parameters(dtype), **options) for _ in range(2))
    )
    first, *rest = [[liuli.tensor(g) for g in grads] for grads in gradients(11)]
    for _ in range(before):
        eager_step(*first)
        step(*first)
    recording = record(step, first)
    check(recording.graph)
    eager_step(*first)
    assert memory(eager) == memory(replayed)
    for i, grads in enumerate(rest):
        for optimizer in (eager, replayed):
            optimizer.param_groups[0]["lr"] *= 0.9 + i / 50
        eager_step(*grads)
        recording.run([g.numpy() for g in grads])
        assert memory(eager) == memory(replayed), i

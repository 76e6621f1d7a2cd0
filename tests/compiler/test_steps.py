"""Whole steps of every kind compile, and compute what eager does about as exactly as eager.

After every call all that was returned and all that is left is compared: at most twice as far from
float64 as eager is by then, and 4 units in the last place of the largest element.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import liuli
from liuli import nn, optim
from liuli.compiler.machine import available
from liuli.compiler.native import Native
from liuli.compiler.step import CompiledStep, compile
from liuli.nn import functional as F
from tests.compiler.judging import FINER, Array, arrays_of, check_threads, far

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not here")

Tensor = liuli.Tensor


def batch(call: int, dtype: Any, rows: int = 20, width: int = 6) -> tuple[Tensor, Tensor]:
    """Inputs and labels of one call; the same numbers in every dtype."""
    draw = np.random.default_rng(call)
    x = draw.standard_normal((rows, width)).astype(np.float32)
    return liuli.tensor(x, dtype=dtype), liuli.tensor(draw.integers(0, 3, rows))


@dataclass
class Case:
    """A step, what it is called with, and what it leaves behind."""

    step: Callable[..., Any]
    state: Callable[[], Any]
    arguments: Callable[[int], tuple[Any, ...]]
    between: Callable[[int], Any] = lambda call: None
    options: dict[str, Any] = field(default_factory=dict)
    programs: int = 1
    calls: int = 8
    native: bool = True  # whether all programs become machine code


def mlp(dtype: Any, *more: nn.Module, width: int = 9) -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, width), *more, nn.Tanh(), nn.Linear(width, 3)).to(dtype)


def training(model: nn.Module, optimizer: Any, before_step: Any = lambda: None) -> Any:
    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        before_step()
        optimizer.step()
        return loss

    return step


def case(model: nn.Module, step: Any, dtype: Any, **more: Any) -> Case:
    own = {"state": model.state_dict, "arguments": lambda call: batch(call, dtype)}
    return Case(step, **(own | more))


CASES: dict[str, Callable[[Any], Case]] = {}


def named(make: Callable[[Any], Case]) -> Callable[[Any], Case]:
    CASES[make.__name__.replace("_", " ")] = make
    return make


# --- what is done with gradients ------------------------------------------------------------------
@named
def clipping_by_norm(dtype: Any) -> Case:
    model = mlp(dtype)
    clip = lambda: nn.utils.clip_grad_norm_(model.parameters(), 0.1)  # noqa: E731
    return case(model, training(model, optim.SGD(model.parameters(), lr=0.5), clip), dtype)


@named
def clipping_by_the_largest(dtype: Any) -> Case:
    model = mlp(dtype)
    clip = lambda: nn.utils.clip_grad_norm_(model.parameters(), 0.05, float("inf"))  # noqa: E731
    return case(model, training(model, optim.SGD(model.parameters(), lr=0.5), clip), dtype)


@named
def clipping_by_value(dtype: Any) -> Case:
    model = mlp(dtype)
    clip = lambda: nn.utils.clip_grad_value_(model.parameters(), 0.02)  # noqa: E731
    return case(model, training(model, optim.SGD(model.parameters(), lr=0.5), clip), dtype)


@named
def accumulation(dtype: Any) -> Case:
    model = mlp(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.2, momentum=0.9)

    def step(x: Tensor, y: Tensor, update: bool) -> Tensor:
        loss = F.cross_entropy(model(x), y) / 3
        loss.backward()
        if update:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    arguments = lambda call: (*batch(call, dtype), call % 3 == 2)  # noqa: E731
    return case(model, step, dtype, arguments=arguments, programs=3, calls=20)


@named
def gradients_kept(dtype: Any) -> Case:
    model = mlp(dtype)
    step = training(model, optim.SGD(model.parameters(), lr=0.2))
    state = lambda: [*model.parameters(), *(p.grad for p in model.parameters())]  # noqa: E731
    return case(model, step, dtype, state=state, options={"keep_grads": True})


@named
def a_gradient_penalty(dtype: Any) -> Case:
    model = mlp(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(x: Tensor, y: Tensor) -> Any:
        optimizer.zero_grad()
        x.requires_grad_()
        loss = F.cross_entropy(model(x), y)
        (slope,) = liuli.autograd.grad(loss, x, create_graph=True)
        penalty = ((slope.norm(dim=1) - 1) ** 2).mean()
        (loss + penalty).backward()
        optimizer.step()
        return loss, penalty

    return case(model, step, dtype)


@named
def frozen_layers(dtype: Any) -> Case:
    model = mlp(dtype)
    model[0].requires_grad_(False)
    optimizer = optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.2)
    return case(model, training(model, optimizer), dtype)


@named
def frozen_layers_that_the_optimizer_has(dtype: Any) -> Case:
    model = mlp(dtype)
    model[0].weight.requires_grad_(False)
    return case(model, training(model, optim.Adam(model.parameters(), lr=0.01)), dtype)


@named
def detached_in_between(dtype: Any) -> Case:
    model = mlp(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.2)

    def step(x: Tensor, y: Tensor) -> Any:
        optimizer.zero_grad()
        hidden = model[0](x)
        with liuli.no_grad():
            aim = hidden.tanh() * 2
        loss = F.mse_loss(hidden, aim) + F.cross_entropy(model[2](hidden.detach()), y)
        loss.backward()
        optimizer.step()
        return loss, hidden

    return case(model, step, dtype)


# --- optimizers and schedules ---------------------------------------------------------------------
@named
def a_schedule_inside(dtype: Any) -> Case:
    model = mlp(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    plain = training(model, optimizer)

    def step(x: Tensor, y: Tensor) -> Tensor:
        loss: Tensor = plain(x, y)
        schedule.step()
        return loss

    return case(model, step, dtype)


@named
def two_optimizers(dtype: Any) -> Case:
    model = mlp(dtype)
    first = optim.SGD(model[0].parameters(), lr=0.1, nesterov=True, momentum=0.5)
    second = optim.RMSprop(model[2].parameters(), lr=0.01)

    def step(x: Tensor, y: Tensor) -> Tensor:
        first.zero_grad()
        second.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        first.step()
        second.step()
        return loss

    return case(model, step, dtype)


@named
def two_networks_against_each_other(dtype: Any) -> Case:
    maker, judge = mlp(dtype), nn.Linear(3, 1).to(dtype)
    ours = optim.SGD(maker.parameters(), lr=0.05)
    theirs = optim.SGD(judge.parameters(), lr=0.05)

    def step(x: Tensor, y: Tensor) -> Any:
        real = F.one_hot(y, 3).to(dtype)
        theirs.zero_grad()
        made = maker(x)
        loss = F.softplus(-judge(real)).mean() + F.softplus(judge(made.detach())).mean()
        loss.backward()
        theirs.step()
        ours.zero_grad()
        fooled = F.softplus(-judge(made)).mean()
        fooled.backward()
        ours.step()
        return loss, fooled

    state = lambda: [*maker.parameters(), *judge.parameters()]  # noqa: E731
    return case(maker, step, dtype, state=state)


@named
def groups_with_their_own_lr(dtype: Any) -> Case:
    model = mlp(dtype)
    groups = [{"params": [model[0].weight], "lr": 0.5}, {"params": [model[0].bias], "lr": 0.01},
              {"params": model[2].parameters(), "weight_decay": 0.1}]  # fmt: skip
    return case(model, training(model, optim.SGD(groups, lr=0.1, momentum=0.9)), dtype)


@named
def averages_of_weights(dtype: Any) -> Case:
    model = mlp(dtype)
    average = copy.deepcopy(model).requires_grad_(False)
    plain = training(model, optim.SGD(model.parameters(), lr=0.3))

    def step(x: Tensor, y: Tensor) -> Tensor:
        loss: Tensor = plain(x, y)
        with liuli.no_grad():
            for mean, p in zip(average.parameters(), model.parameters(), strict=True):
                mean.mul_(0.9).add_(p, alpha=0.1)
        return loss

    return case(model, step, dtype, state=lambda: [*model.parameters(), *average.parameters()])


@named
def an_update_by_hand(dtype: Any) -> Case:
    model = mlp(dtype)

    def step(x: Tensor, y: Tensor) -> Tensor:
        model.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        with liuli.no_grad():
            for p in model.parameters():
                p -= 0.1 * p.grad
        return loss

    return case(model, step, dtype)


@named
def a_closure_given_to_the_optimizer(dtype: Any) -> Case:
    model = mlp(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.3)

    def step(x: Tensor, y: Tensor) -> Any:
        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            return loss

        return optimizer.step(closure)

    return case(model, step, dtype)


# --- weights and memory ---------------------------------------------------------------------------
@named
def tied_weights(dtype: Any) -> Case:
    model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6), nn.Linear(6, 3)).to(dtype)
    model[2].weight = model[0].weight
    return case(model, training(model, optim.SGD(model.parameters(), lr=0.3)), dtype)


@named
def a_weight_that_is_turned_over(dtype: Any) -> Case:
    w = nn.Parameter((liuli.randn(6, 4) * 0.3).to(dtype))
    optimizer = optim.SGD([w], lr=0.1)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = F.mse_loss(x @ w @ w.t(), x)
        loss.backward()
        optimizer.step()
        return loss

    return Case(step, lambda: [w], lambda call: batch(call, dtype))


@named
def weights_that_are_views_of_one(dtype: Any) -> Case:
    whole = nn.Parameter((liuli.randn(7, 9) * 0.3).to(dtype))
    optimizer = optim.SGD([whole], lr=0.1, momentum=0.9)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        hidden = F.linear(x, whole[:6, :6], whole[6, :6]).relu()
        logits = F.linear(hidden, whole.t()[6:, 1:], whole.flatten()[-3:].flip(0))
        loss = F.cross_entropy(logits[:, :-1], y % 2)
        loss.backward()
        optimizer.step()
        return loss

    return Case(step, lambda: [whole], lambda call: batch(call, dtype))


@named
def writes_into_columns(dtype: Any) -> Case:
    model = nn.Linear(6, 6).to(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(x: Tensor, y: Tensor) -> Any:
        optimizer.zero_grad()
        h, out = liuli.zeros(len(x), 6, dtype=dtype), liuli.zeros(len(x), 4, 6, dtype=dtype)
        for t in range(4):
            h = (model(x + h)).tanh()
            out[:, t] = h
        loss = (out * out).mean()
        loss.backward()
        optimizer.step()
        return loss, out

    return case(model, step, dtype)


@named
def memory_that_moves_on(dtype: Any) -> Case:
    """A queue that is shifted within itself, and a table written at some rows."""
    queue, table = liuli.zeros(5, 6, dtype=dtype), liuli.zeros(4, 6, dtype=dtype)

    def step(x: Tensor, y: Tensor) -> Any:
        queue[1:] = queue[:-1].clone()
        queue[0] = x[0] + queue.mean()
        table[y[:3]] += x[:3]
        table[::2, 1:-1] *= 0.5
        return queue.flip(0) * 2, table.t()

    return Case(step, lambda: [queue, table], lambda call: batch(call, dtype))


# --- what comes in and goes out -------------------------------------------------------------------
@named
def nothing_returned(dtype: Any) -> Case:
    model = mlp(dtype)
    plain = training(model, optim.SGD(model.parameters(), lr=0.2))

    def step(x: Tensor, y: Tensor) -> None:
        plain(x, y)

    return case(model, step, dtype)


@named
def nested_results(dtype: Any) -> Case:
    model = mlp(dtype)
    plain = training(model, optim.SGD(model.parameters(), lr=0.2))

    def step(x: Tensor, y: Tensor) -> Any:
        loss = plain(x, y)
        logits = model(x).detach()
        right = (logits.argmax(1) == y).sum()
        return {"loss": loss, "pair": (logits, [right, {"first": x[0]}]), "same": loss}

    return case(model, step, dtype)


@named
def nested_arguments(dtype: Any) -> Case:
    model = mlp(dtype)
    plain = training(model, optim.SGD(model.parameters(), lr=0.2))

    def arguments(call: int) -> tuple[Any, ...]:
        x, y = batch(call, dtype)
        return ({"x": x, "y": [y, "text"]},)

    return case(model, lambda b: plain(b["x"], b["y"][0]), dtype, arguments=arguments)


@named
def inputs_in_other_orders(dtype: Any) -> Case:
    """Transposed, reversed, with gaps, repeated."""
    model = mlp(dtype)
    plain = training(model, optim.SGD(model.parameters(), lr=0.2))

    def arguments(call: int) -> tuple[Any, ...]:
        x, y = batch(call, dtype)
        ways = [x.t().contiguous().t(), liuli.cat([x, x], 1)[:, ::2], x[:1].expand(20, 6),
                liuli.tensor(x.numpy()[::-1]), liuli.from_numpy(x.numpy()[::-1]), x]  # fmt: skip
        return ways[call % len(ways)], y.repeat_interleave(2)[::2]

    return case(model, plain, dtype, arguments=arguments, calls=14)


@named
def arrays_as_inputs(dtype: Any) -> Case:
    model = mlp(dtype)
    plain = training(model, optim.SGD(model.parameters(), lr=0.2))

    def arguments(call: int) -> tuple[Any, ...]:
        x, y = batch(call, dtype)
        return np.asfortranarray(x.numpy()), y.numpy()

    def step(x: Any, y: Any) -> Tensor:
        loss: Tensor = plain(liuli.from_numpy(x), liuli.from_numpy(y))
        return loss

    return case(model, step, dtype, arguments=arguments)


@named
def whole_numbers_and_truths(dtype: Any) -> Case:
    """Bytes of a picture, a mask, small and large integers."""
    model = mlp(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.2)

    def step(pixels: Tensor, mask: Tensor, y: Tensor, small: Tensor) -> Any:
        optimizer.zero_grad()
        x = pixels.to(dtype) / 255 - 0.5
        x = x.masked_fill(mask, 0.0)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss, ~mask & (pixels > 100), small * 3 + y.to(small.dtype), y // 2 - y % 2

    def arguments(call: int) -> tuple[Any, ...]:
        draw = np.random.default_rng(call)
        pixels = draw.integers(0, 256, (20, 6)).astype(np.uint8)
        small = draw.integers(-9, 9, 20).astype(np.int16)
        more = draw.random((20, 6)) < 0.3, draw.integers(0, 3, 20), small
        return tuple(map(liuli.tensor, (pixels, *more)))

    return case(model, step, dtype, arguments=arguments)


@named
def numbers_without_axes(dtype: Any) -> Case:
    w = nn.Parameter(liuli.tensor(0.5, dtype=dtype))
    b = nn.Parameter(liuli.zeros(1, dtype=dtype))
    optimizer = optim.Adam([w, b], lr=0.01)

    def step(x: Tensor, aim: Tensor) -> Any:
        optimizer.zero_grad()
        loss = ((w * x + b - aim) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss, w * 2, (x > 0), b.reshape(())

    def arguments(call: int) -> tuple[Any, ...]:
        x = liuli.tensor(0.25 * call - 1, dtype=dtype)
        return x, (3 * x).reshape(1)

    return Case(step, lambda: [w, b], arguments)


@named
def one_row(dtype: Any) -> Case:
    model = mlp(dtype, nn.LayerNorm(9))
    step = training(model, optim.SGD(model.parameters(), lr=0.2))
    return case(model, step, dtype, arguments=lambda call: batch(call, dtype, 1))


@named
def one_column(dtype: Any) -> Case:
    model = nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.Linear(1, 1, bias=False)).to(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y.to(dtype).reshape(-1, 1))
        loss.backward()
        optimizer.step()
        return loss

    return case(model, step, dtype, arguments=lambda call: batch(call, dtype, 9, 1))


@named
def empty_batches(dtype: Any) -> Case:
    model = mlp(dtype)
    step = lambda x, y: (model(x), x.sum(0), F.one_hot(y, 3))  # noqa: E731
    arguments = lambda call: batch(call, dtype, 0 if call % 2 else 5)  # noqa: E731
    return case(model, step, dtype, arguments=arguments, programs=2, native=False)


# --- sizes ----------------------------------------------------------------------------------------
@named
def a_ragged_last_batch(dtype: Any) -> Case:
    model = mlp(dtype, nn.BatchNorm1d(9))
    step = training(model, optim.SGD(model.parameters(), lr=0.2, momentum=0.9))
    arguments = lambda call: batch(call, dtype, 7 if call % 4 == 3 else 20)  # noqa: E731
    return case(model, step, dtype, arguments=arguments, programs=2, calls=16)


@named
def training_and_judging_by_turns(dtype: Any) -> Case:
    model = mlp(dtype, nn.BatchNorm1d(9))

    def step(x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(model(x), y)

    between = lambda call: model.train(call // 2 % 2 == 0)  # noqa: E731
    return case(model, step, dtype, between=between, programs=2, calls=16)


@named
def long_rows_and_short_ones(dtype: Any) -> Case:
    model = nn.Sequential(nn.Linear(6, 131), nn.ReLU(), nn.LayerNorm(131), nn.Linear(131, 2),
                          nn.GELU(), nn.Linear(2, 3)).to(dtype)  # fmt: skip
    return case(model, training(model, optim.SGD(model.parameters(), lr=0.05)), dtype)


@named
def large_batches(dtype: Any) -> Case:
    model = mlp(dtype, nn.ReLU())
    step = training(model, optim.SGD(model.parameters(), lr=0.2))
    return case(model, step, dtype, arguments=lambda call: batch(call, dtype, 1003), calls=5)


# --- steps in steps -------------------------------------------------------------------------------
@named
def compiled_steps_inside(dtype: Any) -> Case:
    model = mlp(dtype)
    optimizer = optim.SGD(model.parameters(), lr=0.2)
    compute = compile(lambda x, y: F.cross_entropy(model(x), y).backward(), backend="numpy")
    update = compile(optimizer.step, backend="numpy")

    def step(x: Tensor, y: Tensor) -> None:
        optimizer.zero_grad()
        compute(x, y)
        update()

    return case(model, step, dtype, options={"keep_grads": True})


@named
def several_updates_in_one_call(dtype: Any) -> Case:
    model = mlp(dtype)
    plain = training(model, optim.SGD(model.parameters(), lr=0.2, momentum=0.9))

    def step(x: Tensor, y: Tensor) -> Any:
        return [plain(x[i : i + 5], y[i : i + 5]) for i in range(0, 20, 5)]

    return case(model, step, dtype)


def deep(layers: int) -> Callable[[Any], Case]:
    def make(dtype: Any) -> Case:
        body = [layer for _ in range(layers) for layer in (nn.Linear(6, 6), nn.Tanh())]
        model = nn.Sequential(*body, nn.Linear(6, 3)).to(dtype)
        step = training(model, optim.SGD(model.parameters(), lr=0.05))
        return case(model, step, dtype, calls=5)

    return make


def wide(width: int) -> Callable[[Any], Case]:
    """A hidden layer of any width, norms and softmax over it."""

    def make(dtype: Any) -> Case:
        model = nn.Sequential(nn.Linear(6, width), nn.LayerNorm(width), nn.Softmax(1),
                              nn.Linear(width, 3)).to(dtype)  # fmt: skip
        step = training(model, optim.SGD(model.parameters(), lr=0.2))
        return case(model, step, dtype, calls=4)

    return make


CASES["ten layers"] = deep(10)
LONG = {"a hundred layers": deep(100)}
LONG |= {f"{width} columns": wide(width) for width in range(1, 68)}


# --- judging --------------------------------------------------------------------------------------
def course(make: Callable[[Any], Case], dtype: Any, compiled: bool) -> list[list[Array]]:
    """What is returned and left after every call."""
    liuli.manual_seed(5)
    made = make(dtype)
    step: Any = made.step
    if compiled:
        step = CompiledStep(step, strict=True, backend="native", recordings=1, **made.options)
    seen = []
    for call in range(made.calls):
        made.between(call)
        returned = step(*made.arguments(call))
        left = made.state()
        seen.append(arrays_of([returned, left]))
    if compiled:
        check(step, made)
    return seen


def check(step: CompiledStep, made: Case) -> None:
    """All programs ran, as machine code, and do not mind how many threads there are."""
    assert len(step.programs) == made.programs, step.guards()
    assert all(program.runs for program in step.programs)
    for program in step.programs:
        assert isinstance(program.runner, Native) or not made.native
        if isinstance(program.runner, Native):
            check_threads(program.runner, program.states, program.conditions.call.tensors)


@pytest.mark.parametrize("precise", [False, pytest.param(True, marks=pytest.mark.slow)],
                         ids=["float32", "float64"])  # fmt: skip
@pytest.mark.parametrize(
    "name", [*CASES, *(pytest.param(name, marks=pytest.mark.slow) for name in LONG)]
)
def test_steps(name: str, precise: bool) -> None:
    make = (CASES | LONG)[name]
    truth, narrow = (course(make, dtype, False) for dtype in (liuli.float64, liuli.float32))
    mine = course(make, liuli.float64 if precise else liuli.float32, True)
    worst = 0.0  # what eager's float32 was off by, relative to the largest, until now
    for call, each in enumerate(zip(mine, truth, narrow, strict=True)):
        for got, exact, rounded in zip(*each, strict=True):
            largest = float(np.abs(exact).max(initial=0.0))
            if exact.dtype.kind == "f":
                off = float(np.abs(rounded - exact).max(initial=0.0))
                worst = max(worst, off / (largest or 1.0))
            slack = 2 * worst * largest * (FINER if precise else 1)
            eager, ulps = (exact, 8) if precise else (rounded, 4)
            why = far(got, eager, exact, ulps=ulps, slack=slack)
            assert not why, f"call {call}: {why}"

"""Schedules: going on after a stop, order of calls, rates of others, mistakes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import liuli
from liuli import optim
from liuli.compiler.trace import record
from liuli.errors import LiuliError
from liuli.optim import lr_scheduler as S
from tests.golden import optimizers as runs


def optimizer_of(rate: float = 0.1) -> optim.SGD:
    return optim.SGD([liuli.ones(1, requires_grad=True)], lr=rate, momentum=0.9)


class Module:
    """What `runs` needs."""

    optim = optim
    ones = staticmethod(liuli.ones)


def advance(optimizer: Any, schedule: Any, epochs: int) -> list[list[float]]:
    path = []
    for _ in range(epochs):
        optimizer.step()
        schedule.step()
        path.append(runs.rates(optimizer))
    return path


@pytest.mark.parametrize("stop", [1, 5, 13])
@pytest.mark.parametrize("name", runs.SCHEDULES)
def test_going_on_from_a_state_dict(name: str, stop: int) -> None:
    make: Callable[[Any, Any], Any] = runs.SCHEDULES[name]
    optimizer = runs.two_groups(Module, "Adam")
    schedule = make(S, optimizer)
    advance(optimizer, schedule, stop)
    saved = schedule.state_dict(), optimizer.state_dict()
    states = json.dumps(saved[0])  # plain values only
    expected = advance(optimizer, schedule, 10)
    other = runs.two_groups(Module, "Adam")
    again = make(S, other)
    other.load_state_dict(saved[1])
    again.load_state_dict(json.loads(states))
    assert again.get_last_lr() == [group["lr"] for group in other.param_groups]
    assert advance(other, again, 10) == expected


@pytest.mark.parametrize("name", ["step", "exponential", "cosine", "linear", "steps", "lambda"])
def test_going_on_with_last_epoch(name: str) -> None:
    make = runs.SCHEDULES[name]
    optimizer = optimizer_of()
    schedule = make(S, optimizer)
    path = advance(optimizer, schedule, 9)
    resumed = optimizer_of()
    resumed.load_state_dict(optimizer.state_dict())
    kind, options = type(schedule), {
        "step": {"step_size": 4}, "exponential": {"gamma": 0.93}, "cosine": {"T_max": 10},
        "linear": {"start_factor": 0.2, "end_factor": 0.7, "total_iters": 11},
        "steps": {"milestones": [3, 10, 10, 22], "gamma": 0.3},
        "lambda": {"lr_lambda": lambda epoch: 1 / (1 + epoch)},
    }[name]  # fmt: skip
    again = kind(resumed, last_epoch=8, **options)
    assert again.last_epoch == 9
    if name not in ("step", "steps", "linear", "exponential"):
        assert again.get_last_lr() == pytest.approx(path[-1][:1])


@pytest.mark.parametrize("name", ["step", "exponential", "cosine", "linear", "constant", "steps",
                                  "polynomial"])  # fmt: skip
def test_the_closed_form_agrees_with_the_steps(name: str) -> None:
    optimizer = optimizer_of()
    schedule = runs.SCHEDULES[name](S, optimizer)
    path = advance(optimizer, schedule, 20)
    for epoch in (3, 11, 20):
        schedule.step(epoch)
        assert schedule.get_last_lr() == pytest.approx(path[epoch - 1][:1], rel=1e-9)


def test_restarts_take_fractions_of_an_epoch() -> None:
    optimizer = optimizer_of(1.0)
    schedule = S.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    optimizer.step()
    schedule.step(0.5)
    assert schedule.get_last_lr()[0] == pytest.approx(0.8535533906)
    schedule.step(4.0)  # half-way through the second round of four
    assert schedule.get_last_lr()[0] == pytest.approx(0.5)


def test_the_order_of_steps_is_told_once() -> None:
    schedule = S.StepLR(optimizer_of(), 5)
    with pytest.warns(UserWarning, match="LL695"):
        schedule.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule.step()


def test_an_optimizer_with_its_own_step_is_not_told() -> None:
    class Own(optim.SGD):
        def step(self, closure: Any = None) -> None:
            return None

    S.StepLR(Own([liuli.ones(1, requires_grad=True)]), 5).step()


def test_a_schedule_is_not_recorded() -> None:
    optimizer = optimizer_of()
    optimizer.step()
    for schedule in (S.StepLR(optimizer, 5), S.CosineAnnealingWarmRestarts(optimizer, 5)):
        with pytest.raises(LiuliError, match="LL694"):
            record(schedule.step)
    with pytest.raises(LiuliError, match="LL694"):
        record(lambda: S.ReduceLROnPlateau(optimizer).step(1.0))


MISTAKES: dict[str, Callable[[Any], Any]] = {
    "LL681": lambda o: S.ExponentialLR(o, float("nan")),
    "LL681 ": lambda o: S.ReduceLROnPlateau(o, factor=1.0),
    "LL681  ": lambda o: S.ReduceLROnPlateau(o, mode="low"),
    "LL681   ": lambda o: S.ReduceLROnPlateau(o).step("good"),
    "LL681    ": lambda o: S.MultiStepLR(o, 5),
    "LL681     ": lambda o: S.LambdaLR(o, 0.5),
    "LL681      ": lambda o: S.CyclicLR(o, 0.1, 0.2, mode="square"),
    "LL681       ": lambda o: S.CosineAnnealingWarmRestarts(o, 0),
    "LL696": lambda o: S.StepLR([1], 5),
    "LL697": lambda o: S.ReduceLROnPlateau(o, min_lr=[0.1, 0.2]),
    "LL698": lambda o: S.ChainedScheduler([]),
    "LL698 ": lambda o: S.ChainedScheduler([S.StepLR(o, 5), S.StepLR(optimizer_of(), 5)]),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_mistakes(code: str) -> None:
    with pytest.raises(LiuliError, match=code.strip()):
        MISTAKES[code](optimizer_of())

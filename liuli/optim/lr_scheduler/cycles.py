"""Schedules that go up and down, and take the momentum down and up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...errors import ArgumentError, Row
from ..group import Group
from ..optimizer import Optimizer
from ..ranges import BOOL, COUNT, FUNCTION, NEVER, NUMBER, POSITIVE, Range, check, one_of
from .base import LRScheduler, per_group, require_optimizer
from .functions import attributes

__mirrors__ = "torch"


class CyclicLR(LRScheduler):
    """The rate goes from `base_lr` to `max_lr` and back, once a cycle; step it every batch.

    `mode` "triangular" keeps the height, "triangular2" halves it every cycle, "exp_range"
    multiplies it by gamma^step; or `scale_fn` says what to multiply it with, of the cycle's number
    or of the step's (`scale_mode`). With `cycle_momentum` the momentum, or beta1, goes from
    `max_momentum` to `base_momentum` and back.

    Source: Smith 2017, Cyclical Learning Rates for Training Neural Networks.
    Errors: LL681 for a value out of its range, LL697 for a list of another length than the groups.

    Example:
        >>> w = liuli.ones(1, requires_grad=True)
        >>> optimizer = liuli.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> schedule = liuli.optim.lr_scheduler.CyclicLR(optimizer, 0.25, 0.75, step_size_up=2)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        require_optimizer(optimizer, "CyclicLR")
        base_lrs = per_group("CyclicLR", "base_lr", base_lr, optimizer)
        self.max_lrs = per_group("CyclicLR", "max_lr", max_lr, optimizer)
        for name, values in (("base_lr", base_lrs), ("max_lr", self.max_lrs)):
            for value in values:
                check("CyclicLR", name, value, NUMBER)
        step_size_down = step_size_up if step_size_down is None else step_size_down
        check("CyclicLR", "step_size_up", step_size_up, POSITIVE)
        check("CyclicLR", "step_size_down", step_size_down, POSITIVE)
        self.total_size = float(step_size_up) + float(step_size_down)
        self.step_ratio = step_size_up / self.total_size
        if scale_fn is None:
            check("CyclicLR", "mode", mode, one_of("triangular", "triangular2", "exp_range"))
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        else:
            check("CyclicLR", "scale_fn", scale_fn, FUNCTION)
        self.mode, self.gamma, self.custom, self.scale_mode = mode, gamma, scale_fn, scale_mode
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                group["lr"] = lr
        self.momentum = Momentum("CyclicLR", optimizer, cycle_momentum)
        self.momentum.prepare(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale(self, cycle: int) -> float:
        """What the height is multiplied with."""
        x = cycle if self.scale_mode == "cycle" else self.last_epoch
        if self.custom is not None:
            return self.custom(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else float(self.gamma**x)

    def get_lr(self) -> list[float]:
        """Up to the top, and down."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        up = x <= self.step_ratio
        height = x / self.step_ratio if up else (x - 1) / (self.step_ratio - 1)
        scale = self.scale(cycle)
        for group in self.momentum.groups():
            low, high = group["base_momentum"], group["max_momentum"]
            self.momentum.write(group, high - (high - low) * height * scale)
        return [
            low + (high - low) * height * scale
            for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and a function of the user's."""
        state = super().state_dict()
        del state["momentum"]
        state["custom"] = None if self.custom is None else attributes(self.custom)
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "custom"})
        if state_dict["custom"] is not None:
            self.custom.__dict__.update(state_dict["custom"])


class OneCycleLR(LRScheduler):
    """One rise to `max_lr` and one long fall, over all steps of a training; step it every batch.

    It begins at max_lr / `div_factor`, is at the top after `pct_start` of the steps, and ends at
    the beginning's rate / `final_div_factor`; `three_phase` falls first as fast as it rose. The
    steps are `total_steps`, or `epochs` times `steps_per_epoch`. With `cycle_momentum` the
    momentum, or beta1, goes from `max_momentum` to `base_momentum` and back.

    Source: Smith and Topin 2018, Super-Convergence.
    Errors: LL681 for a value out of its range, LL697 for a list of another length than the groups,
    LL699 for a step after the last.

    Example:
        >>> w = liuli.ones(1, requires_grad=True)
        >>> optimizer = liuli.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> schedule = liuli.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
        >>> round(schedule.get_last_lr()[0], 6)
        0.04
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        require_optimizer(optimizer, "OneCycleLR")
        if total_steps is None and epochs is not None and steps_per_epoch is not None:
            check("OneCycleLR", "epochs", epochs, COUNT)
            check("OneCycleLR", "steps_per_epoch", steps_per_epoch, COUNT)
            total_steps = epochs * steps_per_epoch
        check("OneCycleLR", "total_steps", total_steps, COUNT)
        check("OneCycleLR", "pct_start", pct_start, Range("0 <= x <= 1", lambda x: 0 <= x <= 1))
        check("OneCycleLR", "anneal_strategy", anneal_strategy, one_of("cos", "linear"))
        check("OneCycleLR", "div_factor", div_factor, POSITIVE)
        check("OneCycleLR", "final_div_factor", final_div_factor, POSITIVE)
        assert total_steps is not None
        self.total_steps, self.anneal_strategy = total_steps, anneal_strategy
        self.phases = phases(total_steps, pct_start, three_phase)
        tops = per_group("OneCycleLR", "max_lr", max_lr, optimizer)
        for top, group in zip(tops, optimizer.param_groups, strict=True):
            check("OneCycleLR", "max_lr", top, NUMBER)
            if last_epoch == -1:
                group["initial_lr"], group["max_lr"] = top / div_factor, top
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.momentum = Momentum("OneCycleLR", optimizer, cycle_momentum)
        self.momentum.prepare(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Between the ends of the present phase."""
        if self.last_epoch > self.total_steps:
            raise ArgumentError("LL699", step=self.last_epoch, total=self.total_steps)
        number = sum(self.last_epoch > end for end, *_ in self.phases[:-1])
        begin = self.phases[number - 1][0] if number else 0.0
        end, first, last, calm, brisk = self.phases[number]
        done = (self.last_epoch - begin) / (end - begin)
        for group in self.momentum.groups():
            self.momentum.write(group, self.between(group[calm], group[brisk], done))
        groups = self.optimizer.param_groups
        return [self.between(group[first], group[last], done) for group in groups]

    def between(self, start: float, end: float, done: float) -> float:
        """From `start` to `end`, evenly or along half a cosine wave."""
        if self.anneal_strategy == "linear":
            return (end - start) * done + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * done) + 1)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in super().state_dict().items() if key != "momentum"}


def phases(total: int, start: float, three: bool) -> list[list[Any]]:
    """[last step, rate from, rate to, momentum from, momentum to], by names in the group."""
    up = [start * total - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum"]
    if not three:
        return [up, [total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum"]]
    down = [2 * start * total - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"]
    return [up, down, [total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"]]


class Momentum:
    """The momentum of an optimizer, or Adam's beta1, as something a schedule may write."""

    def __init__(self, owner: str, optimizer: Optimizer, wanted: bool) -> None:
        check(owner, "cycle_momentum", wanted, BOOL)
        self.owner, self.optimizer, self.wanted = owner, optimizer, wanted
        self.beta = "betas" in optimizer.defaults
        if wanted and not self.beta and "momentum" not in optimizer.defaults:
            rows = [Row("optimizer", type(optimizer).__name__)]
            raise ArgumentError("LL681", rows=rows, owner=owner, name="cycle_momentum",
                                value="True", range=NEVER.text)  # fmt: skip

    def groups(self) -> list[Group]:
        """The groups to write to: all, or none."""
        return self.optimizer.param_groups if self.wanted else []

    def prepare(self, base: Any, top: Any, last_epoch: int) -> None:
        """Note the ends in each group, and begin at the top."""
        bases = per_group(self.owner, "base_momentum", base, self.optimizer)
        tops = per_group(self.owner, "max_momentum", top, self.optimizer)
        if last_epoch != -1:
            return
        for group, low, high in zip(self.groups(), bases, tops, strict=False):
            self.write(group, high)
            group["base_momentum"], group["max_momentum"] = low, high

    def write(self, group: Group, value: float) -> None:
        """Write one group's momentum."""
        if self.beta:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value

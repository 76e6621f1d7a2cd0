"""Several schedules for one optimizer: one after another, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ...autodiff.recording import hosted
from ...errors import ArgumentError
from ..optimizer import Optimizer
from .base import LRScheduler, cells, require_optimizer
from .plateau import ReduceLROnPlateau

__mirrors__ = "torch"


class Combined(LRScheduler):
    """What both have in common: a list of schedules of the same optimizer."""

    schedulers: Sequence[LRScheduler]

    def adopt(self, schedulers: Sequence[Any], optimizer: Optimizer | None) -> None:
        """Take over `schedulers`. Errors: LL698 if they do not go together."""
        owner = type(self).__name__
        if not schedulers:
            raise ArgumentError("LL698", owner=owner, given="[]")
        for i, schedule in enumerate(schedulers):
            if not isinstance(schedule, LRScheduler) or isinstance(schedule, ReduceLROnPlateau):
                given = f"[{i}]: {type(schedule).__name__}"
                raise ArgumentError("LL698", owner=owner, given=given)
        self.optimizer = require_optimizer(optimizer or schedulers[0].optimizer, owner)
        for i, schedule in enumerate(schedulers):
            if schedule.optimizer is not self.optimizer:
                given = f"[{i}].optimizer: {type(schedule.optimizer).__name__}"
                raise ArgumentError("LL698", owner=owner, given=given)
        self.schedulers = schedulers

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, with the state of each schedule."""
        state = super().state_dict()
        state["schedulers"] = [schedule.state_dict() for schedule in self.schedulers]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "schedulers"})
        for schedule, saved in zip(self.schedulers, state_dict["schedulers"], strict=True):
            schedule.load_state_dict(saved)


class SequentialLR(Combined):
    """One schedule after another: the next one begins, at its epoch 0, at each milestone.

    Errors: LL698 for schedules that do not go together, or another number of milestones than one
    less than schedules.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> warm = liuli.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=9)
        >>> fall = liuli.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> schedule = liuli.optim.lr_scheduler.SequentialLR(optimizer, [warm, fall], [2])
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates += schedule.get_last_lr()
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.25, 0.25, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        self.adopt(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            given = f"{len(schedulers)} schedulers, milestones={milestones}"
            raise ArgumentError("LL698", owner="SequentialLR", given=given)
        self.milestones, self.last_epoch = milestones, last_epoch + 1
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        undo(self)
        first = schedulers[bisect_right(milestones, 0)]
        first.begin()
        self.last_lr = first.get_last_lr()

    def begin(self) -> None:
        """Begin the first schedule again."""
        self.schedulers[bisect_right(self.milestones, 0)].begin()

    @hosted(cells)
    def step(self, epoch: int | None = None) -> None:
        """The next epoch begins."""
        self.last_epoch += 1
        number = bisect_right(self.milestones, self.last_epoch)
        schedule = self.schedulers[number]
        if number and self.milestones[number - 1] == self.last_epoch:
            schedule.move_to(0)
        else:
            schedule.step()
        self.last_lr = schedule.get_last_lr()


def undo(schedule: LRScheduler) -> None:
    """Take back the first epoch of every schedule inside, each of which began when it was made."""
    if isinstance(schedule, Combined):
        for inner in schedule.schedulers:
            undo(inner)
    else:
        schedule.last_epoch -= 1


class ChainedScheduler(Combined):
    """Several schedules at once: each multiplies what the one before it left.

    Errors: LL698 for schedules that do not go together.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> warm = liuli.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=9)
        >>> fall = liuli.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> schedule = liuli.optim.lr_scheduler.ChainedScheduler([warm, fall])
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.125]
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        self.adopt(schedulers, optimizer)
        self.last_lr = self.lrs()

    @hosted(cells)
    def step(self, epoch: int | None = None) -> None:
        """The next epoch begins for all of them."""
        for schedule in self.schedulers:
            schedule.step()
        self.last_lr = self.lrs()

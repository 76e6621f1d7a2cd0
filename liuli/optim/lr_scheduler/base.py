"""LRScheduler: counts epochs and writes each group's learning rate; a schedule says which.

Most schedules say how the rate moves from one epoch to the next, in `next_lr`. So several of them,
or a user who writes `group["lr"]`, can act on the same rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...autodiff.describe import warn
from ...autodiff.recording import hosted
from ...errors import ArgumentError
from ..group import Cell
from ..optimizer import Optimizer

__mirrors__ = "torch"


def cells(schedule: Any) -> list[Any]:
    """The memory of the numbers that a schedule may write."""
    groups = schedule.optimizer.param_groups
    stored = [kept for group in groups for _, each in group.stored()
              for kept in (each if type(each) is tuple else (each,))]  # fmt: skip
    return [kept.tensor._storage.value for kept in stored if type(kept) is Cell]


class LRScheduler:
    """The base of all schedules. `step()` is called once an epoch, after the optimizer's steps.

    A subclass writes `next_lr`, or `get_lr` for all groups at once. With `last_epoch` other than
    -1 a schedule goes on from there; the groups must then hold "initial_lr".

    Errors: LL696 for what is no optimizer, LL688 to go on where nothing began; warns, LL695, if
    it is stepped before the optimizer.

    Example:
        >>> class Halving(liuli.optim.lr_scheduler.LRScheduler):
        ...     def next_lr(self, lr, base):
        ...         return lr / 2 if self.last_epoch else lr
        >>> w = liuli.ones(1, requires_grad=True)
        >>> optimizer = liuli.optim.SGD([w], lr=0.1)
        >>> schedule = Halving(optimizer)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.05]
    """

    starting = False  # whether the first rate, of epoch `last_epoch` + 1, is being set

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = require_optimizer(optimizer, type(self).__name__)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ArgumentError("LL688", owner=type(self).__name__, index=i, epoch=last_epoch)
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.begin()

    def begin(self) -> None:
        """Set the rate of the first epoch."""
        self.step_count = 0
        self.starting = True
        self.step()
        self.starting = False

    @hosted(cells)
    def step(self, epoch: int | None = None) -> None:
        """The next epoch begins, or `epoch` does."""
        counted = type(self.optimizer).step is Optimizer.step
        if self.step_count == 1 and counted and not self.optimizer.steps_taken:
            warn("LL695", owner=type(self).__name__)
        self.step_count += 1
        self.move_to(epoch)

    def move_to(self, epoch: int | None = None) -> None:
        """Go to the next epoch, or to `epoch`, by the closed form where there is one."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        lrs = [self.lr_at(base) for base in self.base_lrs] if epoch is not None else [None]
        self.write(self.get_lr() if None in lrs else lrs)

    def write(self, lrs: Sequence[Any]) -> None:
        """Give each group its rate."""
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=False):
            group["lr"] = lr
        self.last_lr = self.lrs()

    def lrs(self) -> list[float]:
        """The rates of all groups now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def get_lr(self) -> list[float]:
        """The rates of epoch `last_epoch`, given those of the epoch before."""
        return [self.next_lr(lr, base) for lr, base in zip(self.lrs(), self.base_lrs, strict=False)]

    def next_lr(self, lr: float, base: float) -> float:
        """One group's rate in epoch `last_epoch`; `lr` before it, `base` at the very beginning."""
        raise NotImplementedError

    def lr_at(self, base: float) -> float | None:
        """One group's rate in epoch `last_epoch` whatever was before, or None."""
        return None

    def get_last_lr(self) -> list[float]:
        """The rates that the last step wrote."""
        return list(self.last_lr)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned; the optimizer's state has the rates."""
        self.__dict__.update(state_dict)


def require_optimizer(optimizer: Any, owner: str) -> Optimizer:
    """`optimizer` itself. Errors: LL696 if it is none."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    raise ArgumentError("LL696", owner=owner, type=type(optimizer).__name__)


def per_group(owner: str, name: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """One value for each group: `value` is one for all, or a list. Errors: LL697."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ArgumentError("LL697", owner=owner, name=name, given=len(value), groups=groups)
    return list(value)

"""Schedules that multiply the rate by something simple."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from ..optimizer import Optimizer
from ..ranges import NOT_NEGATIVE, NUMBER, POSITIVE, UNIT, Range, check
from .base import LRScheduler

__mirrors__ = "torch"

EPOCHS = Range("[1, 2, ...]", lambda x: all(epoch == int(epoch) for epoch in x))
START = Range("0 < x <= 1", lambda x: 0 < x <= 1)


class StepLR(LRScheduler):
    """Multiply the rate by `gamma` every `step_size` epochs.

    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.ones(1, requires_grad=True)
        >>> optimizer = liuli.optim.SGD([w], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates += schedule.get_last_lr()
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.5, 0.5, 0.25, 0.25, 0.125]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        check("StepLR", "step_size", step_size, POSITIVE)
        check("StepLR", "gamma", gamma, NUMBER)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """gamma times the rate, in every step_size-th epoch."""
        now = self.last_epoch and self.last_epoch % self.step_size == 0
        return lr * self.gamma if now else lr

    def lr_at(self, base: float) -> float:
        """base gamma^(epoch // step_size)."""
        return base * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """Multiply the rate by `gamma` in each epoch that `milestones` names.

    Errors: LL681 for a value out of its range.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3], gamma=0.5)
        >>> rates = []
        >>> for epoch in range(5):
        ...     rates += schedule.get_last_lr()
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.5, 0.25, 0.25, 0.125, 0.125]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        check("MultiStepLR", "gamma", gamma, NUMBER)
        given = list(milestones) if hasattr(milestones, "__iter__") else milestones
        check("MultiStepLR", "milestones", given, EPOCHS)
        self.milestones, self.gamma = sorted(given), gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """gamma times the rate for each time the epoch is named."""
        times = self.milestones.count(self.last_epoch)
        return lr * self.gamma**times if times else lr

    def lr_at(self, base: float) -> float:
        """base gamma^(milestones reached)."""
        return base * self.gamma ** bisect_right(self.milestones, self.last_epoch)


class ExponentialLR(LRScheduler):
    """Multiply the rate by `gamma` in every epoch.

    Errors: LL681 for a value out of its range.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.25]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        check("ExponentialLR", "gamma", gamma, NUMBER)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """gamma times the rate."""
        return lr if self.starting else lr * self.gamma

    def lr_at(self, base: float) -> float:
        """base gamma^epoch."""
        return base * self.gamma**self.last_epoch


class ConstantLR(LRScheduler):
    """Multiply the rate by `factor` for the first `total_iters` epochs.

    Errors: LL681 for a value out of its range.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=1)
        >>> schedule.get_last_lr()
        [0.25]
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        check("ConstantLR", "factor", factor, START)
        check("ConstantLR", "total_iters", total_iters, NOT_NEGATIVE)
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """The factor comes in the first epoch, and goes after the last of total_iters."""
        if self.last_epoch == 0:
            return lr * self.factor
        return lr * (1.0 / self.factor) if self.last_epoch == self.total_iters else lr

    def lr_at(self, base: float) -> float:
        """base factor, later base."""
        return base * (self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor))


class LinearLR(LRScheduler):
    """Move the rate evenly from lr `start_factor` to lr `end_factor` in `total_iters` epochs.

    Errors: LL681 for a value out of its range.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.LinearLR(optimizer, 0.5, total_iters=2)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.375]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        check("LinearLR", "start_factor", start_factor, START)
        check("LinearLR", "end_factor", end_factor, UNIT)
        check("LinearLR", "total_iters", total_iters, NOT_NEGATIVE)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """The rate times the quotient of this epoch's factor and the last one's."""
        if self.last_epoch == 0:
            return lr * self.start_factor
        if self.starting or self.last_epoch > self.total_iters:
            return lr
        rise = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return lr * (1.0 + rise / before)

    def lr_at(self, base: float) -> float:
        """base times the factor, which moves evenly."""
        done = min(self.total_iters, self.last_epoch) / max(self.total_iters, 1)
        return base * (self.start_factor + (self.end_factor - self.start_factor) * done)


class PolynomialLR(LRScheduler):
    """Let the rate fall to zero as (1 - epoch / total_iters)^power.

    Errors: LL681 for a value out of its range.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=2, power=2)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.125]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        check("PolynomialLR", "total_iters", total_iters, NOT_NEGATIVE)
        check("PolynomialLR", "power", power, NUMBER)
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """The rate times the quotient of this epoch's factor and the last one's."""
        if self.starting or self.last_epoch > self.total_iters:
            return lr
        now = 1.0 - self.last_epoch / self.total_iters
        before = 1.0 - (self.last_epoch - 1) / self.total_iters
        factor: float = (now / before) ** self.power
        return lr * factor

    def lr_at(self, base: float) -> float:
        """base (1 - epoch / total_iters)^power."""
        done = min(self.total_iters, self.last_epoch) / max(self.total_iters, 1)
        factor: float = (1.0 - done) ** self.power
        return base * factor

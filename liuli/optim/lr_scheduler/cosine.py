"""Schedules that follow half a cosine wave downwards."""

from __future__ import annotations

import math
from typing import Any

from ...autodiff.recording import hosted
from ..optimizer import Optimizer
from ..ranges import COUNT, NOT_NEGATIVE, NUMBER, POSITIVE, check
from .base import LRScheduler, cells

__mirrors__ = "torch"


class CosineAnnealingLR(LRScheduler):
    """The rate falls from lr to `eta_min` in `T_max` epochs, and rises again as long.

        lr(t) = eta_min + (base - eta_min) (1 + cos(pi t / T_max)) / 2

    It is computed from the epoch before, so that other schedules may act on the rate too.

    Source: Loshchilov and Hutter 2017, SGDR, without the restarts.
    Errors: LL681 for a value out of its range.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        check("CosineAnnealingLR", "T_max", T_max, POSITIVE)
        check("CosineAnnealingLR", "eta_min", eta_min, NUMBER)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """The wave's quotient between this epoch and the one before, on the part above eta_min."""
        if self.starting:
            return lr
        if self.step_count == 1 and self.last_epoch > 0:
            return self.lr_at(base)
        height = base - self.eta_min
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # the last rate was eta_min
            return lr + height * (1 - math.cos(math.pi / self.T_max)) / 2
        now = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        before = 1 + math.cos(math.pi * (self.last_epoch - 1) / self.T_max)
        return now / before * (lr - self.eta_min) + self.eta_min

    def lr_at(self, base: float) -> float:
        """The wave itself."""
        wave = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return self.eta_min + (base - self.eta_min) * wave


class CosineAnnealingWarmRestarts(LRScheduler):
    """The rate falls to `eta_min` in `T_0` epochs and starts again, each time `T_mult` as long.

    `step(epoch)` takes fractions too: epoch + batch / batches.

    Source: Loshchilov and Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts.
    Errors: LL681 for a value out of its range.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> rates = []
        >>> for epoch in range(4):
        ...     rates += schedule.get_last_lr()
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.5, 0.25, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        check("CosineAnnealingWarmRestarts", "T_0", T_0, COUNT)
        check("CosineAnnealingWarmRestarts", "T_mult", T_mult, COUNT)
        check("CosineAnnealingWarmRestarts", "eta_min", eta_min, NUMBER)
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        self.T_i, self.T_cur = T_0, float(last_epoch)  # this round: its length, and where we are
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr: float, base: float) -> float:
        """The wave of this round."""
        wave = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return self.eta_min + (base - self.eta_min) * wave

    @hosted(cells)
    def step(self, epoch: Any = None) -> None:
        """The next epoch begins, or `epoch` does. Errors: LL681 for a negative one."""
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            check("CosineAnnealingWarmRestarts", "epoch", epoch, NOT_NEGATIVE)
            self.T_cur, self.T_i = self.place_of(epoch)
        self.last_epoch = math.floor(epoch)
        self.write(self.get_lr())

    def place_of(self, epoch: float) -> tuple[float, int]:
        """How far into its round an epoch is, and the round's length."""
        start, length = 0, self.T_0
        while epoch >= start + length:
            start, length = start + length, length * self.T_mult
        return epoch - start, length

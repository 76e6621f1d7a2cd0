"""ReduceLROnPlateau: a smaller rate when a measure has stopped getting better."""

from __future__ import annotations

import math
from typing import Any

from ...autodiff.recording import hosted
from ..optimizer import Optimizer
from ..ranges import NOT_NEGATIVE, Range, check, one_of
from .base import LRScheduler, cells, per_group, require_optimizer

__mirrors__ = "torch"


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by `factor` when more than `patience` epochs brought nothing better.

    Better means, by `mode`, smaller ("min") or larger ("max") than the best so far, by more than
    `threshold`: of the best ("rel") or as it is ("abs"). After a reduction `cooldown` epochs do
    not count. The rate stays above `min_lr`; changes up to `eps` are not made.

    Errors: LL681 for a value out of its range, LL697 for a list of another length than the groups.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
        >>> for loss in (1.0, 1.0, 1.0):
        ...     optimizer.step()
        ...     schedule.step(loss)
        >>> schedule.get_last_lr()
        [0.05]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        owner = type(self).__name__
        self.optimizer = require_optimizer(optimizer, owner)
        check(owner, "factor", factor, Range("< 1", lambda x: x < 1))
        check(owner, "mode", mode, one_of("min", "max"))
        check(owner, "threshold_mode", threshold_mode, one_of("rel", "abs"))
        for name, value in (("patience", patience), ("cooldown", cooldown), ("eps", eps)):
            check(owner, name, value, NOT_NEGATIVE)
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        per_group(owner, "min_lr", min_lr, optimizer)
        self.min_lr = min_lr
        self.last_epoch = 0
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = self.num_bad_epochs = 0
        self.last_lr = self.lrs()

    @hosted(cells)
    def step(self, metrics: Any, epoch: int | None = None) -> None:
        """An epoch has ended with this measure. Errors: LL681 if it is no number."""
        check(type(self).__name__, "metrics", metrics, Range("int / float", lambda x: x + 1.0))
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        current = float(metrics)
        better = self.is_better(current)
        self.best = current if better else self.best
        self.num_bad_epochs = 0 if better else self.num_bad_epochs + 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self.last_lr = self.lrs()

    def is_better(self, current: float) -> bool:
        """Whether `current` beats the best so far by more than the threshold."""
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            bar = self.best * (1.0 + sign * self.threshold)
        else:
            bar = self.best + sign * self.threshold
        return current > bar if self.mode == "max" else current < bar

    def reduce(self) -> None:
        """Multiply all rates by the factor."""
        floors = per_group(type(self).__name__, "min_lr", self.min_lr, self.optimizer)
        for group, floor in zip(self.optimizer.param_groups, floors, strict=True):
            old = group["lr"]
            new = max(old * self.factor, floor)
            if old - new > self.eps:
                group["lr"] = new

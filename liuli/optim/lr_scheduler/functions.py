"""Schedules that a function of the user's gives."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from ..optimizer import Optimizer
from ..ranges import FUNCTION, check
from .base import LRScheduler, per_group

__mirrors__ = "torch"

Factor = Callable[[int], float]


class LambdaLR(LRScheduler):
    """The first rate times `lr_lambda(epoch)`; a list has one function for each group.

    Functions are not part of `state_dict`; objects that can be called keep their attributes.

    Errors: LL681 for what is no function, LL697 for a list of another length.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1
    ) -> None:
        owner = type(self).__name__
        self.lr_lambdas: list[Factor] = per_group(owner, "lr_lambda", lr_lambda, optimizer)
        for function in self.lr_lambdas:
            check(owner, "lr_lambda", function, FUNCTION)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """base f(epoch)."""
        return [
            base * f(self.last_epoch)
            for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and the functions."""
        state = super().state_dict()
        state["lr_lambdas"] = [attributes(f) for f in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for function, saved in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if saved is not None:
                function.__dict__.update(saved)


class MultiplicativeLR(LambdaLR):
    """The rate before times `lr_lambda(epoch)`, from the second epoch on.

    Errors: LL681 for what is no function, LL697 for a list of another length.

    Example:
        >>> optimizer = liuli.optim.SGD([liuli.ones(1, requires_grad=True)], lr=0.5)
        >>> schedule = liuli.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.25]
    """

    def get_lr(self) -> list[float]:
        """lr f(epoch)."""
        if self.starting:
            return self.lrs()
        return [lr * f(self.last_epoch) for lr, f in zip(self.lrs(), self.lr_lambdas, strict=True)]


def attributes(function: Any) -> dict[str, Any] | None:
    """The attributes of an object that can be called; None for a function."""
    return None if isinstance(function, types.FunctionType) else dict(vars(function))

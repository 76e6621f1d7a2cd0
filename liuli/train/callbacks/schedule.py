"""The callback that moves the learning rate."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ...errors import ArgumentError
from .base import Callback, Logs
from .stopping import watched


class LRSchedule(Callback):
    """Step a scheduler of `liuli.optim.lr_scheduler` after every epoch, or after every batch.

    A scheduler that looks at a number (ReduceLROnPlateau) is given `monitor`.

    Example:
        >>> import liuli
        >>> from liuli.train import LRSchedule
        >>> p = liuli.zeros(3, requires_grad=True)
        >>> optimizer = liuli.optim.SGD([p], lr=0.1)
        >>> callback = LRSchedule(liuli.optim.lr_scheduler.StepLR(optimizer, step_size=5))
    """

    def __init__(self, scheduler: Any, every: str = "epoch", *, monitor: str = "val_loss") -> None:
        if every not in ("epoch", "batch"):
            raise ArgumentError(
                "LL602", argument="every", value=repr(every), choices="'epoch', 'batch'"
            )
        self.scheduler, self.every, self.monitor = scheduler, every, monitor
        self._looks = "metrics" in inspect.signature(scheduler.step).parameters
        if self._looks and every == "batch":
            raise ArgumentError("LL602", argument="every", value=repr(every), choices="'epoch'")

    def on_train_begin(self, logs: Logs) -> None:
        """Errors: LL647 if the scheduler moves the learning rate of another optimizer."""
        if getattr(self.scheduler, "optimizer", None) is not self.trainer.optimizer:
            raise ArgumentError("LL647", what=type(self.scheduler).__name__)

    def each_batch(self) -> bool:
        return self.every == "batch"

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.every == "batch":
            self.scheduler.step()

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.every == "epoch":
            self.scheduler.step(*([watched(self.monitor, logs)] if self._looks else []))

    def state_dict(self) -> dict[str, Any]:
        return {"scheduler": self.scheduler.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.scheduler.load_state_dict(state["scheduler"])

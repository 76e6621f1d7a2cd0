"""Callbacks that end a training: when it no longer improves, and when it is broken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ArgumentError, Row, TrainingError
from ...messages.hints import nearest
from ...messages.words import Word
from .base import Callback, Logs
from .progress import Progress

PLAIN = ("SGD", "ASGD", "Adagrad", "Adadelta")  # optimizers whose usual rates are greater


def best_of(mode: str, monitor: str) -> str:
    """ "min" or "max": which value of `monitor` is better; "auto" decides by its name."""
    if mode not in ("auto", "min", "max"):
        raise ArgumentError("LL602", argument="mode", value=repr(mode),
                            choices="'auto', 'min', 'max'")  # fmt: skip
    if mode != "auto":
        return mode
    name = monitor.removeprefix("val_")
    if any(word in name for word in ("acc", "precision", "recall", "f1", "r2", "top")):
        return "max"
    if any(word in name for word in ("loss", "error", "mse", "mae", "lr", "seconds")):
        return "min"
    raise ArgumentError("LL646", monitor=repr(monitor))


def watched(monitor: str, logs: Logs) -> float:
    """The value that is watched. Errors: LL973 if nothing of that name was measured."""
    if monitor not in logs:
        names = [name for name in logs if name != "epoch"]
        raise ArgumentError("LL973", monitor=repr(monitor), names=", ".join(names),
                            near=nearest(monitor, names))  # fmt: skip
    return float(logs[monitor])


class Best:
    """The best value so far of what is watched."""

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0.0) -> None:
        self.monitor = monitor
        self.sign = 1.0 if best_of(mode, monitor) == "min" else -1.0
        self.min_delta = abs(min_delta)
        self.value = math.inf * self.sign

    def improves(self, value: float) -> bool:
        """Whether `value` is better by more than `min_delta`; nan never is."""
        return self.sign * value < self.sign * self.value - self.min_delta


class EarlyStopping(Callback):
    """Stop when `monitor` has not improved by more than `min_delta` for `patience` epochs.

    `restore_best_weights` puts the weights of the best epoch back at the end. `mode` says which
    values are better: "min", "max", or "auto", which decides by the name.

    Example:
        >>> from liuli.train import EarlyStopping
        >>> callback = EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    """

    def __init__(self, monitor: str = "val_loss", min_delta: float = 0.0, *, patience: int = 0,
                 mode: str = "auto", restore_best_weights: bool = False) -> None:  # fmt: skip
        self.best = Best(monitor, mode, min_delta)
        self.patience = patience
        self.restore_best_weights = restore_best_weights
        self.waited = 0
        self.best_epoch: int | None = None
        self.stopped_epoch: int | None = None
        self._weights: dict[str, Any] | None = None
        self._going_on = self._said = False

    def on_train_begin(self, logs: Logs) -> None:
        if not self._going_on:
            self.best.value = math.inf * self.best.sign
            self.waited, self.best_epoch, self.stopped_epoch, self._weights = 0, None, None, None
        self._going_on = False
        self._said = False

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        value = watched(self.best.monitor, logs)
        if self.best.improves(value):
            self.best.value, self.best_epoch, self.waited = value, epoch, 0
            if self.restore_best_weights:
                model = self.trainer.model
                self._weights = {k: np.array(v._array) for k, v in model.state_dict().items()}
            return
        self.waited += 1
        if self.waited >= max(self.patience, 1):
            self.stopped_epoch = epoch
            self.trainer.stop_training = True

    def on_train_end(self, logs: Logs) -> None:
        if self._weights is not None:
            for name, t in self.trainer.model.state_dict().items():
                np.copyto(t._array, self._weights[name])
                t._storage.version += 1
        if self.best_epoch is not None and not self._said:
            self._said = True
            self._tell(self.best_epoch)

    def _tell(self, best: int) -> None:
        """Say why training stopped, if it did, and which weights are in place."""
        told, monitor = [], self.best.monitor
        if self.stopped_epoch is not None:
            told.append(f"stopped early after epoch {self.stopped_epoch + 1}: {monitor} was best "
                        f"in epoch {best + 1} ({self.best.value:.4g})")  # fmt: skip
        if self._weights is not None and best + 1 < self.trainer.epoch:
            told.append(f"the weights are those of epoch {best + 1}, the best")
        elif self.stopped_epoch is not None:
            told.append("the weights are those of the last epoch; restore_best_weights=True "
                        "takes those of the best")  # fmt: skip
        for each in self.trainer.callbacks.all:
            if isinstance(each, Progress) and told:
                each.say("; ".join(told))

    def state_dict(self) -> dict[str, Any]:
        return {"waited": self.waited, "best": self.best.value, "best_epoch": self.best_epoch,
                "weights": self._weights}  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.waited, self.best.value = state["waited"], state["best"]
        self.best_epoch, self._weights = state["best_epoch"], state["weights"]
        self._going_on = True


class StopOnNaN(Callback):
    """Stop with an error when the loss is no longer a number, and say what led there.

    `Trainer.fit` brings one along; `StopOnNaN(enabled=False)` takes its place and lets go on.
    Errors: LL960, with the epoch, the batch and the last losses before it.
    """

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self.recent: list[float] = []

    def on_train_begin(self, logs: Logs) -> None:
        self.recent = []

    def on_loss(self, loss: float) -> None:
        """Before the loss is used: the weights are still those that led to it."""
        if self.enabled and not math.isfinite(loss):
            raise TrainingError("LL960", rows=self._table(), loss=loss, fix=self._fix(),
                                batch=self.trainer.batch + 1,
                                epoch=self.trainer.epoch + 1)  # fmt: skip
        self.recent = [*self.recent[-3:], loss]

    def _table(self) -> list[Row]:
        low, high = self.trainer.input_range
        before = ", ".join(f"{loss:.4g}" for loss in self.recent)
        return [
            Row("losses before", before or Word("none: it was the first batch")),
            Row("inputs", Word("from {low:.4g} to {high:.4g}", low=low, high=high)),
            Row("lr", f"{self.trainer.lr:g}"),
        ]

    def _fix(self) -> str:
        low, high = self.trainer.input_range
        if not math.isfinite(low + high):
            return "x = np.nan_to_num(x)"
        if max(abs(low), abs(high)) > 50:
            return "x / 255" if low >= 0 and high <= 255 else "(x - x.mean()) / x.std()"
        most = 0.1 if type(self.trainer.optimizer).__name__ in PLAIN else 0.01
        return f"lr={min(self.trainer.lr / 10, most):g}"

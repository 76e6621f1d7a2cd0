"""What a callback is: something that `fit` tells when an epoch or a batch begins and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ArgumentError

if TYPE_CHECKING:
    from ..trainer import Trainer

Logs = Mapping[str, Any]


class Callback:
    """The base of all callbacks: override what you want to hear of.

    `self.trainer` is the trainer that is running; set `self.trainer.stop_training = True` to end
    after the present batch. Epochs and batches count from 0 here, as in Keras.

    Example:
        >>> from liuli.train import Callback
        >>> class Shout(Callback):
        ...     def on_epoch_end(self, epoch, logs):
        ...         print(f"epoch {epoch}: {logs['loss']:.2f}!")
    """

    trainer: Trainer
    last = False  # told after all others: it keeps what they have made of the event

    def on_train_begin(self, logs: Logs) -> None:
        """Before the first epoch of a `fit`."""

    def on_train_end(self, logs: Logs) -> None:
        """After the last epoch, and also after an interruption."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before the first batch of an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After validation; `logs` is the row of History."""

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before a step."""

    def on_loss(self, loss: float) -> None:
        """In a step, when the loss is known and nothing has been changed by it."""

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """After a step; `logs` has the loss of this batch."""

    def each_batch(self) -> bool:
        """Whether it must hear of every batch; else it hears of the last of several."""
        events = ("on_train_batch_begin", "on_train_batch_end")
        return any(self.hears(event) for event in events)

    def hears(self, event: str) -> bool:
        """Whether this callback does something at `event`."""
        own = getattr(type(self), event) is not getattr(Callback, event)
        return own or event in vars(self)

    def on_interrupt(self, signal: str) -> None:
        """Ctrl-C or SIGTERM was received; the step it came in is complete."""

    def measured(self) -> Mapping[str, Any]:
        """What it adds to the row of History, asked for once when an epoch ends."""
        return {}

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must keep for this callback to go on as if never interrupted."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what `state_dict` gave."""


class Callbacks:
    """All callbacks of one training, told in order."""

    def __init__(self, callbacks: Iterable[Callback], trainer: Trainer) -> None:
        self.all: list[Callback] = []
        for each in [callbacks] if isinstance(callbacks, Callback) else callbacks:
            if not isinstance(each, Callback):
                raise ArgumentError("LL971", given=type(each).__name__)
            each.trainer = trainer
            self.all.append(each)
        self.all.sort(key=lambda each: each.last)

    def tell(self, event: str, *facts: Any) -> None:
        """Call the method `event` of every callback."""
        for each in self.all:
            getattr(each, event)(*facts)

    def state_dict(self) -> list[dict[str, Any]]:
        """The state of each callback, in order."""
        return [{"class": type(each).__name__, **each.state_dict()} for each in self.all]

    def load_state_dict(self, states: Iterable[Mapping[str, Any]]) -> None:
        """Give each callback the state of the first one of its class that is still unclaimed."""
        left = list(states)
        for each in self.all:
            mine = next((s for s in left if s["class"] == type(each).__name__), None)
            if mine is not None:
                left.remove(mine)
                each.load_state_dict({k: v for k, v in mine.items() if k != "class"})


class LambdaCallback(Callback):
    """Plain functions as a callback: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`.

    Errors: LL972 for an event that is none.

    Example:
        >>> from liuli.train import LambdaCallback
        >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(self, **functions: Any) -> None:
        events = [name for name in vars(Callback) if name.startswith("on_")]
        for name, function in functions.items():
            if name not in events or not callable(function):
                raise ArgumentError("LL972", event=name, events=", ".join(events))
            setattr(self, name, function)

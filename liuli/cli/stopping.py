"""Ctrl-C: pressed twice in a hurry it is one wish, and what is said about it is true."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..train import Callback, Trainer
from ..train.callbacks.base import Logs
from ..train.checkpoint import load_state, newest_checkpoint
from .console import complain
from .program import spelled
from .runs import Run
from .words import say

PATIENCE = 2.0  # seconds in which further presses are the same wish
_KEYS = [getattr(signal, name) for name in ("SIGINT", "SIGBREAK") if hasattr(signal, name)]


class Patience(Callback):
    """Lets the checkpoint be written although Ctrl-C is pressed again.

    The trainer hears the first press and obeys it after the step. The presses of the next two
    seconds come here and are passed over; a later one ends the program at once.
    """

    def __init__(self) -> None:
        self.training = False
        self.until: float | None = None

    def on_train_begin(self, logs: Logs) -> None:
        self.training = True

    def again(self, number: int, frame: Any) -> None:
        """Hear a press that the trainer did not take."""
        now = time.monotonic()
        if self.until is None:
            self.until = now + PATIENCE
        if not self.training or now >= self.until:
            raise KeyboardInterrupt

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Inside, presses come here; only the main thread can hear them."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {key: signal.getsignal(key) for key in _KEYS}
        kept = {key: handler for key, handler in before.items()
                if handler is not None and handler is not signal.SIG_IGN}  # fmt: skip
        for key in kept:
            signal.signal(key, self.again)
        try:
            yield
        finally:
            for key, handler in kept.items():
                signal.signal(key, handler)


def tell_whole(run: Run, trainer: Trainer) -> None:
    """The checkpoint is written: nothing is lost, and which command goes on, or ends it."""
    if trainer.epoch >= trainer.epochs:
        _tell(run, say("broken_results"))
    else:
        _tell(run, say("interrupted", epoch=trainer.epoch + 1, epochs=trainer.epochs))


def tell_broken(run: Run, trainer: Trainer) -> None:
    """It was ended at once: what is lost, and which command goes on."""
    epochs = run.settings.epochs
    if trainer.epoch >= epochs:
        _tell(run, say("broken_results"))
    elif newest_checkpoint(run.checkpoints) is None:
        _tell(run, say("broken_all", epoch=trainer.epoch + 1, epochs=epochs))
    else:
        kept = load_state(run.checkpoints)
        _tell(run, say("broken_part", epoch=trainer.epoch + 1, epochs=epochs,
                       kept=kept["epoch"], batch=kept["batch"]))  # fmt: skip


def _tell(run: Run, words: str) -> None:
    complain(f"\n{words}\n  {spelled(['train', '--resume', str(run.folder)])}")

"""Ctrl-C and SIGTERM while a training runs: noted at once, obeyed after the step is complete."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import TrainingError

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


class Interrupted(KeyboardInterrupt):
    """A training was ended from outside; `signal` is "SIGINT", "SIGTERM" or "SIGBREAK".

    The step that was running is complete, and the callbacks have been told. The message, LL659,
    says how to go on: from the checkpoints in `folder`, if some are written.
    """

    def __init__(self, signal: str, *, epoch: int = 1, batch: int = 0, folder: str = "") -> None:
        fix = f"trainer.load_checkpoint({folder!r}); trainer.fit(...)" if folder else ""
        told = TrainingError("LL659", signal=signal, epoch=epoch, batch=batch, fix=fix)
        super().__init__(str(told).replace("TrainingError", "Interrupted", 1))
        self.signal, self.code = signal, told.code


class Caught:
    """Which signal came in, if any."""

    signal: str | None = None


@contextmanager
def listening() -> Iterator[Caught]:
    """Note the first signal instead of breaking off; a second one acts as it always does.

    Only the main thread can listen; in others nothing changes.
    """
    caught = Caught()
    if threading.current_thread() is not threading.main_thread():
        yield caught
        return
    # A handler that is not Python's cannot be put back: None.
    before = {each: signal.getsignal(each) for each in SIGNALS}

    def note(number: int, frame: Any) -> None:
        caught.signal = signal.Signals(number).name
        _put_back(before)

    for each, handler in before.items():
        if handler is not None and handler is not signal.SIG_IGN:
            signal.signal(each, note)
    try:
        yield caught
    finally:
        _put_back(before)


def _put_back(before: dict[Any, Any]) -> None:
    for each, handler in before.items():
        if handler is not None:
            signal.signal(each, handler)

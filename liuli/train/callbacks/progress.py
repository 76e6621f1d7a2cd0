"""What a training shows while it runs: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

from .base import Callback, Logs

WIDTH = 24  # of the bar, in characters
REFRESH = 0.1  # seconds between two drawings


class Progress(Callback):
    """Show each epoch: `verbose` 0 nothing, 1 a bar that moves, 2 a line when it is done.

    A bar is for terminals: in a file or a pipe 1 is taken as 2. "auto" is 1. Characters beyond
    ASCII are not used: every console can print it.
    """

    def __init__(self, verbose: int | str = "auto", stream: Any = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        if verbose in ("auto", 1):
            verbose = 1 if _is_terminal(self.stream) else 2
        self.verbose = int(verbose)
        self._drawn = 0.0  # when the bar was last drawn
        self._length = 0  # of what stands in the line

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self._drawn, self._length = 0.0, 0

    def each_batch(self) -> bool:
        return False

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.verbose != 1:
            return
        now = time.monotonic()
        if now - self._drawn >= REFRESH:
            self._drawn = now
            self._write(f"{self._head(self.trainer.epoch)}  {self._bar(batch + 1)}"
                        f"  loss {logs['loss']:.4f}", end="\r")  # fmt: skip

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.verbose:
            self._write(f"{self._head(epoch)}  {spelled(logs)}", end="\n")

    def on_interrupt(self, signal: str) -> None:
        if self.verbose == 1 and self._length:
            self._write("", end="\n")

    def say(self, text: str) -> None:
        """A line between those of the epochs."""
        if self.verbose:
            self._write(text, end="\n")

    def _head(self, epoch: int) -> str:
        digits = len(str(self.trainer.epochs))
        return f"epoch {epoch + 1:{digits}}/{self.trainer.epochs}"

    def _bar(self, batch: int) -> str:
        total = self.trainer.batches
        if not total:
            return f"batch {batch}"
        full = WIDTH * batch // total
        return f"[{'=' * full}{' ' * (WIDTH - full)}] {batch}/{total}"

    def _write(self, text: str, end: str) -> None:
        self.stream.write(text.ljust(self._length) + end)
        self.stream.flush()
        self._length = len(text) if end == "\r" else 0


def spelled(logs: Logs) -> str:
    """A row of History as one line to read: numbers that have one value each."""
    parts = []
    for name, value in logs.items():
        hidden = name in ("epoch", "lr") or "/" in name  # as fc1/mean: there are too many
        if hidden or not isinstance(value, (int, float)):
            continue
        if name == "seconds":
            parts.append(f"{value:.1f} s" if value >= 0.1 else f"{1000 * value:.0f} ms")
        else:
            parts.append(f"{name} {_number(value)}")
    return "  ".join(parts)


def _number(value: float) -> str:
    if value == 0 or not math.isfinite(value) or 1e-4 <= abs(value) < 1e4:
        return f"{value:.4f}"
    return f"{value:.3e}"


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False

"""What `liuli train` shows: a line an epoch, and in a terminal a bar that moves."""

from __future__ import annotations

import sys
from typing import Any

from ..train import Progress
from ..train.callbacks.base import Logs
from .console import complain, is_terminal
from .words import plainly, say


class Lines(Progress):
    """Loss and accuracy (or error) of each epoch, for training and test, in one line.

    `scale` turns the errors of numbers into the target's unit.
    """

    def __init__(self, *, scale: float = 1.0, quiet: bool = False) -> None:
        super().__init__(verbose=0)
        self.scale, self.quiet = scale, quiet

    def on_train_begin(self, logs: Logs) -> None:
        """Say where a training that was stopped goes on."""
        done, batch, epochs = self.trainer.epoch, self.trainer.batch, self.trainer.epochs
        if (done or batch) and not self.quiet:
            name = "resumed" if done < epochs else "nothing_left"
            print(say(name, epoch=done, epochs=epochs, batch=batch), flush=True)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if not self.quiet:
            self.tell(self.line(epoch, logs))

    def on_interrupt(self, signal: str) -> None:
        complain(say("stopping", signal=signal))

    def tell(self, line: str) -> None:
        """Print a line."""
        print(line, flush=True)

    def line(self, epoch: int, logs: Logs) -> str:
        """An epoch in one line."""
        digits = len(str(self.trainer.epochs))
        head = f"{say('epoch')} {epoch + 1:{digits}}/{self.trainer.epochs}"
        parts = [f"{say('train')}  {self._measured(logs, '')}"]
        if "val_loss" in logs:
            parts.append(f"{say('test')}  {self._measured(logs, 'val_')}")
        return "   ".join([head, *parts, f"{logs['seconds']:.2f} s"])

    def _measured(self, logs: Logs, before: str) -> str:
        told = f"{say('loss')} {logs[before + 'loss']:.4f}"
        if before + "accuracy" in logs:
            told += f"  {say('acc')} {logs[before + 'accuracy']:7.2%}"
        elif before + "mae" in logs:
            told += f"  {say('mae')} {plainly(self.scale * logs[before + 'mae'])}"
        return told


class Bar(Lines):
    """The same lines, and below them one bar for the whole training, drawn by rich."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._bar: Any = None
        self._task: Any = None

    def on_train_begin(self, logs: Logs) -> None:
        import rich.progress as rp

        super().on_train_begin(logs)
        columns = (
            rp.TextColumn("{task.description}", markup=False),
            rp.BarColumn(bar_width=None),
            rp.MofNCompleteColumn(),
            rp.TimeElapsedColumn(),
            rp.TimeRemainingColumn(),
        )
        self._bar = rp.Progress(*columns, transient=True)
        # batches where their number is known, else epochs
        self._per_epoch = self.trainer.batches or 1
        total = self.trainer.epochs * self._per_epoch
        done = self.trainer.epoch * self._per_epoch + self.trainer.batch
        self._task = self._bar.add_task("", total=total, completed=done)
        self._bar.start()

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.trainer.batches:
            done = self.trainer.epoch * self._per_epoch + batch + 1
            told = f"{say('loss')} {logs['loss']:.4f}"
            self._bar.update(self._task, completed=done, description=told)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self._bar.update(self._task, completed=(epoch + 1) * self._per_epoch)
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs: Logs) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, line: str) -> None:
        self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)


class Download:
    """What is said while a data set is downloaded: `progress(done, total)` hears of the bytes."""

    def __init__(self, name: str) -> None:
        self.name, self.percent = name, -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        if is_terminal(sys.stdout):
            if percent != self.percent:
                end = "\n" if percent == 100 else "\r"
                print(say("download", name=self.name, percent=percent), end=end, flush=True)
        elif self.percent < 0:
            print(say("downloads", name=self.name), flush=True)
        self.percent = percent


def shown(*, scale: float, quiet: bool) -> Lines:
    """A bar where somebody looks at it while it moves, lines where nobody does."""
    if is_terminal(sys.stdout) and not quiet:
        try:
            import rich.progress  # noqa: F401
        except ImportError:  # lines say the same
            return Lines(scale=scale)
        return Bar(scale=scale)
    return Lines(scale=scale, quiet=quiet)

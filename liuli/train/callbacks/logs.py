"""Callbacks that write a training down while it runs: as JSON lines, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ...files import write_text_atomic
from ..history import History
from .base import Callback, Logs


class JSONLog(Callback):
    """History as JSON lines, written anew and whole after every epoch."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        History(self.trainer.history.rows).save(self.path)


class CSVLog(Callback):
    """History as a table, one row an epoch, written anew and whole after every epoch.

    UTF-8 with a mark at its start, so that spreadsheet programs read it right.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        history = self.trainer.history
        text = io.StringIO()
        table = csv.DictWriter(text, ["epoch", *history.names()], lineterminator="\n")
        table.writeheader()
        table.writerows(history.rows)
        write_text_atomic(self.path, "\ufeff" + text.getvalue())

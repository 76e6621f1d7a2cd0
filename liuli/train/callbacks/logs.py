"""Callbacks that write a training down while it runs: as JSON lines, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ...files import write_text_atomic
from ..history import line_of
from .base import Callback, Logs


class JSONLog(Callback):
    """History as JSON lines: whole when a training begins, then a line an epoch."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def on_train_begin(self, logs: Logs) -> None:
        self.trainer.history.save(self.path)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(line_of(logs))


class CSVLog(Callback):
    """History as a table, one row an epoch. The columns are those of the first row.

    UTF-8 with a mark at its start, so that spreadsheet programs read it right.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.columns: list[str] = []

    def on_train_begin(self, logs: Logs) -> None:
        self.columns = []
        rows = self.trainer.history.rows
        write_text_atomic(self.path, "\ufeff" + "".join(map(self._line, rows)))

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(self._line(logs))

    def _line(self, row: Logs) -> str:
        """A row as text, with the header before the first."""
        text = io.StringIO()
        first, self.columns = not self.columns, self.columns or list(row)
        table = csv.DictWriter(text, self.columns, lineterminator="\n", extrasaction="ignore")
        if first:
            table.writeheader()
        table.writerow(dict(row))
        return text.getvalue()

"""The history of a training: one row of numbers for each epoch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, FileError
from ..files import write_text_atomic
from ..messages.hints import nearest

Row = dict[str, Any]


class History:
    """What was measured after each epoch, under Keras's names.

    A row is `{"epoch": 1, "loss": ..., "accuracy": ..., "val_loss": ..., "lr": ..., ...}`: the
    names without `val_` are of the training data, while it was being learned from. `seconds` is
    the time of the epoch.

    Example:
        >>> from liuli.train import History
        >>> history = History([{"epoch": 1, "loss": 0.9}, {"epoch": 2, "loss": 0.5}])
        >>> history["loss"]
        [0.9, 0.5]
        >>> history.best("loss")
        {'epoch': 2, 'loss': 0.5}
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self.rows: list[Row] = []
        for row in rows:
            self.append(row)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add the row of one more epoch; arrays become lists, NumPy's numbers Python's."""
        self.rows.append({key: plain(value) for key, value in row.items()})

    @property
    def history(self) -> dict[str, list[Any]]:
        """The same as Keras has it: for each name the list of its numbers."""
        return {name: self[name] for name in self.names()}

    def names(self) -> list[str]:
        """What was measured, without the epoch."""
        found = dict.fromkeys(name for row in self.rows for name in row)
        return [name for name in found if name != "epoch"]

    def __getitem__(self, name: str) -> list[Any]:
        """The numbers of `name`, one an epoch; nan where an epoch has none. Errors: LL968."""
        self._known(name)
        return [row.get(name, math.nan) for row in self.rows]

    def best(self, name: str, mode: str = "min") -> Row:
        """The row where `name` is least (or, with mode "max", most); nan never wins.

        Errors: LL968 for a name that was not measured.
        """
        self._known(name)
        sign = -1.0 if mode == "max" else 1.0

        def rank(row: Row) -> float:
            value = sign * float(row.get(name, math.nan))
            return math.inf if math.isnan(value) else value

        return min(self.rows, key=rank)

    def _known(self, name: str) -> None:
        names = ["epoch", *self.names()]
        if name not in names:
            raise ArgumentError("LL968", name=repr(name), names=", ".join(names),
                                near=nearest(name, names))  # fmt: skip

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"History({len(self)} epochs: {', '.join(self.names())})"

    def columns(self) -> dict[str, Any]:
        """The same as arrays by name, where all rows have a number; else as lists."""
        return {name: _column([row.get(name, _ABSENT) for row in self.rows])
                for name in ["epoch", *self.names()]}  # fmt: skip

    @classmethod
    def of_columns(cls, columns: Mapping[str, Any]) -> History:
        """What `columns` was made of."""
        plainly = {name: plain(column) for name, column in columns.items()}
        count = len(next(iter(plainly.values()), []))
        return cls(
            {name: column[i] for name, column in plainly.items() if column[i] != _ABSENT}
            for i in range(count)
        )

    # --- files --------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write JSON lines, one row a line, UTF-8; nan and inf as null."""
        write_text_atomic(Path(path), "".join(map(line_of, self.rows)))

    @classmethod
    def load(cls, path: str | Path) -> History:
        """Read what `save` wrote. Errors: LL969 for a line that is no row.

        A last line without its end was being written when the power went, and is left out.
        """
        rows = []
        lines = Path(path).read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines[:-1], 1):
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise FileError("LL969", path=str(path), line=number)
            rows.append({key: math.nan if value is None else value for key, value in row.items()})
        return cls(rows)

    # --- a picture ----------------------------------------------------------------------------
    def plot(self, *names: str) -> Any:
        """A matplotlib figure: one panel a name, training and validation together.

        Without names: everything but the learning rate and the seconds. Errors: LL970 where
        matplotlib is not installed, LL968 for a name that was not measured.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ArgumentError("LL970") from None
        for name in names:
            self._known(name)
        chosen = names or [n for n in self.names() if n not in ("lr", "seconds")]
        panels = list(dict.fromkeys(name.removeprefix("val_") for name in chosen))
        figure = Figure(figsize=(5 * max(len(panels), 1), 3.5), layout="constrained")
        every = figure.subplots(1, max(len(panels), 1), squeeze=False)[0]
        for axes, panel in zip(every, panels, strict=False):
            for name, label in ((panel, "training"), (f"val_{panel}", "validation")):
                if name in self.names():
                    axes.plot([row["epoch"] for row in self.rows], self[name], label=label)
            axes.set(title=panel, xlabel="epoch")
            axes.legend()
        return figure


_ABSENT = "absent"  # what a row without a number has in a column


def _column(values: list[Any]) -> Any:
    kinds = {type(value) for value in values}
    return np.array(values) if kinds in ({int}, {float}) else values


def plain(value: Any) -> Any:
    """An array as a list, a number of NumPy's as Python's; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def line_of(row: Mapping[str, Any]) -> str:
    """A row as one line of JSON."""
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }
    return json.dumps(finite, ensure_ascii=False) + "\n"

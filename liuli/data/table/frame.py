"""A table as it was read: named columns of texts, and where each row stood in its file."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from ...errors import DataError, Row
from ..remarks import listed, phrase, remark
from .near import near
from .readings import Reading

_NAMED = 20  # so many columns are told by name


@dataclass
class Table:
    """Columns in order, each a list of texts of equal length.

    `lines[i]` is the line of the file on which row i begins, `notes` what was decided while
    reading, `name` the file's name for messages, `headed` whether the file names its columns; if it
    does not, they are called column1, column2, ... A cell is what stood in the file; what it means
    (a number, a missing value) the `Recipe` decides.

    Example:
        >>> table = Table.from_data({"height": [1.7, None], "name": ["Li", "Wang"]})
        >>> table.names, len(table)
        (['height', 'name'], 2)
        >>> table.column("height")
        ['1.7', '']
    """

    columns: dict[str, list[str]]
    lines: list[int] = field(default_factory=list)
    _: KW_ONLY
    notes: list[str] = field(default_factory=list)
    name: str = "table"
    headed: bool = True
    _readings: dict[str, Reading] = field(default_factory=dict, init=False, repr=False,
                                          compare=False)  # fmt: skip

    def __post_init__(self) -> None:
        counts = {name: len(cells) for name, cells in self.columns.items()}
        first = next(iter(counts), "")
        for name, count in counts.items():
            if count != counts[first]:
                raise DataError(
                    "LL948",
                    place=phrase("column", name=repr(name)),
                    count=count,
                    expected=counts[first],
                    other=phrase("column", name=repr(first)),
                    path=self.name,
                )
        if not self.lines:
            self.lines = list(range(1, len(self) + 1))

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return list(self.columns)

    def column(self, name: str) -> list[str]:
        """The cells of one column. Errors: LL950 if there is none of that name."""
        self.require([name])
        return self.columns[name]

    def reading(self, name: str) -> Reading:
        """The cells of one column with their numbers, read when they are first asked for.

        Errors: LL950 if there is no column of that name.
        """
        cells, found = self.column(name), self._readings.get(name)
        if found is None or found.cells != cells:  # somebody wrote into the column
            found = self._readings[name] = Reading(cells)
        return found

    def require(self, names: Iterable[str]) -> None:
        """Errors: LL950 if one of the columns is missing; names that look alike are suggested."""
        missing = [name for name in names if name not in self.columns]
        if missing:
            rows = [Row("columns", listed(self.names, _NAMED))]
            if not self.headed:
                rows.append(Row("note", remark("looks_like_data")))
            rows += [
                Row(name, f"{near(name, self.names)}?")
                for name in missing[:3]
                if near(name, self.names)
            ]
            raise DataError("LL950", path=self.name, names=listed(map(repr, missing)), rows=rows)

    def take(self, rows: Iterable[int]) -> Table:
        """A table of some rows, in the order given."""
        kept = [int(row) for row in rows]
        columns = {name: [*map(cells.__getitem__, kept)] for name, cells in self.columns.items()}
        lines = [self.lines[row] for row in kept]
        taken = Table(columns, lines, notes=list(self.notes), name=self.name,
                      headed=self.headed)  # fmt: skip
        for name, found in self._readings.items():
            if found.cells == self.columns.get(name):
                taken._readings[name] = Reading(columns[name], found.values[kept])
        return taken

    def to_dict(self) -> dict[str, list[str]]:
        """A dict of lists, copied."""
        return {name: list(cells) for name, cells in self.columns.items()}

    @classmethod
    def from_data(cls, data: Any, name: str = "table") -> Table:
        """A table from a dict of columns, or from a pandas DataFrame (pandas is not needed here).

        None, nan and pandas' own missing values become empty cells.
        """
        if isinstance(data, Table):
            return data
        columns = {str(key): [_cell(value) for value in values] for key, values in _columns(data)}
        return cls(columns, name=name)


def _columns(data: Any) -> Iterator[tuple[Any, Sequence[Any]]]:
    """(name, values) of a mapping or of a DataFrame, which has its columns by position."""
    if isinstance(data, Mapping):
        yield from data.items()
        return
    for place, name in enumerate(data.columns):
        yield name, data.iloc[:, place].tolist()


def _cell(value: Any) -> str:
    """The text of one value; what is missing, or differs from itself as nan does, is empty."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, float) and value != value:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    return str(value).strip()

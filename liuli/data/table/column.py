"""How one column of texts becomes columns of numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..remarks import remark
from .cells import READERS
from .readings import Reading

MOST_TEXTS = 50  # one-hot up to here; beyond it a text column holds names
READABLE = 0.95  # the least share of cells that a column of numbers must have as numbers
_FURTHEST = 1e6  # standard deviations; what lies further out is put there
LEAST_IDS = 50  # rows from which a first column of different whole numbers must be an id
_CONSTANT = 1e-12  # relative to the largest number: less variation is rounding

_NO_NAME = re.compile(r"column\d+")
_ID_NAME = re.compile(r"(?i:id|index|idx|row|no\.?|unnamed: 0|.*[ _-]id|编号|序号)|.*[a-z]Id|.*ID")


@dataclass(frozen=True)
class Column:
    """The recipe of one column, learned from training rows.

    Of kind number, yes/no or date it gives ``(x - mean) / std``, an empty cell counting as the
    `median`; of kind text it gives one 0 or 1 for each of `values`. If `marks_missing`, one more
    input is 1 where the cell is empty.
    """

    name: str
    kind: str
    mean: float = 0.0
    std: float = 1.0
    median: float = 0.0
    values: tuple[str, ...] = ()
    marks_missing: bool = False

    @property
    def features(self) -> list[str]:
        """Names of the inputs, as "Age", "Sex=male", "Age is empty"."""
        own = [f"{self.name}={value}" for value in self.values]
        names = own if self.kind == "text" else [self.name]
        return names + [f"{self.name} is empty"] * self.marks_missing

    def encode(self, reading: Reading) -> npt.NDArray[np.float64]:
        """The inputs that this column gives: shape (rows, features)."""
        if self.kind == "text":
            inputs, missing = self._one_hot(reading), reading.missing
        else:
            values = numbers(reading, self.kind)
            missing = np.isnan(values)
            scaled = (np.where(missing, self.median, values) - self.mean) / self.std
            inputs = np.clip(scaled, -_FURTHEST, _FURTHEST)[:, None]
        return np.column_stack([inputs, missing]) if self.marks_missing else inputs

    def _one_hot(self, reading: Reading) -> npt.NDArray[np.float64]:
        place = {value: i for i, value in enumerate(self.values)}
        inputs = np.zeros((len(reading.cells), len(self.values)))
        for row, cell in enumerate(reading.cells):
            if cell in place and not reading.missing[row]:
                inputs[row, place[cell]] = 1.0
        return inputs

    def strange(self, reading: Reading) -> list[str]:
        """The texts among the cells that say nothing to this column, each once, in order."""
        if self.kind == "text":
            return [cell for cell in dict.fromkeys(reading.present) if cell not in self.values]
        values = numbers(reading, self.kind)
        places = np.flatnonzero(np.isnan(values) & ~reading.missing)
        return list(dict.fromkeys(reading.cells[place] for place in places))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "values": list(self.values)}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Column:
        """The column that `to_json` wrote."""
        return cls(**{**plain, "values": tuple(plain["values"])})


class Learned(NamedTuple):
    """What was learned of one column: its recipe, or None if it is left out, and why."""

    column: Column | None
    notes: list[str]
    is_id: bool = False


def learn(name: str, reading: Reading, rows: Sequence[int]) -> Learned:
    """The recipe for a column from its cells in the training rows, which have these numbers."""
    present = reading.present
    if not present:
        return Learned(None, [remark("all_empty", name=name)])
    kind = kind_of_cells(reading)
    if kind == "text":
        return _learn_text(name, present, len(reading.cells))
    values = numbers(reading, kind)
    known = values[~np.isnan(values)]
    if kind == "number" and _counts_rows(name, values, rows):
        return Learned(None, [remark("id", name=name)], is_id=True)
    if kind == "number" and name == "column1" and _all_differ(values) and len(values) >= LEAST_IDS:
        return Learned(None, [remark("id_first", name=name)], is_id=True)
    mean, std = float(known.mean()), float(known.std())
    marked = len(known) < len(values)
    if std <= _CONSTANT * float(np.abs(known).max()):
        if not marked:
            return Learned(None, [remark("constant", name=name, value=present[0])])
        std = 1.0  # the only news is whether the cell is empty
    column = Column(name, kind, mean, std, float(np.median(known)), (), marked)
    stray = column.strange(reading)
    notes = [remark("stray", name=name, count=len(stray), value=stray[0])] if stray else []
    return Learned(column, notes)


def _learn_text(name: str, present: list[str], rows: int) -> Learned:
    values = tuple(sorted(set(present)))
    marked = len(present) < rows
    if len(values) == 1 and not marked:
        return Learned(None, [remark("constant", name=name, value=values[0])])
    if len(values) > MOST_TEXTS:
        named = len(values) == len(present) and bool(_ID_NAME.fullmatch(name))
        told = remark("many_texts", name=name, count=len(values), limit=MOST_TEXTS)
        return Learned(None, [told], is_id=named)
    return Learned(Column(name, "text", values=values, marks_missing=marked), [])


def kind_of_cells(reading: Reading) -> str:
    """What the cells that are not empty hold: number, yes/no, date, or text."""
    present = reading.present
    if len(reading.known) >= READABLE * len(present):
        return "number"
    counts = Counter(present)
    for kind, read in READERS.items():
        readable = sum(count for cell, count in counts.items() if read(cell) is not None)
        if readable >= READABLE * len(present):
            return kind
    return "text"


def numbers(reading: Reading, kind: str) -> npt.NDArray[np.float64]:
    """The cells as the kind reads them; nan for those that are empty or say nothing to it."""
    if kind == "number":
        return reading.values
    found = {cell: READERS[kind](cell) for cell in set(reading.cells)}
    return np.array([found[cell] for cell in reading.cells], np.float64)  # None becomes nan


def _all_differ(values: npt.NDArray[np.float64]) -> bool:
    """Whether there are whole numbers only, and none twice."""
    if len(values) < 2 or np.isnan(values).any() or (values % 1).any():
        return False
    return len(np.unique(values)) == len(values)


def _counts_rows(name: str, values: npt.NDArray[np.float64], rows: Sequence[int]) -> bool:
    """Whether the numbers only tell the rows apart.

    All are whole and different, and the column's name says so; a column without a name must hold
    the rows' own numbers, counted from 0 or 1, as pandas writes them.
    """
    if not _all_differ(values):
        return False
    first = values[0] - rows[0]
    counted = first in (0, 1) and bool((values - np.asarray(rows) == first).all())
    return bool(_ID_NAME.fullmatch(name)) or (counted and bool(_NO_NAME.fullmatch(name)))

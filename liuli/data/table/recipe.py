"""The recipe: how a row of a table becomes a network's input, and its output an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ..remarks import listed, phrase, remark
from .column import Column, learn
from .frame import Table
from .target import choose, class_name, in_order

VERSION = 1


@dataclass(frozen=True)
class Recipe:
    """What was learned from the training rows about every column, to be saved with the model.

    Numbers are standardised, ``(x - mean) / std``; an empty cell counts as the median and is
    marked by an input of its own, if there were any in training. A text gives one input of 0 or 1
    for each of up to 50 values; one never seen in training gives zeros. Columns that tell nothing
    (constants, names, row numbers) are left out. `notes` tells what was decided.

    Example:
        >>> table = Table.from_data(
        ...     {"cm": [150, 150, 170, 170], "eyes": list("bgbg"), "sex": list("ffmm")}
        ... )
        >>> recipe = Recipe.fit(table, "sex")
        >>> recipe.task, recipe.classes, recipe.features
        ('classify', ['f', 'm'], ['cm', 'eyes=b', 'eyes=g'])
        >>> recipe.inputs(table)[0].tolist(), recipe.targets(table).tolist()
        ([-1.0, 1.0, 0.0], [0, 0, 1, 1])
        >>> Recipe.from_json(recipe.to_json()) == recipe
        True
    """

    target: str
    task: str
    _: KW_ONLY
    classes: list[str] | None
    columns: list[Column]
    mean: float = 0.0  # of the target, if it is a number
    std: float = 1.0
    id_column: str | None = None  # the first column that was left out as one that names rows
    notes: list[str] = field(default_factory=list)

    @classmethod
    def fit(
        cls,
        table: Table,
        target: str | None = None,
        *,
        task: str | None = None,
        rows: Iterable[int] | None = None,
    ) -> Recipe:
        """Learn from the training `rows` of a table (by default all); others are not looked at.

        Rows whose target is empty are left out.

        Errors: LL950 to LL954 if the target cannot be learned (see docs/errors.md), LL951 if it
        has one class only, LL958 if no column tells anything.
        """
        chosen = list(range(len(table)) if rows is None else map(int, rows))
        return cls.fit_part(table.take(chosen), chosen, target=target, task=task)

    @classmethod
    def fit_part(
        cls, part: Table, chosen: Sequence[int], *, target: str | None, task: str | None
    ) -> Recipe:
        """`fit` for a table of the training rows alone, which had these numbers."""
        goal = choose(part, target, task)
        kept = np.flatnonzero(~part.reading(goal.target).missing).tolist()
        if len(kept) < len(part):
            part, chosen = part.take(kept), [chosen[i] for i in kept]
        columns, id_column, notes = _learn_columns(part, goal.target, chosen)
        cells = part.column(goal.target)
        if goal.task == "classify":
            classes, told = _classes(cells, goal.target, part.name)
            mean, std = 0.0, 1.0
        else:
            classes, told = None, []
            mean, std = _spread(part, goal.target)
        return cls(
            goal.target,
            goal.task,
            classes=classes,
            columns=columns,
            mean=mean,
            std=std,
            id_column=id_column,
            notes=goal.notes + told + notes,
        )

    @property
    def features(self) -> list[str]:
        """The names of the inputs, in order."""
        return [name for column in self.columns for name in column.features]

    def inputs(self, table: Table) -> npt.NDArray[np.float32]:
        """What a network takes: shape (rows, features). Columns may stand in any order.

        Errors: LL950 if a column is missing.
        """
        table.require(column.name for column in self.columns)
        parts = [column.encode(table.reading(column.name)) for column in self.columns]
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def targets(self, table: Table) -> npt.NDArray[Any]:
        """What is to be predicted: shape (rows,).

        Classes are int64 places in `classes`, -1 where the cell is empty or a class that training
        never saw. Numbers are standardised float32, nan where the cell is empty or no number.

        Errors: LL950 if the table has no such column.
        """
        reading = table.reading(self.target)
        if self.classes is None:
            return ((reading.values - self.mean) / self.std).astype(np.float32)
        place = {name: i for i, name in enumerate(self.classes)}
        places = {cell: place.get(class_name(cell), -1) for cell in set(reading.cells)}
        found = np.array([places[cell] for cell in reading.cells], np.int64)
        return np.where(reading.missing, -1, found)

    def undo(self, y: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Standardised outputs back in the target's own units: ``y * std + mean``."""
        return np.asarray(y, np.float64) * self.std + self.mean

    def remarks(self, table: Table) -> list[str]:
        """What is to be said about another table: values and classes that training never saw."""
        told: list[str] = []
        for column in self.columns:
            if column.name not in table.columns:
                continue
            strange = column.strange(table.reading(column.name))
            if strange and column.kind == "text":
                told.append(remark("unseen", name=column.name, values=listed(strange)))
            elif strange:
                told.append(remark("stray", name=column.name, count=len(strange), value=strange[0]))
        if self.classes is not None and self.target in table.columns:
            present = set(table.reading(self.target).present)
            unseen = in_order(set(map(class_name, present)) - set(self.classes))
            if unseen:
                told.append(remark("unseen_class", name=self.target, values=listed(unseen)))
        return told

    def to_json(self) -> dict[str, Any]:
        """Plain values, to be written as JSON."""
        plain = {name: value for name, value in vars(self).items() if name != "columns"}
        return {"version": VERSION, **plain, "columns": [c.to_json() for c in self.columns]}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Recipe:
        """The recipe that `to_json` wrote. Errors: LL955 for another version or a damaged one."""
        version = plain.get("version")
        if version != VERSION:
            raise DataError("LL955", version=version, known=VERSION)
        rest = {name: value for name, value in plain.items() if name != "version"}
        try:
            columns = [Column.from_json(column) for column in rest.pop("columns")]
            return cls(columns=columns, **rest)
        except (KeyError, TypeError):
            raise DataError(
                "LL955", version=phrase("damaged_version", version=version), known=VERSION
            ) from None


def _learn_columns(
    part: Table, target: str, rows: Sequence[int]
) -> tuple[list[Column], str | None, list[str]]:
    """The recipes of all columns but the target, the column of names, and the remarks."""
    found = {name: learn(name, part.reading(name), rows) for name in part.names if name != target}
    columns = [one.column for one in found.values() if one.column is not None]
    notes = [note for one in found.values() for note in one.notes]
    if not columns:
        raise DataError("LL958", path=part.name, name=target, names=listed(found) or "-")
    return columns, next((name for name, one in found.items() if one.is_id), None), notes


def _classes(cells: Sequence[str], target: str, path: str) -> tuple[list[str], list[str]]:
    """The classes in order, and remarks on those with a single row. Errors: LL951."""
    counts = Counter(map(class_name, cells))
    classes = in_order(set(counts))
    if len(classes) == 1:
        raise DataError("LL951", path=path, name=target, value=classes[0])
    lonely = [name for name in classes if counts[name] == 1]
    return classes, [remark("lonely", values=listed(lonely))] if lonely else []


def _spread(part: Table, target: str) -> tuple[float, float]:
    """Mean and standard deviation of a target of numbers. Errors: LL951 if they are all equal."""
    values = part.reading(target).values
    if values.min() == values.max():
        raise DataError("LL951", path=part.name, name=target, value=part.column(target)[0])
    return float(values.mean()), float(values.std())

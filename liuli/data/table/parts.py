"""Rows for training and rows for the test, which training never sees."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ... import rng
from ...errors import DataError
from .frame import Table
from .recipe import Recipe
from .target import choose, class_name, names_rows

Rows = npt.NDArray[np.int64]

# Training draws from the start of a seed's stream; the split draws from its middle.
_COUNTER = 2**63

LEAST = 4  # rows that can be parted at all


def split(
    rows: int,
    *,
    labels: Sequence[Hashable] | None = None,
    seed: int = 0,
    fraction: float = 0.2,
) -> tuple[Rows, Rows]:
    """Numbers of the rows for training and for the test, each in order.

    The same seed gives the same rows in every process. With `labels`, one for each row, the test
    has the same share of every class: ``round(fraction * n)`` of its n rows, at least one and not
    all; a class with one row is in training only.

    Example:
        >>> train, test = split(10, labels="aaaaabbbbb", seed=1)
        >>> len(train), ["aaaaabbbbb"[row] for row in test]
        (8, ['a', 'b'])
    """
    drawn = rng.uniform(seed % 2**64, _COUNTER, rows, np.float64)
    order = np.argsort(drawn, kind="stable")
    groups: dict[Hashable, list[int]] = {}
    for row in order.tolist():
        groups.setdefault(labels[row] if labels is not None else None, []).append(row)
    test = {row for group in groups.values() for row in group[: _share(len(group), fraction)]}
    chosen = np.zeros(rows, bool)
    chosen[list(test)] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _share(count: int, fraction: float) -> int:
    """How many of a group are for the test."""
    return min(max(math.floor(count * fraction + 0.5), 1), count - 1)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A table made ready for training.

    `train_rows` and `test_rows` are the rows' numbers in the table; unpacking `train` and `test`
    gives inputs, float32 of shape (rows, features), and targets (see `Recipe.targets`).
    """

    recipe: Recipe
    train: tuple[npt.NDArray[np.float32], npt.NDArray[Any]]
    test: tuple[npt.NDArray[np.float32], npt.NDArray[Any]]
    train_rows: Rows
    test_rows: Rows
    notes: list[str]

    def __iter__(self) -> Iterator[Any]:
        """`recipe, train, test = prepare(table)`."""
        return iter((self.recipe, self.train, self.test))


def prepare(
    table: Table,
    target: str | None = None,
    *,
    task: str | None = None,
    seed: int = 0,
    fraction: float = 0.2,
) -> Prepared:
    """Choose the target and the task, split the rows, and learn the recipe from the training rows.

    Rows without a target are left out. `notes` holds the remarks of reading, of the recipe, and
    on test rows with values that training does not have.

    Errors: LL950 to LL954 and LL958, see `Recipe.fit`; LL954 also if no class has two rows.

    Example:
        >>> table = Table.from_data({"x": range(20), "y": list("ab") * 10})
        >>> recipe, (x, y), test = prepare(table, "y")
        >>> recipe.classes, x.shape, y.shape, len(test[1])
        (['a', 'b'], (16, 1), (16,), 4)
    """
    for name in table.names:  # before it is parted, so that no cell is read twice
        table.reading(name)
    goal = choose(table, target, task)
    reading = table.reading(goal.target)
    cells, kept = reading.cells, np.flatnonzero(~reading.missing)
    labels = [class_name(cells[row]) for row in kept] if goal.task == "classify" else None
    if labels is not None and len(set(labels)) == 1:
        raise DataError("LL951", path=table.name, name=goal.target, value=labels[0])
    if len(kept) < LEAST:
        raise DataError("LL952", path=table.name, name=goal.target, count=len(kept), least=LEAST)
    train_places, test_places = split(len(kept), labels=labels, seed=seed, fraction=fraction)
    if labels is not None and not len(test_places):  # every class has a single row
        raise names_rows(table.name, goal.target, labels)
    train_rows, test_rows = kept[train_places], kept[test_places]
    train, test = table.take(train_rows), table.take(test_rows)
    recipe = Recipe.fit_part(train, train_rows.tolist(), target=goal.target, task=goal.task)
    return Prepared(
        recipe=recipe,
        train=(recipe.inputs(train), recipe.targets(train)),
        test=(recipe.inputs(test), recipe.targets(test)),
        train_rows=train_rows,
        test_rows=test_rows,
        notes=[*table.notes, *goal.notes, *recipe.notes, *recipe.remarks(test)],
    )

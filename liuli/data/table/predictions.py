"""Predictions as files: one to read, one to hand in."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from ..disk import replace_with
from .frame import Table
from .recipe import Recipe


def write_predictions(
    path: str | os.PathLike[str],
    predictions: Sequence[str | float],
    *,
    recipe: Recipe,
    table: Table,
    confidences: Sequence[float] | None = None,
) -> None:
    """A CSV to read: the rows' names, the predictions, how sure they are, and the truth if known.

    `predictions` are classes or numbers in their own units, one for each row of the `table`. The
    file has a byte order mark, by which Excel knows that it is UTF-8.

    Errors: LL956 if it cannot be written; a file that was there before then stays as it was.
    """
    head, names = _names(recipe, table)
    columns: dict[str, Sequence[object]] = {head: names, predicted(recipe.target): predictions}
    if confidences is not None:
        columns["confidence"] = [f"{value:.4f}" for value in confidences]
    if recipe.target in table.columns:
        columns[recipe.target] = table.columns[recipe.target]
    _write(Path(path), columns, "utf-8-sig")


def write_submission(
    path: str | os.PathLike[str],
    predictions: Sequence[str | float],
    *,
    recipe: Recipe,
    table: Table,
) -> None:
    """A CSV to hand in to a competition: the rows' names and the target, nothing else.

    It has no byte order mark: the programs that score such files take it for a part of the name.

    Errors: LL956 if it cannot be written; a file that was there before then stays as it was.
    """
    head, names = _names(recipe, table)
    _write(Path(path), {head: names, recipe.target: predictions}, "utf-8")


def predicted(target: str) -> str:
    """The name of the column of predictions.

    Example:
        >>> predicted("price")
        'predicted price'
    """
    return f"predicted {target}"


def _names(recipe: Recipe, table: Table) -> tuple[str, Sequence[object]]:
    """The column that names the rows; where there is none they are counted from 1."""
    if recipe.id_column in table.columns:
        return recipe.id_column, table.columns[recipe.id_column]
    return "row", range(1, len(table) + 1)


def _write(path: Path, columns: dict[str, Sequence[object]], encoding: str) -> None:
    """Write the columns to a file beside `path`, and then put that in its place."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    replace_with(path, text.getvalue().encode(encoding))

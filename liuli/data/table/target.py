"""Which column is to be predicted, and whether that is a class or a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import ArgumentError, DataError, Row
from ..remarks import remark
from .cells import is_beyond, number
from .column import MOST_TEXTS, kind_of_cells, learn
from .frame import Table
from .readings import Reading

TASKS = ("classify", "regress")
# Names by which tables call what they are about, most telling first.
NAMES = "target label labels class y species survived outcome diagnosis".split()
NAMES += ["目标", "标签", "类别", "分类"]
MOST_CLASSES = 20  # distinct whole numbers that may be classes
LEAST_ROWS = 5  # of each of them, on average; two different numbers are classes anyway


class Goal(NamedTuple):
    """What is to be predicted, and the remarks on how that was decided."""

    target: str
    task: str
    notes: list[str]


def choose(table: Table, target: str | None, task: str | None) -> Goal:
    """The target and the task: those given, else by the rules, which are told in the notes.

    Errors: LL950 if there is no such column, LL952 if too few of its cells have a value, LL953 if
    numbers are asked for and it holds text, LL954 if its texts are names, one for each row,
    LL602 for an unknown task.
    """
    if task is not None and task not in TASKS:
        raise ArgumentError("LL602", argument="task", value=repr(task), choices=", ".join(TASKS))
    notes = []
    if target is None:
        target, told = _likely(table)
        notes.append(told)
    elif target not in table.columns and not table.headed:
        target, more = _by_number(table, target)
        notes += more
    reading = table.reading(target)
    cells, present = reading.cells, reading.present
    if len(present) < 2:
        raise DataError("LL952", path=table.name, name=target, count=len(present), least=2)
    if len(present) < len(cells):
        notes.append(remark("no_target", name=target, count=len(cells) - len(present)))
    if task is None:
        task, told = infer(reading)
        notes.append(told)
    if task == "regress":
        _require_numbers(table, target)
    elif len(set(present)) > max(MOST_TEXTS, len(present) // 2):
        raise names_rows(table.name, target, present)
    return Goal(target, task, notes)


def names_rows(path: str, target: str, present: Sequence[str]) -> DataError:
    """LL954: the target tells the rows apart, and nothing is left to be learned."""
    return DataError(
        "LL954", path=path, name=target, count=len(set(present)), rows_count=len(present)
    )


def infer(reading: Reading) -> tuple[str, str]:
    """The task for a target with these cells, and why.

    Text is to be classified. So are whole numbers if there are two different ones, or at most 20
    with at least 5 rows each on average. All other numbers are to be regressed.
    """
    if kind_of_cells(reading) != "number":
        return "classify", remark("classify_text", count=len(set(reading.present)))
    values, rows = _different(reading), len(reading.present)
    few = len(values) <= 2 or (len(values) <= MOST_CLASSES and rows >= LEAST_ROWS * len(values))
    if _whole(values) and few:
        return "classify", remark("classify_numbers", count=len(values))
    return "regress", remark("regress", count=len(values))


def _different(reading: Reading) -> npt.NDArray[np.float64]:
    """The different numbers of a column; one nan for all cells that are none."""
    return np.unique(reading.values[~reading.missing])


def _whole(values: npt.NDArray[np.float64]) -> bool:
    """Whether all are whole numbers; nan is none."""
    return bool((values % 1 == 0).all())


def class_name(cell: str) -> str:
    """How a class is called: 1, 1.0 and 01 are the same class."""
    value = number(cell)
    if value is None:
        return cell
    return str(int(value)) if value % 1 == 0 else repr(value)


def in_order(classes: set[str]) -> list[str]:
    """Classes sorted: numbers by value, before texts by their letters."""
    return sorted(classes, key=lambda name: (number(name) is None, number(name) or 0.0, name))


def _by_number(table: Table, target: str) -> tuple[str, list[str]]:
    """In a file without a header 3 is column3; anything else stays as it was given."""
    name = f"column{int(target)}" if target.isdecimal() and len(target) < 10 else target
    return (name, [remark("target_number", name=name)]) if name in table.columns else (target, [])


def _likely(table: Table) -> tuple[str, str]:
    """A column with a telling name, else one by its place.

    In a file with a header that is the last one that is neither names nor row numbers. Without
    one the answer stands last or first: the last if it looks like an answer, else the first if
    that does, else the last.
    """
    by_lower = {re.sub(r"\W", "", name).casefold(): name for name in reversed(table.names)}
    for name in NAMES:
        if name in by_lower:
            return by_lower[name], remark("target_named", name=by_lower[name])
    fits = [name for name in table.names
            if learn(name, table.reading(name), range(len(table))).column is not None]  # fmt: skip
    if not fits:
        return table.names[-1], remark("target_last", name=table.names[-1])
    first, last = fits[0], fits[-1]
    answers = [_like_answer(table.reading(name)) for name in (last, first)]
    if not table.headed and answers == [False, True]:
        return first, remark("target_first", name=first)
    return last, remark("target_last", name=last)


def _like_answer(reading: Reading) -> bool:
    """Few texts, or few whole numbers that come again: at most 50, 5 rows each on average."""
    present = reading.present
    if kind_of_cells(reading) != "number":
        return len(set(present)) <= MOST_TEXTS
    values = _different(reading)
    again = len(values) <= 2 or LEAST_ROWS * len(values) <= len(present)
    return _whole(values) and again and len(values) <= MOST_TEXTS


def _require_numbers(table: Table, target: str) -> None:
    reading = table.reading(target)
    for place in np.flatnonzero(np.isnan(reading.values)):
        if not reading.missing[place]:
            line, cell = table.lines[place], reading.cells[place]
            rows = [Row("note", remark("beyond"))] if is_beyond(cell) else []
            raise DataError("LL953", path=table.name, name=target, line=line, value=cell[:60],
                            rows=rows)  # fmt: skip

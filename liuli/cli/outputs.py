"""Where predictions are written: never over something that no earlier prediction wrote."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from ..data.remarks import phrase, remark
from ..data.table import predicted
from ..errors import FileError, Row


class Outputs(NamedTuple):
    """The two files of one prediction: one to read, one to hand in."""

    predictions: Path
    submission: Path


def outputs_for(path: Path, table: Path) -> Outputs:
    """The files for the predictions of `table`, of which the first is `path`.

    Errors: LL956 if one is the table itself, or a file that is not of an earlier prediction.
    """
    found = Outputs(path, path.with_name(f"{path.stem}-submission.csv"))
    for each in found:
        if _are_one(each, table):
            raise _refused(each, "own_table")
    if found.predictions.exists() and not _are_predictions(found.predictions):
        raise _refused(found.predictions, "not_ours")
    if found.submission.exists() and not _go_together(found):
        raise _refused(found.submission, "not_ours")
    return found


def _refused(path: Path, why: str) -> FileError:
    rows = [Row("instead", remark("another_out"))]
    return FileError("LL956", path=path, reason=phrase(why), rows=rows)


def _are_one(path: Path, table: Path) -> bool:
    """Whether both are the same file, also by a link or on a disk that ignores case."""
    with suppress(OSError):
        return os.path.samefile(path, table)
    return path.resolve() == table.resolve()


def _are_predictions(path: Path) -> bool:
    """Whether the file begins as predictions do: what names the rows, "predicted ..."."""
    with suppress(OSError, ValueError, csv.Error):
        return len(_answer(next(_rows(path), []))) > 0
    return False


def _go_together(outputs: Outputs) -> bool:
    """Whether the file to hand in says what the predictions beside it say, and nothing else."""
    with suppress(OSError, ValueError, csv.Error):
        read, handed_in = _rows(outputs.predictions), _rows(outputs.submission)
        head = next(read, [])
        if next(handed_in, []) != [*head[:1], _answer(head)]:
            return False
        return all(ours and theirs == ours[:2] for ours, theirs in zip_longest(read, handed_in))
    return False


def _answer(head: list[str]) -> str:
    """The target that a line of names says was predicted; nothing if it does not."""
    start = predicted("")
    found = len(head) > 1 and head[1].startswith(start)
    return head[1].removeprefix(start) if found else ""


def _rows(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV. Errors: ValueError, csv.Error for what is none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, strict=True)

"""`read_table`: a file of comma-separated values, as people really have them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...errors import DataError, Row
from ..disk import read_bytes
from ..remarks import listed, phrase, remark
from .cells import is_missing, number
from .decoding import decode
from .delimiters import NAMES, Record, parted
from .frame import Table
from .readings import numbers_in

LARGEST = 2 * 2**30  # bytes; as Python texts a table takes several times as much memory

NAMED = 20  # so many columns are told by name

_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+(?:[eE][+-]?\d+)?")
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})+")  # 1,234 and 1.234 can be read both ways


def read_table(path: str | os.PathLike[str], *, header: bool | None = None) -> Table:
    """The table in a text file: CSV with its encoding, delimiter and header found out.

    What was found is told in the table's `notes`. `header` says whether the first line holds the
    names of the columns, where the rule (see `has_header`) is mistaken.

    Errors: LL945 if the file cannot be read, LL946 if it is no table, LL947 if it has no rows,
    LL948 if a row has another number of cells than the first, LL949 if it is too large.

    Example:
        >>> import pathlib, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = pathlib.Path(folder.name, "flowers.csv")
        >>> _ = path.write_text("length;kind\\n5,1;setosa\\n7,0;virginica\\n", encoding="gbk")
        >>> read_table(path).columns
        {'length': ['5.1', '7.0'], 'kind': ['setosa', 'virginica']}
        >>> folder.cleanup()
    """
    path = Path(path)
    text, notes = decode(read_bytes(path, LARGEST), path.name)
    delimiter, records = parted(text, path.name)
    if not records:
        raise DataError("LL947", path=path.name, found=phrase("empty_file"))
    _check_even(records, path.name)
    if delimiter != ",":
        notes.append(remark("delimiter", delimiter=NAMES.get(delimiter, delimiter)))
        notes += _points_for_commas(records)
    if header is None:
        header = has_header([record.cells for record in records])
        notes.append(_told_header(header, records[0].cells))
    names, told = _names(records[0].cells if header else [""] * len(records[0].cells))
    notes += told if header else []
    rows = records[1:] if header else records
    if not rows:
        raise DataError("LL947", path=path.name, found=phrase("only_names"))
    columns = dict(
        zip(names, map(list, zip(*(row.cells for row in rows), strict=True)), strict=True)
    )
    for place, name in enumerate(names):
        if header and not records[0].cells[place] and not any(columns[name]):
            del columns[name]  # lines that all end in a delimiter
    return Table(columns, [row.line for row in rows], notes=notes, name=path.name, headed=header)


def has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns.

    It does if none of its cells is a number, and either a column below is all numbers, or no
    cell of it occurs again in its own column: data repeat themselves, names do not.
    """
    first, below = rows[0], rows[1:]
    if any(number(cell) is not None for cell in first):
        return False
    if any(_is_numeric([row[place] for row in below]) for place in range(len(first))):
        return True
    return not any(cell and cell in column for cell, *column in zip(*rows, strict=True))


def _is_numeric(column: Sequence[str]) -> bool:
    """Whether all cells that are not empty are numbers, and there is one."""
    present = [cell for cell in column if not is_missing(cell)]
    if not present or number(present[0]) is None:
        return False
    return not np.isnan(numbers_in(present)).any()


def _told_header(header: bool, first: list[str]) -> str:
    """Whether the first line holds names, and the names of all columns up to 20."""
    if header:
        return remark("header", first=listed(first, NAMED))
    return remark("no_header", first=listed(first), last=len(first))


def _check_even(records: list[Record], path: str) -> None:
    """Errors: LL948 if one is not of the length of the first."""
    expected = len(records[0].cells)
    for record in records:
        if len(record.cells) != expected:
            rows = [Row(remark("line", n=record.line), " | ".join(record.cells)[:60])]
            if record.last > record.line:
                rows.append(Row("note", remark("quote_closed", n=record.last)))
            raise DataError(
                "LL948",
                place=phrase("line", n=record.line),
                count=len(record.cells),
                expected=expected,
                other=phrase("line", n=records[0].line),
                path=path,
                rows=rows,
            )


def _points_for_commas(records: list[Record]) -> list[str]:
    """Write 1,5 as 1.5 in place, if the file has such numbers and none with a point."""
    cells = [cell for record in records for cell in record.cells if not _THOUSANDS.fullmatch(cell)]
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    if not commas or any(_DECIMAL_POINT.fullmatch(cell) for cell in cells):
        return []
    for record in records:
        for place, cell in enumerate(record.cells):
            if _DECIMAL_COMMA.fullmatch(cell):
                record.cells[place] = cell.replace(".", "").replace(",", ".")
    return [remark("decimal_comma")]


def _names(cells: list[str]) -> tuple[list[str], list[str]]:
    """Names for all columns, each once, and what is to be said about those that were made."""
    names: list[str] = []
    doubled: list[str] = []
    for place, cell in enumerate(cells, 1):
        name, again = cell or f"column{place}", 1
        while name in names or (again > 1 and name in cells):
            again += 1
            name = f"{cell or f'column{place}'}_{again}"
        doubled += [name] if cell and name != cell else []
        names.append(name)
    empty = [name for name, cell in zip(names, cells, strict=True) if not cell]
    notes = [remark("unnamed", names=listed(empty))] if empty else []
    return names, notes + ([remark("doubled", names=listed(doubled))] if doubled else [])

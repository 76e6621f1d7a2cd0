"""Which sign parts the cells of a line, and the records that follow from it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ..remarks import phrase
from .decoding import not_a_table

# Of signs that fit equally well the first is taken: a comma is also a decimal comma, and
# stands in texts; the others seldom stand anywhere else.
CANDIDATES = ("\t", ";", "|", ",")
SPACES = " "
NAMES = {"\t": "tab", ";": ";", "|": "|", ",": ",", SPACES: "spaces"}

_LINES = 100  # looked at
_FITS = 0.5  # the least share of lines with the same number of cells, of the signs above
_SPACES_FIT = 0.9  # the same of spaces, which stand in ordinary sentences too
_EXCEL = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own first line


class Record(NamedTuple):
    """The cells of one row, and the lines of the file that it begins and ends on."""

    cells: list[str]
    line: int
    last: int


def parted(text: str, path: str) -> tuple[str, list[Record]]:
    """The delimiter and all records; lines without anything are left out.

    Errors: LL946 where quotes are opened and never closed.
    """
    given = _EXCEL.match(text)
    skipped = 1 if given else 0
    text = text[given.end() :] if given else text
    delimiter = given.group(1) if given else delimiter_of(text)
    try:
        rows = list(_records(text, delimiter, skipped))
    except csv.Error as error:
        raise not_a_table(path, phrase("open_quote", error=error)) from None
    return delimiter, rows


def delimiter_of(text: str) -> str:
    """The sign that gives the most lines the same number of cells, at least two; else a comma."""
    found = max(
        ((_agreement(text, sign), -place, sign) for place, sign in enumerate(CANDIDATES)),
    )
    if found[0] >= _FITS:
        return found[2]
    return SPACES if _agreement(text, SPACES) >= _SPACES_FIT else ","


def _agreement(text: str, delimiter: str) -> float:
    """The share of the first lines that have the most common number of cells, if that is not 1."""
    counts: Counter[int] = Counter()
    try:
        for record in _records(text, delimiter):
            counts[len(record.cells)] += 1
            if counts.total() == _LINES:
                break
    except csv.Error:
        return 0.0
    (cells, lines), *_ = counts.most_common(1) or [(1, 0)]
    return lines / counts.total() if cells > 1 else 0.0


def _records(text: str, delimiter: str, skipped: int = 0) -> Iterator[Record]:
    """The rows of the text, cells stripped; a quoted cell may hold delimiters and line ends.

    `skipped` lines of the file stand before the text.
    """
    lines: Iterator[str] = iter(io.StringIO(text, newline=""))
    if delimiter == SPACES:
        lines = (" ".join(line.split()) + "\n" for line in lines)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    before = skipped
    for cells in reader:
        stripped = list(map(str.strip, cells))
        if any(stripped):
            yield Record(stripped, before + 1, reader.line_num + skipped)
        before = reader.line_num + skipped

"""What one cell says: nothing, a number, a day, yes or no."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable

# Compared in lower case. Excel writes the last ones for a formula that failed.
MISSING = frozenset(
    "|na|n/a|nan|null|none|nat|?|-|#n/a|#value!|#div/0!|#ref!|#name?|#num!|#null!".split("|")
)
LARGEST = 3.4e38  # of float32, in which networks compute

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
    r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?Z?)?"
)
_TRUTH = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "是": 1.0, "否": 0.0}


def is_missing(cell: str) -> bool:
    """Whether the cell is empty, or holds one of the usual words for that.

    Example:
        >>> [is_missing(cell) for cell in ("", "N/A", "?", "0")]
        [True, True, True, False]
    """
    return not cell or cell.casefold() in MISSING


def number(cell: str) -> float | None:
    """The number a cell holds, or None.

    Also 12.5% (0.125) and 1,234 (thousands; it was in quotes, or the comma would have parted it).
    Infinite numbers and those beyond float32 are no numbers one can learn from: None.

    Example:
        >>> number("1,234.5"), number("50%"), number("-1e3"), number("5 kg"), number("inf")
        (1234.5, 0.5, -1000.0, None, None)
    """
    share = 1.0
    if cell.endswith("%"):
        cell, share = cell[:-1], 0.01
    if "," in cell and _GROUPED.fullmatch(cell):
        cell = cell.replace(",", "")
    if "_" in cell:  # Python's own way to group digits, nobody else's
        return None
    try:
        value = float(cell) * share
    except ValueError:
        return None
    return value if math.fabs(value) <= LARGEST else None


def is_beyond(cell: str) -> bool:
    """Whether the cell holds a number that is too large for float32.

    Example:
        >>> is_beyond("1e39"), is_beyond("1e38"), is_beyond("many")
        (True, False, False)
    """
    try:
        return math.fabs(float(cell)) > LARGEST
    except ValueError:
        return False


def day(cell: str) -> float | None:
    """A date as days since 1970-01-01, the time of day as a fraction; None for anything else.

    Example:
        >>> day("1970-01-02"), day("1970/1/1 12:00"), day("1970年1月3日"), day("soon")
        (1.0, 0.5, 2.0, None)
    """
    found = _DAY.fullmatch(cell)
    if not found:
        return None
    year, *rest = (int(part) for part in found.groups() if part is not None)
    try:
        moment = datetime.datetime(year, *rest)  # type: ignore[arg-type]
    except ValueError:  # 2024-02-30
        return None
    return (moment - datetime.datetime(1970, 1, 1)) / datetime.timedelta(days=1)


def truth(cell: str) -> float | None:
    """1 for true, yes, 是; 0 for false, no, 否; None for anything else.

    Example:
        >>> truth("TRUE"), truth("no"), truth("maybe")
        (1.0, 0.0, None)
    """
    return _TRUTH.get(cell.casefold())


# Tried in this order; a column of which none reads enough cells is text.
READERS: dict[str, Callable[[str], float | None]] = {
    "number": number,
    "yes/no": truth,
    "date": day,
}

"""Numbers and names as people read them."""

from __future__ import annotations

import math
import unicodedata

from .markup import Both, say

MINUS = "\u2212"
NO_BREAK = "\u00a0"  # a space at which no line ends


def count(number: float) -> str:
    """A whole number with commas: 100,480."""
    return f"{int(number):,}".replace("-", MINUS)


def percent(share: float, digits: int = 1) -> str:
    """A share as per cent; never 100 for less than all, nor 0 for more than nothing."""
    if not math.isfinite(share):
        return short(share)
    text = f"{100 * share:.{digits}f}"
    rounds_to_all = share < 1 and float(text) >= 100
    rounds_to_none = share > 0 and float(text) == 0
    if (rounds_to_all or rounds_to_none) and digits < 4:
        return percent(share, digits + 1)
    return f"{text}{NO_BREAK}%"


def short(value: float) -> str:
    """A number in four figures or so: 0.1235, 12.35, 1,235, 1.2e-05.

    Example:
        >>> [short(x) for x in (0.123456, 12.3456, 1234.56, 0.0000123, float("nan"))]
        ['0.1235', '12.35', '1,235', '1.23e-05', 'nan']
    """
    if not math.isfinite(value):
        return str(float(value)).replace("-", MINUS)
    size = abs(value)
    if size == 0:
        text = "0"
    elif size < 1e-3 or size >= 1e15:
        text = f"{value:.3g}"
    elif size < 1:
        text = f"{value:.4f}"
    else:
        text = f"{value:,.{max(0, 3 - int(math.log10(size)))}f}"
    return text.replace("-", MINUS, 1) if value < 0 else text


def axis(value: float) -> str:
    """A round number beside an axis, without needless zeros: 0.2, 1,500."""
    text = f"{value:,.10g}" if 1e-4 <= abs(value) < 1e7 or value == 0 else f"{value:.0e}"
    return text.replace("-", MINUS, 1) if value < 0 else text


def duration(seconds: float) -> Both:
    """A time: 1.8 s, 2 min 5 s, 1 h 3 min."""
    if not math.isfinite(seconds):
        return say("time.unknown")
    if seconds < 59.95:
        return say("time.seconds", s=f"{seconds:.1f}" if seconds >= 0.1 else f"{seconds:.2g}")
    whole = round(seconds)
    if whole < 3600:
        return say("time.minutes", m=whole // 60, s=whole % 60)
    return say("time.hours", h=whole // 3600, m=whole % 3600 // 60)


def width(text: str) -> int:
    """Columns that a text takes: Chinese characters count two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def shortened(text: str, columns: int) -> str:
    """A text cut to so many columns, with three dots where it was cut."""
    if width(text) <= columns:
        return text
    kept = ""
    for letter in text:
        if width(kept + letter) >= columns:
            break
        kept += letter
    return kept + "…"


def finite(values: list[float]) -> list[float]:
    """The values that are neither nan nor infinite."""
    return [value for value in values if math.isfinite(value)]

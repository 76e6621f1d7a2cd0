"""Columns, numbers and times as pages of the compiler write them."""

from __future__ import annotations

import unicodedata

from ..messages import fill, reader_language
from ..messages.explaining import WORDS


def say(sentence: str, /, **facts: object) -> str:
    """The sentence of that name, in the reader's language.

    Example:
        >>> from liuli.compiler.words import say
        >>> say("then", name="log") in ("then log is called", "然后调用 log")
        True
    """
    english, chinese = WORDS[sentence]
    return fill(chinese if reader_language() == "zh" else english, dict(facts))


def width(text: str) -> int:
    """Columns that a text takes: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def left(text: str, columns: int) -> str:
    """`text` with spaces behind it."""
    return text + " " * (columns - width(text))


def right(text: str, columns: int) -> str:
    """`text` with spaces before it."""
    return " " * (columns - width(text)) + text


def cut(text: str, columns: int) -> str:
    """`text`, not longer than so many columns."""
    if width(text) <= columns:
        return text
    while width(text) > columns - 3 and text:
        text = text[:-1]
    return text.rstrip() + "..."


def short(number: float) -> str:
    """A number with a letter for its thousands: 12.8 M.

    Example:
        >>> from liuli.compiler.words import short
        >>> short(12_845_056), short(640), short(0)
        ('12.8 M', '640 ', '0 ')
    """
    for factor, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor * 0.9995:
            value = number / factor
            return f"{value:.{0 if value >= 99.95 else 1}f} {letter}"
    return f"{number:.0f} "


def spent(seconds: float) -> str:
    """A time: 12.3 us, 4.56 ms, 1.23 s.

    Example:
        >>> from liuli.compiler.words import spent
        >>> spent(1.234e-5), spent(0.00456), spent(1.5)
        ('12.3 us', '4.56 ms', '1.50 s')
    """
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"

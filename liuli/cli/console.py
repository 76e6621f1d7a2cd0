"""Where words go: streams that no character can break, and the language that they can show."""

from __future__ import annotations

import os
import sys
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from ..messages import reader_language
from .words import say

CHINESE = "训练"


@contextmanager
def speaking(language: str | None) -> Iterator[str]:
    """Inside, words are in `language`, else the reader's, if the console can show it.

    Gives the language that was wanted: files can hold any. A character that the console does not
    have is shown as "?", and never ends the program.
    """
    before = os.environ.get("LIULI_LANG")
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):  # None, or replaced by something else
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    wanted = language or reader_language()
    shown = wanted if wanted == "en" or can_print(CHINESE, sys.stdout) else "en"
    if shown != reader_language():
        os.environ["LIULI_LANG"] = shown
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _remark
            if shown != wanted:
                complain(say("no_chinese", encoding=getattr(sys.stdout, "encoding", "?")))
            yield wanted
    finally:
        os.environ.pop("LIULI_LANG", None)
        if before is not None:
            os.environ["LIULI_LANG"] = before


def can_print(text: str, stream: Any) -> bool:
    """Whether the stream's encoding has these characters."""
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True


def is_terminal(stream: Any) -> bool:
    """Whether somebody looks at the stream while it is written."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def complain(text: object) -> None:
    """One message on stderr."""
    print(text, file=sys.stderr, flush=True)


def hush() -> None:
    """After the reader of our output has gone: let nothing more be written, not even at the end.

    Otherwise Python would come to the same broken pipe again when it flushes at its exit.
    """
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):
            os.dup2(silence, stream.fileno())
    os.close(silence)


def width(text: str) -> int:
    """Columns that a text takes: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, columns: int) -> str:
    """`text` with spaces up to so many columns."""
    return text + " " * (columns - width(text))


def _remark(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as its message alone: the place is inside Liuli and helps nobody."""
    complain(message)

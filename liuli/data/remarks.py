"""Remarks: what Liuli decided about the user's data, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..messages import fill, reader_language
from ..messages.en.tables import REMARKS as ENGLISH
from ..messages.zh.tables import REMARKS as CHINESE

# Of a list of names, a remark shows as many as a line holds.
_SHOWN = 8


def remark(name: str, /, **facts: object) -> str:
    """The sentence called `name`, with its facts, in the reader's language."""
    texts = CHINESE if reader_language() == "zh" else ENGLISH
    return fill(texts[name], facts)


@dataclass(frozen=True)
class Phrase:
    """Words inside a message, which says itself in two languages.

    In a message's text `{reason}` is English, and `{reason!s}` in the reader's language.
    """

    name: str
    facts: tuple[tuple[str, object], ...] = ()

    def __format__(self, spec: str) -> str:
        return fill(ENGLISH[self.name], dict(self.facts))

    def __str__(self) -> str:
        return remark(self.name, **dict(self.facts))


def phrase(name: str, /, **facts: object) -> Phrase:
    """The words called `name`, with their facts.

    Example:
        >>> f"it is {phrase('kind_png')}"
        'it is a PNG picture'
    """
    return Phrase(name, tuple(facts.items()))


def listed(values: Iterable[object], most: int = _SHOWN) -> str:
    """Names one after another, "a, b, c"; of many the first `most` and how many more."""
    names = [str(value) for value in values]
    more = f", ... (+{len(names) - most})" if len(names) > most else ""
    return ", ".join(names[:most]) + more

"""Remarks: what Liuli decided about the user's data, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from ..messages import fill, reader_language
from ..messages.en.tables import REMARKS as ENGLISH
from ..messages.zh.tables import REMARKS as CHINESE

# Of a list of names, a remark shows as many as a line holds.
_SHOWN = 8


def remark(name: str, /, **facts: object) -> str:
    """The sentence called `name`, with its facts, in the reader's language."""
    texts = CHINESE if reader_language() == "zh" else ENGLISH
    return fill(texts[name], facts)


def listed(values: Iterable[object]) -> str:
    """Names one after another, "a, b, c"; of many the first eight and how many more."""
    names = [str(value) for value in values]
    more = f", ... (+{len(names) - _SHOWN})" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more

"""What is noted in English while a program runs, and read later in the reader's language."""

from __future__ import annotations

import functools
import re

from . import fill, lookup, reader_language
from .zh.reasons import NAMES, SENTENCES


class Reason(str):
    """Why something was not possible: a code and its facts, as `RecordError` has them.

    In a message's text `{reason}` is English, and `{reason!s}` in the reader's language.
    """

    code: str
    facts: dict[str, object]

    def __new__(cls, code: str, /, **facts: object) -> Reason:
        self = super().__new__(cls, f"{fill(lookup(code).english.says, facts)} [{code}]")
        self.code, self.facts = code, facts
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return functools.partial(Reason, self.code, **self.facts), ()

    def __format__(self, spec: str) -> str:
        return format(str.__str__(self), spec)

    def __str__(self) -> str:
        if reader_language() == "en":
            return str.__str__(self)
        facts: dict[str, object] = {key: told(f"{fact}") for key, fact in self.facts.items()}
        return f"{fill(lookup(self.code).local.says, facts)} [{self.code}]"


def told(text: str) -> str:
    """A noted sentence, such as "x: shape (2, 3), now (1, 3)", as the reader reads it best.

    Example:
        >>> from liuli.messages.reasons import told
        >>> told("x: shape (2, 3), now (1, 3)") in (
        ...     "x has shape (1, 3), before (2, 3)", "x：形状之前 (2, 3)，现在 (1, 3)")
        True
    """
    if isinstance(text, Reason):
        return str(text)
    return _read(SENTENCES, text) or named(text)


def named(name: str) -> str:
    """A noted name, such as "argument 0", in the reader's language."""
    return _read(NAMES, name) or name


def _read(table: dict[str, tuple[str, str]], text: str) -> str:
    """What the table says for a text, if it has it."""
    for template, both in table.items():
        found = _pattern(template).fullmatch(text)
        if found:
            facts: dict[str, object] = {k: named(v) for k, v in found.groupdict().items()}
            return fill(both[reader_language() == "zh"], facts)
    return ""


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    """A template with placeholders, as what finds their facts."""
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(f"(?P<{x}>.+?)" if i % 2 else re.escape(x) for i, x in enumerate(parts)), re.DOTALL
    )

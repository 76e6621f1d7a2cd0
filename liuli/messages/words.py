"""Words inside a message: English in its English line, and in the reader's language elsewhere."""

from __future__ import annotations

from . import reader_language
from .zh.words import WORDS


class Word(str):
    """A piece of a message, such as "a list of modules", that is told in two languages.

    In a message's text `{expected}` is English, and `{expected!s}` in the reader's language.
    """

    template: str
    facts: dict[str, object]

    def __new__(cls, template: str, **facts: object) -> Word:
        self = super().__new__(cls, template.format(**facts))
        self.template, self.facts = template, facts
        return self

    def __getnewargs__(self) -> tuple[str]:
        return (str.__str__(self).replace("{", "{{").replace("}", "}}"),)

    def __format__(self, spec: str) -> str:
        return format(str.__str__(self), spec)

    def __str__(self) -> str:
        if reader_language() == "en":
            return str.__str__(self)
        return WORDS.get(self.template, self.template).format(**self.facts)

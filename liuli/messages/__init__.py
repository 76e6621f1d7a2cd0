"""The catalogue of message texts by code, in English (`en`) and Chinese (`zh`)."""

from __future__ import annotations

import locale
import os
from typing import NamedTuple

from . import en, zh
from .text import Text

LANGUAGES = {"en": en.TEXTS, "zh": zh.TEXTS}
UNKNOWN = Text("an error without a text")


class Message(NamedTuple):
    """A text in English, and in the reader's language (the same object if that is English)."""

    english: Text
    local: Text


def reader_language() -> str:
    """The language of explanations: `LIULI_LANG`, else the locale's, else English.

    Understood are names such as zh, zh_CN.UTF-8, zh-Hans and "Chinese (Simplified)_China".
    """
    wanted = os.environ.get("LIULI_LANG", "").strip() or _locale().strip()
    return "zh" if wanted.lower().startswith(("zh", "chinese", "中文")) else "en"


def _locale() -> str:
    """The locale's name: of the environment as gettext reads it, else of the system."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return locale.getlocale()[0] or ""
    except ValueError:  # a locale that Python cannot parse
        return ""


def lookup(code: str, language: str | None = None) -> Message:
    """The texts of `code`; one without a text in `language` falls back to English."""
    english = en.TEXTS.get(code, UNKNOWN)
    texts = LANGUAGES.get(language or reader_language(), en.TEXTS)
    return Message(english, texts.get(code, english))


class _Facts(dict[str, object]):
    """Facts by name; one that was not given stays visible as {name}."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def fill(template: str, facts: dict[str, object]) -> str:
    """`template` with its placeholders filled: a message must come out whatever is missing."""
    try:
        return template.format_map(_Facts(facts))
    except (ValueError, LookupError, TypeError, AttributeError):
        return template

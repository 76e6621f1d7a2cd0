"""The catalogue of message texts by code, in English (`en`) and Chinese (`zh`)."""

from __future__ import annotations

import locale
import os
from typing import NamedTuple

from . import en, zh
from .text import Text

LANGUAGES = {"en": en.TEXTS, "zh": zh.TEXTS}


class Message(NamedTuple):
    """A text in English, and in the reader's language (the same object if that is English)."""

    english: Text
    local: Text


def reader_language() -> str:
    """The language of explanations: `LIULI_LANG`, else the locale's, else English."""
    wanted = os.environ.get("LIULI_LANG", "")
    if not wanted:
        try:
            wanted = locale.getlocale()[0] or ""
        except ValueError:  # a locale that Python cannot parse
            wanted = ""
        wanted = wanted or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if wanted.lower().startswith(("zh", "chinese")) else "en"


def lookup(code: str, language: str | None = None) -> Message:
    """The texts of `code`; a code without a Chinese text falls back to English."""
    english = en.TEXTS[code]
    texts = LANGUAGES[language or reader_language()]
    return Message(english, texts.get(code, english))

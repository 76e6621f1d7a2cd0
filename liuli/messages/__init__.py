"""The catalogue of message texts by code, in English (`en`) and Chinese (`zh`).

A language is loaded when its first text is asked for: most programs never ask.
"""

from __future__ import annotations

import importlib
import locale
import os
import sys
from typing import Any, NamedTuple

from .text import Text

NAMES = ("en", "zh")
UNKNOWN = Text("an error without a text")


def __getattr__(name: str) -> Any:
    """A language's module, or all texts as `LANGUAGES`."""
    if name in NAMES:
        return importlib.import_module(f".{name}", __name__)
    if name == "LANGUAGES":
        return {each: texts(each) for each in NAMES}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def texts(language: str) -> dict[str, Text]:
    """The texts of a language by code."""
    found: dict[str, Text] = getattr(sys.modules[__name__], language).TEXTS
    return found


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
    english = texts("en").get(code, UNKNOWN)
    wanted = language or reader_language()
    local = texts(wanted) if wanted in NAMES else {}
    return Message(english, local.get(code, english))


# Names of rows that are words and not names of the user's, in Chinese.
LABELS = {"losses before": "之前的损失", "inputs": "输入", "looked in": "找过",
          "it has": "它有", "missing": "缺少", "unexpected": "多余"}  # fmt: skip


def label(name: str, language: str | None = None) -> str:
    """The name of a row under a message, in `language` or the reader's."""
    return LABELS.get(name, name) if (language or reader_language()) == "zh" else name


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

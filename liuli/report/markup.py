"""Words become HTML: escaping, elements, and texts in two languages side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape as escape_html

from .words_en import EN
from .words_zh import ZH

# What XML forbids, and halves of characters, which UTF-8 cannot write.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already: never escaped again."""

    __slots__ = ()


@dataclass(frozen=True)
class Both:
    """One text in English and in Chinese, as markup."""

    en: Markup
    zh: Markup

    def __str__(self) -> str:
        return self.spans("span")

    def spans(self, tag: str) -> Markup:
        """Both texts, of which the page shows one; the text alone where they are equal."""
        if self.en == self.zh:
            return self.en
        return Markup(
            f'<{tag} class="en" lang="en">{self.en}</{tag}>'
            f'<{tag} class="zh" lang="zh-CN">{self.zh}</{tag}>'
        )

    def one(self, language: str) -> Markup:
        """The text in one language."""
        return self.zh if language == "zh" else self.en


def escape(value: object) -> Markup:
    """A value as text that stands for itself, in elements and in attributes."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Both):
        return value.spans("span")
    return Markup(escape_html(_UNPRINTABLE.sub("\ufffd", str(value)), quote=True))


def say(key: str, **facts: object) -> Both:
    """The text of a key in both languages, its facts filled in and escaped."""
    return Both(_fill(EN[key], "en", facts), _fill(ZH[key], "zh", facts))


def _fill(template: str, language: str, facts: dict[str, object]) -> Markup:
    ready = {
        name: fact.one(language) if isinstance(fact, Both) else escape(fact)
        for name, fact in facts.items()
    }
    return Markup(template.format(**ready))


def plain(text: object) -> Both:
    """A text that is the same in both languages."""
    return Both(escape(text), escape(text))


def beside(first: Both, second: Both) -> Both:
    """A text with another directly behind it."""
    return Both(Markup(first.en + second.en), Markup(first.zh + second.zh))


def element(tag: str, *content: object, **attributes: object) -> Markup:
    """One element. `class_` is the class, `_` in names becomes `-`, None leaves one out.

    Example:
        >>> element("p", "a < b", class_="note")
        '<p class="note">a &lt; b</p>'
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{''.join(map(escape, content))}</{tag}>")


def void(tag: str, **attributes: object) -> Markup:
    """An element that holds nothing, closed as XML wants it."""
    return Markup(element(tag, **attributes).replace(f"></{tag}>", "/>"))


def section(name: str, *content: object) -> Markup:
    """A section of the page, with its heading and its one-line introduction."""
    return element(
        "section",
        element("h2", say(f"{name}.title")),
        element("p", say(f"{name}.intro"), class_="intro"),
        *content,
        id=name,
    )


def table(heads: list[object], rows: list[list[object]], class_: str | None = None) -> Markup:
    """A table with a head line; it scrolls sideways where the window is narrow."""
    head = element("tr", *(element("th", cell, scope="col") for cell in heads))
    body = (element("tr", *(element("td", cell) for cell in row)) for row in rows)
    inner = element("table", element("thead", head), element("tbody", *body), class_=class_)
    return element("div", inner, class_="scroll")

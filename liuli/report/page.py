"""The page: sections in order, a switch between two languages, and everything inside one file."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from ..errors import ArgumentError
from ..files import write_text_atomic
from .advice import advice
from .confusion import confusion
from .curves import curves
from .facts import ReportFacts
from .filters import filters
from .glossary import colophon, glossary
from .headline import headline
from .maps import maps
from .markup import Both, Markup, element, escape, say, void
from .misread import misread
from .network import network
from .neuron import neuron
from .regression import regression

LANGUAGES = {"en": "English", "zh": "中文"}
# Nothing may be loaded from anywhere: styles are inside the page, pictures are data, no programs.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def write_report(path: str | os.PathLike[str], facts: ReportFacts, *, language: str = "en") -> Path:
    """Write the report of a run as one HTML file that needs nothing else, and return its path.

    The page holds both languages and a switch, made of CSS alone; ``language`` is the one it
    starts in, "en" or "zh". The file appears whole or not at all.

    Errors:
        LL602: a language that is neither; LL902, LL919 to LL922: the file cannot be written.

    Example:
        >>> import tempfile
        >>> facts = ReportFacts(title="runs/001", command="liuli train", data="digits")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     written = write_report(Path(folder) / "report.html", facts, language="zh")
        ...     written.read_text(encoding="utf-8").splitlines()[0]
        '<!DOCTYPE html>'
    """
    target = Path(path)
    write_text_atomic(target, render(facts, language=language))
    return target


def render(facts: ReportFacts, *, language: str = "en") -> str:
    """The report as text. Errors: LL602 for a language that is neither "en" nor "zh"."""
    return assembled(say("page.title", title=facts.title), _sections(facts), language=language)


def assembled(title: Both, sections: list[Markup], *, language: str = "en") -> str:
    """A page of sections that needs nothing else, in both languages. Errors: LL602."""
    if language not in LANGUAGES:
        choices = ", ".join(map(repr, LANGUAGES))
        raise ArgumentError("LL602", argument="language", value=repr(language), choices=choices)
    body = element(
        "body",
        *(_choice(code, code == language) for code in LANGUAGES),
        element("div", _bar(), element("main", *sections), class_="page"),
    )
    code = "zh-CN" if language == "zh" else "en"
    return f"<!DOCTYPE html>\n{element('html', _head(title, language), body, lang=code)}\n"


def _head(title: Both, language: str) -> Markup:
    style = resources.files(__package__).joinpath("style.css").read_text(encoding="utf-8")
    return element(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=POLICY),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        element("title", title.one(language)),
        element("style", Markup(style)),
    )


def _choice(code: str, chosen: bool) -> Markup:
    """The switch's state: a radio button before the page, which the style sheet looks at."""
    checked = "checked" if chosen else None
    return void("input", type="radio", name="language", id=f"to-{code}", class_="switch",
                autocomplete="off", aria_label=LANGUAGES[code], checked=checked)  # fmt: skip


def _bar() -> Markup:
    """The product's name and the switch."""
    labels = (element("label", escape(name), for_=f"to-{code}") for code, name in LANGUAGES.items())
    name = element("span", "Liuli ", element("b", "琉璃"), class_="brand")
    return element("div", name, element("div", *labels, class_="choices"), class_="bar")


def _sections(facts: ReportFacts) -> list[Markup]:
    return [
        headline(facts),
        curves(facts),
        confusion(facts) if facts.task == "classify" else regression(facts),
        misread(facts),
        filters(facts),
        maps(facts),
        network(facts),
        neuron(facts),
        advice(facts),
        glossary(),
        colophon(facts),
    ]

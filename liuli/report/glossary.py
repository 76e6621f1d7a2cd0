"""Five words for newcomers, and how the run was made."""

from __future__ import annotations

from .facts import ReportFacts
from .markup import Markup, element, escape, say, section

TERMS = ("loss", "epoch", "accuracy", "parameter", "neuron", "overfitting")


def glossary() -> Markup:
    """The section of the words."""
    entries = (
        element("div", element("dt", say(f"term.{term}")), element("dd", say(f"term.{term}.is")))
        for term in TERMS
    )
    return section("glossary", element("dl", *entries, class_="terms-list"))


def colophon(facts: ReportFacts) -> Markup:
    """The run's settings, its machine, further results, and notes."""
    rows: list[Markup] = []
    for name, values in (
        ("settings", facts.settings),
        ("metrics", facts.metrics),
        ("machine", facts.machine),
    ):
        if values:
            pairs = [f"{key}: {_value(value)}" for key, value in values.items()]
            listed = element("dd", *(element("span", pair, class_="chip") for pair in pairs))
            rows.append(element("div", element("dt", say(f"colophon.{name}")), listed))
    notes = [element("li", note) for note in facts.notes]
    told = (element("h3", say("colophon.notes")), element("ul", *notes)) if notes else ()
    return section("colophon", element("dl", *rows, class_="made"), *told)


def _value(value: object) -> Markup:
    return escape(f"{value:.6g}" if isinstance(value, float) else value)

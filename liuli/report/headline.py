"""The first thing a reader sees: what was learned, and the numbers behind it."""

from __future__ import annotations

import math

import numpy as np

from .advice import command_with
from .facts import ReportFacts
from .figures import axis, count, duration, percent, short
from .markup import Both, Markup, element, plain, say, void
from .svg import drawing, text
from .verdict import verdict


def headline(facts: ReportFacts) -> Markup:
    """The sentence, a ring that fills with the result, the numbers, and the command."""
    return element(
        "header",
        element(
            "div",
            element("p", say("headline.over", title=facts.title, data=facts.data), class_="over"),
            element("h1", sentence(facts)),
            element("p", comparison(facts), class_="intro"),
            *_warning(facts),
            class_="said",
        ),
        ring(facts),
        element("dl", *(_number(*pair) for pair in numbers(facts)), class_="numbers"),
        element(
            "div",
            element("span", say("headline.command"), class_="over"),
            element("pre", element("code", facts.command)),
            class_="made-by",
        ),
        class_="headline",
    )


def _warning(facts: ReportFacts) -> list[Markup]:
    """What went wrong with the training as a whole, if anything did."""
    found = verdict(facts)
    if found is None:
        return []
    command = element("pre", element("code", command_with(facts)))
    words = element("p", found.words(facts)), element("p", say("verdict.instead")), command
    return [element("div", *words, class_="warning", role="alert")]


def sentence(facts: ReportFacts) -> Both:
    """What was learned, in one sentence with the result on examples never trained on."""
    if facts.task == "regress":
        error, target = facts.metric("mae"), facts.target or say("word.target")
        if error is None:
            return say("headline.no-result", data=facts.data)
        unit = f" {facts.unit}" if facts.unit else ""
        return say("headline.regress", target=target, error=short(error) + unit)
    accuracy = facts.metric("accuracy")
    if accuracy is None or not math.isfinite(accuracy):
        return say("headline.no-result", data=facts.data)
    kind = "pictures" if facts.pictures else "rows"
    return say(f"headline.{kind}", accuracy=percent(accuracy), tests=count(facts.test_size))


def comparison(facts: ReportFacts) -> Both:
    """How many were wrong, and how a guess without looking would have done."""
    if facts.task == "regress":
        r2 = facts.metric("r2")
        return plain("") if r2 is None else say("headline.r2", r2=short(r2))
    if facts.confusion is None:
        return plain("")
    counts = np.asarray(facts.confusion, np.int64)
    tests = int(counts.sum())
    if tests == 0:
        return plain("")
    wrong = tests - int(np.trace(counts))
    guess = float(counts.sum(axis=1).max()) / tests
    return say("headline.wrong", wrong=count(wrong), tests=count(tests), guess=percent(guess))


def numbers(facts: ReportFacts) -> list[tuple[Both, object]]:
    """Name and value of the figures in the row below the sentence; the ring has the result."""
    found: list[tuple[Both, object]] = []
    error = facts.metric("mae")
    if facts.task == "regress" and error is not None:
        found.append((say("number.mae"), f"{short(error)} {facts.unit}".strip()))
    if facts.seconds is not None:
        found.append((say("number.time"), duration(facts.seconds)))
    found.append((say("number.epochs"), count(len(facts.history))))
    found.append((say("number.parameters"), count(facts.parameters)))
    if facts.train_size:
        found.append((say("number.train"), count(facts.train_size)))
    if facts.test_size:
        found.append((say("number.test"), count(facts.test_size)))
    return found


def _number(name: Both, value: object) -> Markup:
    return element("div", element("dt", name), element("dd", value))


def ring(facts: ReportFacts) -> Markup:
    """A ring filled by the test accuracy, or by R² for a regression; empty where neither fits."""
    share = facts.metric("accuracy" if facts.task == "classify" else "r2")
    if share is None or not 0 <= share <= 1:
        return Markup("")
    classify = facts.task == "classify"
    written = percent(share) if classify else axis(round(share, 3))
    under = say("number.accuracy") if classify else plain("R²")
    round_ = {"cx": 100, "cy": 100, "r": 84, "pathLength": 1000}
    full = f"{1000 * share:.0f} 1000"
    return element(
        "div",
        drawing(
            200,
            200,
            void("circle", class_="ring-empty", **round_),
            void(
                "circle",
                class_="ring-full",
                stroke_dasharray=full,
                transform="rotate(-90 100 100)",
                **round_,
            ),
            text(100, 108, written, "ring-number middle"),
            text(100, 132, under, "ring-word middle"),
            label=plain(written),
        ),
        class_="ring",
    )

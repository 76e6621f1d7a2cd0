"""A regression's picture: predicted against true values, and how the errors spread."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .facts import ReportFacts
from .figures import count, short
from .markup import Both, Markup, beside, element, plain, say, section, void
from .svg import Frame, box, dots, drawing, line, ticks

Values = npt.NDArray[Any]

SHOWN = 2000  # at most so many points are drawn, evenly chosen
BARS = 25
FRAME = Frame(height=430)


def regression(facts: ReportFacts) -> Markup:
    """The section of scatter and histogram; empty where there are no values."""
    if facts.true_values is None or facts.predicted_values is None:
        return Markup("")
    true = np.asarray(facts.true_values, np.float64).ravel()
    predicted = np.asarray(facts.predicted_values, np.float64).ravel()
    whole = np.isfinite(true) & np.isfinite(predicted)
    lost = int((~whole).sum())
    true, predicted = true[whole], predicted[whole]
    remark = element("p", say("regression.lost", n=count(lost)), class_="remark") if lost else ""
    if not len(true):
        return section("regression", remark)
    unit = plain(f" ({facts.unit})" if facts.unit else "")
    drawn = _scatter(true, predicted, unit), _histogram(predicted - true, unit)
    return section("regression", element("div", *drawn, class_="pair"), remark)


def _scatter(true: Values, predicted: Values, unit: Both) -> Markup:
    low = float(min(true.min(), predicted.min()))
    high = float(max(true.max(), predicted.max()))
    room = (high - low) * 0.04 or abs(high) * 0.1 or 1.0
    low, high = low - room, high + room
    across, upward = FRAME.across(low, high), FRAME.upward(low, high)
    chosen = np.linspace(0, len(true) - 1, min(len(true), SHOWN)).astype(int)
    points = [(across(float(true[i])), upward(float(predicted[i]))) for i in chosen]
    picture = drawing(
        FRAME.width,
        FRAME.height,
        *FRAME.vertical_axis(ticks(low, high), upward, label=beside(say("word.predicted"), unit)),
        *FRAME.horizontal_axis(ticks(low, high), across, label=beside(say("word.true"), unit)),
        line(across(low), upward(low), across(high), upward(high), class_="ideal"),
        void("path", d=dots(points), class_="cloud"),
        label=say("regression.scatter"),
    )
    key = "regression.scatter.caption" if len(chosen) == len(true) else "regression.scatter.sample"
    caption = element("figcaption", say(key, n=count(len(chosen)), total=count(len(true))))
    return element("figure", picture, caption)


def _histogram(errors: Values, unit: Both) -> Markup:
    largest = float(np.abs(errors).max()) or 1.0
    counts, edges = np.histogram(errors, bins=BARS, range=(-largest, largest))
    across = FRAME.across(-largest, largest)
    upward = FRAME.upward(0, float(counts.max()) * 1.06)
    bars = [
        box(
            across(float(edges[i])) + 1,
            upward(float(number)),
            max(1.0, across(float(edges[i + 1])) - across(float(edges[i])) - 2),
            upward(0) - upward(float(number)),
            element("title", f"{short(edges[i])} … {short(edges[i + 1])}: {count(number)}"),
            class_="column",
        )
        for i, number in enumerate(counts)
        if number
    ]
    marks = [mark for mark in ticks(0, float(counts.max())) if mark == int(mark)]
    label = beside(say("regression.error"), unit)
    picture = drawing(
        FRAME.width,
        FRAME.height,
        *FRAME.vertical_axis(marks, upward, label=say("regression.count"), written=count),
        *FRAME.horizontal_axis(ticks(-largest, largest), across, label=label),
        *bars,
        line(across(0), FRAME.top, across(0), FRAME.height - FRAME.bottom, class_="ideal"),
        label=say("regression.histogram"),
    )
    within = float(np.median(np.abs(errors)))
    caption = say("regression.histogram.caption", half=beside(plain(short(within)), unit))
    return element("figure", picture, element("figcaption", caption))

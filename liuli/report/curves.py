"""Curves: how loss and accuracy moved, epoch by epoch, in training and on test examples."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .facts import ReportFacts
from .figures import axis, count, finite, percent, short
from .markup import Both, Markup, beside, element, escape, plain, say, section, void
from .svg import Frame, Scale, box, dots, drawing, path, text, ticks

FRAME = Frame()
LEGEND = 170  # the room of one word of the legend
DOTTED = 40  # so many epochs have their points marked
STRIPS = 160  # at most so many places answer to the pointer
STEEP = 100.0  # a loss that spans more than this ratio is drawn on a logarithmic axis


@dataclass(frozen=True)
class Chart:
    """One quantity over the epochs: its name, its two curves, and how its values are written."""

    name: str
    training: list[float]
    test: list[float]
    written: Callable[[float], str] = axis

    @property
    def curves(self) -> list[tuple[str, list[float]]]:
        """The curves there are, each with its kind."""
        both = (("training", self.training), ("test", self.test))
        return [(kind, values) for kind, values in both if finite(values)]


def curves(facts: ReportFacts) -> Markup:
    """The section of the curves."""
    charts = [chart for chart in _charts(facts) if chart.curves]
    remarks = [element("p", remark, class_="remark") for remark in _remarks(facts)]
    if not charts:
        return section("curves", element("p", say("curves.none")), *remarks)
    epochs = [float(row.get("epoch", i + 1)) for i, row in enumerate(facts.history)]
    drawn = (_figure(chart, epochs, facts.task == "regress") for chart in charts)
    return section("curves", element("div", *drawn, class_="pair"), *remarks)


def _charts(facts: ReportFacts) -> list[Chart]:
    loss = Chart("loss", facts.column("loss"), facts.column("val_loss"))
    if facts.task == "classify":
        shares = facts.column("accuracy"), facts.column("val_accuracy")
        return [loss, Chart("accuracy", *shares, _mark)]
    error = Chart("mae", facts.column("mae"), facts.column("val_mae"))
    r2 = Chart("r2", facts.column("r2"), facts.column("val_r2"))
    return [loss, error if error.curves else r2]


def _mark(share: float) -> str:
    return f"{axis(round(100 * share, 6))} %"


def _figure(chart: Chart, epochs: list[float], regress: bool) -> Markup:
    title = say(f"curves.{chart.name}")
    low, high = epochs[0], epochs[-1]
    across = FRAME.across(low, high) if high > low else FRAME.across(low - 1, low + 1)
    marks, upward = _upward(chart)
    whole = [mark for mark in ticks(low, high, 7) if mark == int(mark)]
    body: list[object] = [
        *FRAME.vertical_axis(marks, upward, label=title, written=chart.written),
        *FRAME.horizontal_axis(whole or [low], across, label=say("word.epoch"), written=count),
        *(_curve(kind, values, epochs, (across, upward)) for kind, values in chart.curves),
        *_legend(chart),
        *_strips(chart, epochs, across),
    ]
    picture = drawing(FRAME.width, FRAME.height, *body, label=title)
    name = "loss-regress" if regress and chart.name == "loss" else chart.name
    remark = say("curves.logarithmic") if _steep(chart) else plain("")
    caption = beside(say(f"curves.{name}.caption"), remark)
    return element("figure", picture, element("figcaption", caption))


def _steep(chart: Chart) -> bool:
    """Whether the values span so much that the small ones would lie on the base line."""
    values = finite(chart.training) + finite(chart.test)
    return chart.name != "accuracy" and 0 < STEEP * min(values) < max(values)


def _upward(chart: Chart) -> tuple[list[float], Scale]:
    """The marks of the vertical axis, and its scale."""
    values = finite(chart.training) + finite(chart.test)
    low, high = min(values), max(values)
    if chart.name == "accuracy":
        low, high = math.floor(low * 20 - 0.2) / 20, min(1.0, math.ceil(high * 20 + 0.2) / 20)
        return ticks(max(0.0, low), high), FRAME.upward(max(0.0, low), high)
    if _steep(chart):
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        place = FRAME.upward(first, last)
        powers = range(first, last + 1, max(1, (last - first) // 6))
        return [10.0**power for power in powers], lambda v: place(_log10(v))
    if low >= 0:
        low = 0.0
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    bottom = low - room if low else low
    return ticks(bottom, high + room), FRAME.upward(bottom, high + room)


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan


def _curve(
    kind: str, values: list[float], epochs: list[float], scales: tuple[Scale, Scale]
) -> Markup:
    """A line through the epochs; single points where there are few, or nothing to join."""
    across, upward = scales
    points = [
        (across(epoch), upward(value) if math.isfinite(value) else math.nan)
        for epoch, value in zip(epochs, values, strict=True)
    ]
    there = [(x, y) for x, y in points if math.isfinite(y)]
    drawn = [void("path", d=path(points), class_=f"curve {kind}")]
    if len(points) <= DOTTED or len(there) < 3:
        drawn.append(void("path", d=dots(there), class_=f"points {kind}"))
    for x, y in points:
        if not math.isfinite(y):
            drawn.append(text(x, FRAME.top + 12, "×", f"lost {kind} middle"))
    return element("g", *drawn)


def _legend(chart: Chart) -> list[Markup]:
    """What each colour means, with the last value."""
    drawn: list[Markup] = []
    for place, (kind, values) in enumerate(chart.curves):
        x = FRAME.width - FRAME.right - LEGEND * (len(chart.curves) - place)
        drawn.append(void("path", d=f"M{x:.0f} 11h18", class_=f"curve {kind}"))
        last = percent(values[-1]) if chart.name == "accuracy" else short(values[-1])
        drawn.append(text(x + 26, 16, say(f"curves.legend.{kind}", last=last), "legend"))
    return drawn


def _strips(chart: Chart, epochs: list[float], across: Scale) -> list[Markup]:
    """Unseen strips over the chart, which tell an epoch's values under the pointer."""
    step = math.ceil(len(epochs) / STRIPS)
    chosen = [*range(0, len(epochs) - 1, step), len(epochs) - 1]
    wide = (FRAME.width - FRAME.left - FRAME.right) / len(chosen)
    height = FRAME.height - FRAME.top - FRAME.bottom
    drawn: list[Markup] = []
    for i in chosen:
        lines = [f"{say('word.epoch').en} / {say('word.epoch').zh} {count(epochs[i])}"]
        for kind, values in chart.curves:
            value = percent(values[i], 2) if chart.name == "accuracy" else short(values[i])
            word = say(f"word.{kind}")
            lines.append(f"{word.en} / {word.zh} {value}")
        title = element("title", escape("\n".join(lines)))
        x = across(epochs[i]) - wide / 2
        drawn.append(box(x, FRAME.top, wide, height, title, class_="strip"))
    return drawn


def _remarks(facts: ReportFacts) -> list[Both]:
    """What the curves say, in words: lost values, the best epoch, a crossing."""
    found: list[Both] = []
    losses, tests = facts.column("loss"), facts.column("val_loss")
    lost = [i for i, value in enumerate(losses) if not math.isfinite(value)]
    if lost:
        epoch = facts.history[lost[0]].get("epoch", lost[0] + 1)
        found.append(say("curves.lost", epoch=count(epoch), value=short(losses[lost[0]])))
    if len(finite(tests)) > 1:
        best = min((value, i) for i, value in enumerate(tests) if math.isfinite(value))[1]
        epoch = facts.history[best].get("epoch", best + 1)
        found.append(say("curves.best", epoch=count(epoch), loss=short(tests[best])))
    shares, on_test = facts.column("accuracy"), facts.column("val_accuracy")
    if any(test > training for training, test in zip(shares, on_test, strict=False)):
        found.append(say("curves.below"))
    if shift := int(facts.settings.get("shift") or 0):
        found.append(say("curves.shift", n=count(shift)))
    rates = facts.column("lr")
    if len(rates) > 1 and rates[-1] < rates[0]:
        found.append(say("curves.rate", first=short(rates[0]), last=short(rates[-1])))
    return found

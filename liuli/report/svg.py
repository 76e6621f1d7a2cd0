"""Drawing: SVG elements, round numbers for axes, and a chart's frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .figures import axis
from .markup import Both, Markup, element, escape, void

Scale = Callable[[float], float]


def number(value: float) -> str:
    """A coordinate, to a tenth of a point."""
    return f"{value:.1f}".removesuffix(".0")


def drawing(
    width: float, height: float, *content: object, label: Both, natural: bool = False
) -> Markup:
    """A drawing with its own coordinates; the page decides how large it is shown.

    A `natural` one is never shown larger or smaller, so that its letters keep their size.
    """
    size = {"width": number(width), "height": number(height), "class_": "natural"}
    return element(
        "svg",
        *content,
        **(size if natural else {}),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        # An attribute has no language, so it gives the text in both.
        aria_label=label.en if label.en == label.zh else Markup(f"{label.en} / {label.zh}"),
    )


def text(x: float, y: float, content: object, class_: str = "", **attributes: object) -> Markup:
    """A line of text; in two languages where it is a `Both`."""
    inner = content.spans("tspan") if isinstance(content, Both) else escape(content)
    return element("text", inner, x=number(x), y=number(y), class_=class_ or None, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, *, class_: str) -> Markup:
    """A straight line."""
    return void("line", x1=number(x1), y1=number(y1), x2=number(x2), y2=number(y2), class_=class_)


def box(
    x: float, y: float, width: float, height: float, *content: object, **attributes: object
) -> Markup:
    """A rectangle; what it holds is its title, shown under the pointer."""
    shape = {"x": number(x), "y": number(y), "width": number(width), "height": number(height)}
    if not content:
        return void("rect", **shape, **attributes)
    return element("rect", *content, **shape, **attributes)


def path(points: Sequence[tuple[float, float]]) -> str:
    """The path through the points, broken where a point is not finite."""
    parts: list[str] = []
    pen = "M"
    for x, y in points:
        if math.isfinite(x) and math.isfinite(y):
            parts.append(f"{pen}{number(x)} {number(y)}")
            pen = "L"
        else:
            pen = "M"
    return "".join(parts)


def dots(points: Sequence[tuple[float, float]]) -> str:
    """A path of points: lines of no length, which a round pen makes visible."""
    return "".join(f"M{number(x)} {number(y)}h0" for x, y in points)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten.

    Example:
        >>> ticks(0, 0.43)
        [0.0, 0.1, 0.2, 0.3, 0.4]
    """
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low] if math.isfinite(low) else []
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next((n * power for n in (1, 2, 5, 10) if span / (n * power) <= about), 10 * power)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12 - math.floor(math.log10(step))) for i in range(first, last + 1)]


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """The straight map of low..high to start..end."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


@dataclass(frozen=True)
class Frame:
    """A chart's inner rectangle with its two scales."""

    width: float = 520
    height: float = 320
    left: float = 62
    right: float = 16
    top: float = 40
    bottom: float = 46

    def across(self, low: float, high: float) -> Scale:
        """Where a value lies from left to right."""
        return linear(low, high, self.left, self.width - self.right)

    def upward(self, low: float, high: float) -> Scale:
        """Where a value lies from bottom to top."""
        return linear(low, high, self.height - self.bottom, self.top)

    def vertical_axis(
        self, marks: Sequence[float], place: Scale, *, label: object,
        written: Callable[[float], str] = axis,
    ) -> list[Markup]:  # fmt: skip
        """Grid lines with their numbers at the left, and what they mean above."""
        drawn = [text(self.left - 46, 16, label, "axis-label")]
        for mark in marks:
            y = place(mark)
            drawn.append(line(self.left, y, self.width - self.right, y, class_="grid"))
            drawn.append(text(self.left - 8, y + 4.5, written(mark), "tick end"))
        return drawn

    def horizontal_axis(
        self, marks: Sequence[float], place: Scale, *, label: object,
        written: Callable[[float], str] = axis,
    ) -> list[Markup]:  # fmt: skip
        """The base line with its numbers, and what they mean below."""
        floor = self.height - self.bottom
        drawn = [line(self.left, floor, self.width - self.right, floor, class_="axis")]
        for mark in marks:
            drawn.append(line(place(mark), floor, place(mark), floor + 5, class_="axis"))
            drawn.append(text(place(mark), floor + 20, written(mark), "tick middle"))
        middle = (self.left + self.width - self.right) / 2
        return [*drawn, text(middle, self.height - 6, label, "axis-label middle")]

"""The confusion table: how often each class was taken for each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .facts import ReportFacts
from .figures import axis, count, percent, shortened, width
from .markup import Markup, element, say, section, table, void
from .png import NEGATIVE, POSITIVE, data_uri, tinted
from .svg import box, drawing, number, text

Counts = npt.NDArray[Any]

WRITTEN = 20  # tables of more classes are drawn as a picture without counts
NAMED = 5  # so many confusions are told in words
WEAKEST = 5  # so many classes are listed by their share, where there are many
CELL = 40
ACROSS, DOWN = 170, 130  # the words beside the table need so much, however few classes there are
NARROW = 500  # a wider table has a row of its own
LETTERS = 12  # longer names are cut


def confusion(facts: ReportFacts) -> Markup:
    """The section of the table; empty where there is none."""
    if facts.confusion is None:
        return Markup("")
    counts = np.asarray(facts.confusion, np.int64)
    names = [facts.class_name(k) for k in range(len(counts))]
    drawn = _cells(counts, names) if len(counts) <= WRITTEN else _picture(counts)
    figure = element("figure", drawn, element("figcaption", say("confusion.caption")))
    beside = element("div", _worst(counts, names), _weakest(counts, names))
    wide = len(counts) * CELL + 34 + 8 * max(width(shortened(name, LETTERS)) for name in names)
    kind = "pair uneven" if wide <= NARROW else "above"
    return section("confusion", element("div", figure, beside, class_=kind))


def _strength(counts: Counts) -> npt.NDArray[np.float64]:
    """Shares of each row, with the small ones lifted so that single mistakes can be seen."""
    totals = counts.sum(axis=1, keepdims=True)
    shares: npt.NDArray[np.float64] = counts / np.maximum(totals, 1)
    return np.where(np.eye(len(counts), dtype=bool), 0.85 * shares, 0.9 * np.sqrt(shares))


def _cells(counts: Counts, names: list[str]) -> Markup:
    """The table as squares with counts, its margins as wide as the names ask for."""
    strength, shown = _strength(counts), [shortened(name, LETTERS) for name in names]
    level = max(map(width, shown)) <= 3
    left = 34 + 8 * max(map(width, shown))
    top = 52 if level else 30 + 6 * max(map(width, shown))
    drawn: list[Markup] = []
    for k, name in enumerate(shown):
        middle = (k + 0.5) * CELL
        content = Markup(f"{element('title', names[k])}{element('tspan', name)}")
        drawn.append(text(left - 8, top + middle + 5, content, "tick end"))
        turn = None if level else f"rotate(-40 {number(left + middle)} {top - 8})"
        class_ = "tick middle" if level else "tick"
        drawn.append(text(left + middle, top - 8, content, class_, transform=turn))
    for row, column in np.ndindex(counts.shape):
        title = f"{names[row]} → {names[column]}: {count(int(counts[row, column]))}"
        place = left + column * CELL, top + row * CELL
        kind = "right" if row == column else "wrong"
        drawn += _cell(place, int(counts[row, column]), (kind, title), float(strength[row, column]))
    side = len(counts) * CELL
    across, down = max(side, ACROSS), max(side, DOWN)
    drawn += _sides(left + across / 2, top + down / 2)
    slanted = 0 if level else 5 * max(map(width, shown))  # the last name leans over the edge
    size = max(left + side + slanted, left + across), top + down
    table = drawing(*size, *drawn, label=say("confusion.title"), natural=True)
    return element("div", table, class_="scroll", tabindex="0")


def _cell(
    place: tuple[float, float], counted: int, words: tuple[str, str], strength: float
) -> list[Markup]:
    """A square, with its count if there is one, and its classes under the pointer."""
    (x, y), (kind, title) = place, words
    if not counted:
        return [box(x + 1, y + 1, CELL - 2, CELL - 2, rx="5", class_="cell")]
    deep = max(strength, 0.06)
    square = box(x + 1, y + 1, CELL - 2, CELL - 2, element("title", title), rx="5",
                 class_=f"cell {kind}", fill_opacity=f"{deep:.2f}")  # fmt: skip
    class_ = "count middle on" if deep > 0.55 else "count middle"
    return [square, text(x + CELL / 2, y + CELL / 2 + 5, axis(counted), class_)]


def _sides(x: float, y: float) -> list[Markup]:
    """What the columns and the rows mean."""
    turn = f"rotate(-90 14 {number(y)})"
    return [
        text(x, 14, say("confusion.across"), "axis-label middle"),
        text(14, y, say("confusion.down"), "axis-label middle", transform=turn),
    ]


def _picture(counts: Counts) -> Markup:
    """Many classes: a picture with a point for each pair, dark where there are many examples."""
    right = np.eye(len(counts), dtype=bool)[..., None]
    pixels = tinted(_strength(counts), np.where(right, NEGATIVE, POSITIVE))
    side, left, top = 480, 30, 30
    place = {"x": left, "y": top, "width": side, "height": side}
    return drawing(
        left + side + 2,
        top + side + 2,
        *_sides(left + side / 2, top + side / 2),
        box(left, top, side, side, class_="cell"),
        void("image", href=data_uri(pixels), class_="pixels", **place),
        label=say("confusion.title"),
    )


def pairs(counts: Counts) -> list[tuple[int, int, int]]:
    """Mistakes as (count, true, predicted), the most frequent first."""
    rows, columns = np.nonzero(counts * ~np.eye(len(counts), dtype=bool))
    found = ((int(counts[i, j]), int(i), int(j)) for i, j in zip(rows, columns, strict=True))
    return sorted(found, key=lambda one: (-one[0], one[1], one[2]))


def _worst(counts: Counts, names: list[str]) -> Markup:
    found = pairs(counts)
    if not found:
        return element("p", say("confusion.perfect"), class_="remark")
    told = [
        element(
            "li",
            say(
                "confusion.pair",
                n=count(n),
                total=count(counts[true].sum()),
                true=names[true],
                predicted=names[predicted],
            ),
        )
        for n, true, predicted in found[:NAMED]
    ]
    return element("div", element("h3", say("confusion.worst")), element("ol", *told))


def _weakest(counts: Counts, names: list[str]) -> Markup:
    """The classes with the smallest share read right."""
    totals = counts.sum(axis=1)
    seen = [k for k in range(len(counts)) if totals[k]]
    order = sorted(seen, key=lambda k: (counts[k, k] / totals[k], k))[:WEAKEST]
    if len(seen) < 3:
        return Markup("")
    rows: list[list[object]] = [
        [names[k], percent(counts[k, k] / totals[k]), f"{count(counts[k, k])} / {count(totals[k])}"]
        for k in order
    ]
    heads: list[object] = [say("word.class"), say("confusion.recall"), say("confusion.of")]
    return element("div", element("h3", say("confusion.weakest")), table(heads, rows))

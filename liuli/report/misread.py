"""Examples the network got wrong, shown as they are."""

from __future__ import annotations

import numpy as np

from .facts import Misread, ReportFacts
from .figures import count, percent, short, shortened
from .markup import Both, Markup, element, say, section, table, void
from .png import data_uri

TILES = 24  # at most so many pictures
ROWS, COLUMNS = 15, 8  # at most so many rows of a table, and columns of each


def misread(facts: ReportFacts) -> Markup:
    """The section of the examples that went wrong."""
    name = "misread" if facts.task == "classify" else "worst"
    if not facts.misread:
        return section(name, element("p", say(f"{name}.none"), class_="remark"))
    pictures = [one for one in facts.misread if one.picture is not None]
    shown = _tiles(facts, pictures) if pictures else _rows(facts)
    return section(name, shown)


def _tiles(facts: ReportFacts, found: list[Misread]) -> Markup:
    tiles = (
        element(
            "figure",
            void(
                "img",
                src=data_uri(np.asarray(one.picture)),
                alt=f"{facts.class_name(one.true)} → {facts.class_name(one.predicted)}",
                class_="pixels",
            ),
            element("figcaption", *_caption(facts, one)),
        )
        for one in found[:TILES]
    )
    return element("div", *tiles, class_="tiles")


def _caption(facts: ReportFacts, one: Misread) -> list[object]:
    true, read = facts.class_name(one.true), facts.class_name(one.predicted)
    words: list[object] = [element("b", say("misread.read", true=true, predicted=read))]
    if one.probability is not None:
        words.append(void("br"))
        words.append(say("misread.sure", p=percent(one.probability, 0)))
    words.append(void("br"))
    words.append(element("small", say("misread.index", index=count(one.index))))
    return words


def _rows(facts: ReportFacts) -> Markup:
    """A table's rows: what was true, what was predicted, and the columns."""
    found = facts.misread[:ROWS]
    columns = list(found[0].row or ())[:COLUMNS]
    rows = [[*_answer(facts, one), *_values(one, columns)] for one in found]
    heads: list[object] = [say("misread.row"), say("word.true"), say("word.predicted")]
    heads.append(say("misread.confidence" if facts.task == "classify" else "regression.error"))
    left_out = len(found[0].row or ()) - len(columns)
    more = element("p", say("misread.columns", n=count(left_out))) if left_out > 0 else ""
    return element(
        "div", table([*heads, *(shortened(c, 24) for c in columns)], rows, class_="rows"), more
    )


def _answer(facts: ReportFacts, one: Misread) -> list[object]:
    if facts.task == "regress":
        error = one.predicted - one.true
        return [count(one.index), short(one.true), short(one.predicted), short(error)]
    sure: str | Both = "" if one.probability is None else percent(one.probability, 0)
    names = facts.class_name(one.true), facts.class_name(one.predicted)
    return [count(one.index), *names, sure]


def _values(one: Misread, columns: list[str]) -> list[object]:
    return [shortened(str((one.row or {}).get(column, "")), 32) for column in columns]

"""The pictures of a network alone, as `liuli show` writes them."""

from __future__ import annotations

import os
from pathlib import Path

from ..files import write_text_atomic
from .facts import ReportFacts
from .filters import filters
from .maps import maps
from .markup import Markup, element, say
from .misread import misread
from .page import assembled


def write_gallery(
    path: str | os.PathLike[str], facts: ReportFacts, *, language: str = "en"
) -> Path:
    """Write what there is to see of a network as one HTML file, and return its path.

    Filters, feature maps and mistakes, as in the report, in both languages.

    Errors:
        LL602: a language that is neither; LL902, LL919 to LL922: the file cannot be written.

    Example:
        >>> import tempfile
        >>> facts = ReportFacts(title="runs/001", command="liuli train", data="digits")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     written = write_gallery(Path(folder) / "pictures.html", facts, language="zh")
        ...     "没有卷积层" in written.read_text(encoding="utf-8")
        True
    """
    target = Path(path)
    title = say("pictures.page", title=facts.title)
    write_text_atomic(target, assembled(title, _sections(facts), language=language))
    return target


def _sections(facts: ReportFacts) -> list[Markup]:
    head = element(
        "header",
        element("p", say("headline.over", title=facts.title, data=facts.data), class_="over"),
        element("h1", say("pictures.title")),
        *(element("p", say(f"pictures.{name}"), class_="intro") for name in _missing(facts)),
        class_="headline plain",
    )
    wrong = [misread(facts)] if facts.misread or facts.test_size else []
    return [head, filters(facts), maps(facts), *wrong]


def _missing(facts: ReportFacts) -> list[str]:
    """What there is no picture of, and why."""
    if facts.maps is not None and facts.maps.layers:
        return ["intro"]
    return ["no-convolution" if facts.filters is not None else "no-pictures"]

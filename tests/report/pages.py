"""Reads a report as a browser would, and complains about what a strict one would dislike."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from liuli.report import ReportFacts
from liuli.report.page import render

# Elements that have no end tag in HTML, whether written with a slash or not.
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    """One parsed page: its complaints, its elements, and its words."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.complaints: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []  # (language, text)
        self.feed(source)
        self.close()
        self.complaints += [f"{tag} is never closed" for tag, _ in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.complaints.append(f"{tag} has an attribute twice")
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID and not any(name == "svg" for name, _ in self.open):
            self.complaints.append(f"{tag} closes itself, which HTML ignores")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1][0] != tag:
            self.complaints.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] != "style":
            languages = [attrs["lang"] for tag, attrs in self.open if "lang" in attrs]
            inside = [word for word in languages[1:] if word]
            self.words.append((inside[-1] if inside else "", data))

    def text(self, language: str = "en") -> str:
        """What a reader of one language sees, spaces made single."""
        words = (data for spoken, data in self.words if spoken in ("", language))
        return re.sub(r"[ \n]+", " ", "".join(words))

    @property
    def drawings(self) -> list[ET.Element]:
        """The drawings, each read as XML."""
        return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", self.source, re.S)]

    def named(self, tag: str, class_: str = "") -> list[dict[str, str | None]]:
        """Attributes of the elements of a tag and a class."""
        return [
            attrs
            for name, attrs in self.elements
            if name == tag and class_ in ["", *(attrs.get("class") or "").split(" ")]
        ]


def read(facts: ReportFacts, language: str = "en") -> Page:
    """The page of the facts, which must be well formed and need nothing from outside."""
    page = Page(render(facts, language=language))
    assert page.complaints == []
    for drawing in page.drawings:
        for part in drawing.iter():
            for name, value in part.attrib.items():
                assert name == "aria-label" or not re.search(r"\b(nan|inf)\b", value), (name, value)
    assert outside(page) == []
    return page


def outside(page: Page) -> list[str]:
    """Everything in the page that a browser would load, or run."""
    loads = {"src", "href", "xlink:href", "srcset", "data", "action", "poster", "background"}
    found = [
        f"{tag} {name}={value}"
        for tag, attrs in page.elements
        for name, value in attrs.items()
        if name in loads and not re.match(r"data:image/png;base64,|#", value or "")
    ]
    found += [tag for tag, _ in page.elements if tag in ("script", "link", "iframe", "object")]
    found += [f"{tag} {name}" for tag, attrs in page.elements for name in attrs if name[:2] == "on"]
    styles = re.findall(r"<style>(.*?)</style>", page.source, re.S)
    return found + [hit for style in styles for hit in re.findall(r"url\(|@import", style)]

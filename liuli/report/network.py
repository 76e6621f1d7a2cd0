"""The network: its layers as boxes, and how its parameters are counted."""

from __future__ import annotations

import math

import numpy as np

from .facts import LayerFacts, ReportFacts
from .figures import count, shortened
from .markup import Both, Markup, element, escape, plain, say, section, table, void
from .svg import box, drawing, number, text
from .words_en import EN

BOXES = 24  # deeper networks show their two ends
WIDE, NARROW, HIGH, GAP, CENTRE = 400.0, 210.0, 54.0, 22.0, 230.0


def network(facts: ReportFacts) -> Markup:
    """The section of the layers; empty where they are not known."""
    if not facts.layers:
        return Markup("")
    figure = element("figure", _tower(facts), element("figcaption", say("network.caption")))
    return section("network", element("div", figure, _sums(facts), class_="pair uneven"))


def _tower(facts: ReportFacts) -> Markup:
    """Boxes from the input at the top to the output at the bottom, wider for more values."""
    shown = _ends(list(facts.layers))
    sizes = [math.prod(layer.output) for layer in facts.layers if layer.output]
    largest = max([1, *sizes, _inputs(facts)])
    drawn: list[Markup] = []
    y = 4.0
    if _inputs(facts) > 1:
        words = say("network.input", n=count(_inputs(facts)))
        drawn += _box(y, _width(_inputs(facts), largest), (words, plain("")), "input")
        y += HIGH + GAP
    for layer in shown:
        if drawn:
            drawn.append(_arrow(y - GAP, y))
        if layer is None:
            hidden = say("network.hidden", n=count(len(facts.layers) - BOXES))
            drawn.append(text(CENTRE, y + 18, hidden, "legend middle"))
            y += 26 + GAP
            continue
        holds = "holds" if layer.parameters else "free"
        width = _width(math.prod(layer.output), largest)
        drawn += _box(y, width, _written(layer), holds, _does(layer, facts.pictures))
        y += HIGH + GAP
    return drawing(2 * CENTRE, y - GAP + 4, *drawn, label=say("network.title"))


def _ends(layers: list[LayerFacts]) -> list[LayerFacts | None]:
    """The layers, with None for the middle of a long list."""
    if len(layers) <= BOXES:
        return [*layers]
    return [*layers[: BOXES // 2], None, *layers[-BOXES // 2 :]]


def _inputs(facts: ReportFacts) -> int:
    """How many values one example has: those of a picture, else by the first matrix."""
    seen = [one.picture for one in facts.misread if one.picture is not None]
    if facts.maps is not None or seen:
        return int(np.size(facts.maps.picture if facts.maps is not None else seen[0]))
    if facts.neuron is not None and facts.pictures:
        return int(facts.neuron.terms.size)
    matrices = [s for layer in facts.layers for s in layer.shapes if len(s) == 2]
    return matrices[0][1] if matrices else 0


def _width(values: int, largest: int) -> float:
    """Widths grow with the logarithm: 784 values and 10 fit into one picture."""
    share = math.log(max(values, 1) + 1) / math.log(largest + 1)
    return NARROW + (WIDE - NARROW) * share


def _box(
    y: float, width: float, words: tuple[Both, Both], kind: str, title: Both | None = None
) -> list[Markup]:
    first, second = words
    inside = [] if title is None else [element("title", _two(title))]
    drawn = [box(CENTRE - width / 2, y, width, HIGH, *inside, rx="10", class_=f"layer {kind}")]
    if not second.en:
        return [*drawn, text(CENTRE, y + 32, first, "layer-name middle")]
    drawn.append(text(CENTRE, y + 23, first, "layer-name middle"))
    return [*drawn, text(CENTRE, y + 42, second, "layer-shape middle")]


def _two(words: Both) -> Markup:
    return words.en if words.en == words.zh else Markup(f"{words.en} / {words.zh}")


def _written(layer: LayerFacts) -> tuple[Both, Both]:
    name = plain(_label(layer))
    shape = " × ".join(count(length) for length in layer.output) or "1"
    if not layer.parameters:
        return name, say("network.shape", shape=shape)
    return name, say("network.learns", shape=shape, n=count(layer.parameters))


def _label(layer: LayerFacts) -> str:
    return shortened(f"{layer.name} · {layer.kind}" if layer.name else layer.kind, 26)


def _arrow(start: float, end: float) -> Markup:
    tip = f"M{number(CENTRE - 5)} {number(end - 8)}l5 6l5 -6"
    return void("path", d=f"M{number(CENTRE)} {number(start + 2)}V{number(end - 3)}{tip}",
                class_="arrow")  # fmt: skip


def _does(layer: LayerFacts, pictures: bool) -> Both:
    """What a layer does: as told, else by its class."""
    if layer.does:
        return plain(layer.does)
    key = f"does.{layer.kind}"
    if key == "does.Flatten" and not pictures:
        return say("does.Flatten-row")
    return say(key) if key in EN else plain(layer.kind)


def arithmetic(layer: LayerFacts) -> str:
    """How the parameters are counted: 784 × 128 + 128 = 100,480."""
    terms = [" × ".join(map(str, reversed(shape))) or "1" for shape in layer.shapes]
    result = count(layer.parameters)
    written = " + ".join(terms)
    return result if written in ("", result) else f"{written} = {result}"


def _sums(facts: ReportFacts) -> Markup:
    """The layers as a table, with what each does and the count of its parameters."""
    rows: list[list[object]] = []
    for layer in facts.layers[:200]:
        name = element("b", _label(layer))
        under = element("small", _does(layer, facts.pictures))
        counted = element("code", arithmetic(layer)) if layer.parameters else "0"
        rows.append([Markup(f"{name}<br/>{under}"), counted])
    total = count(facts.parameters)
    holding = [count(one.parameters) for one in facts.layers if one.parameters]
    whole = total if len(holding) < 2 or len(holding) > 8 else f"{' + '.join(holding)} = {total}"
    rows.append([element("b", say("network.total")), element("code", escape(whole))])
    return table([say("word.layer"), say("network.counted")], rows)

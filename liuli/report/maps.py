"""One picture on its way through the network: the feature maps of each layer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .facts import LayerMaps, MapFacts, ReportFacts
from .figures import count, percent, shortened
from .markup import Both, Markup, beside, element, plain, say, section, void
from .png import data_uri, sheet, signed

CHANNELS, COLUMNS = 16, 8  # maps of a layer that are shown, and in one row
LAYERS = 12  # of a deeper network, those are shown where the maps change their shape, and others


def maps(facts: ReportFacts) -> Markup:
    """The section of the feature maps; empty where there are none."""
    one = facts.maps
    if one is None or not one.layers:
        return Markup("")
    shown = chosen(list(one.layers))
    return section(
        "maps",
        element("div", _given(facts, one), *map(_row, shown), class_="maps"),
        element("p", _remark(one, shown), class_="remark"),
    )


def chosen(layers: list[LayerMaps]) -> list[LayerMaps]:
    """The layers that are shown: of a deep network where the shape changes, and some between."""
    if len(layers) <= LAYERS:
        return layers
    turns = [i for i, (one, following) in enumerate(pairwise(layers), 1)
             if one.values.shape != following.values.shape]  # fmt: skip
    kept = {0, *turns[: LAYERS - 2], len(layers) - 1}
    between = [i for i in np.linspace(0, len(layers) - 1, LAYERS).astype(int) if i not in kept]
    return [layers[i] for i in sorted({*kept, *between[: LAYERS - len(kept)]})]


def _remark(one: MapFacts, shown: list[LayerMaps]) -> Both:
    words = say("maps.scale")
    if len(shown) < len(one.layers):
        left = say("maps.left", n=count(len(one.layers) - len(shown)))
        words = beside(beside(words, plain(" ")), left)
    return words


def _given(facts: ReportFacts, one: MapFacts) -> Markup:
    """The picture, and what the network said to it."""
    where: object = one.source
    if one.index is not None:
        where = say("misread.index", index=count(one.index))
    lines: list[object] = [element("b", say("maps.picture")), " ", where]
    if one.true is not None:
        lines += [void("br"), say("maps.true", name=facts.class_name(one.true))]
    if one.answer is not None:
        sure = "" if one.probability is None else f" ({percent(one.probability, 0)})"
        answer = say("maps.answer", name=facts.class_name(one.answer), sure=sure)
        lines += [void("br"), answer]
    image = void("img", src=data_uri(np.asarray(one.picture)), alt=_both(say("maps.picture")),
                 class_="pixels")  # fmt: skip
    return element("figure", image, element("figcaption", *lines), class_="given")


def _row(layer: LayerMaps) -> Markup:
    """The maps of one layer, in the order of its channels."""
    values = np.asarray(layer.values)[:CHANNELS]
    largest = float(np.nan_to_num(np.abs(values), posinf=0).max(initial=0))
    columns = min(COLUMNS, len(values))
    gap = max(1, round(values.shape[2] / 12))
    picture = sheet([signed(each, largest) for each in values], columns, gap)
    name = plain(shortened(f"{layer.name} · {layer.kind}" if layer.name else layer.kind, 36))
    channels, height, width = layer.values.shape
    shape = say("maps.shape", n=count(channels), h=height, w=width)
    some = [say("maps.some", n=len(values))] if channels > len(values) else []
    image = void("img", src=data_uri(picture), alt=_both(beside(say("maps.of"), name)),
                 class_="pixels sheet", style=f"max-width: {68 * columns}px")  # fmt: skip
    caption = element("figcaption", element("b", name), void("br"), shape, *some)
    return element("figure", caption, image)


def _both(words: Both) -> Markup:
    """An attribute has no language, so it gives the text in both."""
    return words.en if words.en == words.zh else Markup(f"{words.en} / {words.zh}")

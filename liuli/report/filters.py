"""The first layer's weights as pictures, before learning and after it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .facts import Array, FilterFacts, ReportFacts
from .figures import count
from .markup import Both, Markup, element, say, section, void
from .png import data_uri, sheet, signed

SHOWN = 36  # filters
COLUMNS = 6
MOST = 0.995  # this share of all weights is within full strength
COLOURS = 3  # channels that are red, green and blue


def filters(facts: ReportFacts) -> Markup:
    """The section of the filters; empty where none were kept."""
    one = facts.filters
    if one is None or not len(one.after):
        return Markup("")
    shapes = {"n": count(one.total or len(one.after)), "h": one.after.shape[2],
              "w": one.after.shape[3], "layer": one.layer, "kind": one.kind}  # fmt: skip
    largest = _largest(one)
    sheets = [(words, values) for words, values in (("before", one.before), ("after", one.after))
              if values is not None]  # fmt: skip
    figures = (_figure(say(f"filters.{words}"), values[:SHOWN], largest)
               for words, values in sheets)  # fmt: skip
    about = "filters.convolution" if one.kind.startswith("Conv") else "filters.neurons"
    return section(
        "filters",
        element("p", say(about, **shapes)),
        element("div", *figures, class_="pair"),
        element("p", *_remarks(one), class_="remark"),
    )


def _largest(one: FilterFacts) -> float:
    """The weight that is shown in full strength: before and after have one scale."""
    both = [np.abs(values[:SHOWN]).ravel() for values in (one.before, one.after)
            if values is not None]  # fmt: skip
    known = np.nan_to_num(np.concatenate(both), posinf=0, neginf=0)
    return float(np.quantile(known, MOST)) if known.any() else 1.0


def _figure(words: Both, values: Array, largest: float) -> Markup:
    columns = min(COLUMNS, len(values))
    gap = 1 if values.shape[2] < 12 else 2
    picture = sheet([picture_of(each, largest) for each in values], columns, gap)
    alt = Markup(f"{words.en} / {words.zh}")
    rows = -(-len(values) // columns)
    image = void("img", src=data_uri(picture), alt=alt, class_="pixels sheet",
                 style=f"max-width: {min(520, 96 * max(columns, rows))}px")  # fmt: skip
    return element("figure", image, element("figcaption", element("b", words)))


def picture_of(weights: npt.ArrayLike, largest: float) -> Array:
    """One filter (C, H, W) as a picture (H, W, 4): of three channels in their colours."""
    values = np.asarray(weights, np.float64)
    if len(values) != COLOURS:
        return signed(values.mean(axis=0), largest)
    shades = np.nan_to_num(values.transpose(1, 2, 0) / largest, posinf=0, neginf=0)
    pixels = np.full((*values.shape[1:], 4), 255, np.uint8)
    pixels[..., :3] = np.rint(127.5 * (1 + shades.clip(-1, 1)))
    return pixels


def _remarks(one: FilterFacts) -> list[object]:
    channels = one.after.shape[1]
    words: list[object] = [say("filters.colours" if channels == COLOURS else "filters.signs")]
    words += [] if one.before is None else [" ", say("filters.scale")]
    if channels not in (1, COLOURS):
        words += [" ", say("filters.mean", n=channels)]
    if len(one.after) < (one.total or len(one.after)) or len(one.after) > SHOWN:
        words += [" ", say("filters.some", n=min(SHOWN, len(one.after)))]
    if one.before is not None:
        moved = one.moved()[:SHOWN]
        if math.isfinite(moved.sum()) and moved.any():
            words += [" ", say("filters.moved", n=int(moved.argmax()))]
    return words

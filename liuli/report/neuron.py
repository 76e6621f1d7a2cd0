"""One neuron on one example: every number of w·x + b, and the sum written out."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .facts import NeuronFacts, ReportFacts
from .figures import MINUS, NO_BREAK, count, short
from .markup import Both, Markup, element, plain, say, section, table, void
from .png import data_uri, grey, signed
from .terms import by_region, exact, largest, terms_of
from .waterfall import Step, waterfall


def neuron(facts: ReportFacts) -> Markup:
    """The section of the neuron; empty where none was kept."""
    one = facts.neuron
    if one is None:
        return Markup("")
    pictures = _pictures(one) if np.ndim(one.inputs) == 2 else Markup("")
    example = say("neuron.example")
    if one.index is not None:
        example = say("misread.index", index=count(one.index))
    layer = say("neuron.layer", layer=one.layer) if one.layer.isdecimal() else plain(one.layer)
    whose: dict[str, object] = {"unit": count(one.unit), "layer": layer, "example": example}
    about = say("neuron.which", **whose)
    if one.true is not None and facts.task == "classify":
        about = say("neuron.which-true", true=facts.class_name(one.true), **whose)
    return section(
        "neuron",
        element("p", about, *_part_seen(one)),
        pictures,
        *_explained(one),
        element("h3", say("neuron.sum")),
        element("div", _terms(one), _written(one), class_="pair uneven"),
    )


def _part_seen(one: NeuronFacts) -> list[object]:
    """Which part of the picture a filter looks at."""
    if one.corner is None:
        return []
    (top, left), (height, width) = one.corner, np.shape(one.inputs)
    ends = {"top": top, "bottom": top + height - 1, "left": left, "right": left + width - 1}
    return [" ", say("neuron.part", unit=one.unit, **ends)]


def _pictures(one: NeuronFacts) -> Markup:
    """x, w and their product, as three pictures with the signs between them."""
    seen = grey(one.inputs) if one.picture is None else np.asarray(one.picture)
    return element(
        "div",
        _tile(seen, "x", say("neuron.x")),
        element("span", "×", class_="sign"),
        _tile(signed(one.weights), "w", say("neuron.w")),
        element("span", "=", class_="sign"),
        _tile(signed(one.terms), "x × w", say("neuron.product")),
        class_="equation",
    )


def _tile(pixels: npt.NDArray[Any], sign: str, words: Both) -> Markup:
    picture = void("img", src=data_uri(pixels), alt=sign, class_="pixels")
    return element("figure", picture, element("figcaption", element("b", sign), " ", words))


def _explained(one: NeuronFacts) -> list[Markup]:
    """What x is where it is no raw value, and one product with all its numbers."""
    found = [element("p", say("neuron.counted"))]
    if one.scaling is not None:
        mean, spread = one.scaling
        low, high = -mean / spread, (1 - mean) / spread
        found.append(element("p", say("neuron.scaled", mean=f"{mean:g}", spread=f"{spread:g}",
                                      low=short(low), high=short(high))))  # fmt: skip
    elif one.names:
        found.append(element("p", say("neuron.scaled-row")))
    if by_region(one):
        top = largest(one)
        numbers = {"x": short(top.x or 0.0), "w": short(top.w or 0.0), "xw": exact(one, top.value)}
        found.append(element("p", say("neuron.single", place=top.place, **numbers)))
    return found


def _terms(one: NeuronFacts) -> Markup:
    """The lines of the sum, the bias, and the total."""
    single = not by_region(one)
    rows: list[list[object]] = []
    for term in terms_of(one):
        both = [short(n) if n is not None else "" for n in (term.x, term.w)] if single else []
        rows.append([term.place, *both, exact(one, term.value)])
    blank: list[object] = ["", ""] if single else []
    rows.append([say("neuron.bias"), *blank, exact(one, one.bias)])
    total = element("b", exact(one, one.total))
    rows.append([element("b", say("neuron.total")), *blank, total])
    heads: list[object] = [say("neuron.from"), *(("x", "w") if single else ()), "x × w"]
    return table(heads, rows, class_="terms")


def _steps(one: NeuronFacts) -> list[Step]:
    """The lines of the table, as steps of the sum."""
    steps: list[Step] = [
        (say("waterfall.rest") if term.x is None and not by_region(one) else line, term.value)
        for line, term in enumerate(terms_of(one), 1)
    ]
    return [*steps, ("b", one.bias)]


def _written(one: NeuronFacts) -> Markup:
    """The same as one sum in a line, then the activation."""
    parts = [term.value for term in terms_of(one)] + [one.bias]
    behind = [f"{MINUS if value < 0 else '+'}{NO_BREAK}{exact(one, abs(value))}"
              for value in parts[1:]]  # fmt: skip
    sum_line = f"z = {' '.join([exact(one, parts[0]), *behind])} = {exact(one, one.total)}"
    activation = _activation(one)
    return element(
        "div",
        element("p", say("neuron.line-regions" if by_region(one) else "neuron.line")),
        element("p", element("code", sum_line), class_="sum"),
        element("p", say("neuron.then")),
        element("p", element("code", activation[0]), class_="sum"),
        element("p", activation[1]),
        waterfall(_steps(one), one.total),
    )


def _activation(one: NeuronFacts) -> tuple[str, Both]:
    """The formula of the activation with this neuron's numbers, and what comes of it."""
    z = one.total
    name = one.activation.lower()
    written, value = _formula(name, z, partial(exact, one))
    if one.output is not None:
        value = one.output
    equal = f"a = {written} = {exact(one, value)}"
    if not math.isfinite(z):
        return equal, say("neuron.lost")
    if name == "relu":
        return equal, say("neuron.relu-on" if z > 0 else "neuron.relu-off")
    key = {"sigmoid": "neuron.sigmoid", "tanh": "neuron.tanh", "": "neuron.none"}
    return equal, say(key.get(name, "neuron.other"), name=one.activation)


def _formula(name: str, z: float, written: Callable[[float], str]) -> tuple[str, float]:
    number = written(z)
    if name == "relu":
        return f"max(0, {number})", max(0.0, z)
    if name == "sigmoid":
        power = written(-z)
        return f"1 / (1 + exp({power}))", 0.5 * (1 + math.tanh(z / 2))
    if name == "tanh":
        return f"tanh({number})", math.tanh(z)
    return (f"{name}({number})" if name else "z"), z

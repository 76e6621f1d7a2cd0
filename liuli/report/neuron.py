"""One neuron on one example: every number of w·x + b, and the sum written out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .facts import NeuronFacts, ReportFacts
from .figures import MINUS, count, short, shortened
from .markup import Both, Markup, element, plain, say, section, table, void
from .png import data_uri, grey, signed
from .waterfall import Step, waterfall

LARGEST = 10  # so many terms are written out


def neuron(facts: ReportFacts) -> Markup:
    """The section of the neuron; empty where none was kept."""
    one = facts.neuron
    if one is None:
        return Markup("")
    pictures = _pictures(one) if np.ndim(one.inputs) == 2 else Markup("")
    example = say("neuron.example")
    if one.index is not None:
        example = say("misread.index", index=count(one.index))
    whose: dict[str, object] = {"unit": count(one.unit), "layer": one.layer, "example": example}
    about = say("neuron.which", **whose)
    if one.true is not None and facts.task == "classify":
        about = say("neuron.which-true", true=facts.class_name(one.true), **whose)
    return section(
        "neuron",
        element("p", about),
        pictures,
        element("h3", say("neuron.sum")),
        element("div", _terms(one), _written(one), class_="pair uneven"),
    )


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


def _order(one: NeuronFacts) -> list[int]:
    """Places of the largest terms, by size."""
    size = np.nan_to_num(np.abs(one.terms.ravel()), nan=np.inf)
    return [int(i) for i in np.argsort(-size, kind="stable")[:LARGEST]]


def _place(one: NeuronFacts, i: int) -> Both:
    """Where a term comes from: a pixel, or a column of the table."""
    if i < len(one.names):
        return plain(shortened(str(one.names[i]), 28))
    shape = np.shape(one.inputs)
    if len(shape) == 2:
        return say("neuron.pixel", row=i // shape[1] + 1, column=i % shape[1] + 1)
    return say("neuron.input", i=i + 1)


def _decimals(one: NeuronFacts) -> Callable[[float], str]:
    """Writes with as many decimals for every term, so that they add up to the total."""
    largest = float(np.nan_to_num(np.abs(one.terms)).max(initial=0)) or 1.0
    decimals = min(10, max(0, 3 - math.floor(math.log10(largest))))
    return lambda value: f"{value:,.{decimals}f}".replace("-", MINUS)


def _terms(one: NeuronFacts) -> Markup:
    """The largest terms, the rest together, the bias, and the total."""
    x, w = np.asarray(one.inputs, float).ravel(), np.asarray(one.weights, float).ravel()
    terms, order, exact = one.terms.ravel(), _order(one), _decimals(one)
    rows: list[list[object]] = [
        [_place(one, i), short(x[i]), short(w[i]), exact(terms[i])] for i in order
    ]
    rest = len(terms) - len(order)
    if rest:
        remainder = float(terms.sum() - terms[order].sum())
        rows.append([say("neuron.rest", n=count(rest)), "", "", exact(remainder)])
    rows.append([say("neuron.bias"), "", "", exact(one.bias)])
    rows.append([element("b", say("neuron.total")), "", "", element("b", exact(one.total))])
    heads: list[object] = [say("neuron.from"), "x", "w", "x × w"]
    return table(heads, rows, class_="terms")


def _steps(one: NeuronFacts) -> list[Step]:
    """The lines of the table, as steps of the sum."""
    terms, order = one.terms.ravel(), _order(one)
    steps: list[Step] = [(line, float(terms[i])) for line, i in enumerate(order, 1)]
    if len(terms) > len(order):
        steps.append((say("waterfall.rest"), float(terms.sum() - terms[order].sum())))
    return [*steps, ("b", one.bias)]


def _written(one: NeuronFacts) -> Markup:
    """The same as one sum in a line, then the activation."""
    terms = one.terms.ravel()
    order = _order(one)
    parts = [float(terms[i]) for i in order]
    if len(terms) > len(order):
        parts.append(float(terms.sum() - terms[order].sum()))
    exact = _decimals(one)
    behind = [f"{MINUS if value < 0 else '+'} {exact(abs(value))}" for value in parts[1:]]
    bias = f"{MINUS if one.bias < 0 else '+'} {exact(abs(one.bias))}"
    first = exact(parts[0]) if parts else "0"
    sum_line = f"z = {' '.join([first, *behind, bias])} = {exact(one.total)}"
    activation = _activation(one)
    return element(
        "div",
        element("p", say("neuron.line")),
        element("p", element("code", sum_line), class_="sum"),
        element("p", say("neuron.then")),
        element("p", element("code", activation[0]), class_="sum"),
        element("p", activation[1]),
        waterfall(_steps(one), one.total),
    )


def _activation(one: NeuronFacts) -> tuple[str, Both]:
    """The formula of the activation with this neuron's numbers, and what comes of it."""
    z, exact = one.total, _decimals(one)
    name = one.activation.lower()
    written, value = _formula(name, z, exact)
    if one.output is not None:
        value = one.output
    equal = f"a = {written} = {exact(value)}"
    if not math.isfinite(z):
        return equal, say("neuron.lost")
    if name == "relu":
        return equal, say("neuron.relu-on" if z > 0 else "neuron.relu-off")
    key = {"sigmoid": "neuron.sigmoid", "tanh": "neuron.tanh", "": "neuron.none"}
    return equal, say(key.get(name, "neuron.other"), name=one.activation)


def _formula(name: str, z: float, exact: Callable[[float], str]) -> tuple[str, float]:
    number = exact(z)
    if name == "relu":
        return f"max(0, {number})", max(0.0, z)
    if name == "sigmoid":
        power = exact(-z)
        return f"1 / (1 + exp({power}))", 0.5 * (1 + math.tanh(z / 2))
    if name == "tanh":
        return f"tanh({number})", math.tanh(z)
    return (f"{name}({number})" if name else "z"), z

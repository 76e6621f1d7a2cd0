"""The terms of a neuron's sum as people can take them in: a few lines that add up to it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .facts import NeuronFacts
from .figures import MINUS, count, shortened
from .markup import Both, plain, say

LARGEST = 10  # so many terms are written out
GRID = 4  # a picture is told by 4 x 4 regions
FEW = 64  # pixels: a smaller picture is told pixel by pixel


class Term(NamedTuple):
    """One line: where it comes from, its value, and x and w where it is a single product."""

    place: Both
    value: float
    x: float | None = None
    w: float | None = None
    pixels: int = 1


def by_region(one: NeuronFacts) -> bool:
    """Whether the terms are told by regions of a picture."""
    return np.ndim(one.inputs) == 2 and np.size(one.inputs) > FEW


def terms_of(one: NeuronFacts) -> list[Term]:
    """The lines without the bias, the largest first; those that show as 0 are in the rest."""
    found = _regions(one) if by_region(one) else _single(one)
    found.sort(key=lambda term: -_size(term.value))
    kept = [term for term in found[: GRID * GRID if by_region(one) else LARGEST]
            if not abs(term.value) < 0.5 * 10.0 ** -decimals(one)]  # fmt: skip
    rest = float(one.terms.sum() - sum(term.value for term in kept))
    left = np.size(one.inputs) - sum(term.pixels for term in kept)
    if left:
        kept.append(Term(say("neuron.rest", n=count(left)), rest, pixels=left))
    return kept


def largest(one: NeuronFacts) -> Term:
    """The largest single product."""
    return max(_single(one), key=lambda term: _size(term.value))


def decimals(one: NeuronFacts) -> int:
    """How many decimals every line has, so that they add up to the total."""
    most = float(np.nan_to_num(np.abs(one.terms)).max(initial=0)) or 1.0
    return min(10, max(0, 3 - math.floor(math.log10(most))))


def exact(one: NeuronFacts, value: float) -> str:
    """A line's value."""
    return f"{value:,.{decimals(one)}f}".replace("-", MINUS)


def _size(value: float) -> float:
    return math.inf if math.isnan(value) else abs(value)


def _single(one: NeuronFacts) -> list[Term]:
    x, w = (np.asarray(v, np.float64).ravel() for v in (one.inputs, one.weights))
    return [Term(_place(one, i), float(value), float(x[i]), float(w[i]))
            for i, value in enumerate(one.terms.ravel())]  # fmt: skip


def _regions(one: NeuronFacts) -> list[Term]:
    """Sums over a grid of regions, which together are the whole picture."""
    terms, (height, width) = one.terms, np.shape(one.inputs)
    found = []
    for top, bottom in _bands(height):
        for left, right in _bands(width):
            part: npt.NDArray[Any] = terms[top:bottom, left:right]
            place = say("neuron.region", top=top, bottom=bottom - 1, left=left, right=right - 1)
            found.append(Term(place, float(part.sum()), pixels=part.size))
    return found


def _bands(length: int) -> list[tuple[int, int]]:
    edges = [round(length * i / GRID) for i in range(GRID + 1)]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _place(one: NeuronFacts, i: int) -> Both:
    """Where a term comes from: a pixel, or a column of the table."""
    if i < len(one.names):
        return plain(shortened(str(one.names[i]), 28))
    shape = np.shape(one.inputs)
    if len(shape) == 2:
        top, left = one.corner or (0, 0)
        return say("neuron.pixel", row=top + i // shape[1], column=left + i % shape[1])
    return say("neuron.input", i=i)

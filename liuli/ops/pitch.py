"""Windows over arrays, eager: every tap as one long run of numbers.

A slice of an image is many short rows, and NumPy pays for each. Here the padded input is cut into
its phases (`phases.py`), each with one more axis length than there are places, so that a tap's
view of all places is the phase from some number on: one run through many examples. Where a run
goes on from one row to the next, it meets places that there are not; those hold nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .op import Array, Shape
from .phases import phases_of

RUN = 1 << 15  # numbers in a run, about: it and what is made from it stay near the processor

Hits = Callable[[Iterator[Array], Array], Iterator[Any]]


class Tap(NamedTuple):
    """The phase that a tap sees, and the number from which on it sees it."""

    phase: Shape
    start: int


class Pitch(NamedTuple):
    """How the phases of an input lie: the lengths of their axes, taps, and the axes themselves.

    `ways[rest]` are the slices of a phase and those of the input that hold the same numbers.
    """

    lengths: Shape
    taps: list[Tap]
    ways: dict[Shape, tuple[tuple[slice, ...], tuple[slice, ...]]]

    @property
    def reach(self) -> int:
        return max(tap.start for tap in self.taps)


def pitch_of(space: Shape, places: Shape, size: Shape, grid: Any) -> Pitch:
    """The phases of an input with axes of space `space`, whose window stops at `places`."""
    lengths, seen, ways = [], [], []
    for n, count, k, s, d, low in zip(
        space, places, size, grid.stride, grid.dilation, grid.low, strict=True
    ):
        length = count + (k - 1) * d // s
        lengths.append(length)
        seen.append([divmod(tap * d, s) for tap in range(k)])
        ways.append({each.rest: _both(n, length, each.rest - low, s)
                     for each in phases_of(k, s, d)})  # fmt: skip
    strides = [math.prod(lengths[i + 1 :]) for i in range(len(lengths))]
    taps = [
        Tap(tuple(rest for _, rest in each),
            sum(shift * stride for (shift, _), stride in zip(each, strides, strict=True)))
        for each in itertools.product(*seen)
    ]  # fmt: skip
    both = {}
    for rest in itertools.product(*ways):
        pairs = [way[r] for way, r in zip(ways, rest, strict=True)]
        both[rest] = (tuple(own for own, _ in pairs), tuple(there for _, there in pairs))
    return Pitch(tuple(lengths), taps, both)


def _both(n: int, length: int, first: int, step: int) -> tuple[slice, slice]:
    """Place i of a phase is `first + i * step` of n: the slices of both that are in both."""
    begin = max(-(first // step), 0)
    end = max(min(length, -((first - n) // step)), begin)
    if begin == end:
        return slice(0, 0), slice(0, 0)
    start = first + begin * step
    return slice(begin, end), slice(start, start + (end - begin - 1) * step + 1, step)


# --- what hits ----------------------------------------------------------------------------------
def pooled_back(g: Array, x: Array, y: Array, hits: Hits, size: Shape, grid: Any) -> Array:
    """What g has for every place, added where `hits` finds y among the taps of x.

    `hits(taps, y)` gives a mask for every tap, or None for all of it.
    """
    shape, pitch = x.shape, _pitch_of(x, y, size, grid)
    x, y, g = (_in_rows(each, len(size)) for each in (x, y, g))
    made = np.zeros(x.shape, x.dtype)
    for part in _parts(pitch, len(x)):
        _pooled_back(made[part], g[part], x[part], y[part], hits, pitch)
    return made.reshape(shape)


def _pooled_back(made: Array, g: Array, x: Array, y: Array, hits: Hits, pitch: Pitch) -> None:
    whole = (len(x), *pitch.lengths)
    count = math.prod(whole) - pitch.reach
    here = heads(y.shape[1:])
    bits = filled(whole, here, g, 0).view(f"i{g.itemsize}").ravel()[:count]
    sums = {rest: np.zeros(whole, g.dtype) for rest in pitch.ways}
    for tap, first in _found(x, y, hits, pitch):
        total = sums[tap.phase].ravel()[tap.start : tap.start + count]
        # All bits or none: several times faster than np.where.
        share = bits if first is None else bits & -first.view(np.int8)
        total += share.view(g.dtype)
    for rest, (own, there) in pitch.ways.items():
        made[behind(there)] = sums[rest][behind(own)]


def pooled_taps(x: Array, y: Array, hits: Hits, size: Shape, grid: Any) -> Array:
    """For every place of y the number of the tap that `hits` finds; there are at most 255."""
    pitch, shape = _pitch_of(x, y, size, grid), y.shape
    x, y = _in_rows(x, len(size)), _in_rows(y, len(size))
    made = np.empty(y.shape, np.uint8)
    for part in _parts(pitch, len(x)):
        number = np.zeros((len(x[part]), *pitch.lengths), np.uint8)
        run = number.ravel()[: number.size - pitch.reach]
        for i, (_, first) in enumerate(_found(x[part], y[part], hits, pitch)):
            run += np.uint8(i) if first is None else first.view(np.uint8) * np.uint8(i)
        made[part] = number[heads(y.shape[1:])]
    return made.reshape(shape)


def _found(x: Array, y: Array, hits: Hits, pitch: Pitch) -> Iterator[tuple[Tap, Any]]:
    """Every tap, and the run of places that hit."""
    whole = (len(x), *pitch.lengths)
    count = math.prod(whole) - pitch.reach
    here = heads(y.shape[1:])
    top = filled(whole, here, y, math.inf).ravel()[:count]
    seen = {rest: filled(whole, behind(own), x[behind(there)], math.nan).ravel()
            for rest, (own, there) in pitch.ways.items()}  # fmt: skip
    runs = (seen[tap.phase][tap.start : tap.start + count] for tap in pitch.taps)
    return zip(pitch.taps, hits(runs, top), strict=True)


# --- by parts -----------------------------------------------------------------------------------
def _pitch_of(x: Array, y: Array, size: Shape, grid: Any) -> Pitch:
    count = len(size)
    return pitch_of(x.shape[-count:], y.shape[-count:], size, grid)


def _in_rows(x: Array, count: int) -> Array:
    """x with one axis before its last `count`."""
    return x.reshape(math.prod(x.shape[:-count]), *x.shape[-count:])


def _parts(pitch: Pitch, rows: int) -> Iterator[slice]:
    """Slices of the rows with about `RUN` places each."""
    step = max(RUN // math.prod(pitch.lengths), 1)
    return (slice(i, i + step) for i in range(0, rows, step))


def behind(each: tuple[slice, ...]) -> tuple[Any, ...]:
    """An index of the last axes, whatever stands before them."""
    return (..., *each)


def heads(lengths: Shape) -> tuple[Any, ...]:
    """An index of the first so many of the last axes."""
    return behind(tuple(slice(n) for n in lengths))


def filled(shape: Shape, where: Any, value: Array, rest: float) -> Array:
    """`value` in its place in an array of `rest`."""
    if value.shape == shape:
        return np.ascontiguousarray(value)
    made = np.full(shape, rest, value.dtype)
    made[where] = value
    return made

"""Pooling: the largest element of every window, and the sum of every window.

Both are written with one slice for each tap of the window, because NumPy goes through slices
many times faster than through windows of a few elements each.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .convolution import Grid
from .op import ARRAYS, KEEP, Array, Sample, Shape, composite, sample
from .phases import spread
from .pitch import pooled_back, pooled_taps

LONGEST = 32  # taps that are written out


# --- the largest --------------------------------------------------------------------------------
def _inside(lead: Shape, grid: Grid, value: Any) -> dict[str, Any]:
    """The attributes of `pad` that put `value` around the axes of space."""
    none = tuple(0 for _ in lead)
    flat = (*none, *(0 for _ in grid.low))
    return {"low": (*none, *grid.low), "high": (*none, *grid.high), "interior": flat,
            "value": value}  # fmt: skip


def _padded(F: Any, x: Any, grid: Grid, value: Any) -> Any:
    lead = tuple(x.shape)[: -len(grid.low)]
    around = any(grid.low) or any(grid.high)
    return F.pad(x, **_inside(lead, grid, value)) if around else x


def _taps(F: Any, x: Any, places: Shape, size: Shape, grid: Grid) -> Iterator[Any]:
    """For every tap of the window, in rows: what it sees from all places. x is padded."""
    lead = tuple((0, n, 1) for n in tuple(x.shape)[: -len(size)])
    for tap in itertools.product(*map(range, size)):
        steps = zip(tap, grid.dilation, places, grid.stride, strict=True)
        yield F.slice(x, index=(*lead, *((i * d, n, s) for i, d, n, s in steps)))


def _first_hits(F: Any, taps: Iterable[Any], y: Any) -> Iterator[Any]:
    """For every tap, where it is the first that is as large as y; None stands for everywhere.

    A window whose maximum is NaN has no such tap: it gives what it has to its last one.
    """
    *most, _ = taps
    waiting = None
    for tap in most:
        hit = F.ge(tap, y)
        missed = F.bitwise_not(hit)
        yield hit if waiting is None else F.bitwise_and(hit, waiting)
        waiting = missed if waiting is None else F.bitwise_and(missed, waiting)
    yield waiting


def _to_first(g: Any, x: Any, y: Any, size: Shape, grid: Grid, F: Any) -> Any:
    """What arrives at a window goes to the first of its largest elements.

    Around x stands NaN, which no comparison finds.
    """
    if isinstance(x, np.ndarray):
        return pooled_back(g, x, y, functools.partial(_first_hits, F), size, grid)
    space = tuple(x.shape)[-len(size) :]
    taps = _taps(F, _padded(F, x, grid, math.nan), tuple(y.shape)[-len(size) :], size, grid)
    found = _first_hits(F, taps, y)
    shares = [g if first is None else F.where(first, g, 0) for first in found]
    return spread(F, dict(zip(itertools.product(*map(range, size)), shares, strict=True)),
                  space, grid)  # fmt: skip


def first_places(x: Array, y: Array, size: Shape, grid: Grid) -> Array:
    """Where the first of the largest stands, counted in rows of space; y is max_pool of x.

    For windows whose maximum is NaN it is not defined.
    """
    count = len(size)
    space = x.shape[-count:]
    tap = pooled_taps(x, y, functools.partial(_first_hits, ARRAYS), size, grid)
    rows = [math.prod(space[i + 1 :]) for i in range(count)]  # from one place to the next
    far = [np.arange(k) * d * row for k, d, row in zip(size, grid.dilation, rows, strict=True)]
    walks = zip(y.shape[-count:], grid.stride, grid.low, rows, strict=True)
    starts = [(np.arange(n) * s - low) * row for n, s, low, row in walks]
    made = _sums_of(far).ravel().take(tap)
    made += _sums_of(starts)
    return made


def _sums_of(each: list[Array]) -> Array:
    """The sums of one number of each list, with an axis for each."""
    return functools.reduce(operator.add, np.ix_(*each))


def _pooled(rng: np.random.Generator) -> list[Sample]:
    def one(shape: Shape, size: Shape, step: Shape, apart: Shape, low: Shape, high: Shape) -> Any:
        x = rng.permutation(math.prod(shape)).reshape(shape) / 7 - 2.0  # no ties
        return sample(x, size=size, grid=Grid(step, apart, low, high), fill=-math.inf)

    return [
        one((2, 1, 6), (2,), (2,), (1,), (0,), (0,)),
        one((1, 2, 4, 5), (2, 3), (2, 1), (1, 1), (1, 1), (0, 1)),
        one((1, 5, 5), (2, 2), (1, 2), (2, 1), (0, 0), (0, 0)),
        one((1, 2, 3), (1,), (2,), (1,), (0,), (0,)),
    ]


@composite("x", samples=_pooled, dtypes=KEEP, x=_to_first)
def max_pool(F: Any, x: Any, *, size: Shape, grid: Grid, fill: Any) -> Any:
    """The largest of every window of the last axes, around which stands `fill`."""
    places = grid.places(tuple(x.shape)[-len(size) :], size)
    found = list(_taps(F, _padded(F, x, grid, fill), places, size, grid))
    return functools.reduce(F.maximum, found if len(found) > 1 else found * 2)  # never a view


# --- the sum ------------------------------------------------------------------------------------
def _to_all(g: Any, x_shape: Shape, axis: int, size: int, step: int, F: Any) -> Any:
    """What arrives at a window goes to all of it."""
    shape = tuple(g.shape)
    if size == step and shape[axis] * step == x_shape[axis]:  # side by side
        return F.copies(g, axis=axis, times=size)
    wide = F.expand(F.reshape(g, shape=(*shape, 1)), shape=(*shape, size))
    return F.fold(wide, shape=x_shape, axes=(axis,), size=(size,), step=(step,), dilation=(1,))


def _summed(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-1, 1, (2, 6, 3))
    ways = ((1, 2, 2), (1, 3, 1), (1, 2, 3), (2, 3, 1), (0, 1, 1))
    return [sample(x, axis=axis, size=size, step=step) for axis, size, step in ways]


@composite("x", samples=_summed, dtypes=KEEP, x=_to_all)
def window_sum(F: Any, x: Any, *, axis: int, size: int, step: int) -> Any:
    """The sum of every `size` neighbours along an axis, `step` apart."""
    shape = tuple(x.shape)
    count = (shape[axis] - size) // step + 1
    if size > LONGEST:
        seen = F.windows(x, axes=(axis,), size=(size,), step=(step,), dilation=(1,))
        return F.sum(seen, axes=(len(shape),), keepdims=False)
    index = [(0, n, 1) for n in shape]
    parts = []
    for tap in range(size):
        index[axis] = (tap, count, step)
        parts.append(F.slice(x, index=tuple(index)))
    return functools.reduce(operator.add, parts) if size > 1 else parts[0] * 1  # never a view

"""Convolution by loops over plain numbers: what meets what, one product at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


def meetings(x: Shape, w: Shape, y: Shape, grid: Any) -> Iterator[tuple[Shape, Shape, Shape]]:
    """Every element of the input, of the weight, and of the output that their product goes to."""
    per_group = y[1] // grid.groups
    for n, o, c in itertools.product(range(x[0]), range(y[1]), range(w[1])):
        channel = o // per_group * w[1] + c
        for place, tap in itertools.product(np.ndindex(*y[2:]), np.ndindex(*w[2:])):
            at = tuple(
                p * s + t * d - lo
                for p, t, s, d, lo in zip(
                    place, tap, grid.stride, grid.dilation, grid.low, strict=True
                )
            )
            if all(0 <= i < length for i, length in zip(at, x[2:], strict=True)):
                yield (n, channel, *at), (o, c, *tap), (n, o, *place)


def lengths(space: Shape, taps: Shape, grid: Any) -> Shape:
    """How many places there are, by counting them."""
    options = zip(space, taps, grid.stride, grid.dilation, grid.low, grid.high, strict=True)
    return tuple(
        len(range(-lo, n + hi - d * (k - 1), s)) for n, k, s, d, lo, hi in options
    )  # fmt: skip


def plain_convolution(x: Array, weight: Array, *, grid: Any) -> Array:
    space = lengths(x.shape[2:], weight.shape[2:], grid)
    out = np.zeros((len(x), len(weight), *space), x.dtype)
    for i, j, k in meetings(x.shape, weight.shape, out.shape, grid):
        out[k] += x[i] * weight[j]
    return out


def convolution(x: Array, weight: Array, bias: Array, *, grid: Any) -> Array:
    out = plain_convolution(x, weight, grid=grid)
    for o, shift in enumerate(bias):
        out[:, o] += shift
    return out


def convolution_input(x: Array, weight: Array, *, space: Shape, grid: Any) -> Array:
    out = np.zeros((len(x), weight.shape[1] * grid.groups, *space), x.dtype)
    for i, j, k in meetings(out.shape, weight.shape, x.shape, grid):
        out[i] += x[k] * weight[j]
    return out


def convolution_weight(x: Array, output: Array, *, taps: Shape, grid: Any) -> Array:
    out = np.zeros((output.shape[1], x.shape[1] // grid.groups, *taps), x.dtype)
    for i, j, k in meetings(x.shape, out.shape, output.shape, grid):
        out[j] += x[i] * output[k]
    return out

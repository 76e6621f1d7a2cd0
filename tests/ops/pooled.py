"""Pooling in plain loops, for `tests/ops/reference.py`."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def max_pool(x: Array, size: Any, grid: Any, fill: Any) -> Array:
    """At every place the largest element that the window sees, or `fill` if it sees none."""
    count = len(size)
    lead, space = x.shape[: x.ndim - count], x.shape[x.ndim - count :]
    lengths = []
    for n, k, s, d, low, high in zip(
        space, size, grid.stride, grid.dilation, grid.low, grid.high, strict=True
    ):
        lengths.append((low + n + high - d * (k - 1) - 1) // s + 1)
    made = np.empty((*lead, *lengths), x.dtype)
    for place in np.ndindex(*made.shape):
        top = fill
        for tap in itertools.product(*map(range, size)):
            at = [
                p * s + t * d - low
                for p, s, t, d, low in zip(
                    place[len(lead) :], grid.stride, tap, grid.dilation, grid.low, strict=True
                )
            ]
            if all(0 <= i < n for i, n in zip(at, space, strict=True)):
                top = max(top, x[(*place[: len(lead)], *at)].item())
        made[place] = top
    return made


def window_sum(x: Array, axis: int, size: int, step: int) -> Array:
    """The sums of neighbours, one by one."""
    starts = range(0, x.shape[axis] - size + 1, step)
    sums = [x.take(range(i, i + size), axis).astype(x.dtype).sum(axis) for i in starts]
    return np.stack(sums, axis).astype(x.dtype)


def rows_mixed(x: Array, places: Array, weights: Array, matrix: Array) -> Array:
    """Row by row, tap by tap; the matrix is for the gradient."""
    made = [sum(w * x[i] for i, w in zip(*row, strict=True))
            for row in zip(places, weights, strict=True)]  # fmt: skip
    return np.stack(made).astype(x.dtype)

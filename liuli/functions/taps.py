"""Weighted sums of a few places along an axis: what resizing and uneven pooling are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..autodiff.tensor import Tensor, apply, fresh
from .shapes import movedim, reshape

Array = np.ndarray[Any, Any]


def picked(x: Tensor, axis: int, places: Array, weights: Array | None = None) -> Tensor:
    """Along `axis`, for every row of `places` the sum of what stands there times its weights.

    Shape: places and weights (out, taps), one tap where there are no weights.
    """
    moved = movedim(x, axis, 0)
    if weights is None:
        return movedim(apply(ops.index.gather, moved, fresh(places[:, 0]), batch=0), 0, axis)
    rows = reshape(moved, (moved._array.shape[0], -1))
    factors = weights.astype(x._array.dtype)
    matrix = ops.resizing.matrix_of(places, factors, len(rows))
    made = apply(ops.resizing.rows_mixed, rows, fresh(places), fresh(factors), fresh(matrix))
    return movedim(reshape(made, (len(places), *moved._array.shape[1:])), 0, axis)


def bins(length: int, count: int) -> Array:
    """The places of `count` bins that cover an axis evenly, as rows; short rows repeat their end.

    Bin i goes from floor(i * length / count) to ceil((i + 1) * length / count).
    """
    start = np.arange(count) * length // count
    end = -((np.arange(1, count + 1) * -length) // count)
    taps = np.arange(max((end - start).max(initial=0), 0))
    return np.minimum(start[:, None] + taps, end[:, None] - 1)


def shares(places: Array) -> Array:
    """Weights that make the sum over each row of `bins` the mean of the places in it."""
    lengths = places[:, -1:] - places[:, :1] + 1
    repeats = (places[:, :, None] == places[:, None, :]).sum(2)
    weights: Array = 1.0 / (lengths * repeats)
    return weights

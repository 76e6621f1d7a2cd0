"""Resizing along one axis: elements repeated, and weighted sums of a few rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .op import KEEP, Sample, composite, sample


def _repeated(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-1, 1, (2, 3, 2))
    return [sample(x, axis=axis, times=times) for axis, times in ((1, 2), (2, 3), (0, 1))]


@composite(
    "x", samples=_repeated, dtypes=KEEP,
    x=lambda g, axis, times, F: F.window_sum(g, axis=axis, size=times, step=times),
)  # fmt: skip
def copies(F: Any, x: Any, *, axis: int, times: int) -> Any:
    """Every element `times` times along an axis."""
    shape = tuple(x.shape)
    before, n, after = shape[:axis], shape[axis], shape[axis + 1 :]
    apart = F.reshape(x, shape=(*before, n, 1, *after))
    wide = F.expand(apart, shape=(*before, n, times, *after))
    made = F.reshape(wide, shape=(*before, n * times, *after))
    return made if times > 1 else made * 1  # never a view


def _rows(rng: np.random.Generator) -> list[Sample]:
    places = np.array([[0, 1], [1, 1], [2, 0], [2, 1]])
    weights = rng.uniform(-1, 1, places.shape)
    return [sample(rng.uniform(-1, 1, (3, 2)), places, weights, matrix_of(places, weights, 3))]


def matrix_of(places: Any, weights: Any, length: int) -> Any:
    """The matrix (out, length) that does what `rows_mixed` does."""
    made = np.zeros((len(places), length), weights.dtype)
    np.add.at(made, (np.arange(len(places))[:, None], places), weights)
    return made


@composite(
    "x", "places", "weights", "matrix", samples=_rows, dtypes=KEEP,
    x=lambda g, matrix, F: F.contract(matrix, g, labels="on,or->nr"),
)  # fmt: skip
def rows_mixed(F: Any, x: Any, places: Any, weights: Any, matrix: Any) -> Any:
    """Row i is the sum over t of weights[i, t] * x[places[i, t]]; x is (n, r).

    The gradient is a product with `matrix`, which holds the same weights and many zeros: that is
    faster than adding rows up, and always in one order. The sum itself leaves zeros out, so that
    an infinity stays where it is.
    """
    count, taps = tuple(places.shape)
    found = F.gather(x, places, batch=0)
    return F.sum(found * F.reshape(weights, shape=(count, taps, 1)), axes=(1,), keepdims=False)

"""What the loaders draw at random: pure functions of a generator's state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .. import rng
from ..rng import Generator

Indices = npt.NDArray[np.int64]


def uniform(count: int, generator: Generator | None = None) -> npt.NDArray[np.float64]:
    """`count` float64 numbers in [0, 1); the generator moves on by as many as it gave."""
    source = rng.default_generator if generator is None else generator
    key, counter = source.take(rng.words(count, np.float64))
    return rng.uniform(key, counter, count, np.float64)


def permutation(count: int, generator: Generator | None = None) -> Indices:
    """The numbers 0 to `count` - 1 in random order."""
    return np.argsort(uniform(count, generator), kind="stable").astype(np.int64, copy=False)


def whole(count: int, limit: int, generator: Generator | None = None) -> Indices:
    """`count` whole numbers from 0 to `limit` - 1, each as likely."""
    return (uniform(count, generator) * limit).astype(np.int64)


def words(count: int, generator: Generator | None = None) -> npt.NDArray[np.uint32]:
    """Four random words for each of `count` items, shape (count, 4).

    An item has a block of its own, so items drawn one by one get what a batch of them gets.
    """
    source = rng.default_generator if generator is None else generator
    key, counter = source.take(count)
    return rng.philox(key, counter, count).reshape(count, 4)

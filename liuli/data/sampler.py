"""Samplers: in which order the items of an epoch come.

The order is drawn when an epoch begins, by `iter(sampler)` itself: it is a pure function of the
generator's state at that moment.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..functions.creation import multinomial
from ..functions.creation import tensor as new_tensor
from ..messages.words import Word
from ..rng import Generator
from .draws import permutation, whole

__mirrors__ = "torch"

Item = TypeVar("Item", covariant=True)
Indices = npt.NDArray[np.int64]


class Sampler(Generic[Item]):
    """Gives the numbers of the items of an epoch: a subclass defines `__iter__`.

    Example:
        >>> import liuli
        >>> class Backwards(liuli.data.Sampler):
        ...     def __iter__(self):
        ...         return iter([2, 1, 0])
        >>> list(liuli.data.DataLoader("abc", sampler=Backwards(), batch_size=3))
        [['c', 'b', 'a']]
    """

    def __init__(self, data_source: Any = None) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[Item]:
        raise NotImplementedError(f"{type(self).__name__} does not define __iter__")


class Ordered(Sampler[int]):
    """A sampler that knows the order of the whole epoch as one array."""

    def order(self) -> Indices:
        """The numbers of the epoch that begins now, int64."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[int]:
        return iter(self.order().tolist())


class SequentialSampler(Ordered):
    """0, 1, 2 ... in order.

    Example:
        >>> import liuli
        >>> list(liuli.data.SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        super().__init__(data_source)

    def order(self) -> Indices:
        """0 to n - 1."""
        return np.arange(len(self.data_source), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Ordered):
    """The numbers in random order; with `replacement`, each drawn from all of them.

    Every epoch draws anew from `generator` (by default the one that `liuli.manual_seed` sets).
    Errors: LL937 if num_samples is not positive.

    Example:
        >>> import liuli
        >>> sorted(liuli.data.RandomSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized, replacement: bool = False,
                 num_samples: int | None = None, generator: Generator | None = None
                 ) -> None:  # fmt: skip
        super().__init__(data_source)
        if num_samples is not None:
            _positive("RandomSampler", "num_samples", num_samples)
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator

    @property
    def num_samples(self) -> int:
        """How many numbers an epoch has."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def order(self) -> Indices:
        """The order of the epoch that begins now."""
        count, wanted = len(self.data_source), self.num_samples
        if count == 0:
            return np.empty(0, np.int64)
        if self.replacement:
            return whole(wanted, count, self.generator)
        rounds = [permutation(count, self.generator) for _ in range(-(-wanted // count))]
        return np.concatenate([*rounds, np.empty(0, np.int64)])[:wanted]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Ordered):
    """The given numbers in random order, each once.

    Example:
        >>> import liuli
        >>> sorted(liuli.data.SubsetRandomSampler([4, 7]))
        [4, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        super().__init__()
        self.indices = indices
        self.generator = generator

    def order(self) -> Indices:
        """The order of the epoch that begins now."""
        return np.asarray(self.indices, np.int64)[permutation(len(self.indices), self.generator)]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Ordered):
    """Numbers 0 to K - 1 drawn as often as their weights ask, which need not add up to 1.

    Errors: LL937 if num_samples is not positive; LL617, LL653 for impossible weights.

    Example:
        >>> import liuli
        >>> list(liuli.data.WeightedRandomSampler([0.0, 1.0], 3))
        [1, 1, 1]
    """

    def __init__(self, weights: Any, num_samples: int, replacement: bool = True,
                 generator: Generator | None = None) -> None:  # fmt: skip
        super().__init__()
        _positive("WeightedRandomSampler", "num_samples", num_samples)
        given = weights._array if isinstance(weights, Tensor) else weights
        self.weights = new_tensor(np.asarray(given, np.float64))
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def order(self) -> Indices:
        """The numbers of the epoch that begins now."""
        drawn = multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        )
        return drawn._array

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The numbers of `sampler` in lists of `batch_size`; a short last one may be dropped.

    Errors: LL937 if batch_size is not positive.

    Example:
        >>> import liuli
        >>> list(liuli.data.BatchSampler(range(5), 2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        super().__init__()
        _positive("BatchSampler", "batch_size", batch_size)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        return self._batches(iter(self.sampler))  # the order is drawn now, not at the first batch

    def _batches(self, numbers: Iterator[Any]) -> Iterator[list[int]]:
        while batch := list(itertools.islice(numbers, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        return batches(len(self.sampler), self.batch_size, self.drop_last)  # type: ignore[arg-type]


def batches(count: int, size: int, drop_last: bool) -> int:
    """How many batches `count` items make."""
    return count // size if drop_last else -(-count // size)


def _positive(function: str, argument: str, value: Any) -> None:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value <= 0:
        raise ArgumentError(
            "LL937", function=function, argument=argument, value=repr(value),
            wanted=Word("an int >= 1"),
        )  # fmt: skip

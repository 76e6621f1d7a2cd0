"""DataLoader: a data set in batches."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..autodiff.describe import warn
from ..errors import ArgumentError, DataError
from ..messages.words import Word
from ..rng import Generator
from .arrays import as_array
from .collate import default_collate, default_convert
from .dataset import IterableDataset, Rows, as_new_as, rows_of
from .sampler import (
    BatchSampler,
    Ordered,
    RandomSampler,
    SequentialSampler,
    _positive,
    batches,
)

__mirrors__ = "torch"

Collate = Callable[[Any], Any]
_told: set[str] = set()  # what was said and need not be said again


class DataLoader:
    """The items of `dataset` in batches; every `iter(loader)` is an epoch of its own.

    Batches are made in this process: `num_workers` is accepted, and once it is said that no
    workers start (LL936). Data in memory (TensorDataset, the sets of `liuli.data`, arrays) are
    not read item by item: a batch is one look-up. With `shuffle` the order is drawn when an epoch
    begins, from `generator`, by default the one that `liuli.manual_seed` sets: the same state
    gives the same epoch, in any process. An iterator can `skip(n)` batches, to go on in
    mid-epoch.
    Errors: LL937 for arguments that make no sense together; LL932 for a data set without items
    that is to be shuffled; LL933, LL934 for items that cannot be put together.

    Example:
        >>> import liuli
        >>> data = liuli.data.TensorDataset(liuli.arange(5), liuli.arange(5) ** 2)
        >>> for x, y in liuli.data.DataLoader(data, batch_size=2):
        ...     print(x, y)
        tensor([0, 1]) tensor([0, 1])
        tensor([2, 3]) tensor([4, 9])
        tensor([4]) tensor([16])
    """

    # long: PyTorch's signature
    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None,
                 sampler: Any = None, batch_sampler: Any = None, num_workers: int = 0,
                 collate_fn: Collate | None = None, pin_memory: bool = False,
                 drop_last: bool = False, timeout: float = 0,
                 worker_init_fn: Callable[[int], None] | None = None,
                 multiprocessing_context: Any = None, generator: Generator | None = None, *,
                 prefetch_factor: int | None = None, persistent_workers: bool = False,
                 pin_memory_device: str = "", in_order: bool = True) -> None:  # fmt: skip
        if hasattr(dataset, "iloc"):
            dataset = as_array(dataset, "dataset")
        self.dataset = dataset
        self.num_workers, self.timeout = num_workers, timeout
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.worker_init_fn, self.multiprocessing_context = worker_init_fn, multiprocessing_context
        self.prefetch_factor, self.persistent_workers = prefetch_factor, persistent_workers
        self.in_order, self.generator = in_order, generator
        self._check(batch_size, shuffle, sampler, batch_sampler, drop_last)
        if sampler is None and not self._streams():
            random = RandomSampler(dataset, generator=generator) if shuffle else None
            sampler = random or SequentialSampler(dataset)
        self.sampler: Any = sampler
        self.drop_last = drop_last
        self.batch_size = batch_size if batch_sampler is None else None
        if self.batch_size is not None and sampler is not None:
            batch_sampler = BatchSampler(sampler, self.batch_size, drop_last)
        self.batch_sampler: Any = batch_sampler
        batched = self.batch_size is not None or batch_sampler is not None
        self.collate_fn: Collate = collate_fn or (default_collate if batched else default_convert)

    def _check(self, batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any,
               drop_last: bool) -> None:  # fmt: skip
        """Errors: LL937 unless the arguments go together. Warns, LL936, once about workers."""
        if type(self.num_workers) is not int or self.num_workers < 0:
            raise refused("num_workers", self.num_workers, Word("an int >= 0"))
        if self.num_workers and "workers" not in _told:
            _told.add("workers")
            warn("LL936", num_workers=self.num_workers)
        if batch_size is not None:
            _positive("DataLoader", "batch_size", batch_size)
        if self._streams():
            for name, value in (("shuffle", shuffle), ("sampler", sampler),
                                ("batch_sampler", batch_sampler)):  # fmt: skip
                if value not in (None, False):
                    raise refused(name, value, Word("None: an IterableDataset has its own order"))
        if sampler is not None and shuffle:
            raise refused("shuffle", shuffle, Word("False: the sampler decides the order"))
        if batch_sampler is not None and (
            batch_size != 1 or shuffle or sampler is not None or drop_last
        ):
            wanted = Word("alone: no batch_size, shuffle, sampler, drop_last beside it")
            raise refused("batch_sampler", type(batch_sampler).__name__, wanted)
        if batch_size is None and drop_last:
            raise refused("drop_last", drop_last, Word("False: batch_size=None makes no batches"))
        if shuffle and not self._streams() and not len(self.dataset):
            raise DataError("LL932", name="dataset", what=Word("shape {shape}", shape=(0,)))

    def _streams(self) -> bool:
        return isinstance(self.dataset, IterableDataset)

    def __len__(self) -> int:
        """How many batches an epoch has."""
        if self._streams():
            count = len(self.dataset)  # a TypeError of the data set's own if it does not know
            return batches(count, self.batch_size, self.drop_last) if self.batch_size else count
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)

    def __iter__(self) -> Batches:
        """A new epoch."""
        if self._streams():
            return Batches(self._groups(iter(self.dataset)), self.collate_fn)
        rows = rows_of(self.dataset) if self.collate_fn is default_collate else None
        if self.batch_sampler is None:
            return Batches(iter(self.sampler), lambda i: self.collate_fn(self.dataset[i]))
        return Batches(self.numbers(), self._at_once(rows) if rows else self._one_by_one)

    def _groups(self, items: Iterator[Any]) -> Iterator[Any]:
        """The items of a stream in lists, or as they come."""
        if self.batch_size is None:
            yield from items
            return
        while group := list(itertools.islice(items, self.batch_size)):
            if len(group) == self.batch_size or not self.drop_last:
                yield group

    def numbers(self) -> Iterator[Any]:
        """The numbers of the items in each batch of a new epoch.

        Pieces of one array where the sampler knows its order. Only for a loader whose batches are
        drawn from a data set.

        Example:
            >>> import liuli
            >>> list(liuli.data.DataLoader(range(3), batch_size=2).numbers())
            [array([0, 1]), array([2])]
        """
        if self.batch_size and self.is_ordered():
            return pieces(self.sampler.order(), self.batch_size, self.drop_last)
        return iter(self.batch_sampler)

    def is_ordered(self) -> bool:
        """Whether the sampler knows the order of a whole epoch."""
        kind = type(self.sampler)
        return issubclass(kind, Ordered) and as_new_as(kind, "order", "__iter__")

    def _at_once(self, rows: Rows) -> Callable[[Any], Any]:
        return lambda numbers: rows(np.asarray(numbers, np.int64))

    def _one_by_one(self, numbers: Any) -> Any:
        numbers = numbers.tolist() if isinstance(numbers, np.ndarray) else numbers
        several = getattr(self.dataset, "__getitems__", None)
        items = several(numbers) if several else [self.dataset[i] for i in numbers]
        return self.collate_fn(items)


class Batches(Iterator[Any]):
    """One epoch on its way: `position` batches were handed out or skipped."""

    def __init__(self, numbers: Iterable[Any], load: Callable[[Any], Any]) -> None:
        self._numbers = iter(numbers)
        self._load = load
        self.position = 0

    def __next__(self) -> Any:
        numbers = next(self._numbers)
        self.position += 1
        return self._load(numbers)

    def skip(self, count: int) -> Batches:
        """Go on after the next `count` batches, which are not loaded; return the iterator.

        Example:
            >>> import liuli
            >>> epoch = iter(liuli.data.DataLoader(range(6), batch_size=2))
            >>> list(epoch.skip(2))
            [tensor([4, 5])]
        """
        self.position += sum(1 for _ in itertools.islice(self._numbers, count))
        return self


def pieces(order: Any, size: int, drop_last: bool) -> Iterator[Any]:
    """`order` in pieces of `size`."""
    whole = len(order) - len(order) % size if drop_last else len(order)
    return (order[start : start + size] for start in range(0, whole, size))


def refused(argument: str, value: Any, wanted: str) -> ArgumentError:
    """The error for an argument of DataLoader."""
    return ArgumentError(
        "LL937", function="DataLoader", argument=argument, value=repr(value), wanted=wanted
    )

"""What a training is fed with: the batches of an epoch, from whatever the user has."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ..autodiff.tensor import Tensor
from ..data import (
    DataLoader,
    IterableDataset,
    Subset,
    TensorDataset,
    as_arrays,
    check_finite,
    check_labels,
    default_collate,
)
from ..data.arrays import as_array
from ..data.inside import Inside, inside, sources_of
from ..data.loader import pieces
from ..errors import ArgumentError, DataError
from ..messages.words import Word
from ..rng import Generator

Pair = tuple[Any, Any]


class Feed:
    """The batches (x, y) of one epoch after the other.

    Of a data set, the order of an epoch is a pure function of the seed and the epoch, so a
    training can go on in the middle of one. A loader draws its order from `generators`.
    """

    def __init__(self, source: Any, batch_size: Any = 64, *, shuffle: bool = False) -> None:
        whole = isinstance(batch_size, (int, np.integer)) and not isinstance(batch_size, bool)
        if not whole or batch_size < 1:
            raise ArgumentError("LL962", batch_size=batch_size)
        batch_size = int(batch_size)
        self.source, self.batch_size, self.shuffle = source, batch_size, shuffle
        self.names: list[str] | None = None  # of the classes, where labels were text
        self.is_loader = isinstance(source, (DataLoader, IterableDataset)) or not (
            hasattr(source, "__len__") and hasattr(source, "__getitem__")
        )
        if not self.is_loader and not len(source):
            raise DataError("LL932", name=type(source).__name__, what=Word("its length is 0"))

    @property
    def batches(self) -> int:
        """How many batches an epoch has; 0 if that is unknown."""
        try:
            count = len(self.source)
        except (TypeError, NotImplementedError):
            return 0
        return count if self.is_loader else -(-count // self.batch_size)

    def epoch(self, seed: int, epoch: int, *, skip: int = 0) -> Iterator[Pair]:
        """The batches of an epoch, without the first `skip`."""
        batches = iter(self._loader(seed, epoch))
        if hasattr(batches, "skip"):
            batches = batches.skip(skip)
        else:
            for _ in range(skip):
                next(batches, None)
        return map(_as_pair, batches)

    @cached_property
    def memory(self) -> Inside | None:
        """The data as tensors in memory; None where batches must be made in Python."""
        source: Any = self.source
        if type(source) is DataLoader:
            plain = source.collate_fn is default_collate and source.batch_sampler is not None
            return inside(source.dataset) if plain else None
        return None if self.is_loader else inside(source)

    def is_changed(self) -> bool:
        """Whether the data set has other arrays than before; then batches are made in Python."""
        kept = self.memory
        if kept is None:
            return False
        now = sources_of(getattr(self.source, "dataset", self.source) if self.is_loader
                         else self.source)  # fmt: skip
        if len(now) == len(kept.sources) and all(map(operator.is_, now, kept.sources)):
            kept.renew()
            return False
        self.memory = None
        return True

    def rows(self, seed: int, epoch: int, *, skip: int = 0) -> Iterator[Any]:
        """As `epoch`, but of each batch only the rows in `memory`."""
        assert self.memory is not None
        loader: Any = self._loader(seed, epoch)
        if loader.batch_size and loader.is_ordered():
            order = self.memory.rows(loader.sampler.order())
            return islice(pieces(order, loader.batch_size, loader.drop_last), skip, None)
        return map(self.memory.rows, islice(loader.numbers(), skip, None))

    def _loader(self, seed: int, epoch: int) -> Iterable[Any]:
        if isinstance(self.source, IterableDataset):
            return DataLoader(self.source, self.batch_size)
        if self.is_loader:
            loader: Iterable[Any] = self.source
            return loader
        generator = Generator().manual_seed(_mixed(seed, epoch))
        return DataLoader(self.source, self.batch_size, shuffle=self.shuffle, generator=generator)

    @property
    def labels(self) -> Any:
        """The labels of all examples, where they are in memory as whole numbers; else None."""
        targets: Any = getattr(self.source, "targets", None)
        if isinstance(self.source, TensorDataset) and len(self.source.tensors) == 2:
            targets = self.source.tensors[1]._array
        if isinstance(targets, np.ndarray) and targets.ndim == 1 and targets.dtype.kind in "iu":
            return targets
        return None

    @property
    def generators(self) -> list[Generator]:
        """The generators that a loader of the user's draws its order from."""
        if not self.is_loader:
            return []
        inner = getattr(self.source, "batch_sampler", None)
        holders = [self.source, getattr(self.source, "sampler", None), inner]
        holders.append(getattr(inner, "sampler", None))
        found = [getattr(holder, "generator", None) for holder in holders]
        return list({id(g): g for g in found if isinstance(g, Generator)}.values())


def _mixed(seed: int, epoch: int) -> int:
    """A seed for each epoch: neighbours share nothing. 2^64 / golden ratio spreads them out."""
    return (seed + (epoch + 1) * 0x9E3779B97F4A7C15) % 2**64


class Reading(NamedTuple):
    """How targets and numbers are to be read."""

    of_classes: bool = False  # targets are labels
    ignore_index: int = -100  # labels that do not count
    names: list[str] | None = None  # of the classes, if they are known
    wide: bool = False  # the network's weights are float64


PLAINLY = Reading()


def feed_of(x: Any, y: Any = None, *, batch_size: int = 64, shuffle: bool = False,
            reading: Reading = PLAINLY) -> Feed:  # fmt: skip
    """The batches of arrays (x, y), of a data set of pairs, or of a loader.

    Labels may be text, one-hot rows and whole floats. Errors: LL962 for `batch_size` below 1;
    LL975 if targets are missing; LL335 for nan in the inputs; those of `as_arrays` and
    `check_labels`.
    """
    if y is None and isinstance(x, (tuple, list)) and len(x) == 2:
        x, y = x
    if y is not None:
        names = None
        y = as_array(y, "y")
        if reading.of_classes and not (y.ndim == 2 and y.dtype.kind == "f"):
            # a float matrix holds probabilities
            found = check_labels(y, ignore_index=reading.ignore_index, names=reading.names)
            y, names = found
        inputs, targets = as_arrays(x, y, wide=reading.wide)
        assert targets is not None
        check_finite(inputs, "x")
        check_finite(targets, "y")
        feed = Feed(TensorDataset(inputs, targets), batch_size, shuffle=shuffle)
        feed.names = names
        return feed
    if _is_numbers(x) or not (hasattr(x, "__getitem__") or hasattr(x, "__iter__")):
        raise DataError("LL975", given=type(x).__name__)
    if isinstance(x, TensorDataset):
        for i, t in enumerate(x.tensors):
            check_finite(t, f"tensor {i}")
    return Feed(x, batch_size, shuffle=shuffle)


def split_off(feed: Feed, share: float) -> tuple[Feed, Feed]:
    """The feed without its last examples, and one of those. Errors: LL963."""
    count = 0 if feed.is_loader else len(feed.source)
    kept = count - int(count * share) if 0 <= share < 1 else 0
    if not 0 < kept < count:
        raise ArgumentError("LL963", split=share, count=count)
    first: Subset[Any] = Subset(feed.source, range(kept))
    rest: Subset[Any] = Subset(feed.source, range(kept, count))
    return Feed(first, feed.batch_size, shuffle=feed.shuffle), Feed(rest, feed.batch_size)


def inputs_of(x: Any, batch_size: int, *, wide: bool = False) -> Iterator[Tensor]:
    """The inputs alone, batch by batch: of arrays, or of whatever `fit` takes."""
    if isinstance(x, (list, tuple)) or _is_numbers(x):
        inputs, _ = as_arrays(x, wide=wide)
        feed = Feed(TensorDataset(inputs), batch_size)
    else:
        feed = feed_of(x, batch_size=batch_size)
    for batch in feed._loader(0, 0):
        yield batch[0] if isinstance(batch, (list, tuple)) else batch


def _is_numbers(x: Any) -> bool:
    return isinstance(x, (Tensor, np.ndarray)) or hasattr(x, "iloc")


def _as_pair(batch: Any) -> Pair:
    """A batch as (x, y). Errors: LL975 if it is no pair of tensors."""
    if isinstance(batch, Mapping) or not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise DataError("LL975", given=type(batch).__name__)
    return batch[0], batch[1]

"""Data sets: what has items by number, and what gives them one after the other."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from ..autodiff.tensor import Tensor, fresh
from ..errors import DataError, OutOfRangeError, Row
from ..messages.words import Word
from ..rng import Generator
from .arrays import as_array
from .draws import permutation

__mirrors__ = "torch"

Item = TypeVar("Item", covariant=True)
Indices = npt.NDArray[np.int64]
Rows = Callable[[Indices], Any]


class Dataset(Generic[Item]):
    """Items by number: a subclass says what `dataset[i]` and `len(dataset)` are.

    Example:
        >>> import liuli
        >>> class Squares(liuli.data.Dataset):
        ...     def __len__(self):
        ...         return 4
        ...     def __getitem__(self, index):
        ...         return index, index**2
        >>> Squares()[3]
        (3, 9)
    """

    def __getitem__(self, index: Any) -> Item:
        raise NotImplementedError(f"{type(self).__name__} does not say what [index] is")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Item]):
    """Items one after the other, for data without numbers: a subclass defines `__iter__`.

    Example:
        >>> import liuli
        >>> class Countdown(liuli.data.IterableDataset):
        ...     def __iter__(self):
        ...         return iter([3, 2, 1])
        >>> list(liuli.data.DataLoader(Countdown(), batch_size=2))
        [tensor([3, 2]), tensor([1])]
    """

    def __iter__(self) -> Iterator[Item]:
        raise NotImplementedError(f"{type(self).__name__} does not define __iter__")


class InMemory(Dataset[Item]):
    """A data set that can hand out a whole batch by one look-up, through `by_rows`.

    A batch must equal the collated items; a subclass that changes `__getitem__` alone is again
    read item by item.

    Example:
        >>> import liuli
        >>> class Squares(liuli.data.InMemory):
        ...     def __len__(self):
        ...         return 4
        ...     def __getitem__(self, index):
        ...         return index**2
        ...     def by_rows(self):
        ...         return lambda indices: liuli.tensor(indices**2)
        >>> list(liuli.data.DataLoader(Squares(), batch_size=3))
        [tensor([0, 1, 4]), tensor([9])]
    """

    def by_rows(self) -> Rows | None:
        """From the numbers of a batch to the batch; None where items go one by one."""
        raise NotImplementedError


def as_new_as(kind: type, form: str, plain: str) -> bool:
    """Whether `kind` defines its method `form` no further from itself than `plain`.

    If a subclass overrides `plain` alone, the inherited `form` no longer says the same.
    """
    for base in kind.__mro__:
        if form in vars(base):
            return True
        if plain in vars(base):
            return False
    return False


def rows_of(dataset: Any) -> Rows | None:
    """How to take a batch of `dataset` at once, or None where items are taken one by one."""
    if type(dataset) is np.ndarray and dataset.ndim and dataset.dtype.kind in "biuf":
        return lambda indices: fresh(rows_at(dataset, indices))
    if type(dataset) is Tensor and dataset.ndim:
        return lambda indices: take(dataset, indices)
    if isinstance(dataset, InMemory) and as_new_as(type(dataset), "by_rows", "__getitem__"):
        return dataset.by_rows()
    return None


def rows_at(array: npt.NDArray[Any], indices: Indices) -> npt.NDArray[Any]:
    """A copy of the rows of `array` at `indices`. Errors: LL944 for a number beyond the last."""
    try:
        return array.take(indices, axis=0)
    except IndexError:
        raise beyond(indices, len(array)) from None


def beyond(indices: Indices, count: int) -> OutOfRangeError:
    """The error for the first of `indices` that is no item."""
    index = next((i for i in indices.tolist() if not -count <= i < count), "?")
    return OutOfRangeError("LL944", index=index, count=count, last=count - 1)


def take(tensor: Tensor, indices: Indices) -> Tensor:
    """The rows of `tensor` at `indices`, recorded only where a gradient is wanted."""
    if tensor.requires_grad:
        rows: Tensor = tensor[fresh(indices)]
        return rows
    return fresh(rows_at(tensor._array, indices))


def check_lengths(lengths: dict[str, int]) -> None:
    """Errors: LL931 if data that belong together have different lengths."""
    if len(set(lengths.values())) > 1:
        (a, m), *others = lengths.items()
        b, n = next(item for item in others if item[1] != m)
        rows = [Row(name, f"{count:,} items") for name, count in lengths.items()]
        raise DataError("LL931", rows=rows, a=a, m=m, b=b, n=n)


class TensorDataset(InMemory[tuple[Tensor, ...]]):
    """Tensors, arrays or DataFrames of equal length; item i is the tuple of their rows i.

    A NumPy array shares its memory and keeps its dtype, as a tensor does.
    Errors: LL931 if the lengths differ; LL935 for columns of text.

    Example:
        >>> import liuli
        >>> data = liuli.data.TensorDataset(np.float32([[1, 2], [3, 4]]), np.array([0, 1]))
        >>> data[1]
        (tensor([3., 4.]), tensor(1))
    """

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tuple(as_tensor(value, f"tensor {i}") for i, value in enumerate(tensors))
        check_lengths({f"tensor {i}": t._array.shape[0] for i, t in enumerate(self.tensors)})

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0]) if self.tensors else 0

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def by_rows(self) -> Rows:
        """One look-up a tensor."""
        return lambda indices: [take(tensor, indices) for tensor in self.tensors]


def as_tensor(value: Any, name: str) -> Tensor:
    """A tensor over the memory of `value`, with at least one axis. Errors: LL932, LL935."""
    if isinstance(value, Tensor):
        tensor = value
    else:
        array = np.ascontiguousarray(as_array(value, name))
        tensor = fresh(array)
    if tensor.ndim == 0:
        raise DataError("LL932", name=name, what=Word("shape {shape}", shape=()))
    return tensor


class Subset(InMemory[Item]):
    """The items of `dataset` at `indices`, in that order.

    Example:
        >>> import liuli
        >>> list(liuli.data.Subset("abcd", [3, 0]))
        ['d', 'a']
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[Item]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Item:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]  # type: ignore[no-any-return]
        return self.dataset[self.indices[index]]  # type: ignore[no-any-return]

    def by_rows(self) -> Rows | None:
        """The batch is taken from the data set below, if that can."""
        rows = rows_of(self.dataset)
        if rows is None:
            return None
        own = np.asarray(self.indices, np.int64)
        return lambda indices: rows(rows_at(own, indices))


class StackDataset(Dataset[Any]):
    """Data sets side by side: item i is the tuple (or the dict, if named) of their items i.

    Errors: LL931 if the lengths differ.

    Example:
        >>> import liuli
        >>> liuli.data.StackDataset(image=["cat", "dog"], label=[0, 1])[1]
        {'image': 'dog', 'label': 1}
    """

    def __init__(self, *datasets: Any, **named: Any) -> None:
        self.datasets: Any = named or datasets
        parts = named or {f"data set {i}": part for i, part in enumerate(datasets)}
        check_lengths({name: len(part) for name, part in parts.items()})

    def __len__(self) -> int:
        parts = self.datasets.values() if isinstance(self.datasets, dict) else self.datasets
        return next((len(part) for part in parts), 0)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: part[index] for name, part in self.datasets.items()}
        return tuple(part[index] for part in self.datasets)


class ConcatDataset(Dataset[Any]):
    """Data sets one after the other.

    Errors: LL932 if there is none; LL944 for a number beyond the last item.

    Example:
        >>> import liuli
        >>> liuli.data.ConcatDataset(["ab", "cde"])[3]
        'd'
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise DataError("LL932", name="datasets", what=Word("shape {shape}", shape=(0,)))
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise OutOfRangeError("LL944", index=index, count=len(self), last=len(self) - 1)
        part = bisect.bisect_right(self.cumulative_sizes, place)
        return self.datasets[part][place - (self.cumulative_sizes[part - 1] if part else 0)]


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None
                 ) -> list[Subset[Any]]:  # fmt: skip
    """Split `dataset` at random into parts of the given lengths, or fractions that add up to 1.

    With fractions every part has `floor(fraction * len(dataset))` items, and what is left over
    goes to the parts in turn. Errors: LL938 if the lengths do not add up.

    Example:
        >>> import liuli
        >>> training, held_out = liuli.data.random_split(range(10), [0.8, 0.2])
        >>> len(training), len(held_out)
        (8, 2)
    """
    count = len(dataset)
    sizes = _sizes(lengths, count)
    order = permutation(count, generator).tolist()
    ends = itertools.accumulate(sizes)
    return [Subset(dataset, order[end - size : end]) for end, size in zip(ends, sizes, strict=True)]


def _sizes(lengths: Sequence[float], count: int) -> list[int]:
    total = math.fsum(lengths)
    if any(part < 0 for part in lengths):
        raise DataError("LL938", lengths=list(lengths), total=total, count=count)
    # [1] of one item means the same either way
    if math.isclose(total, 1) and total <= 1 + 1e-9:
        sizes = [math.floor(count * part) for part in lengths]
        for i in range(count - sum(sizes)):
            sizes[i % len(sizes)] += 1
        return sizes
    if total != count or any(part % 1 for part in lengths):
        raise DataError("LL938", lengths=list(lengths), total=total, count=count)
    return [int(part) for part in lengths]

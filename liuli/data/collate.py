"""Items put together into a batch, as PyTorch does: numbers and arrays stacked, structure kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..autodiff.tensor import Tensor
from ..errors import DataError, Row
from ..functions.creation import as_tensor, tensor
from ..functions.shapes import stack

__mirrors__ = "torch"

SHOWN = 4  # items of different shapes named in a message


def default_collate(batch: Sequence[Any]) -> Any:
    """A list of items as a batch: one new axis in front of every number, array and tensor.

    Tensors and arrays are stacked, ints become int64, floats float64, text stays a list; in
    dicts, tuples, named tuples and lists this happens to each place on its own.
    Errors: LL933 for items that differ in shape, length or keys; LL934 for other types.

    Example:
        >>> import liuli
        >>> liuli.data.default_collate([(np.float32([1, 2]), 0), (np.float32([3, 4]), 1)])
        [tensor([[1., 2.],
                [3., 4.]]), tensor([0, 1])]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        _same(batch, "shape", [tuple(item.shape) for item in batch])
        return stack(list(batch))
    if isinstance(first, (np.ndarray, np.generic)):
        return _arrays(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, (bool, int)):
        return tensor(list(batch))
    if isinstance(first, float):
        return tensor(list(batch), dtype=dt.float64)
    if isinstance(first, Mapping):
        _same(batch, "keys", [", ".join(map(repr, item)) for item in batch], sets=True)
        return _like(first, {key: default_collate([d[key] for d in batch]) for key in first})
    if isinstance(first, Sequence):
        _same(batch, "length", [len(item) for item in batch])
        columns = [default_collate(list(column)) for column in zip(*batch, strict=True)]
        if hasattr(first, "_fields"):
            return type(first)(*columns)
        return columns if isinstance(first, tuple) else _like(first, columns)
    raise unknown(type(first).__name__)


def default_convert(item: Any) -> Any:
    """One item, not put into a batch: its arrays become tensors, the rest stays.

    Example:
        >>> import liuli
        >>> liuli.data.default_convert({"x": np.float32([1, 2]), "name": "a"})
        {'x': tensor([1., 2.]), 'name': 'a'}
    """
    if isinstance(item, (np.ndarray, np.generic)) and item.dtype.kind in "biuf":
        return as_tensor(np.asarray(item))
    if isinstance(item, Mapping):
        return _like(item, {key: default_convert(value) for key, value in item.items()})
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return type(item)(*map(default_convert, item))
    if isinstance(item, tuple):
        return [default_convert(value) for value in item]
    if isinstance(item, Sequence) and not isinstance(item, (str, bytes)):
        return _like(item, [default_convert(value) for value in item])
    return item


def _arrays(batch: Sequence[Any]) -> Tensor:
    arrays = [np.asarray(item) for item in batch]
    if arrays[0].dtype.kind not in "biufV":
        raise unknown(f"{arrays[0].dtype} array")
    _same(batch, "shape", [array.shape for array in arrays])
    return as_tensor(np.stack(arrays))


def unknown(kind: str) -> DataError:
    """The error for items that no batch is made of; None has a usual cause."""
    forgotten = kind == "NoneType"
    fix = "return x, y  # in __getitem__" if forgotten else "DataLoader(..., collate_fn=my_collate)"
    return DataError("LL934", type=kind, fix=fix)


def _like(first: Any, made: Any) -> Any:
    """`made` in the type of `first` where that can be built from it."""
    try:
        return type(first)(made)
    except TypeError:
        return made


def _same(batch: Sequence[Any], what: str, values: list[Any], sets: bool = False) -> None:
    """Errors: LL933, with the first items that differ, unless all values are equal."""
    keys = [frozenset(item) for item in batch] if sets else values
    odd = next((i for i, key in enumerate(keys) if key != keys[0]), None)
    if odd is not None:
        names = sorted({0, odd, *range(min(len(values), SHOWN))})[: SHOWN + 2]
        rows = [Row(f"item {i}", values[i]) for i in names]
        raise DataError("LL933", rows=rows, what=what, m=values[0], i=odd, n=values[odd])

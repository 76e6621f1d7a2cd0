"""Data that lie in memory, as tensors from which a batch is computed.

A batch of a `TensorDataset` or of `Arrays` is a look-up and a transform that is known; written as
operations on tensors, both can be part of a compiled training step, whose only input is then the
numbers of the rows. The values are those that a DataLoader gives, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.tensor import Tensor, apply, fresh
from ..dtypes import default_dtype
from .augmentation import DRAWN
from .dataset import Indices, Subset, TensorDataset, beyond, rows_at, rows_of
from .sets.arrays import Arrays
from .transforms import Compose, Flatten, Normalize, ToTensor

Form = Callable[[Tensor], Tensor]


class Inside:
    """Inputs and targets in memory, and the form in which inputs are seen.

    Example:
        >>> import liuli
        >>> from liuli.data.inside import inside
        >>> data = liuli.data.TensorDataset(np.float32([[1, 2], [3, 4]]), np.array([0, 1]))
        >>> inside(data)(liuli.tensor([1, 1]))
        (tensor([[3., 4.],
                [3., 4.]]), tensor([1, 1]))
    """

    def __init__(self, inputs: Any, targets: Any, forms: list[Form]) -> None:
        self.given = inputs, targets
        self.sources: list[Any] = []  # what it was made of
        self.inputs = fresh(np.ascontiguousarray(inputs))
        self.targets = fresh(np.ascontiguousarray(targets))
        self.forms = forms
        self.own: Indices | None = None  # the rows that belong to it, where not all do

    def rows(self, numbers: Any) -> Indices:
        """Where in memory the items with these numbers lie. Errors: LL944 for one too high."""
        numbers = np.array(numbers, np.int64)
        if self.own is not None:
            return rows_at(self.own, numbers)
        count = len(self.inputs)
        if numbers.size and not -count <= numbers.min() <= numbers.max() < count:
            raise beyond(numbers, count)
        numbers[numbers < 0] += count
        return np.asarray(numbers)

    def renew(self) -> None:
        """What had to be copied to lie in one piece is copied again: it may have been changed."""
        for kept, given in zip((self.inputs, self.targets), self.given, strict=True):
            if not np.shares_memory(kept._array, given):
                np.copyto(kept._array, given)

    def __call__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The batch (x, y) of these rows."""
        x = apply(ops.index.gather, self.inputs, rows, batch=0)
        for form in self.forms:
            x = form(x)
        return x, apply(ops.index.gather, self.targets, rows, batch=0)


def inside(dataset: Any) -> Inside | None:
    """`dataset` as tensors in memory; None where its batches must be made in Python."""
    found = _inside(dataset)
    if found is not None:
        found.sources = sources_of(dataset)
    return found


def sources_of(dataset: Any) -> list[Any]:
    """The objects that `inside` makes something of: another one is other data."""
    if isinstance(dataset, Subset):
        return [dataset.indices, *sources_of(dataset.dataset)]
    if isinstance(dataset, TensorDataset):
        return [t._array for t in dataset.tensors]
    return [dataset.inputs, dataset.targets, dataset.transform]


def _inside(dataset: Any) -> Inside | None:
    if rows_of(dataset) is None:  # its items go one by one
        return None
    by_rows = getattr(type(dataset), "by_rows", None)
    if by_rows is TensorDataset.by_rows and len(dataset.tensors) == 2:
        x, y = dataset.tensors
        return None if x.requires_grad or y.requires_grad else Inside(x._array, y._array, [])
    if by_rows is Arrays.by_rows:
        forms = _forms(dataset.transform, dataset.inputs)
        return None if forms is None else Inside(dataset.inputs, dataset.targets, forms)
    if by_rows is Subset.by_rows:
        found = inside(dataset.dataset)
        if found is not None:
            found.own = found.rows(dataset.indices)
        return found
    return None


def _forms(transform: Any, inputs: Any, planes: bool = False) -> list[Form] | None:
    """A transform as operations on batches, step by step; None if one of them is not known.

    Before ToTensor the axes are those of the arrays, behind it the `planes` (N, C, H, W).
    """
    if transform is None:
        return []
    if type(transform) is Compose:
        found: list[Form] = []
        for each in transform.transforms:
            part = _forms(each, inputs, planes)
            if part is None:
                return None
            found += part
            planes = planes or _makes_planes(each)
        return found
    if type(transform) is Flatten:
        return [lambda x: x.reshape(len(x), -1)]
    if type(transform) in DRAWN and transform.has_batch() and inputs.ndim >= 3:
        return [transform.on_images if planes else transform.on_arrays]
    if type(transform) is ToTensor and inputs.ndim in (3, 4):
        return [_planes, *([_scaled] if inputs.dtype == np.uint8 else [])]
    if type(transform) is Normalize:
        dtype = default_dtype().numpy if inputs.dtype == np.uint8 else inputs.dtype
        mean, std = (_numbers(v, dtype) for v in (transform.mean, transform.std))
        return [lambda x: (x - mean) / std]
    return None


def _makes_planes(transform: Any) -> bool:
    """Whether it is ToTensor, or has one in it."""
    if type(transform) is Compose:
        return any(_makes_planes(each) for each in transform.transforms)
    return type(transform) is ToTensor


def _planes(x: Tensor) -> Tensor:
    """Images (N, H, W) or (N, H, W, C) as (N, C, H, W)."""
    planes: Tensor = x.unsqueeze(1) if x.ndim == 3 else x.permute(0, 3, 1, 2)
    return planes


def _scaled(x: Tensor) -> Tensor:
    """Pixels from 0 to 1."""
    pixels: Tensor = x.to(default_dtype()) / 255
    return pixels


def _numbers(values: Any, dtype: Any) -> Any:
    """One number, or one a channel."""
    array = np.asarray(values, dtype).reshape(-1, 1, 1)
    return array.item() if array.size == 1 else fresh(array)

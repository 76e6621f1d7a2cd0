"""More ways to join, split and pair tensors, beside cat, stack and split."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.describe import rows
from ..autodiff.tensor import Tensor, apply, fresh, result_dtype
from ..errors import ArgumentError, ShapeError
from .shapes import cat, meshgrid, reshape, stack, tensor_split, unsqueeze

__mirrors__ = "torch"


def _for_each(one: Callable[[Tensor], Tensor], tensors: tuple[Any, ...]) -> Any:
    """`one` of a single tensor; of several, or of a list, a tuple of results."""
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return one(tensors[0])
    return tuple(map(one, tensors[0] if len(tensors) == 1 else tensors))


def _two(x: Tensor) -> Tensor:
    return x if x.ndim > 1 else reshape(x, 1, -1)


def _three(x: Tensor) -> Tensor:
    return x if x.ndim > 2 else unsqueeze(_two(x), -1)


def atleast_1d(*tensors: Any) -> Any:
    """At least one axis: a number becomes a vector."""
    return _for_each(lambda x: x if x.ndim else reshape(x, 1), tensors)


def atleast_2d(*tensors: Any) -> Any:
    """At least two axes: a vector becomes a row."""
    return _for_each(_two, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """At least three axes: a matrix (m, n) becomes (m, n, 1), a vector (1, n, 1)."""
    return _for_each(_three, tensors)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Joined behind each other: along axis 2, with fewer axes as `atleast_3d` makes them."""
    return cat([_three(x) for x in tensors], 2)


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Vectors as columns, matrices side by side."""
    return cat([x if x.ndim > 1 else reshape(x, -1, 1) for x in tensors], 1)


def _split(name: str, input: Tensor, parts: Any, dim: int, least: int) -> tuple[Tensor, ...]:
    if input.ndim < least:
        facts: dict[str, Any] = {"op": name, "shape": tuple(input.shape), "n": least}
        raise ShapeError("LL128", rows=rows(input=input), **facts)
    length = input._array.shape[dim]
    if isinstance(parts, int) and (parts < 1 or length % parts):
        raise ArgumentError("LL656", op=name, length=length, parts=parts)
    return tensor_split(input, parts, dim)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Columns: equal parts of axis 1 (of a vector axis 0), or cut at positions.

    Errors: LL656 if the parts cannot be equal, LL128 for a 0-d tensor.
    """
    return _split("hsplit", input, indices_or_sections, 1 if input.ndim > 1 else 0, 1)


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Rows: equal parts of axis 0, or cut at positions. Errors: LL656, LL128."""
    return _split("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Layers: equal parts of axis 2, or cut at positions. Errors: LL656, LL128."""
    return _split("dsplit", input, indices_or_sections, 2, 3)


def block_diag(*tensors: Tensor) -> Tensor:
    """Matrices along the diagonal of one, zeros elsewhere; vectors count as rows."""
    parts = [_two(x) for x in tensors] or [fresh(np.zeros((1, 0), np.float32))]
    dtype, width = result_dtype(parts), sum(x._array.shape[1] for x in parts)
    wide, left = [], 0
    for x in parts:
        right = width - left - x._array.shape[1]
        sides: dict[str, Any] = {"low": (0, left), "high": (0, right), "interior": (0, 0)}
        wide.append(apply(ops.views.pad, x.to(dtype), value=0, **sides))
        left += x._array.shape[1]
    return cat(wide, 0)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All tuples of one element of each vector, as rows; of one vector itself."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(x, -1) for x in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of `r` elements of a vector, as rows, in order."""
    if not r:
        return input.new_zeros(0)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(input.numel()), r)), np.int64).reshape(-1, r)
    return reshape(input.index_select(0, fresh(places.reshape(-1))), places.shape)

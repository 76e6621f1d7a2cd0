"""Order statistics, differences and areas: what sorting and neighbours tell about numbers."""

from __future__ import annotations

import math
from typing import Any

from .. import dtypes as dt
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from . import arithmetic as A
from .creation import as_tensor
from .reductions import (
    ValuesIndices,
    amax,
    argsort,
    axis_of,
    norm,
    sort,
    sum,
    take_along,
)
from .shapes import cat, movedim, narrow, reshape, unsqueeze

__mirrors__ = "torch"


# --- the middle -------------------------------------------------------------------------------
def _middle(input: Tensor, axis: int, keepdim: bool, skip_nan: bool) -> ValuesIndices:
    """The lower median along one axis; NaN stands last in the order."""
    order = argsort(input, axis)
    length = input._array.shape[axis] if input.ndim else 1
    nans = sum(A.isnan(input), axis, True)
    if skip_nan:
        counted = A.where(A.eq(nans, length), length, A.sub(length, nans))
        place = A.floor_divide(A.sub(counted, 1), 2)
    else:
        place = A.where(A.gt(nans, 0), A.sub(length, nans), (length - 1) // 2)
    indices = take_along(order, place, axis)
    values = take_along(input, indices, axis)
    if keepdim or not input.ndim:
        return ValuesIndices(values, indices)
    return ValuesIndices(values.squeeze(axis), indices.squeeze(axis))


def _median(input: Tensor, dim: int | None, keepdim: bool, skip_nan: bool) -> Any:
    if dim is not None:
        return _middle(input, axis_of(input, dim), keepdim, skip_nan)
    value = _middle(reshape(input, -1), 0, False, skip_nan).values
    if not input.dtype.is_floating_point:
        return value
    # As the largest of those up to it: equal elements share the gradient.
    up_to = A.logical_or(A.le(input, value.detach()), A.isnan(value))
    return amax(A.where(up_to, input, -math.inf))


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median: of all elements, or along `dim` (values, indices); NaN if any is NaN."""
    return _median(input, dim, keepdim, False)


def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median of what is not NaN: of all elements, or along `dim` (values, indices)."""
    return _median(input, dim, keepdim, True)


_BETWEEN = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str,
              skip_nan: bool) -> Tensor:  # fmt: skip
    if interpolation not in _BETWEEN:
        raise ArgumentError("LL602", argument="interpolation", value=repr(interpolation),
                            choices=", ".join(map(repr, _BETWEEN)))  # fmt: skip
    level = q if isinstance(q, Tensor) else as_tensor(q, dtype=input.dtype)
    if not isinstance(q, Tensor) and not 0 <= level._array.min() <= level._array.max() <= 1:
        raise ArgumentError("LL632", argument="q", value=q)
    x = reshape(input, -1) if dim is None else input
    axis = axis_of(x, 0 if dim is None else dim)
    ordered = movedim(sort(x, axis).values, axis, -1)  # (..., n)
    nans = sum(A.isnan(ordered), -1, True)
    last = A.cast(A.sub(ordered._array.shape[-1] - 1, nans), input.dtype)
    if not skip_nan:
        ordered = A.where(A.gt(nans, 0), math.nan, ordered)
        last = A.add(last, A.cast(nans, input.dtype))
    made = _between(ordered, A.mul(reshape(level, -1), A.clamp(last, min=0)), interpolation)
    made = movedim(made, -1, 0)
    if keepdim:
        made = reshape(made, (-1, *(1,) * input.ndim)) if dim is None else unsqueeze(made, axis + 1)
    return made if level.ndim else made[0]


def _between(ordered: Tensor, rank: Tensor, interpolation: str) -> Tensor:
    """The elements at fractional positions `rank` (..., k) of sorted rows (..., n)."""
    if interpolation == "nearest":
        rank = A.round(rank)
    low = A.cast(A.floor(rank), dt.int64)
    high = A.cast(A.ceil(rank), dt.int64)
    if interpolation in ("lower", "nearest"):
        return take_along(ordered, low, ordered.ndim - 1)
    above = take_along(ordered, high, ordered.ndim - 1)
    if interpolation == "higher":
        return above
    below = take_along(ordered, low, ordered.ndim - 1)
    weight = 0.5 if interpolation == "midpoint" else A.sub(rank, low)
    return A.lerp(below, above, weight)


def quantile(input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
             interpolation: str = "linear") -> Tensor:  # fmt: skip
    """The q-quantiles of all elements or along `dim`: q = 0.5 is the median; NaN if any is NaN.

    Several q make a new first axis. Between two elements it is by `interpolation` "linear",
    "lower", "higher", "midpoint" or "nearest". Errors: LL632 for q outside 0 to 1.
    """
    return _quantile(input, q, dim, keepdim, interpolation, False)


def nanquantile(input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
                interpolation: str = "linear") -> Tensor:  # fmt: skip
    """As `quantile`, of what is not NaN."""
    return _quantile(input, q, dim, keepdim, interpolation, True)


def msort(input: Tensor) -> Tensor:
    """Sorted along the first axis."""
    return sort(input, 0).values


# --- neighbours -------------------------------------------------------------------------------
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None,
         append: Tensor | None = None) -> Tensor:  # fmt: skip
    """Each element less the one before it along `dim`, n times over; of truth values: xor."""
    axis = axis_of(input, dim)
    ends = [x for x in (prepend, input, append) if x is not None]
    x = cat(ends, axis) if len(ends) > 1 else input
    subtract = A.logical_xor if x.dtype is dt.bool_ else A.sub
    for _ in range(min(n, x._array.shape[axis])):
        length = x._array.shape[axis] - 1
        x = subtract(narrow(x, axis, 1, length), narrow(x, axis, 0, length))
    return x


def _strips(y: Tensor, x: Any, dx: float, dim: int) -> tuple[Tensor, int]:
    """The areas below the lines between neighbours."""
    axis = axis_of(y, dim)
    count = max(y._array.shape[axis] - 1, 0)
    both = A.add(narrow(y, axis, min(1, count), count), narrow(y, axis, 0, count))
    width: Any = dx
    if x is not None:
        width = diff(x) if x.ndim == 1 else diff(x, dim=dim)
        if x.ndim == 1:
            width = reshape(width, (-1, *(1,) * (y.ndim - 1 - axis)))
    return A.mul(A.mul(both, width), 0.5), axis


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The area below the line through the points along `dim`, at places x or `dx` apart."""
    strips, axis = _strips(y, x, dx, dim)
    return sum(strips, axis)


def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1.0,
                         dim: int = -1) -> Tensor:  # fmt: skip
    """The areas from the first point to each of the others."""
    strips, axis = _strips(y, x, dx, dim)
    return strips.cumsum(axis)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    return norm(A.sub(input, other), p)

"""Functions that reduce axes: sums, extremes, statistics, sorting."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .. import dtypes as dt
from .. import ops
from ..autodiff.describe import rows
from ..autodiff.tensor import Number, Tensor, apply, fresh
from ..errors import ArgumentError, AxisError, DTypeError, Row, ShapeError
from ..ops.op import Op
from .arithmetic import abs, cast, div, eq, exp, log, mul, ne, pow, sqrt, sub

__mirrors__ = "torch"

Dims = int | tuple[int, ...] | list[int] | None
Call = TypeVar("Call", bound=Callable[..., Any])


def axis_of(input: Tensor, dim: int) -> int:
    """`dim` counted from the front. Errors: LL301 if the tensor has no such axis."""
    n = input._array.ndim
    if isinstance(dim, bool) or not isinstance(dim, (int, np.integer)):
        raise AxisError("LL304", dim=repr(dim))
    if not -builtins.max(n, 1) <= dim < builtins.max(n, 1):
        raise AxisError("LL301", rows=[Row("shape", tuple(input.shape))], dim=dim,
                        low=-builtins.max(n, 1), high=builtins.max(n, 1) - 1)  # fmt: skip
    return int(dim) % n if n else 0


def axes_of(input: Tensor, dim: Dims) -> tuple[int, ...]:
    """All the axes that `dim` means, sorted; None and () mean every axis."""
    n = input._array.ndim
    if dim is None or dim == ():
        return tuple(range(n))
    dims = dim if isinstance(dim, (tuple, list)) else (dim,)
    axes = tuple(sorted(axis_of(input, d) for d in dims))
    if len(set(axes)) != len(axes):
        raise AxisError("LL303", dims=tuple(dims))
    return axes if n else ()


def _reduce(op: Op, input: Tensor, axes: tuple[int, ...], keepdim: bool) -> Tensor:
    return apply(op, input, axes=axes, keepdims=keepdim)


R = ops.reduce


def _summable(input: Tensor, dtype: dt.DTypeLike | None) -> Tensor:
    if dtype is not None:
        return cast(input, dtype)
    return input if input._array.dtype.kind in "fV" else cast(input, dt.int64)


def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum over `dim` (all axes by default); integers and truth values add up in int64."""
    return _reduce(R.sum, _summable(input, dtype), axes_of(input, dim), keepdim)


def nansum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of what is not NaN."""
    x = _summable(input, dtype)
    return apply(ops.composites.nansum, x, axes=axes_of(x, dim), keepdims=keepdim)


def prod(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The product over `dim` (all axes by default)."""
    return _reduce(R.prod, _summable(input, dtype), axes_of(input, dim), keepdim)


def _count(input: Tensor, axes: tuple[int, ...]) -> int:
    return math.prod(input._array.shape[i] for i in axes)


def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum over `dim` divided by the number of elements. Errors: LL205 for integers."""
    x = input if dtype is None else cast(input, dtype)
    if not x.dtype.is_floating_point:
        raise DTypeError("LL205", op="mean", dtype=x.dtype)
    return apply(ops.composites.mean, x, axes=axes_of(x, dim), keepdims=keepdim)


def nanmean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of what is not NaN."""
    counted = sum(cast(eq(input, input), input.dtype), dim, keepdim)
    return div(nansum(input, dim, keepdim, dtype=dtype), counted)


def _spread_of(input: Tensor, dim: Any, unbiased: Any, correction: Any, keepdim: bool) -> Tensor:
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    if not input.dtype.is_floating_point:
        raise DTypeError("LL205", op="var", dtype=input.dtype)
    axes = axes_of(input, dim)
    centred = sub(input, mean(input, axes, True) if axes else input)
    total = _reduce(R.sum, mul(centred, centred), axes, keepdim)
    return div(total, float(builtins.max(_count(input, axes) - correction, 0)))


def var(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
        correction: Number | None = None) -> Tensor:  # fmt: skip
    """The variance over `dim`: squared distances from the mean over n - correction (1)."""
    return _spread_of(input, dim, unbiased, correction, keepdim)


def std(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
        correction: Number | None = None) -> Tensor:  # fmt: skip
    """The square root of `var`."""
    return sqrt(_spread_of(input, dim, unbiased, correction, keepdim))


def var_mean(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
             correction: Number | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The variance and the mean."""
    over = None if isinstance(dim, bool) else dim
    return _spread_of(input, dim, unbiased, correction, keepdim), mean(input, over, keepdim)


def std_mean(input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
             correction: Number | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The deviation and the mean."""
    spread, centre = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return sqrt(spread), centre


# --- extremes ---------------------------------------------------------------------------------
class ValuesIndices(NamedTuple):
    """Chosen elements and where they stood."""

    values: Tensor
    indices: Tensor


def _refuse_empty(input: Tensor, axes: tuple[int, ...], name: str) -> None:
    if not _count(input, axes):
        raise ShapeError("LL108", rows=rows(input=input), op=name, shape=tuple(input.shape))


def _extreme(name: str, op: Op, arg: Op) -> Callable[..., Any]:
    def function(
        input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None
    ) -> Any:
        pair = {"max": ops.elementwise.maximum, "min": ops.elementwise.minimum}[name]
        if isinstance(dim, Tensor) or other is not None:
            return apply(pair, input, dim if other is None else other)
        axes = axes_of(input, dim)
        _refuse_empty(input, axes, name)
        if dim is None:
            return _reduce(op, input, axes, False)
        indices = _reduce(arg, input, axes, True)
        values = take_along(input, indices, axes[0] if axes else 0)
        if not keepdim and axes:
            values, indices = values.squeeze(axes[0]), indices.squeeze(axes[0])
        return ValuesIndices(values, indices)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"The {name}imum: of all elements, along `dim` (values, indices), or of a pair."
    )
    return function


max = _extreme("max", R.max, R.argmax)
min = _extreme("min", R.min, R.argmin)


def _shared(name: str, op: Op) -> Callable[..., Tensor]:
    def function(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
        axes = axes_of(input, dim)
        _refuse_empty(input, axes, name)
        return _reduce(op, input, axes, keepdim)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The {name[1:]}imum over `dim`; elements that tie share the gradient."
    return function


amax, amin = _shared("amax", R.max), _shared("amin", R.min)


class MinMax(NamedTuple):
    """The smallest and the largest element."""

    min: Tensor
    max: Tensor


def aminmax(input: Tensor, *, dim: Dims = None, keepdim: bool = False) -> MinMax:
    """`amin` and `amax` together."""
    return MinMax(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _position(name: str, op: Op) -> Callable[..., Tensor]:
    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        axes = axes_of(input, dim)
        _refuse_empty(input, axes, name)
        return _reduce(op, input, axes, keepdim)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Where the {name[3:]}imum stands, the first one if several; of all or along `dim`."
    )
    return function


argmax, argmin = _position("argmax", R.argmax), _position("argmin", R.argmin)


def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether every element is non-zero."""
    return _truth(eq(sum(eq(input, 0), dim, keepdim), 0), input)


def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether at least one element is non-zero."""
    return _truth(ne(sum(ne(input, 0), dim, keepdim), 0), input)


def _truth(result: Tensor, input: Tensor) -> Tensor:
    """Answers are truth values; about bytes they are bytes, as in PyTorch."""
    return cast(result, dt.uint8) if input.dtype is dt.uint8 else result


def count_nonzero(input: Tensor, dim: Dims = None) -> Tensor:
    """How many elements are non-zero."""
    return sum(ne(input, 0), dim)


def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """log(sum(exp(x))) without overflow."""
    return apply(ops.composites.logsumexp, input, axes=axes_of(input, dim), keepdims=keepdim)


def norm(input: Tensor, p: Any = "fro", dim: Dims = None, keepdim: bool = False, *,
         dtype: Any = None) -> Tensor:  # fmt: skip
    """(sum |x|^p)^(1/p); "fro" is p = 2, inf the largest and 0 the number of non-zeros."""
    x = input if dtype is None else cast(input, dtype)
    size = abs(x)
    p = 2.0 if p in (None, "fro") else float(p)
    if math.isinf(p):
        return (amax if p > 0 else amin)(size, dim, keepdim)
    if p == 0:
        return sum(cast(ne(x, 0), x.dtype), dim, keepdim)
    if p == 1:
        return sum(size, dim, keepdim)
    if p == 2:
        return apply(ops.composites.norm, x, axes=axes_of(x, dim), keepdims=keepdim)
    total = sum(size**p, dim, keepdim)
    return pow(total, 1.0 / p)


# --- running sums, sorting --------------------------------------------------------------------
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running sum along `dim`."""
    return _running(ops.host.cumsum, _summable(input, dtype), dim)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running product along `dim`."""
    return _running(ops.host.cumprod, _summable(input, dtype), dim)


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """log of the running sum of exp(x) along `dim`, without overflow."""
    return _running(ops.host.logcumsumexp, input, dim)


def _running(op: Op, x: Tensor, dim: int) -> Tensor:
    axis = axis_of(x, dim)
    return apply(op, x, axis=axis) if x.ndim else x.clone()


def _running_extreme(name: str, op: Op) -> Callable[..., ValuesIndices]:
    def function(input: Tensor, dim: int) -> ValuesIndices:
        axis = axis_of(input, dim)
        indices = apply(op, input, axis=axis) if input.ndim else fresh(np.zeros((), np.int64))
        return ValuesIndices(take_along(input, indices, axis), indices)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The running {name[3:]}imum along `dim`, and where it stands."
    return function


cummax = _running_extreme("cummax", ops.host.cumargmax)
cummin = _running_extreme("cummin", ops.host.cumargmin)


def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The positions in sorted order along `dim`; equal elements keep their order."""
    axis = axis_of(input, dim)
    if not input.ndim:
        return fresh(np.zeros((), np.int64))
    return apply(ops.host.argsort, input, axis=axis, descending=descending)


def sort(
    input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False
) -> ValuesIndices:
    """Sorted along `dim`, and where each element stood; equal elements keep their order."""
    indices = argsort(input, dim, descending)
    return ValuesIndices(take_along(input, indices, axis_of(input, dim)), indices)


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True,
         sorted: bool = True) -> ValuesIndices:  # fmt: skip
    """The k largest (or smallest) along `dim`, in order, and where they stood."""
    axis = axis_of(input, dim)
    length = input._array.shape[axis] if input.ndim else 1
    if not 0 <= k <= length:
        raise ArgumentError("LL606", k=k, length=length, dim=dim)
    indices = argsort(input, axis, descending=largest)
    if input.ndim:
        indices = indices.narrow(axis, 0, k)
    return ValuesIndices(take_along(input, indices, axis), indices)


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
    """The k-th smallest along `dim`, counted from 1."""
    axis = axis_of(input, dim)
    found = topk(input, k, axis, largest=False)
    values, indices = (t.narrow(axis, k - 1, 1) for t in found)
    return ValuesIndices(*(t if keepdim else t.squeeze(axis) for t in (values, indices)))


def take_along(input: Tensor, indices: Tensor, axis: int) -> Tensor:
    """The elements of `input` at `indices` along `axis`, all other axes going together."""
    if not input.ndim:
        return input.reshape(1)[indices.reshape(-1)].reshape(indices.shape)
    if axis == input.ndim - 1:
        return apply(ops.index.gather, input, indices, batch=axis)
    moved, places = input.movedim(axis, -1), indices.movedim(axis, -1)
    return apply(ops.index.gather, moved, places, batch=input.ndim - 1).movedim(-1, axis)


def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """exp(x_i) / sum_j exp(x_j) along `dim`."""
    x = input if dtype is None else cast(input, dtype)
    axis = axis_of(x, dim)
    return apply(ops.composites.softmax, x, axis=axis) if x.ndim else exp(sub(x, x))


def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """x_i - log(sum_j exp(x_j)) along `dim`."""
    x = input if dtype is None else cast(input, dtype)
    axis = axis_of(x, dim)
    return apply(ops.composites.log_softmax, x, axis=axis) if x.ndim else log(exp(sub(x, x)))

"""Copies of a tensor with a part replaced: at a slice, on a diagonal, reduced at positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.describe import rows
from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor, apply, fresh
from ..errors import ArgumentError, ShapeError
from . import arithmetic as A
from . import shapes as S
from .indexing import gather, getitem
from .reductions import axis_of
from .scattering import checked, masked_fill, scatter, scatter_add

__mirrors__ = "torch"


# --- at a view ----------------------------------------------------------------------------------
def _replaced(input: Tensor, place: Tensor, src: Tensor) -> Tensor:
    """A copy of `input` with `src` where `place`, a view of it, looks. Errors: LL102."""
    above = len(input._view.chain) if input._view else 0
    where = place._view.chain[above:] if place._view else ()
    if src._array.shape != place._array.shape:
        raise ShapeError("LL102", rows=rows(src=src, place=place), shape=tuple(src.shape),
                         sizes=tuple(place.shape))  # fmt: skip
    return apply(ops.index.update, input, A.cast(src, input.dtype), where=where)


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy of `input` with `src` as its element `index` along `dim`."""
    return _replaced(input, S.select(input, dim, index), src)


def slice_scatter(input: Tensor, src: Tensor, dim: int = 0, start: int | None = None,
                  end: int | None = None, step: int = 1) -> Tensor:  # fmt: skip
    """A copy of `input` with `src` in its slice start:end:step along `dim`."""
    key = (*[slice(None)] * axis_of(input, dim), slice(start, end, step))
    return _replaced(input, getitem(input, key), src)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0,
                     dim2: int = 1) -> Tensor:  # fmt: skip
    """A copy of `input` with `src` on its diagonal."""
    return _replaced(input, S.diagonal(input, offset, dim1, dim2), src)


def fill_diagonal(input: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """A copy of `input` with one number on its main diagonal; with `wrap` it begins again below."""
    if input.ndim < 2 or (input.ndim > 2 and len(set(input._array.shape)) > 1):
        raise ShapeError("LL126", rows=rows(input=input), shape=tuple(input.shape))
    mask = np.zeros(input._array.shape, np.bool_)
    np.fill_diagonal(mask, True, wrap)
    return masked_fill(input, fresh(mask), fill_value)


# --- at computed positions ------------------------------------------------------------------------
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of `input` with `source` written (or added) at positions of the flattened tensor."""
    flat, places = S.reshape(input, -1), checked(S.reshape(index, -1), input.numel())
    src = S.reshape(A.cast(source, input.dtype), -1)
    op = ops.index.scatter_add if accumulate else ops.index.scatter_set
    return S.reshape(apply(op, flat, places, src, batch=0), input.shape)


def scatter_reduce(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *,
                   include_self: bool = True) -> Tensor:  # fmt: skip
    """The elements of `src` that `index` sends to one place along `dim`, reduced to one.

    `reduce` is sum, prod, mean, amax or amin; with `include_self` the element that stands there
    takes part. Errors: LL602.
    """
    if reduce not in _REDUCE:
        raise ArgumentError("LL602", argument="reduce", value=repr(reduce),
                            choices=", ".join(map(repr, _REDUCE)))  # fmt: skip
    for i, n in enumerate(index._array.shape):
        src = S.narrow(src, i, 0, n) if src.ndim else src
    return _REDUCE[reduce](input, dim, index, A.cast(src, input.dtype), include_self)


def _sum(input: Tensor, dim: int, index: Tensor, src: Tensor, include_self: bool) -> Tensor:
    start = input if include_self else scatter(input, dim, index, 0)
    return scatter_add(start, dim, index, src)


def _mean(input: Tensor, dim: int, index: Tensor, src: Tensor, include_self: bool) -> Tensor:
    ones = fresh(np.ones(input._array.shape, np.int64))
    taken = fresh(np.ones(index._array.shape, np.int64))
    count = _sum(ones, dim, index, taken, include_self).clamp(min=1)
    total = _sum(input, dim, index, src, include_self)
    whole = not input.dtype.is_floating_point
    return A.floor_divide(total, count) if whole else A.div(total, A.cast(count, input.dtype))


def _prod(input: Tensor, dim: int, index: Tensor, src: Tensor, include_self: bool) -> Tensor:
    result = input if include_self else scatter(input, dim, index, 1)
    ones = fresh(np.ones(input._array.shape, input._array.dtype))
    axis = axis_of(input, dim)
    if not index.ndim:
        index, src = S.reshape(index, 1), S.reshape(src, 1)
    for i in range(index._array.shape[axis]):
        at, part = S.narrow(index, axis, i, 1), S.narrow(src, axis, i, 1)
        result = result * scatter(ones, dim, at, part)
    return result


def _extreme(largest: bool) -> Callable[..., Tensor]:
    def reduce(input: Tensor, dim: int, index: Tensor, src: Tensor, include_self: bool) -> Tensor:
        found = _best(input.detach(), dim, index, src.detach(), largest, include_self)
        if not STATE.grad or not (input.requires_grad or src.requires_grad):
            return found
        here, there = A.eq(input, found), A.eq(src, gather(found, dim, index))
        count = scatter_add(A.cast(here, input.dtype), dim, index, A.cast(there, input.dtype))
        stays = here if include_self else A.logical_and(here, _untouched(input, dim, index))
        shared = A.where(stays, input, 0) / count
        taken = A.where(there, src, 0) / gather(count, dim, index)
        blend = scatter_add(shared, dim, index, taken)  # the mean of equal numbers
        exact = blend + (found - blend.detach())
        odd = A.where(A.isnan(found), found, blend)
        result: Tensor = A.where(A.isfinite(found), exact, odd)
        return result

    return reduce


def _untouched(input: Tensor, dim: int, index: Tensor) -> Tensor:
    whole = fresh(np.ones(input._array.shape, np.bool_))
    return scatter(whole, dim, index, False)


def _best(
    input: Tensor, dim: int, index: Tensor, src: Tensor, largest: bool, include_self: bool
) -> Tensor:
    """The values: written in order of size, so that the best comes last and stays."""
    if not index.ndim:
        index, src = S.reshape(index, 1), S.reshape(src, 1)
        return S.reshape(_best(S.reshape(input, 1), 0, index, src, largest, include_self), ())
    turned = not largest and input.dtype.is_floating_point  # so that nan is the largest
    key = A.neg(src) if turned else src
    order = key.argsort(dim=dim, descending=not largest and not turned)
    found = scatter(input, dim, gather(index, dim, order), gather(src, dim, order))
    if not include_self:
        return found
    return A.maximum(input, found) if largest else A.minimum(input, found)


_REDUCE: dict[str, Callable[..., Tensor]] = {
    "sum": _sum, "prod": _prod, "mean": _mean, "amax": _extreme(True), "amin": _extreme(False),
}  # fmt: skip


def index_reduce(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *,
                 include_self: bool = True) -> Tensor:  # fmt: skip
    """The slices of `source` that `index` sends to one place along `dim`, reduced to one.

    `reduce` is prod, mean, amax or amin. Errors: LL602.
    """
    axis = axis_of(input, dim)
    shape = [-1 if i == axis else 1 for i in range(input.ndim)]
    wide = S.expand(S.reshape(index, shape), source.shape)
    return scatter_reduce(input, dim, wide, source, reduce, include_self=include_self)

"""Writing at computed positions: each function gives a new tensor, its method with _ writes."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..autodiff.state import STATE
from ..autodiff.tensor import Operand, Tensor, apply
from ..errors import DTypeError, ShapeError
from . import arithmetic as A
from .assignment import constant
from .reductions import axis_of
from .shapes import expand

__mirrors__ = "torch"

_UPDATE = ops.index.update


def _moved(input: Tensor, dim: int) -> tuple[Tensor, int]:
    axis = axis_of(input, dim)
    return input.movedim(axis, 0), axis


def _rows(input: Tensor, dim: int, index: Tensor) -> tuple[Tensor, Tensor, int]:
    if index.ndim > 1:
        raise ShapeError("LL118", shape=tuple(index.shape))
    moved, axis = _moved(input, dim)
    return moved, checked(index.reshape(-1), moved._array.shape[0]), axis


def checked(index: Tensor, size: int) -> Tensor:
    """`index` with negative numbers counted from the end.

    Errors: LL302 for one that lies outside, LL207 if they are not whole numbers.
    """
    if index._array.dtype.kind not in "iu":
        raise DTypeError("LL207", dtype=index.dtype)
    index = A.cast(index, "int64")
    places = index._array
    if STATE.recorder is None and places.size and places.min() >= 0 and places.max() < size:
        return index  # nothing to count from the end, and nothing to complain about
    facts = {"size": size}
    index = apply(ops.state.check, index, low=-size, high=size, code="LL302", facts=facts)
    return apply(ops.elementwise.where, A.lt(index, 0), A.add(index, size), index)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """`source` rows added to the rows of `input` that `index` names."""
    moved, rows, axis = _rows(input, dim, index)
    src = source.movedim(axis, 0) if source.ndim else source.reshape(1)
    src = A.cast(src if alpha == 1 else src * alpha, input.dtype)
    return apply(ops.index.scatter_add, moved, rows, src, batch=0).movedim(0, axis)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """`source` rows in place of the rows of `input` that `index` names."""
    moved, rows, axis = _rows(input, dim, index)
    src = A.cast(source.movedim(axis, 0) if source.ndim else source.reshape(1), input.dtype)
    return apply(ops.index.scatter_set, moved, rows, src, batch=0).movedim(0, axis)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Operand) -> Tensor:
    """One number in the rows of `input` that `index` names."""
    moved, rows, axis = _rows(input, dim, index)
    shape = (*rows._array.shape, *moved._array.shape[1:])
    number = value if isinstance(value, Tensor) else constant(value, input.dtype.name)
    src = expand(A.cast(number, input.dtype), shape)
    return apply(ops.index.scatter_set, moved, rows, src, batch=0).movedim(0, axis)


def masked_fill(input: Tensor, mask: Tensor, value: Operand) -> Tensor:
    """`value` where the mask holds."""
    filled = A.cast(value, input.dtype) if isinstance(value, Tensor) else value
    if not isinstance(filled, Tensor):
        filled = constant(filled, input.dtype.name)
    return apply(ops.elementwise.where, A.cast(mask, "bool"), filled, input)


def _scatter(input: Tensor, dim: int, index: Tensor, src: Any, how: str | None) -> Tensor:
    """Elements of `src` to the places that `index` names along `dim`."""
    axis = axis_of(input, dim)
    if not input.ndim:
        return _scatter(input.reshape(1), 0, index.reshape(-1), src, how).reshape(())
    if not isinstance(src, Tensor):
        src = expand(constant(src, input.dtype.name), index.shape)
    places = checked(index, input._array.shape[axis])
    part = src
    for i, n in enumerate(index._array.shape):
        part = part.narrow(i, 0, n)
    part = A.cast(part, input.dtype)
    inner = input
    for i, n in enumerate(index._array.shape):
        if i != axis and n != input._array.shape[i]:
            inner = inner.narrow(i, 0, n)
    op = ops.index.scatter_set if how is None else ops.index.scatter_add
    moved = [x.movedim(axis, -1) for x in (inner, places, part)]
    result = apply(op, *moved, batch=input.ndim - 1).movedim(-1, axis)
    if inner is input:
        return result
    where = inner._view.chain[len(input._view.chain) if input._view else 0 :] if inner._view else ()
    return apply(_UPDATE, input, result, where=where)


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None,
            reduce: str | None = None) -> Tensor:  # fmt: skip
    """`src` (a tensor or number) written to the places `index` names along `dim`."""
    src = value if src is None else src
    if reduce == "multiply":
        ones = A.add(A.mul(input, 0), 1)
        return A.mul(input, _scatter(ones, dim, index, src, None))
    return _scatter(input, dim, index, src, reduce)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`src` added at the places `index` names along `dim`; repeated places add up."""
    return _scatter(input, dim, index, src, "add")


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The first elements of `source`, one after another, where the mask holds."""
    chosen = A.cast(mask, "bool").expand(input.shape)
    order = A.cast(chosen, "int64").reshape(-1).cumsum(0) - 1
    taken = source.reshape(-1)[order.clamp(min=0).clamp(max=max(source.numel() - 1, 0))]
    values = A.cast(taken.reshape(input.shape), input.dtype)
    return apply(ops.elementwise.where, chosen, values, input)

"""Functions that rename, join, split and repeat positions."""

from __future__ import annotations

import builtins
import itertools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.describe import row, rows
from ..autodiff.tensor import Size, Tensor, apply, fresh, result_dtype
from ..errors import ArgumentError, AxisError, OutOfRangeError, Row, ShapeError
from .reductions import axes_of, axis_of

V = ops.views
__mirrors__ = "torch"


def _sizes(args: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    """(2, 3) however it was written: f(2, 3), f((2, 3)), f(Size), f(size=(2, 3))."""
    if named is not None:
        args = (named,)
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = tuple(args[0])
    try:
        return tuple(operator.index(n) for n in args)
    except TypeError:
        raise ArgumentError("LL654", values=tuple(args)) from None


def _resolved(input: Tensor, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """`sizes` with -1 worked out. Errors: LL109 if the numbers of elements differ."""
    count = input._array.size
    if math.prod(sizes) == count and (not sizes or builtins.min(sizes) >= 0):
        return sizes
    known = math.prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and known and count % known == 0:
        return tuple(count // known if n == -1 else n for n in sizes)
    facts: dict[str, Any] = {"rows": rows(input=input), "shape": tuple(input.shape), "count": count}
    if sizes.count(-1) > 1 or builtins.any(n < -1 for n in sizes):
        raise ShapeError("LL155", sizes=sizes)
    if -1 in sizes:
        raise ShapeError("LL156", sizes=sizes, known=known, **facts)
    if known != count:
        raise ShapeError("LL109", sizes=sizes, known=known, **facts)
    return sizes


def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """The same elements in another shape; -1 stands for what is left. A view where it can be."""
    return apply(V.reshape, input, shape=_resolved(input, _sizes(sizes, shape)))


def view(input: Tensor, *shape: Any, size: Any = None) -> Tensor:
    """As reshape, but never a copy. Errors: LL110 where only a copy would do."""
    if len(shape) == 1 and not isinstance(shape[0], (int, np.integer, tuple, list)):
        raise ArgumentError("LL607", value=repr(shape[0]))
    sizes = _resolved(input, _sizes(shape, size))
    if not input._array.flags.c_contiguous:
        array = input._array
        if not np.may_share_memory(array, array.reshape(sizes)):
            raise ShapeError("LL110", rows=rows(input=input), shape=tuple(input.shape), sizes=sizes)
    return apply(V.reshape, input, shape=sizes)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` viewed in the shape of `other`."""
    return view(input, other.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` in the shape of `other`."""
    return reshape(input, other.shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from `start_dim` to `end_dim` made one."""
    start, end = axis_of(input, start_dim), axis_of(input, end_dim)
    if start > end:
        raise AxisError("LL305", start=start_dim, end=end_dim)
    shape = input._array.shape
    if not shape:
        return reshape(input, 1)
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One axis made several."""
    axis, shape = axis_of(input, dim), input._array.shape
    sizes = tuple(sizes)
    if -1 in sizes:
        rest = -math.prod(sizes)
        sizes = tuple(shape[axis] // rest if n == -1 else n for n in sizes)
    return reshape(input, (*shape[:axis], *sizes, *shape[axis + 1 :]))


def permute(input: Tensor, *axes_: Any, dims: Any = None) -> Tensor:
    """The axes in another order."""
    wanted = _sizes(axes_, dims)
    axes = tuple(axis_of(input, d) for d in wanted)
    if sorted(axes) != list(range(input.ndim)):
        raise AxisError("LL306", rows=[Row("shape", tuple(input.shape))], dims=wanted, n=input.ndim)
    return apply(V.permute, input, axes=axes)


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes exchanged."""
    a, b = axis_of(input, dim0), axis_of(input, dim1)
    axes = [*range(input._array.ndim)]
    if axes:
        axes[a], axes[b] = b, a
    return apply(V.permute, input, axes=tuple(axes))


swapaxes = swapdims = transpose


def t(input: Tensor) -> Tensor:
    """The transposed matrix; vectors stay. Errors: LL307 above two axes."""
    if input.ndim > 2:
        raise AxisError("LL307", shape=tuple(input.shape))
    return apply(V.permute, input, axes=(1, 0) if input.ndim == 2 else tuple(range(input.ndim)))


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Axes moved to other places, the rest in order."""
    from_ = [axis_of(input, d) for d in _sizes((source,))]
    to = [axis_of(input, d) for d in _sizes((destination,))]
    order = [i for i in range(input.ndim) if i not in from_]
    for place, axis in sorted(zip(to, from_, strict=True)):
        order.insert(place, axis)
    return apply(V.permute, input, axes=tuple(order))


moveaxis = movedim


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Axes of length 1 removed: all of them, or those of `dim`."""
    shape = input._array.shape
    axes = range(len(shape)) if dim is None else axes_of(input, dim)
    gone = {i for i in axes if shape[i] == 1} if shape else set()
    return apply(V.reshape, input, shape=tuple(n for i, n in enumerate(shape) if i not in gone))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A new axis of length 1 at `dim`."""
    n = input._array.ndim + 1
    if not -n <= dim < n:
        raise AxisError("LL301", rows=[Row("shape", tuple(input.shape))], dim=dim, low=-n,
                        high=n - 1)  # fmt: skip
    shape = list(input._array.shape)
    shape.insert(dim % n, 1)
    return apply(V.reshape, input, shape=tuple(shape))


def expand(input: Tensor, *sizes: Any, size: Any = None) -> Tensor:
    """Axes of length 1 stretched without a copy; -1 keeps an axis. Errors: LL102."""
    shape, sizes = input._array.shape, _sizes(sizes, size)
    wanted = list(sizes)
    lead = len(wanted) - len(shape)
    for i, n in enumerate(wanted):
        have = shape[i - lead] if i >= lead else None
        if n == -1 and have is not None:
            wanted[i] = have
        elif n < 0 or have not in (None, 1, n):
            lead = -1
            break
    if lead < 0:
        raise ShapeError("LL102", rows=rows(input=input), shape=shape, sizes=sizes)
    return apply(V.expand, input, shape=tuple(wanted))


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` expanded to the shape of `other`."""
    return expand(input, other.shape)


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`input` expanded to `size`."""
    return expand(input, *size)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """All expanded to the shape they broadcast to."""
    shape = V.check_broadcast("broadcast_tensors", *(x._array.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` elements along `dim` from `start` on. Errors: LL308 outside the axis."""
    axis, shape = axis_of(input, dim), input._array.shape
    start = int(start)
    first = start + shape[axis] if start < 0 else start
    if first < 0 or length < 0 or first + length > shape[axis]:
        raise AxisError("LL308", start=start, length=length, size=shape[axis], dim=dim)
    index = [(0, n, 1) for n in shape]
    index[axis] = (first, int(length), 1)
    return apply(V.slice_, input, index=tuple(index))


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Element `index` along `dim`, that axis removed. Errors: LL310."""
    axis = axis_of(input, dim)
    key: list[Any] = [(0, n, 1) for n in input._array.shape]
    place = check_index(input, axis, index)
    key[axis] = place
    return apply(V.slice_, input, index=tuple(key))


def check_index(input: Tensor, axis: int, index: int) -> int:
    """`index` counted from the front. Errors: LL302 outside the axis, LL309 for a 0-d tensor."""
    if not input.ndim:
        raise OutOfRangeError("LL309")
    size = input._array.shape[axis]
    if not -size <= index < size:
        raise OutOfRangeError("LL310", rows=[Row("shape", tuple(input.shape))], index=index,
                              axis=axis, size=size, low=-size, last=size - 1)  # fmt: skip
    return operator.index(index) % int(size)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The elements whose indices along dim1 and dim2 differ by `offset`, as the last axis."""
    a, b = axis_of(input, dim1), axis_of(input, dim2)
    if a == b:
        raise AxisError("LL303", dims=(dim1, dim2))
    return apply(V.diagonal, input, offset=offset, axis1=a, axis2=b)


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All windows of `size` along an axis, `step` apart, as a new last axis."""
    axis = axis_of(input, dimension)
    length = input._array.shape[axis] if input.ndim else 1
    if not 0 <= size <= length or step < 1:
        raise ArgumentError("LL608", size=size, step=step, length=length)
    x = input if input.ndim else reshape(input, 1)
    return apply(V.windows, x, axes=(axis,), size=(size,), step=(step,), dilation=(1,))


# --- joining and splitting --------------------------------------------------------------------
def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors joined along an axis that is there already. Errors: LL111, LL112."""
    parts = list(tensors)
    if not parts:
        raise ArgumentError("LL111", op="cat")
    shaped = [x for x in parts if x._array.shape != (0,)] or parts[:1]  # the old empty tensor
    where = axis_of(shaped[0], dim if axis is None else axis)
    if not shaped[0].ndim:
        raise ShapeError("LL113")
    first = shaped[0]._array.shape
    for number, x in enumerate(shaped):
        shape = x._array.shape
        if len(shape) != len(first) or builtins.any(
            a != b for i, (a, b) in enumerate(zip(shape, first, strict=True)) if i != where
        ):
            table = [row("tensor 0", shaped[0]), row(f"tensor {number}", x)]
            raise ShapeError("LL112", rows=table, dim=where, first=first, shape=shape)
    dtype = result_dtype(parts)
    return apply(ops.index.concat, *(x.to(dtype) for x in shaped), axis=where)


concat = concatenate = cat


def stack(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """Tensors of one shape joined along a new axis."""
    parts = list(tensors)
    if not parts:
        raise ArgumentError("LL111", op="stack")
    where = dim if axis is None else axis
    for number, x in enumerate(parts):
        if x._array.shape != parts[0]._array.shape:
            table = [row("tensor 0", parts[0]), row(f"tensor {number}", x)]
            raise ShapeError("LL114", rows=table, first=tuple(parts[0].shape), shape=tuple(x.shape))
    place = where % (parts[0].ndim + 1) if -parts[0].ndim - 1 <= where <= parts[0].ndim else where
    return cat([unsqueeze(x, place) for x in parts], place)


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Joined side by side: along axis 1, vectors along axis 0."""
    parts = [x if x.ndim else reshape(x, 1) for x in tensors]
    return cat(parts, 0 if parts and parts[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Joined below each other: along axis 0, vectors as rows."""
    return cat([x if x.ndim > 1 else reshape(x, 1, -1) for x in tensors], 0)


row_stack = vstack


def split(input: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`: of one size (the last may be shorter), or of the given sizes."""
    axis = axis_of(input, dim)
    length, size = input._array.shape[axis], split_size_or_sections
    if isinstance(size, int):
        if size < 0 or (size == 0 and length):
            raise ArgumentError("LL609", size=size)
        sizes = [builtins.min(size, length - i) for i in range(0, length, size or 1)] or [0]
    else:
        sizes = list(size)
        if builtins.sum(sizes) != length:
            total = builtins.sum(sizes)
            raise ShapeError("LL115", sizes=sizes, total=total, length=length, dim=dim)
    starts = np.cumsum([0, *sizes])
    return tuple(narrow(input, axis, int(s), n) for s, n in zip(starts, sizes, strict=False))


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces along `dim`, all but the last equally long."""
    if chunks < 1:
        raise ArgumentError("LL610", chunks=chunks)
    length = input._array.shape[axis_of(input, dim)]
    return split(input, builtins.max(-(-length // chunks), 1), dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`: a number of almost equal ones, or cut at the given positions."""
    length = input._array.shape[axis_of(input, dim)]
    if isinstance(indices_or_sections, int):
        parts = [len(p) for p in np.array_split(np.arange(length), indices_or_sections)]
        return split(input, parts, dim)
    cuts = [0, *(builtins.min(i, length) for i in indices_or_sections), length]
    pairs = itertools.pairwise(cuts)
    return tuple(narrow(input, dim, a, builtins.max(b - a, 0)) for a, b in pairs)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along `dim`, that axis removed."""
    axis = axis_of(input, dim)
    return tuple(select(input, axis, i) for i in range(input._array.shape[axis]))


# --- repeating and turning --------------------------------------------------------------------
def repeat(input: Tensor, *sizes: Any, repeats: Any = None) -> Tensor:
    """Copies of the tensor side by side: `sizes` counts them for every axis."""
    counts = _sizes(sizes, repeats)
    if len(counts) < input.ndim:
        raise ShapeError("LL116", rows=rows(input=input), sizes=counts, count=len(counts),
                         n=input.ndim)  # fmt: skip
    shape = (1,) * (len(counts) - input.ndim) + input._array.shape
    pairs = [n for pair in zip(counts, shape, strict=True) for n in pair]
    ones = [n for size in shape for n in (1, size)]
    wide = expand(reshape(input, ones), pairs)
    return reshape(wide, tuple(c * n for c, n in zip(counts, shape, strict=True))).clone()


def tile(input: Tensor, *counts_: Any, dims: Any = None) -> Tensor:
    """As repeat, with missing leading counts taken as 1."""
    counts = _sizes(counts_, dims)
    return repeat(input, (1,) * (input.ndim - len(counts)) + counts)


def repeat_interleave(input: Tensor, repeats: Any = None, dim: int | None = None, *,
                      output_size: int | None = None) -> Tensor:  # fmt: skip
    """Every element along `dim` repeated in place; counts alone repeat 0, 1, 2, ..."""
    if repeats is None:
        input, repeats = fresh(np.arange(input.numel())), input
    if dim is None:
        input, dim = reshape(input, -1), 0
    axis = axis_of(input, dim)
    counts = repeats.numpy() if isinstance(repeats, Tensor) else np.asarray(repeats)
    each = counts.reshape(-1) if counts.size > 1 else int(counts)
    index = np.repeat(np.arange(input._array.shape[axis]), each)
    return input.index_select(axis, fresh(index.astype(np.int64)))


def flip(input: Tensor, *axes_: Any, dims: Any = None) -> Tensor:
    """A copy with the given axes turned round."""
    axes = {axis_of(input, d) for d in _sizes(axes_, dims)}
    shape = enumerate(input._array.shape)
    index = tuple((n - 1, n, -1) if i in axes else (0, n, 1) for i, n in shape)
    return apply(V.slice_, input, index=index).clone() if input.ndim else input.clone()


def fliplr(input: Tensor) -> Tensor:
    """Left and right exchanged."""
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """Up and down exchanged."""
    return flip(input, 0)


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Elements moved on along axes; what leaves at the end comes in at the start."""
    if dims is None:
        return reshape(roll(reshape(input, -1), shifts, 0), input.shape)
    for shift, dim in zip(_sizes((shifts,)), _sizes((dims,)), strict=True):
        axis = axis_of(input, dim)
        length = input._array.shape[axis]
        cut = (-shift) % length if length else 0
        input = cat([narrow(input, axis, cut, length - cut), narrow(input, axis, 0, cut)], axis)
    return input


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turned by k right angles in the plane of two axes."""
    a, b = (axis_of(input, d) for d in dims)
    k %= 4
    if k == 2:
        return flip(input, a, b)
    if k == 0:
        return input.clone()
    return flip(transpose(input, a, b), a if k == 1 else b)


def _triangle(name: str, input: Tensor, keep: Any) -> Tensor:
    if input.ndim < 2:
        raise ShapeError("LL159", rows=rows(input=input), shape=tuple(input.shape), op=name)
    height, width = input._array.shape[-2:]
    mask = fresh(np.asarray(keep(np.arange(width)[None, :] - np.arange(height)[:, None])))
    return apply(ops.elementwise.where, mask, input, False if input._array.dtype.kind == "b" else 0)


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle; zero elsewhere."""
    return _triangle("tril", input, lambda distance: distance <= diagonal)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle; zero elsewhere."""
    return _triangle("triu", input, lambda distance: distance >= diagonal)


def diag_embed(input: Tensor, offset: int = 0) -> Tensor:
    """Matrices with the last axis on a diagonal."""
    n = input._array.shape[-1] + int.__abs__(offset)
    zeros = fresh(np.zeros((*input._array.shape[:-1], n, n), input._array.dtype))
    where = (("diagonal", {"offset": offset, "axis1": input.ndim - 1, "axis2": input.ndim}),)
    return apply(ops.index.update, zeros, input, where=where)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A vector as a diagonal matrix; of a matrix its diagonal."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    return apply(V.diagonal, input, offset=diagonal, axis1=0, axis2=1).clone()


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of a grid from those of its axes."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    n = len(tensors)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    shape = Size(tensors[i].numel() for i in order)
    return tuple(
        expand(reshape(x, [-1 if order[j] == i else 1 for j in range(n)]), shape)
        for i, x in enumerate(tensors)
    )

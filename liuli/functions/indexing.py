"""`x[key]` and `x[key] = value` in full, and functions that read at computed positions.

A key is taken apart in two steps. Its basic part (integers, slices, None, Ellipsis) is a view:
one slice and one reshape. What is left, masks and integer tensors, is one gather of rows.
"""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor, apply, fresh
from ..autodiff.writing import write
from ..errors import ArgumentError, AxisError, DTypeError, OutOfRangeError, Row, ShapeError
from ..messages.hints import differing
from . import arithmetic as A
from .assignment import apart_from, as_value
from .reductions import axis_of, take_along
from .scattering import checked, masked_fill
from .shapes import check_index, expand

__mirrors__ = "torch"

V = ops.views


class Parsed(NamedTuple):
    """A key taken apart: the basic view, and (axis of that view, index) for the rest."""

    slices: V.Index
    shape: tuple[int, ...]
    advanced: tuple[tuple[int, Any], ...]


def _entries(key: Any) -> list[Any]:
    """The parts of a key, sequences made tensors.

    A short list with more than numbers in it counts as a tuple, as in PyTorch: x[[[0, 1], [1, 2]]]
    is x[[0, 1], [1, 2]].
    """
    listed = isinstance(key, list) and len(key) < 32 and builtins.any(map(_is_part, key))
    return [_entry(part) for part in (key if listed or isinstance(key, tuple) else [key])]


def _is_part(item: Any) -> bool:
    sequence = isinstance(item, (Tensor, np.ndarray, list, tuple, range, slice))
    return sequence or item is None or item is Ellipsis


def _entry(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, (slice, bool, int)):
        return part
    if isinstance(part, Tensor):
        if not part.ndim and part._array.dtype.kind in "iu":
            return int(part)
        return part
    if isinstance(part, (np.ndarray, list, tuple, range)):
        array = np.asarray([int(p) if isinstance(p, Tensor) else p for p in part] if
                           isinstance(part, (list, tuple)) else part)  # fmt: skip
        empty = not array.size and array.dtype.kind == "f"
        return fresh(array.astype(np.int64) if empty else array)
    try:
        return operator.index(part)
    except TypeError:
        raise ArgumentError("LL611", type=type(part).__name__) from None


def _consumed(part: Any) -> int:
    """How many axes of the tensor a part of the key speaks about."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, Tensor) and part._array.dtype.kind == "b":
        return int(part.ndim)
    return 1


def _spelled_out(input: Tensor, key: Any) -> list[Any]:
    """The key with its Ellipsis replaced, one part an axis. Errors: LL311 for too many."""
    parts = _entries(key)
    used = builtins.sum(map(_consumed, parts))
    if used > input.ndim:
        raise OutOfRangeError("LL311" if input.ndim else "LL309", used=used, n=input.ndim,
                              rows=[Row("shape", tuple(input.shape))])  # fmt: skip
    at = [i for i, part in enumerate(parts) if part is Ellipsis]
    if len(at) > 1:
        raise ArgumentError("LL612")
    rest = [slice(None)] * (input.ndim - used)
    return parts[: at[0]] + rest + parts[at[0] + 1 :] if at else parts + rest


def _parse(input: Tensor, key: Any) -> Parsed:
    shape = input._array.shape
    slices: list[Any] = []
    out: list[int] = []
    advanced: list[tuple[int, Any]] = []
    axis = 0
    for part in _spelled_out(input, key):
        if part is None:
            out.append(1)
        elif isinstance(part, bool):
            advanced.append((len(out), fresh(np.asarray([0] if part else [], np.int64))))
            out.append(1)
        elif isinstance(part, slice):
            start, stop, step = _slice_numbers(part, shape[axis])
            length = builtins.max(-(-(stop - start) // step), 0)
            slices.append((start if length else 0, length, step))
            out.append(length)
            axis += 1
        elif isinstance(part, Tensor):
            for index in _as_indices(part, shape[axis : axis + _consumed(part)], axis):
                advanced.append((len(out), index))
                slices.append((0, shape[axis], 1))
                out.append(shape[axis])
                axis += 1
        else:
            slices.append(check_index(input, axis, part))
            axis += 1
    return Parsed(tuple(slices), tuple(out), tuple(advanced))


def _slice_numbers(part: slice, length: int) -> tuple[int, int, int]:
    if isinstance(part.start, Tensor) or isinstance(part.stop, Tensor):
        part = slice(*(None if n is None else int(n) for n in (part.start, part.stop, part.step)))
    start, stop, step = part.indices(length) if part.step != 0 else (0, 0, 0)
    if step <= 0:
        raise ArgumentError("LL613", step=part.step)
    return start, stop, step


def _as_indices(part: Tensor, sizes: tuple[int, ...], axis: int) -> list[Tensor]:
    """Integer indices for every axis that `part`, an index tensor or a mask, speaks about."""
    if part._array.dtype.kind != "b":
        if part._array.dtype.kind not in "iu":
            raise DTypeError("LL207", dtype=part.dtype)
        return [part]
    if part._array.shape != sizes:
        rows = [Row("mask", tuple(part.shape)), Row("tensor", sizes, f"axis {axis} ...")]
        raise OutOfRangeError("LL312", rows=rows, mask=tuple(part.shape), shape=sizes)
    if STATE.recorder is not None:
        STATE.recorder.refuse("LL703", what="x[mask]")
    if not part.ndim:
        return []
    return [fresh(found.astype(np.int64)) for found in np.nonzero(part._array)]


def _basic(input: Tensor, parsed: Parsed) -> Tensor:
    """The view that the basic part of the key asks for."""
    shape = input._array.shape
    if builtins.any(part != (0, n, 1) for part, n in zip(parsed.slices, shape, strict=True)):
        input = apply(V.slice_, input, index=parsed.slices)
    if input._array.shape != parsed.shape:
        return apply(V.reshape, input, shape=parsed.shape)
    return input


def _one_part(input: Tensor, part: Any) -> Tensor | None:
    """x[3], x[1:5] and x[rows] by the short way; None for other keys."""
    shape = input._array.shape
    if not shape:
        return None
    if isinstance(part, Tensor):
        if part._array.dtype.kind not in "iu" or not part._array.shape:
            return None
        return apply(ops.index.gather, input, checked(part, shape[0]), batch=0)
    first: Any
    if part.__class__ is int:
        first = check_index(input, 0, part)
    elif part.__class__ is slice:
        start, stop, step = _slice_numbers(part, shape[0])
        length = builtins.max(-(-(stop - start) // step), 0)
        first = (start if length else 0, length, step)
    else:
        return None
    return apply(V.slice_, input, index=(first, *[(0, n, 1) for n in shape[1:]]))


def getitem(input: Tensor, key: Any) -> Tensor:
    """`input[key]`: a view for integers, slices, None and Ellipsis; a copy for the rest."""
    short = _one_part(input, key)
    if short is not None:
        return short
    if isinstance(key, Tensor) and not key.ndim and key._array.dtype.kind == "b":
        key = bool(key)
    parsed = _parse(input, key)
    x = _basic(input, parsed)
    if not parsed.advanced:
        return x if x is not input else apply(V.reshape, x, shape=x._array.shape)
    rows, flat, rest, first = _as_rows(x, parsed.advanced)
    found = apply(ops.index.gather, rows, flat, batch=0)
    return _placed(found, flat.ndim, rest, first)


def _as_rows(x: Tensor, advanced: Any) -> tuple[Tensor, Tensor, tuple[int, ...], int]:
    """`x` with the indexed axes merged in front, the row numbers, the rest's shape, the place."""
    axes = [axis for axis, _ in advanced]
    shape = x._array.shape
    try:
        together = np.broadcast_shapes(*(index._array.shape for _, index in advanced))
    except ValueError:
        rows = [Row(f"index {i}", tuple(index.shape)) for i, (_, index) in enumerate(advanced)]
        uneven: dict[str, Any] = differing([index._array.shape for _, index in advanced])
        raise ShapeError("LL119", rows=rows, **uneven) from None
    flat: Any = None
    for axis, index in advanced:
        number = expand(checked(index, shape[axis]), together)
        flat = number if flat is None else A.add(A.mul(flat, shape[axis]), number)
    rest = [i for i in range(x.ndim) if i not in axes]
    moved = x.permute(*axes, *rest) if axes + rest != list(range(x.ndim)) else x
    rest_shape = tuple(shape[i] for i in rest)
    merged = moved.reshape(math.prod(shape[i] for i in axes), *rest_shape)
    adjacent = axes == list(range(axes[0], axes[0] + len(axes)))
    return merged, flat, rest_shape, axes[0] if adjacent else 0


def _placed(found: Tensor, n: int, rest: tuple[int, ...], first: int) -> Tensor:
    """The index axes moved from the front to where the indexed ones were."""
    if not first:
        return found
    order = [*range(n, n + first), *range(n), *range(n + first, n + len(rest))]
    return found.permute(*order)


def setitem(input: Tensor, key: Any, value: Any) -> None:
    """`input[key] = value`, seen by every view of `input`."""
    if isinstance(key, Tensor) and not key.ndim and key._array.dtype.kind == "b":
        key = bool(key)
    ndim = value.ndim if isinstance(value, Tensor) else np.ndim(value)
    if _is_mask(input, key) and not ndim:
        wide = key.reshape(*key._array.shape, *[1] * (input.ndim - key.ndim))
        write(input, masked_fill(input, wide, value), derived=True)
        return
    parsed = _parse(input, key)
    target = _basic(input, parsed)
    if not parsed.advanced:
        write(target, apart_from(as_value(target, value), target))
        return
    rows, flat, rest, first = _as_rows(target, parsed.advanced)
    n = flat.ndim
    place = (*rest[:first], *flat._array.shape, *rest[first:])
    src = _expand_value(value, place, target)
    src = src.permute(*range(first, first + n), *range(first), *range(first + n, n + len(rest)))
    changed = apply(ops.index.scatter_set, rows, flat, src, batch=0)
    write(target, _unmerged(changed, target, parsed))


def _is_mask(input: Tensor, key: Any) -> bool:
    """Whether the key is one mask over the leading axes: then one number is written by `where`."""
    if not isinstance(key, Tensor) or key._array.dtype.kind != "b":
        return False
    return bool(key._array.shape == input._array.shape[: key.ndim])


def _expand_value(value: Any, shape: tuple[int, ...], target: Tensor) -> Tensor:
    if not isinstance(value, Tensor):
        value = fresh(np.asarray(value, target._array.dtype))
    value = A.cast(value, target.dtype)
    while value.ndim > len(shape) and value._array.shape[0] == 1:
        value = value.squeeze(0)
    return expand(value, shape)


def _unmerged(changed: Tensor, target: Tensor, parsed: Parsed) -> Tensor:
    """Rows back in the axes of `target`."""
    axes = [axis for axis, _ in parsed.advanced]
    shape = target._array.shape
    order = axes + [i for i in range(target.ndim) if i not in axes]
    wide = changed.reshape(*(shape[i] for i in order))
    return wide.permute(*np.argsort(order).tolist())


# --- functions --------------------------------------------------------------------------------
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices along `dim` that `index`, a vector, names."""
    axis = axis_of(input, dim)
    if not input.ndim:
        return input.clone()
    moved = input.movedim(axis, 0)
    places = checked(index.reshape(-1), moved._array.shape[0])
    found = apply(ops.index.gather, moved, places, batch=0)
    return found.movedim(0, axis)


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """out[i][j] = input[index[i][j]][j] along `dim` = 0, and so on. Errors: LL120, LL302."""
    axis = axis_of(input, dim)
    if index.ndim != input.ndim:
        rows = [Row("input", tuple(input.shape)), Row("index", tuple(index.shape))]
        raise ShapeError("LL120", rows=rows, m=index.ndim, n=input.ndim)
    if not input.ndim:
        return input.clone()
    x = input
    for i, n in enumerate(index._array.shape):
        if i != axis and n != input._array.shape[i]:
            x = x.narrow(i, 0, n)
    return take_along(x, checked(index, input._array.shape[axis]), axis)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements of the flattened tensor at `index`."""
    return input.reshape(-1)[index]


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """As gather, with the other axes broadcast together."""
    if dim is None:
        return take(input, indices.reshape(-1))
    axis = axis_of(input, dim)
    shapes = [list(input._array.shape), list(indices._array.shape)]
    lengths = [shape[axis] for shape in shapes]
    for shape in shapes:
        shape[axis] = 1
    together = list(V.check_broadcast("take_along_dim", *map(tuple, shapes)))
    wide = []
    for x, length in zip((input, indices), lengths, strict=True):
        together[axis] = length
        wide.append(expand(x, together))
    return gather(wide[0], axis, wide[1])


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, as a vector."""
    shape = V.check_broadcast("masked_select", input._array.shape, mask._array.shape)
    return getitem(expand(input, shape), expand(A.cast(mask, "bool"), shape))


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of non-zero elements: rows of one tensor, or a tensor an axis."""
    if STATE.recorder is not None:
        STATE.recorder.refuse("LL703", what="nonzero")
    found = [i.astype(np.int64) for i in np.nonzero(np.atleast_1d(input._array))]
    if as_tuple:
        return tuple(map(fresh, found))
    table = np.stack(found, axis=1)
    return fresh(table if input.ndim else np.zeros((len(table), 0), np.int64))


def index_put(input: Tensor, indices: tuple[Any, ...], values: Tensor,
              accumulate: bool = False) -> Tensor:  # fmt: skip
    """A copy with `values` written (or added) at `indices`."""
    result = input.clone()
    if not accumulate:
        setitem(result, tuple(indices), values)
        return result
    parsed = _parse(result, tuple(indices))
    rows, flat, rest, first = _as_rows(result, parsed.advanced)
    if first:
        raise AxisError("LL351", axis=first)
    src = _expand_value(values, (*flat._array.shape, *rest), result)
    return _unmerged(apply(ops.index.scatter_add, rows, flat, src, batch=0), result, parsed)

"""Pooling: the largest element, the mean, or the p-norm of every window.

A window of size k that walks by steps of s over n elements, p more at both ends, sees
floor((n + 2 p - d (k - 1) - 1) / s) + 1 places (d: the distance of its taps). With `ceil_mode`
the division rounds up, so that the last window may hang over the end; it begins inside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.describe import guard_all, rows
from ..autodiff.modes import no_grad
from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor, apply, fresh
from ..errors import ArgumentError, ShapeError
from ..messages.words import Word
from ..ops.convolution import Grid
from ..ops.op import Shape
from ..ops.pooling import LONGEST
from . import arithmetic as A
from . import reductions as R
from .activations import relu
from .compose import composition
from .indexing import index_select
from .kernels import SHAPES, check_room, numbers
from .shapes import permute, reshape

__mirrors__ = "torch"
Array = np.ndarray[Any, Any]
Size = int | Sequence[int]


# --- how a window walks -------------------------------------------------------------------------
def space_of(op: str, input: Tensor, count: int) -> Shape:
    """The lengths of the last `count` axes. Errors: LL146 for another number of axes, LL147 if
    one of them has no elements."""
    shape: Shape = input._array.shape
    if len(shape) not in (count + 1, count + 2):
        raise ShapeError("LL146", rows=rows(input=input), op=op, name=Word("input"), fix="",
                         shape=tuple(input.shape), expected=Word(SHAPES[count]))  # fmt: skip
    if 0 in shape[-count:]:
        raise ShapeError("LL147", rows=rows(input=input), op=op, covers=1, length=0, fix="")
    return shape[-count:]


def _walk(op: str, input: Tensor, count: int, kernel_size: Any, stride: Any, padding: Any,
          dilation: Any = 1, ceil_mode: bool = False) -> tuple[Shape, Grid, Shape]:  # fmt: skip
    """Size of the window, how it walks, and at how many places it stops.

    Errors: LL173 for sizes that are none, LL146 for another number of axes, LL183 for a padding
    of more than half a window, LL147 for a window that is longer than the input.
    """
    space = space_of(op, input, count)
    size = numbers(op, "kernel_size", kernel_size, count, 1)
    given = size if stride is None or stride in ((), []) else stride
    step = numbers(op, "stride", given, count, 1)
    around = numbers(op, "padding", padding, count)
    apart = numbers(op, "dilation", dilation, count, 1)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(size, apart, strict=True))
    if any(2 * p > r for p, r in zip(around, reach, strict=True)):
        raise ArgumentError("LL183", op=op, padding=around, size=size)
    grid = Grid(step, apart, around, around)
    if not ceil_mode:
        check_room(op, space, size, grid, input=input)
        return size, grid, grid.places(space, size)
    places, high = [], []
    for n, r, s, p in zip(space, reach, step, around, strict=True):
        last = -((r - n - 2 * p) // s)
        last -= last * s >= n + p  # it would begin behind the end
        places.append(last + 1)
        high.append(max(last * s + r - n - p, 0))
    if min(places) < 1:
        check_room(op, space, size, grid, input=input)
    return size, grid._replace(high=tuple(high)), tuple(places)


# --- the largest --------------------------------------------------------------------------------
def lowest(x: Tensor) -> Any:
    """What is below everything else of a dtype."""
    kind = x._array.dtype
    return int(np.iinfo(kind).min) if kind.kind in "iu" else -math.inf


def _max_pool(op: str, input: Tensor, count: int, kernel_size: Any, stride: Any, padding: Any,
              dilation: Any, ceil_mode: bool, return_indices: bool) -> Any:  # fmt: skip
    size, grid, places = _walk(op, input, count, kernel_size, stride, padding, dilation, ceil_mode)
    if return_indices or math.prod(size) > LONGEST:
        space = input._array.shape[-count:]
        walks = zip(space, places, size, grid.stride, grid.dilation, grid.low, strict=True)
        seen = [_seen(*walk) for walk in walks]
        if any(table.min() < 0 for table in seen):
            raise ArgumentError("LL183", op=op, padding=grid.low, size=size)
        made, index = _at_once(input, size, grid) or largest(input, seen)
        return (made, index) if return_indices else made
    return apply(ops.pooling.max_pool, input, size=size, grid=grid, fill=lowest(input))


def _at_once(input: Tensor, size: Shape, grid: Grid) -> tuple[Tensor, Tensor] | None:
    """As `largest`, several times faster; not for programs, long windows, and what is no number."""
    kind = input._array.dtype.kind
    if STATE.recorder or STATE.capture or kind != "f" or math.prod(size) > LONGEST:
        return None
    made = apply(ops.pooling.max_pool, input, size=size, grid=grid, fill=-math.inf)
    if np.isnan(made._array).any():
        return None
    return made, fresh(ops.pooling.first_places(input._array, made._array, size, grid))


def _seen(length: int, count: int, size: int, step: int, apart: int, low: int) -> Array:
    """The places that every window sees along an axis, as rows.

    For those outside its nearest one inside stands, which changes no maximum, or -1 if it has none.
    """
    start = (np.arange(count) * step - low)[:, None]
    found = start + np.arange(size) * apart
    first = start + -(np.minimum(start, 0) // apart) * apart
    last = start + (length - 1 - start) // apart * apart
    return np.where(first > last, -1, np.clip(found, first, last))


@no_grad()
def _firsts(input: Tensor, seen: list[Array]) -> Tensor:
    """In every window the place of the first of its largest elements, counted in rows of space.

    `seen` has for every axis of space the places (windows, taps).
    """
    lead, space = input._array.shape[: -len(seen)], input._array.shape[-len(seen) :]
    x = input.detach()
    for i, table in enumerate(seen):
        if not np.array_equal(table.ravel(), np.arange(space[i])):
            x = index_select(x, len(lead) + i, fresh(table.ravel()))
    apart = reshape(x, (*lead, *(n for table in seen for n in table.shape)))
    first = range(len(lead), apart.ndim, 2)
    apart = permute(apart, (*range(len(lead)), *first, *(i + 1 for i in first)))
    counts, sizes = (tuple(table.shape[i] for table in seen) for i in (0, 1))
    tap = R.argmax(reshape(apart, (*lead, *counts, math.prod(sizes))), -1)
    found, stride = None, 1
    for i in reversed(range(len(seen))):
        along = [n if i == j else 1 for j, n in enumerate(counts)]
        row = fresh((np.arange(counts[i]) * sizes[i]).reshape(along))
        here = A.add(row, A.remainder(tap, sizes[i]))
        tap = A.floor_divide(tap, sizes[i])
        place = A.mul(apply(ops.index.gather, fresh(seen[i].ravel()), here, batch=0), stride)
        found = place if found is None else A.add(found, place)
        stride *= space[i]
    assert found is not None
    return found


def largest(input: Tensor, seen: list[Array]) -> tuple[Tensor, Tensor]:
    """The largest element of every window, and its place."""
    index = _firsts(input, seen)
    lead = index._array.shape[: -len(seen)]
    flat = reshape(input, (*lead, math.prod(input._array.shape[-len(seen) :])))
    places = reshape(index, (*lead, math.prod(index._array.shape[-len(seen) :])))
    return reshape(apply(ops.index.gather, flat, places, batch=len(lead)), index.shape), index


@composition
def max_pool1d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               dilation: Size = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Any:  # fmt: skip
    """The largest of every `kernel_size` neighbours, `stride` apart (kernel_size if None).

    The gradient goes to the first of the largest. With `return_indices` their places come too.

    Shape: (N, C, L) or (C, L). Errors: LL146, LL147, LL173, LL183.

    Example:
        >>> import liuli
        >>> from liuli.functions import pooling as F
        >>> F.max_pool1d(liuli.tensor([[1.0, 5.0, 2.0, 3.0]]), 2)
        tensor([[5., 3.]])
    """
    return _max_pool("max_pool1d", input, 1, kernel_size, stride, padding, dilation, ceil_mode,
                     return_indices)  # fmt: skip


@composition
def max_pool2d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               dilation: Size = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Any:  # fmt: skip
    """The largest of every window of an image, `stride` apart (kernel_size if None).

    The gradient goes to the first of the largest, in rows. With `return_indices` their places
    in the flattened image come too. Around the image stands -inf, `padding` wide.

    Shape: (N, C, H, W) or (C, H, W). Errors: LL146 for another number of axes, LL147 where no
    window fits, LL183 for a padding of more than half a window, LL173 for sizes that are none.

    Example:
        >>> import liuli
        >>> from liuli.functions import pooling as F
        >>> x = liuli.tensor([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 8.0, 7.0]]])
        >>> F.max_pool2d(x, 2)
        tensor([[[4., 8.]]])
    """
    return _max_pool("max_pool2d", input, 2, kernel_size, stride, padding, dilation, ceil_mode,
                     return_indices)  # fmt: skip


@composition
def max_pool3d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               dilation: Size = 1, ceil_mode: bool = False,
               return_indices: bool = False) -> Any:  # fmt: skip
    """As max_pool2d, of volumes. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return _max_pool("max_pool3d", input, 3, kernel_size, stride, padding, dilation, ceil_mode,
                     return_indices)  # fmt: skip


# --- the mean -----------------------------------------------------------------------------------
def _avg_pool(op: str, input: Tensor, count: int, kernel_size: Any, stride: Any, padding: Any,
              ceil_mode: bool, count_include_pad: bool,
              divisor_override: int | None) -> Tensor:  # fmt: skip
    size, grid, places = _walk(op, input, count, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise ArgumentError("LL185", op=op, argument="divisor_override", value=0,
                            expected=Word("a number other than 0"))  # fmt: skip
    space = input._array.shape[-count:]
    total = sums(input, size, grid)
    if divisor_override is not None:
        return _divided(total, divisor_override)
    factors = []
    for n, k, s, p, m in zip(space, size, grid.stride, grid.low, places, strict=True):
        start = np.arange(m) * s - p
        end = np.minimum(start + k, n + p)  # a window that hangs over counts no further
        inside = np.minimum(end, n) - np.maximum(start, 0)
        factors.append(end - start if count_include_pad else inside)
    counts = math.prod(np.ix_(*factors), start=np.ones((), np.int64))
    if counts.min() == counts.max():
        return _divided(total, int(counts.max()))
    return _divided(total, fresh(counts.astype(input._array.dtype)))


def sums(input: Tensor, size: Shape, grid: Grid) -> Tensor:
    """The sum of every window, axis after axis."""
    x, first = input, input.ndim - len(size)
    if any(grid.low) or any(grid.high):
        none = (0,) * first
        x = apply(ops.views.pad, x, low=(*none, *grid.low), high=(*none, *grid.high),
                  interior=(0,) * x.ndim, value=0)  # fmt: skip
    for i in reversed(range(len(size))):
        x = apply(ops.pooling.window_sum, x, axis=first + i, size=size[i], step=grid.stride[i])
    return x


def _divided(total: Tensor, count: Any) -> Tensor:
    """total / count; whole numbers stay whole."""
    whole = not total.dtype.is_floating_point
    return A.div(total, count, rounding_mode="trunc" if whole else None)


@composition
def avg_pool1d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               ceil_mode: bool = False, count_include_pad: bool = True) -> Tensor:  # fmt: skip
    """The mean of every `kernel_size` neighbours, `stride` apart (kernel_size if None).

    Shape: (N, C, L) or (C, L). Errors: LL146, LL147, LL173, LL183.

    Example:
        >>> import liuli
        >>> from liuli.functions import pooling as F
        >>> F.avg_pool1d(liuli.tensor([[1.0, 5.0, 2.0, 4.0]]), 2)
        tensor([[3., 3.]])
    """
    return _avg_pool("avg_pool1d", input, 1, kernel_size, stride, padding, ceil_mode,
                     count_include_pad, None)  # fmt: skip


@composition
def avg_pool2d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Tensor:  # fmt: skip
    """The mean of every window of an image, `stride` apart (kernel_size if None).

    The zeros of the padding count unless `count_include_pad` is False; `divisor_override` is
    what every sum is divided by instead.

    Shape: (N, C, H, W) or (C, H, W). Errors: LL146, LL147, LL173, LL183 as max_pool2d.

    Example:
        >>> import liuli
        >>> from liuli.functions import pooling as F
        >>> F.avg_pool2d(liuli.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 2)
        tensor([[[3.]]])
    """
    return _avg_pool("avg_pool2d", input, 2, kernel_size, stride, padding, ceil_mode,
                     count_include_pad, divisor_override)  # fmt: skip


@composition
def avg_pool3d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Tensor:  # fmt: skip
    """As avg_pool2d, of volumes. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return _avg_pool("avg_pool3d", input, 3, kernel_size, stride, padding, ceil_mode,
                     count_include_pad, divisor_override)  # fmt: skip


# --- the p-norm ---------------------------------------------------------------------------------
def _lp_pool(op: str, input: Tensor, count: int, norm_type: float, kernel_size: Any, stride: Any,
             ceil_mode: bool) -> Tensor:  # fmt: skip
    power = A.pow(input, norm_type)
    mean = _avg_pool(op, power, count, kernel_size, stride, 0, ceil_mode, True, None)
    taps = math.prod(numbers(op, "kernel_size", kernel_size, count))
    size = A.mul(A.sign(mean), relu(A.abs(mean)))
    return A.pow(A.mul(size, taps), 1 / norm_type)


@composition
def lp_pool1d(input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None,
              ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """(sum of x^p)^(1/p) of every window, p = norm_type; 1 is the sum.

    Shape: (N, C, L) or (C, L). Errors: LL146, LL147, LL173.

    Example:
        >>> import liuli
        >>> from liuli.functions import pooling as F
        >>> F.lp_pool1d(liuli.tensor([[3.0, 4.0, 0.0, 2.0]]), 2, 2)
        tensor([[5., 2.]])
    """
    return _lp_pool("lp_pool1d", input, 1, norm_type, kernel_size, stride, ceil_mode)


@composition
def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None,
              ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """As lp_pool1d, of images. Shape: (N, C, H, W) or (C, H, W)."""
    return _lp_pool("lp_pool2d", input, 2, norm_type, kernel_size, stride, ceil_mode)


@composition
def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Size, stride: Size | None = None,
              ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """As lp_pool1d, of volumes. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return _lp_pool("lp_pool3d", input, 3, norm_type, kernel_size, stride, ceil_mode)


__all__ = [
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d",
    "max_pool1d", "max_pool2d", "max_pool3d",
]  # fmt: skip
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

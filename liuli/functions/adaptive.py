"""Adaptive pooling: an axis of any length becomes one of the length that is asked for.

Place i of m along an axis of n elements sees those from floor(i n / m) to ceil((i + 1) n / m).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..autodiff.describe import guard_all
from ..autodiff.tensor import Tensor, apply
from ..errors import DTypeError
from ..ops.convolution import Grid
from ..ops.op import Shape
from ..ops.pooling import LONGEST
from . import arithmetic as A
from . import reductions as R
from .compose import composition
from .convert import contiguous
from .kernels import numbers
from .pooling import largest, lowest, space_of
from .taps import bins, picked, shares

__mirrors__ = "torch"
Target = int | None | Sequence[int | None]


def _target(op: str, input: Tensor, output_size: Any, count: int) -> tuple[Shape, Shape]:
    """The lengths of the axes of space, and what they become; None keeps one.

    Errors: LL146 for another number of axes, LL147 for axes without elements, LL173 for sizes
    that are none.
    """
    space = space_of(op, input, count)
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * count
    kept = wanted if len(wanted) != count else tuple(
        n if m is None else m for m, n in zip(wanted, space, strict=True)
    )  # fmt: skip
    return space, numbers(op, "output_size", kept, count)


def _adaptive_avg(op: str, input: Tensor, output_size: Any, count: int) -> Tensor:
    space, target = _target(op, input, output_size, count)
    if not input.dtype.is_floating_point:
        raise DTypeError("LL205", op=op, dtype=input.dtype)
    first = input.ndim - count
    if all(m == 1 for m in target):
        return R.mean(input, tuple(range(first, input.ndim)), True)
    x, taps = input, 1
    for axis, (n, m) in enumerate(zip(space, target, strict=True), first):
        if not m or n % m:
            places = bins(n, m)
            x = picked(x, axis, places, shares(places))
        elif n != m:
            x = apply(ops.pooling.window_sum, x, axis=axis, size=n // m, step=n // m)
            taps *= n // m
    return contiguous(A.div(x, taps))


@composition
def adaptive_avg_pool1d(input: Tensor, output_size: Target) -> Tensor:
    """Means over bins that cover the axis evenly. Shape: (N, C, L) or (C, L) -> last axis as asked.

    Errors: LL146, LL147, LL173, LL205.

    Example:
        >>> import liuli
        >>> from liuli.functions import adaptive as F
        >>> F.adaptive_avg_pool1d(liuli.tensor([[1.0, 2.0, 6.0]]), 2)
        tensor([[1.5000, 4.0000]])
    """
    return _adaptive_avg("adaptive_avg_pool1d", input, output_size, 1)


@composition
def adaptive_avg_pool2d(input: Tensor, output_size: Target) -> Tensor:
    """Means over bins that cover an image evenly; 1 is the mean of the whole, None keeps an axis.

    Shape: (N, C, H, W) or (C, H, W) -> H and W as asked. Errors: LL146 for another number of
    axes, LL147 for axes without elements, LL205 for whole numbers, LL173 for sizes that are none.

    Example:
        >>> import liuli
        >>> from liuli.functions import adaptive as F
        >>> F.adaptive_avg_pool2d(liuli.ones(2, 3, 7, 5), (1, 2)).shape
        liuli.Size([2, 3, 1, 2])
    """
    return _adaptive_avg("adaptive_avg_pool2d", input, output_size, 2)


@composition
def adaptive_avg_pool3d(input: Tensor, output_size: Target) -> Tensor:
    """As adaptive_avg_pool2d, of volumes. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return _adaptive_avg("adaptive_avg_pool3d", input, output_size, 3)


def _adaptive_max(op: str, input: Tensor, output_size: Any, count: int,
                  return_indices: bool) -> Any:  # fmt: skip
    space, target = _target(op, input, output_size, count)
    pairs = list(zip(space, target, strict=True))
    even = all(m and n % m == 0 for n, m in pairs)
    size = tuple(n // m for n, m in pairs) if even else ()
    if even and math.prod(size) <= LONGEST and not return_indices:
        none = (0,) * count
        grid = Grid(size, (1,) * count, none, none)
        return apply(ops.pooling.max_pool, input, size=size, grid=grid, fill=lowest(input))
    made, index = largest(input, [bins(n, m) for n, m in pairs])
    return (made, index) if return_indices else made


@composition
def adaptive_max_pool1d(input: Tensor, output_size: Target, return_indices: bool = False) -> Any:
    """The largest of bins that cover the axis evenly. Shape: (N, C, L) or (C, L).

    Errors: LL146, LL147, LL173.

    Example:
        >>> import liuli
        >>> from liuli.functions import adaptive as F
        >>> F.adaptive_max_pool1d(liuli.tensor([[1.0, 2.0, 6.0]]), 2)
        tensor([[2., 6.]])
    """
    return _adaptive_max("adaptive_max_pool1d", input, output_size, 1, return_indices)


@composition
def adaptive_max_pool2d(input: Tensor, output_size: Target, return_indices: bool = False) -> Any:
    """The largest of bins that cover an image evenly; the gradient goes to the first of them.

    Shape: (N, C, H, W) or (C, H, W) -> H and W as asked; with `return_indices` also their places
    in the flattened image. Errors: LL146, LL147, LL173 as adaptive_avg_pool2d.

    Example:
        >>> import liuli
        >>> from liuli.functions import adaptive as F
        >>> F.adaptive_max_pool2d(liuli.tensor([[[1.0, 2.0], [4.0, 3.0]]]), 1)
        tensor([[[4.]]])
    """
    return _adaptive_max("adaptive_max_pool2d", input, output_size, 2, return_indices)


@composition
def adaptive_max_pool3d(input: Tensor, output_size: Target, return_indices: bool = False) -> Any:
    """As adaptive_max_pool2d, of volumes. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return _adaptive_max("adaptive_max_pool3d", input, output_size, 3, return_indices)


__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d",
]  # fmt: skip
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

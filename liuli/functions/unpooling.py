"""The reverse of max pooling: every maximum back to its place, and zeros around."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..autodiff.describe import guard_all, row
from ..autodiff.tensor import Tensor, apply
from ..errors import ArgumentError, ShapeError
from ..ops.op import Shape
from . import creation as N
from .compose import composition
from .kernels import numbers
from .pooling import Size, space_of
from .scattering import checked
from .shapes import reshape

__mirrors__ = "torch"


def _whole(op: str, space: Shape, given: Any, size: Shape, step: Shape, around: Shape) -> Shape:
    """The lengths before pooling: those given, which may differ by less than a step."""
    walks = zip(space, step, size, around, strict=True)
    usual = tuple((n - 1) * s + k - 2 * p for n, s, k, p in walks)
    if given is None:
        return usual
    asked = tuple(int(n) for n in given)[-len(space) :]
    low = tuple(n - s + 1 for n, s in zip(usual, step, strict=True))
    high = tuple(n + s - 1 for n, s in zip(usual, step, strict=True))
    ends = zip(low, asked, high, strict=False)
    if len(asked) != len(space) or any(not lo <= n <= hi for lo, n, hi in ends):
        raise ArgumentError("LL176", op=op, size=tuple(given), low=low, high=high)
    return asked


def _unpool(op: str, input: Tensor, indices: Tensor, count: int, kernel_size: Any, stride: Any,
            padding: Any, output_size: Any) -> Tensor:  # fmt: skip
    space = space_of(op, input, count)
    if indices._array.shape != input._array.shape:
        raise ShapeError("LL182", rows=[row("input", input), row("indices", indices)], op=op)
    size = numbers(op, "kernel_size", kernel_size, count, 1)
    step = numbers(op, "stride", kernel_size if stride is None else stride, count, 1)
    around = numbers(op, "padding", padding, count)
    whole = _whole(op, space, output_size, size, step, around)
    lead = input._array.shape[:-count]
    flat = (*lead, math.prod(space))
    places = checked(reshape(indices, flat), math.prod(whole))
    blank = N.zeros(*lead, math.prod(whole), dtype=input.dtype)
    made = apply(ops.index.scatter_set, blank, places, reshape(input, flat), batch=len(lead))
    return reshape(made, (*lead, *whole))


@composition
def max_unpool1d(input: Tensor, indices: Tensor, kernel_size: Size, stride: Size | None = None,
                 padding: Size = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:  # fmt: skip
    """Puts maxima back where max_pool1d (with `return_indices`) found them, and 0 elsewhere.

    Shape: (N, C, L) or (C, L). Errors: LL146, LL173, LL176, LL182, LL302.

    Example:
        >>> import liuli
        >>> from liuli.functions import pooling, unpooling
        >>> found = pooling.max_pool1d(liuli.tensor([[1.0, 5.0, 3.0, 2.0]]), 2, return_indices=True)
        >>> unpooling.max_unpool1d(*found, 2)
        tensor([[0., 5., 3., 0.]])
    """
    return _unpool("max_unpool1d", input, indices, 1, kernel_size, stride, padding, output_size)


@composition
def max_unpool2d(input: Tensor, indices: Tensor, kernel_size: Size, stride: Size | None = None,
                 padding: Size = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:  # fmt: skip
    """Puts maxima back where max_pool2d (with `return_indices`) found them, and 0 elsewhere.

    Of several for one place the last one stays. `output_size` says which of the sizes is meant
    that pool to this one.

    Shape: (N, C, H, W) or (C, H, W). Errors: LL182 if input and indices differ in shape, LL146
    for another number of axes, LL302 for a place that is not there, LL173 for sizes that are
    none, LL176 for an output_size that does not pool to this one.
    """
    return _unpool("max_unpool2d", input, indices, 2, kernel_size, stride, padding, output_size)


@composition
def max_unpool3d(input: Tensor, indices: Tensor, kernel_size: Size, stride: Size | None = None,
                 padding: Size = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:  # fmt: skip
    """As max_unpool2d, of volumes. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return _unpool("max_unpool3d", input, indices, 3, kernel_size, stride, padding, output_size)


__all__ = ["max_unpool1d", "max_unpool2d", "max_unpool3d"]
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

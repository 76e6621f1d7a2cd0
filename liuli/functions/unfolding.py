"""Images as matrices of what a kernel sees at each place, and back: unfold and fold."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..autodiff.describe import rows
from ..autodiff.tensor import Tensor, apply
from ..errors import ShapeError
from ..ops.convolution import Grid
from ..ops.op import Shape
from .compose import composition
from .kernels import check_axes, check_room, numbers
from .shapes import permute, reshape

__mirrors__ = "torch"
V = ops.views
COUNT = 2  # axes of space


@composition
def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
           stride: Any = 1) -> Tensor:  # fmt: skip
    """What a kernel sees at each of its places, as one column of a matrix.

    A convolution is the matrix of the weights times this one ("im2col").

    Shape: (N, C, H, W) or (C, H, W) -> (N, C * kH * kW, places) or (C * kH * kW, places).
    Errors: LL146 for other shapes, LL147 where the kernel is too long, LL173 for wrong numbers.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.unfold(liuli.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]), 2)
        tensor([[1., 2.],
                [2., 3.],
                [4., 5.],
                [5., 6.]])
    """
    taps, grid = _walk("unfold", kernel_size, dilation, padding, stride)
    shape = input._array.shape
    check_axes("unfold", input, COUNT)
    check_room("unfold", shape[-COUNT:], taps, grid, x=input)
    places = grid.places(shape[-COUNT:], taps)
    lead, axis = shape[:-COUNT], len(shape) - COUNT
    flat = (0,) * axis
    padded = apply(V.pad, input, low=(*flat, *grid.low), high=(*flat, *grid.high),
                   interior=(0,) * len(shape), value=0) if any(grid.low) else input  # fmt: skip
    seen = apply(V.windows, padded, axes=(axis, axis + 1), size=taps, step=grid.stride,
                 dilation=grid.dilation)  # fmt: skip
    turned = permute(seen, (*range(axis), axis + 2, axis + 3, axis, axis + 1))
    return reshape(turned, (*lead[:-1], lead[-1] * math.prod(taps), math.prod(places)))


@composition
def fold(input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
         stride: Any = 1) -> Tensor:  # fmt: skip
    """Columns added back to the places that unfold took them from; where they overlap, summed.

    Shape: (N, C * kH * kW, places) or (C * kH * kW, places) -> (N, C, *output_size) or
    (C, *output_size). Errors: LL177 for another shape, LL173 for wrong numbers.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.fold(F.unfold(liuli.ones(1, 2, 3), 2), (2, 3), 2)
        tensor([[[1., 2., 1.],
                 [1., 2., 1.]]])
    """
    space = numbers("fold", "output_size", output_size, COUNT, 1)
    taps, grid = _walk("fold", kernel_size, dilation, padding, stride)
    places = grid.places(space, taps)
    shape, each = input._array.shape, math.prod(taps)
    if len(shape) not in (2, 3) or shape[-2] % each or min(places) < 1 or (
        shape[-1] != math.prod(places)
    ):  # fmt: skip
        columns = math.prod(max(n, 0) for n in places)
        raise ShapeError("LL177", rows=rows(x=input), shape=shape,
                         expected=f"(N, C * {each}, {columns})")  # fmt: skip
    lead = (*shape[:-2], shape[-2] // each)
    axis = len(lead)
    parts = reshape(input, (*lead, *taps, *places))
    parts = permute(parts, (*range(axis), axis + 2, axis + 3, axis, axis + 1))
    made = apply(V.fold, parts, shape=(*lead, *grid.padded(space)), axes=(axis, axis + 1),
                 size=taps, step=grid.stride, dilation=grid.dilation)  # fmt: skip
    if not any(grid.low):
        return made
    back = (*(0,) * axis, *(-n for n in grid.low))
    return apply(V.pad, made, low=back, high=back, interior=(0,) * len(back), value=0)


def _walk(
    op: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> tuple[Shape, Grid]:
    taps = numbers(op, "kernel_size", kernel_size, COUNT, 1)
    cut = numbers(op, "padding", padding, COUNT)
    steps = numbers(op, "stride", stride, COUNT, 1)
    return taps, Grid(steps, numbers(op, "dilation", dilation, COUNT, 1), cut, cut)

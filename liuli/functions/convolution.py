"""Convolutions and transposed convolutions: kernels that walk over lines, images and volumes."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..autodiff.describe import rows
from ..autodiff.tensor import Tensor, apply
from ..errors import ArgumentError, ShapeError
from ..messages.words import Word
from ..ops.convolution import Grid
from ..ops.op import Shape
from . import arithmetic as A
from .compose import composition
from .convert import contiguous
from .kernels import (
    around,
    check_bias,
    check_groups,
    check_input,
    check_room,
    check_weight,
    numbers,
)
from .shapes import permute, reshape

__mirrors__ = "torch"
C, V = ops.convolution, ops.views


# --- convolution --------------------------------------------------------------------------------
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
           padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:  # fmt: skip
    """y[n, o, p] = sum over c, t of x[n, c, p * stride + t * dilation] weight[o, c, t] + bias[o].

    A kernel looks at neighbouring places of a line, the same kernel everywhere. `padding` zeros
    stand at both ends; "same" pads so much that the length stays, "valid" not at all.

    Shape: x (N, C, L) or (C, L), weight (O, C / groups, k), bias (O) -> (N, O, M) or (O, M), with
    M = (L + 2 padding - dilation (k - 1) - 1) // stride + 1.
    Errors: LL145 to LL149 for shapes that do not fit, LL173, LL174, LL602 for wrong numbers.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> x = liuli.tensor([[[1.0, 2.0, 4.0, 8.0]]])
        >>> F.conv1d(x, liuli.tensor([[[-1.0, 1.0]]]))
        tensor([[[1., 2., 4.]]])
    """
    return _convolve(1, "conv1d", input, weight, bias, stride, padding, dilation, groups)


def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
           padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:  # fmt: skip
    """As conv1d, over images: a small picture is slid over a large one.

    Shape: x (N, C, H, W) or (C, H, W), weight (O, C / groups, kH, kW), bias (O)
    -> (N, O, H', W') or (O, H', W').
    Errors: LL145 to LL149 for shapes that do not fit, LL173, LL174, LL602 for wrong numbers.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.conv2d(liuli.ones(1, 1, 4, 5), liuli.ones(2, 1, 3, 3)).shape
        liuli.Size([1, 2, 2, 3])
        >>> F.conv2d(liuli.ones(1, 3, 3), liuli.ones(1, 1, 3, 3), padding="same")
        tensor([[[4., 6., 4.],
                 [6., 9., 6.],
                 [4., 6., 4.]]])
    """
    return _convolve(2, "conv2d", input, weight, bias, stride, padding, dilation, groups)


def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
           padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:  # fmt: skip
    """As conv1d, over volumes.

    Shape: x (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, kD, kH, kW), bias (O)
    -> (N, O, D', H', W') or (O, D', H', W').
    Errors: LL145 to LL149 for shapes that do not fit, LL173, LL174, LL602 for wrong numbers.
    """
    return _convolve(3, "conv3d", input, weight, bias, stride, padding, dilation, groups)


def _convolve(count: int, op: str, input: Tensor, weight: Tensor, bias: Tensor | None,
              stride: Any, padding: Any, dilation: Any, groups: int) -> Tensor:  # fmt: skip
    check_weight(op, weight, count)
    outputs, share, *taps = weight._array.shape
    check_groups(op, groups, out_channels=outputs)
    check_input(op, input, weight, share * groups, count)
    steps = numbers(op, "stride", stride, count, 1)
    spread = numbers(op, "dilation", dilation, count, 1)
    low, high = around(op, padding, steps, spread, tuple(taps))
    grid = Grid(steps, spread, low, high, groups)
    space = input._array.shape[-count:]
    check_room(op, space, tuple(taps), grid, x=input, weight=weight)
    x = _batch(_alike(input, weight), count)
    if bias is None:
        made = apply(C.plain_convolution, x, weight, grid=grid)
    else:
        check_bias(op, bias, outputs)
        made = apply(C.convolution, x, weight, _alike(bias, weight), grid=grid)
    return _unbatch(made, input)


# --- transposed convolution ---------------------------------------------------------------------
@composition
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
                     padding: Any = 0, output_padding: Any = 0, groups: int = 1,
                     dilation: Any = 1) -> Tensor:  # fmt: skip
    """x[n, c, p] weight[c, o, t] is added to y[n, o, p * stride + t * dilation - padding].

    What a convolution with these numbers does backwards: with a stride the result is longer than
    the input. `padding` cuts that much off at both ends, `output_padding` appends at the last.

    Shape: x (N, C, L) or (C, L), weight (C, O / groups, k), bias (O) -> (N, O, M) or (O, M), with
    M = (L - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1.
    Errors: LL145 to LL150 for shapes that do not fit, LL173, LL175 for wrong numbers.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> x = liuli.tensor([[[1.0, 2.0, 3.0]]])
        >>> F.conv_transpose1d(x, liuli.tensor([[[1.0, 10.0]]]), stride=2)
        tensor([[[ 1., 10.,  2., 20.,  3., 30.]]])
    """
    return _transposed(1, "conv_transpose1d", input, weight, bias, stride, padding,
                       output_padding, groups, dilation)  # fmt: skip


@composition
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
                     padding: Any = 0, output_padding: Any = 0, groups: int = 1,
                     dilation: Any = 1) -> Tensor:  # fmt: skip
    """As conv_transpose1d, over images.

    Shape: x (N, C, H, W) or (C, H, W), weight (C, O / groups, kH, kW), bias (O)
    -> (N, O, H', W') or (O, H', W').
    Errors: LL145 to LL150 for shapes that do not fit, LL173, LL175 for wrong numbers.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.conv_transpose2d(liuli.ones(1, 3, 7, 7), liuli.ones(3, 2, 2, 2), stride=2).shape
        liuli.Size([1, 2, 14, 14])
    """
    return _transposed(2, "conv_transpose2d", input, weight, bias, stride, padding,
                       output_padding, groups, dilation)  # fmt: skip


@composition
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
                     padding: Any = 0, output_padding: Any = 0, groups: int = 1,
                     dilation: Any = 1) -> Tensor:  # fmt: skip
    """As conv_transpose1d, over volumes.

    Shape: x (N, C, D, H, W) or (C, D, H, W), weight (C, O / groups, kD, kH, kW), bias (O)
    -> (N, O, D', H', W') or (O, D', H', W').
    Errors: LL145 to LL150 for shapes that do not fit, LL173, LL175 for wrong numbers.
    """
    return _transposed(3, "conv_transpose3d", input, weight, bias, stride, padding,
                       output_padding, groups, dilation)  # fmt: skip


def _transposed(count: int, op: str, input: Tensor, weight: Tensor, bias: Tensor | None,
                stride: Any, padding: Any, output_padding: Any, groups: int,
                dilation: Any) -> Tensor:  # fmt: skip
    check_weight(op, weight, count)
    inputs, share, *taps = weight._array.shape
    check_groups(op, groups, in_channels=inputs)
    check_input(op, input, weight, inputs, count)
    if bias is not None:
        check_bias(op, bias, share * groups)
    steps = numbers(op, "stride", stride, count, 1)
    cut = numbers(op, "padding", padding, count)
    spread = numbers(op, "dilation", dilation, count, 1)
    more = numbers(op, "output_padding", output_padding, count)
    for extra, s, d in zip(more, steps, spread, strict=True):
        if extra >= max(s, d):
            raise ArgumentError("LL175", op=op, value=extra, limit=max(s, d))
    # What is appended first gives back what was cut off; behind that come zeros.
    high = tuple(max(p - extra, 0) for p, extra in zip(cut, more, strict=True))
    zeros = tuple(max(extra - p, 0) for p, extra in zip(cut, more, strict=True))
    grid = Grid(steps, spread, cut, high, groups)
    space = _space(input._array.shape[-count:], tuple(taps), grid)
    if min(n + z for n, z in zip(space, zeros, strict=True)) < 1 or min(space) < 0:
        raise ShapeError("LL150", rows=rows(x=input, weight=weight), op=op, length=min(space))
    x = _batch(_alike(input, weight), count)
    made = apply(C.convolution_input, x, weight, space=space, grid=grid)
    if any(zeros):
        flat = (0,) * (count + 2)
        made = apply(V.pad, made, low=flat, high=(0, 0, *zeros), interior=flat, value=0)
    if bias is not None:
        made = A.add(made, reshape(_alike(bias, weight), (-1, *(1,) * count)))
    return _unbatch(made, input)


def _space(places: Shape, taps: Shape, grid: Grid) -> Shape:
    """The lengths of the input from which a kernel comes to so many places."""
    numbers = zip(places, taps, *grid[:4], strict=True)
    return tuple((n - 1) * s + d * (k - 1) + 1 - lo - hi for n, k, s, d, lo, hi in numbers)


# --- other ways to call them ----------------------------------------------------------------------
def any_convolution(input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any,
                    dilation: Any, transposed: bool, output_padding: Any,
                    groups: int) -> Tensor:  # fmt: skip
    """The convolution with as many axes of space as the weight has, or the transposed one."""
    count = min(max(weight.ndim - 2, 1), 3)
    if transposed:
        return _transposed(count, f"conv_transpose{count}d", input, weight, bias, stride, padding,
                           output_padding, groups, dilation)  # fmt: skip
    return _convolve(count, f"conv{count}d", input, weight, bias, stride, padding, dilation, groups)


@composition
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """conv1d with its axes in another order: time, batch, channels.

    Shape: x (L, N, C), weight (k, C, O), bias (O) -> (L + 2 pad - k + 1, N, O).
    Errors: LL145 to LL149 for shapes that do not fit, LL173.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.conv_tbc(liuli.ones(5, 2, 3), liuli.ones(2, 3, 4), liuli.zeros(4)).shape
        liuli.Size([4, 2, 4])
    """
    for name, x, axes in (("input", input, "(L, N, C)"), ("weight", weight, "(k, C, O)")):
        if x.ndim != 3:
            raise ShapeError("LL146", rows=rows(**{name: x}), op="conv_tbc", name=Word(name),
                             fix="", shape=tuple(x.shape), expected=axes)  # fmt: skip
    x, kernels = permute(input, (1, 2, 0)), permute(weight, (2, 1, 0))
    made = _convolve(1, "conv_tbc", x, kernels, bias, 1, pad, 1, 1)
    return contiguous(permute(made, (2, 0, 1)))


# --- batches of one -----------------------------------------------------------------------------
def _alike(x: Tensor, weight: Tensor) -> Tensor:
    """x in the dtype of the weight."""
    return x if x._array.dtype is weight._array.dtype else A.cast(x, weight.dtype)


def _batch(x: Tensor, count: int) -> Tensor:
    """x with a batch axis."""
    shape = x._array.shape
    return x if len(shape) == count + 2 else reshape(x, (1, *shape))


def _unbatch(made: Tensor, like: Tensor) -> Tensor:
    """A result, with a batch axis only if `like` has one."""
    shape = made._array.shape
    return made if len(like._array.shape) == len(shape) else reshape(made, shape[1:])

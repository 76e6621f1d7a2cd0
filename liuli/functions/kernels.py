"""What a kernel needs to walk over an input: numbers an axis, channels, groups, and enough room.

The errors of convolutions are told here.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from ..autodiff.describe import row, rows
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError, Row, ShapeError
from ..messages.words import Word
from ..ops.convolution import Grid
from ..ops.op import Shape

__mirrors__ = "torch"
Numbers = int | Sequence[int]

# By the number of axes of space: what an input may be.
SHAPES = {1: "(N, C, L) or (C, L)", 2: "(N, C, H, W) or (C, H, W)",
          3: "(N, C, D, H, W) or (C, D, H, W)"}  # fmt: skip
_SPACE = {1: "L", 2: "H, W", 3: "D, H, W"}
_TAPS = {1: "kL", 2: "kH, kW", 3: "kD, kH, kW"}


def numbers(op: str, argument: str, value: Any, count: int, least: int = 0) -> Shape:
    """One number for all of `count` axes of space, or one for each. Errors: LL173."""
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    try:
        each = tuple(operator.index(n) for n in given)
    except TypeError:
        each = ()
    if len(each) not in (1, count) or min(each) < least:
        whole = isinstance(value, float) and value.is_integer() and value >= least
        fix = f"{argument}={int(value)}" if whole else ""
        raise ArgumentError("LL173", op=op, argument=argument, value=repr(value), least=least,
                            count=count, fix=fix)  # fmt: skip
    return each if len(each) == count else each * count


def around(
    op: str, padding: Any, stride: Shape, dilation: Shape, taps: Shape
) -> tuple[Shape, Shape]:
    """The zeros before and after each axis, from numbers, "valid" or "same".

    Errors: LL602 for another word, LL174 for "same" with a stride, LL173.
    """
    count = len(taps)
    if not isinstance(padding, str):
        each = numbers(op, "padding", padding, count)
        return each, each
    if padding == "valid":
        return (0,) * count, (0,) * count
    if padding != "same":
        raise ArgumentError("LL602", argument="padding", value=repr(padding),
                            choices="'valid', 'same', 0, 1, ...")  # fmt: skip
    missing = tuple(d * (k - 1) for d, k in zip(dilation, taps, strict=True))
    if max(stride) > 1:
        half = tuple(n // 2 for n in missing)
        fix = half[0] if len(set(half)) == 1 else half
        raise ArgumentError("LL174", op=op, stride=stride, fix=fix)
    return tuple(n // 2 for n in missing), tuple(n - n // 2 for n in missing)


# --- inputs and weights ---------------------------------------------------------------------------
def check_weight(op: str, weight: Tensor, count: int) -> None:
    """Errors: LL146 unless it has an axis for inputs, one for outputs, and those of space."""
    if weight.ndim != count + 2:
        raise ShapeError("LL146", rows=[row("weight", weight)], op=op, name=Word("weight"), fix="",
                         shape=tuple(weight.shape), expected=f"({_sides(op, count)})")  # fmt: skip


def check_groups(op: str, groups: Any, **channels: int) -> None:
    """Errors: LL148 unless `groups` is a whole number that divides all kinds of channels."""
    for name, count in channels.items():
        if not isinstance(groups, int) or groups < 1 or count % groups:
            raise ShapeError("LL148", op=op, channels=count, name=name, groups=groups)


def check_axes(op: str, input: Tensor, count: int, expected: int = 0) -> None:
    """Errors: LL146 unless there are `count` axes of space, channels, and at most a batch."""
    shape = input._array.shape
    if len(shape) not in (count + 1, count + 2):
        fix = _with_axes(shape, expected, count)
        raise ShapeError("LL146", rows=[row("x", input)], op=op, name=Word("input"), shape=shape,
                         expected=Word(SHAPES[count]), fix=fix)  # fmt: skip


def check_input(op: str, input: Tensor, weight: Tensor, expected: int, count: int) -> None:
    """Errors: LL146 for a wrong number of axes, LL145 unless there are `expected` channels."""
    check_axes(op, input, count, expected)
    shape = input._array.shape
    channels = shape[-count - 1]
    if channels != expected:
        axes = f"{'N, ' if len(shape) == count + 2 else ''}C, {_SPACE[count]}"
        fix, remark = _with_channels(shape, expected, count)
        first = Row("x", shape, remark) if fix else row("x", input, axes)
        table = [first, row("weight", weight, _sides(op, count))]
        raise ShapeError("LL145", rows=table, op=op, channels=channels, expected=expected, fix=fix)


def _sides(op: str, count: int) -> str:
    """The axes of a weight, in words."""
    sides = "in_channels, out" if "transpose" in op else "out_channels, in"
    return f"{sides}_channels / groups, {_TAPS[count]}"


def _with_axes(shape: Shape, expected: int, count: int) -> str:
    """What gives an input the axes that it lacks: flat images, images without a channel."""
    if len(shape) == count and expected == 1:
        side = math.isqrt(shape[-1])
        if not (count == 2 and side > 3 and side * side == shape[-1]):
            return "x.unsqueeze(0)"
    if len(shape) == 2 and count == 2 and expected and shape[1] % expected == 0:
        side = math.isqrt(shape[1] // expected)
        if side * side * expected == shape[1]:
            return f"x.reshape(-1, {expected}, {side}, {side})"
    return ""


def _with_channels(shape: Shape, expected: int, count: int) -> tuple[str, Word]:
    """What gives an input the channels that are expected, and why; "" where nobody can tell."""
    last, lead = len(shape) - 1, len(shape) - count - 1
    channels = shape[lead]
    if shape[-1] == expected:
        order = ", ".join(map(str, (*range(lead), last, *range(lead, last))))
        return f"x.permute({order})", Word("the channels are last")
    if not lead:
        fix = "x.unsqueeze(1)" if expected == 1 else ""
        return fix, Word("there is no axis for the channels")
    known = {
        (4, 3): ("x[:, :3]", Word("the fourth channel is transparency")),
        (1, 3): (f"x.expand(-1, 3{', -1' * count})", Word("gray, not coloured")),
        (3, 1): ("x.mean(1, keepdim=True)", Word("coloured, not gray")),
    }
    return known.get((channels, expected), ("", Word("")))


def check_bias(op: str, bias: Tensor, outputs: int) -> None:
    """Errors: LL149 unless there is one number for each output channel."""
    if bias._array.shape != (outputs,):
        raise ShapeError("LL149", rows=[row("bias", bias)], op=op, bias=tuple(bias.shape),
                         expected=(outputs,))  # fmt: skip


def check_room(op: str, space: Shape, taps: Shape, grid: Grid, **tensors: Tensor) -> None:
    """Errors: LL147 where the kernel is longer than the input with its padding."""
    for length, k, d in zip(grid.padded(space), taps, grid.dilation, strict=True):
        covers = d * (k - 1) + 1
        if covers > length:
            pad = max(grid.low) + -(-(covers - length) // 2)
            fix = f"padding={pad}" if pad <= covers // 2 else ""
            raise ShapeError("LL147", rows=rows(**tensors), op=op, covers=covers, length=length,
                             fix=fix)  # fmt: skip

"""Padding: more elements at the ends of the axes of space."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..autodiff.describe import rows
from ..autodiff.tensor import Number, Tensor, apply
from ..errors import ArgumentError, ShapeError
from .compose import composition
from .shapes import cat, expand, flip, narrow

__mirrors__ = "torch"
V = ops.views


@composition
def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """More elements at the ends of the last axes: `pad` is (left, right, top, bottom, ...).

    They are `value`, or by `mode` mirrored ("reflect"), the last one repeated ("replicate"), or
    those of the other end ("circular"). Negative numbers cut off.

    Errors: LL636 for an odd number of entries or more than two an axis, LL144 if an axis becomes
    negative or is too short to mirror.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.pad(liuli.tensor([1.0, 2.0, 3.0]), (2, 1), mode="reflect")
        tensor([3., 2., 1., 2., 3., 2.])
    """
    amounts = tuple(int(n) for n in pad)
    if len(amounts) % 2 or len(amounts) > 2 * input.ndim:
        raise ArgumentError("LL636", pad=amounts, ndim=input.ndim, most=2 * input.ndim)
    if mode not in ("constant", *_ENDS):
        raise ArgumentError("LL602", argument="mode", value=repr(mode),
                            choices="'constant', 'reflect', 'replicate', 'circular'")  # fmt: skip
    low, high = [0] * input.ndim, [0] * input.ndim
    for i in range(len(amounts) // 2):
        low[-1 - i], high[-1 - i] = amounts[2 * i], amounts[2 * i + 1]
        length = input._array.shape[-1 - i]
        if length + low[-1 - i] + high[-1 - i] < 0:
            raise ShapeError("LL144", rows=rows(input=input), pad=amounts, mode=mode, length=length)
    if mode != "constant":
        for axis, ends in enumerate(zip(low, high, strict=True)):
            input = _extended(input, axis, *ends, mode) if any(ends) else input
        return input
    fill: Number = 0 if value is None else value
    return apply(
        V.pad, input, low=tuple(low), high=tuple(high), interior=(0,) * input.ndim, value=fill
    )


def _extended(x: Tensor, axis: int, low: int, high: int, mode: str) -> Tensor:
    """`x` with `low` elements before and `high` after it along one axis."""
    start, end = max(-low, 0), max(-high, 0)
    if start or end:
        x = narrow(x, axis, start, x._array.shape[axis] - start - end)
    length = x._array.shape[axis]
    if max(low, high) > _LONGEST[mode](length):
        raise ShapeError("LL144", rows=rows(input=x), pad=(low, high), mode=mode, length=length)
    before, after = _ENDS[mode](x, axis, max(low, 0), max(high, 0), length)
    parts = ([before] if low > 0 else []) + [x] + ([after] if high > 0 else [])
    return cat(parts, axis) if len(parts) > 1 else x


def _mirrored(x: Tensor, axis: int, low: int, high: int, n: int) -> tuple[Tensor, Tensor]:
    return (flip(narrow(x, axis, min(1, n), low), axis),
            flip(narrow(x, axis, max(n - 1 - high, 0), high), axis))  # fmt: skip


def _repeated(x: Tensor, axis: int, low: int, high: int, n: int) -> tuple[Tensor, Tensor]:
    shape = list(x._array.shape)

    def many(start: int, count: int) -> Tensor:
        shape[axis] = count
        return expand(narrow(x, axis, start, min(n, 1)), shape)

    return many(0, low), many(max(n - 1, 0), high)


def _wrapped(x: Tensor, axis: int, low: int, high: int, n: int) -> tuple[Tensor, Tensor]:
    return narrow(x, axis, n - low, low), narrow(x, axis, 0, high)


_ENDS = {"reflect": _mirrored, "replicate": _repeated, "circular": _wrapped}
_LONGEST: dict[str, Any] = {
    "reflect": lambda n: max(n - 1, 0),
    "replicate": lambda n: float("inf") if n else 0,
    "circular": lambda n: n,
}

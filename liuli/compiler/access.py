"""Where a kernel reads: the place in a value as affine functions of the kernel's loop counters.

Views cost nothing in a kernel: asking a view for its element at some place is asking what it
looks at for its element at another. `through` works that out for one view.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

Shape = tuple[int, ...]


class Affine(NamedTuple):
    """const + the sum of coefficient times counter, over the loops."""

    const: int
    coefs: tuple[int, ...]

    def __add__(self, other: Affine) -> Affine:  # type: ignore[override]
        coefs = tuple(a + b for a, b in zip(self.coefs, other.coefs, strict=True))
        return Affine(self.const + other.const, coefs)

    def times(self, factor: int, plus: int = 0) -> Affine:
        """factor * self + plus."""
        return Affine(factor * self.const + plus, tuple(factor * c for c in self.coefs))


class Place(NamedTuple):
    """A place in a value of some shape: along every axis, or, where `axes` is None, in the flat
    sequence of its elements.
    """

    shape: Shape
    axes: tuple[Affine, ...] | None
    flat: Affine


def strides_of(shape: Shape) -> Shape:
    """How many elements one step along each axis is, in row-major order."""
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def place(shape: Shape, axes: Sequence[Affine], loops: int) -> Place:
    """The place at `axes`; along an axis of length 1 there is only one."""
    zero = Affine(0, (0,) * loops)
    kept = tuple(zero if n == 1 else a for n, a in zip(shape, axes, strict=True))
    flat = zero
    for stride, a in zip(strides_of(shape), kept, strict=True):
        flat = flat + a.times(stride)
    return Place(shape, kept, flat)


def home(shape: Shape, loops: Sequence[int | None], count: int) -> Place:
    """The place whose axis i is the counter of loop loops[i]; None stands for 0."""
    zero = Affine(0, (0,) * count)
    axes = [
        zero if loop is None else Affine(0, tuple(int(j == loop) for j in range(count)))
        for loop in loops
    ]
    return place(shape, axes, count)


def through(op: str, attrs: dict[str, Any], below: Shape, at: Place) -> Place | None:
    """The place in the operand, of shape `below`, that a view shows at `at`.

    None if that is no affine function of the counters.
    """
    loops = len(at.flat.coefs)
    if op == "reshape":
        return _reshaped(below, at)
    if at.axes is None:
        return None
    if op == "expand":
        lead = len(at.axes) - len(below)
        return place(below, at.axes[lead:], loops)
    if op == "permute":
        axes = [at.axes[attrs["axes"].index(i)] for i in range(len(below))]
        return place(below, axes, loops)
    if op == "slice":
        return _sliced(attrs["index"], below, at, loops)
    if op == "diagonal":
        return _diagonal(attrs, below, at, loops)
    if op == "windows":
        return _windows(attrs, below, at, loops)
    return None


def _reshaped(below: Shape, at: Place) -> Place:
    """The same place in the flat sequence; along axes too if each is made of whole axes above."""
    loops = len(at.flat.coefs)
    zero = Affine(0, (0,) * loops)
    above = [(n, a) for n, a in zip(at.shape, at.axes or (), strict=False) if n != 1]
    axes = []
    for n in below:
        length, along = 1, zero
        while length < n and above:
            size, axis = above.pop(0)
            length, along = length * size, along.times(size) + axis
        if length != n:
            return Place(below, None, at.flat)
        axes.append(along)
    return place(below, axes, loops) if at.axes is not None else Place(below, None, at.flat)


def _sliced(index: Sequence[Any], below: Shape, at: Place, loops: int) -> Place:
    assert at.axes is not None
    rest = iter(at.axes)
    axes = [
        Affine(part, (0,) * loops) if isinstance(part, int) else next(rest).times(part[2], part[0])
        for part in index
    ]
    return place(below, axes, loops)


def _windows(attrs: dict[str, Any], below: Shape, at: Place, loops: int) -> Place:
    """The number of a window and the place in it, which are the last axes of the view."""
    assert at.axes is not None
    axes = list(at.axes[: len(below)])
    steps = zip(attrs["axes"], attrs["step"], attrs["dilation"], strict=True)
    for (axis, step, dilation), within in zip(steps, at.axes[len(below) :], strict=True):
        axes[axis] = axes[axis].times(step) + within.times(dilation)
    return place(below, axes, loops)


def _diagonal(attrs: dict[str, Any], below: Shape, at: Place, loops: int) -> Place:
    assert at.axes is not None
    offset, first, second = attrs["offset"], attrs["axis1"], attrs["axis2"]
    along, rest = at.axes[-1], iter(at.axes[:-1])
    moved = {first: along.times(1, max(-offset, 0)), second: along.times(1, max(offset, 0))}
    axes = [moved[i] if i in moved else next(rest) for i in range(len(below))]
    return place(below, axes, loops)

"""Pooling by a factor that need not be whole: windows lie at random, and reach to both ends.

Along an axis of n elements with m windows of k: window i < m - 1 begins at
floor((i + u) a) - floor(u a), a = (n - k) / (m - 1); the last begins at n - k. One number u from
[0, 1) an axis, for every channel of every example. Source: B. Graham, "Fractional max-pooling",
2014.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.describe import guard_all, rows
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor, apply, fresh
from ..errors import ArgumentError, ShapeError
from ..messages.words import Word
from ..ops.convolution import Grid
from ..ops.op import Shape
from . import arithmetic as A
from . import creation as N
from . import reductions as R
from .compose import composition
from .indexing import take_along_dim
from .kernels import check_room, numbers
from .pooling import Size, space_of
from .shapes import cat, reshape, unsqueeze

__mirrors__ = "torch"
Ratio = float | Sequence[float]


def _target(op: str, space: Shape, output_size: Any, output_ratio: Any) -> Shape:
    """The lengths of the result. Errors: LL187 if none is given, LL173, LL185."""
    if output_size is not None:  # it comes first, as in PyTorch
        return numbers(op, "output_size", output_size, len(space), 1)
    if output_ratio is None:
        raise ArgumentError("LL187", op=op, size=None, ratio=None)
    ratios = check_ratio(op, output_ratio, len(space))
    return numbers(op, "output_size", [int(n * r) for n, r in zip(space, ratios, strict=True)],
                   len(space), 1)  # fmt: skip


def check_ratio(op: str, output_ratio: Any, count: int) -> tuple[float, ...]:
    """One ratio for all of `count` axes of space, or one for each. Errors: LL185."""
    many = isinstance(output_ratio, (tuple, list))
    ratios = tuple(output_ratio) if many else (output_ratio,) * count
    if len(ratios) != count or not all(0 < float(ratio) < 1 for ratio in ratios):
        expected = Word("a number between 0 and 1, or {count} of them", count=count)
        raise ArgumentError("LL185", op=op, argument="output_ratio", value=output_ratio,
                            expected=expected)  # fmt: skip
    return ratios


def _starts(u: Tensor, length: int, count: int, size: int) -> Tensor:
    """Where the windows along one axis begin: (N, C) -> (N, C, count)."""
    last = N.full((*u.shape, 1), length - size, dtype="int64")
    if count == 1:
        return last
    step = float(u._array.dtype.type(length - size) / u._array.dtype.type(count - 1))
    u = unsqueeze(u, -1)
    near = A.mul(A.add(u, fresh(np.arange(count - 1).astype(u._array.dtype))), step)
    first = A.sub(A.trunc(near), A.trunc(A.mul(u, step)))
    return cat([A.cast(first, "int64"), last], -1)


def _samples(op: str, input: Tensor, lead: Shape, count: int, given: Tensor | None) -> Tensor:
    """One number an axis, for every channel of every example. Errors: LL146."""
    batch = lead if len(lead) == 2 else (1, *lead)
    if given is None:
        return N.rand(*batch, count, dtype=input.dtype)
    if given._array.shape != (*batch, count):
        raise ShapeError("LL146", rows=rows(_random_samples=given), op=op, fix="",
                         name="_random_samples", shape=tuple(given.shape),
                         expected=str((*batch, count)))  # fmt: skip
    return given


def _fractional(op: str, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any,
                samples: Tensor | None, count: int) -> tuple[Tensor, Tensor]:  # fmt: skip
    space = space_of(op, input, count)
    size = numbers(op, "kernel_size", kernel_size, count, 1)
    target = _target(op, space, output_size, output_ratio)
    ones = (1,) * count
    # As many windows as there are must fit where neighbours begin one element apart.
    reach = tuple(k + m - 1 for k, m in zip(size, target, strict=True))
    check_room(op, space, reach, Grid(ones, ones, (0,) * count, (0,) * count), input=input)
    lead = input._array.shape[:-count]
    flat = reshape(input, (*lead, math.prod(space)))
    with no_grad():
        places = _places(_samples(op, input, lead, count, samples), space, size, target)
        seen = reshape(places, (*lead, *target, math.prod(size)))
        index = reshape(seen, (*lead, -1))
        tap = R.argmax(reshape(_picked(flat.detach(), index), seen.shape), -1, True)
        index = take_along_dim(seen, tap, -1)
    found = _picked(flat, reshape(index, (*lead, math.prod(target))))
    return reshape(found, (*lead, *target)), reshape(index, (*lead, *target))


def _picked(flat: Tensor, index: Tensor) -> Tensor:
    return apply(ops.index.gather, flat, index, batch=flat.ndim - 1)


def _places(samples: Tensor, space: Shape, size: Shape, target: Shape) -> Tensor:
    """What every window sees, counted in rows of space: (N, C, *target, taps)."""
    lead, count = samples._array.shape[:2], len(space)
    taps = np.zeros((1,) * count, np.int64)
    found: Any = None
    for i, (n, k, m) in enumerate(zip(space, size, target, strict=True)):
        row = math.prod(space[i + 1 :])
        # The numbers of images come last axis first, those of volumes first axis first.
        u = samples[:, :, count - 1 - i if count == 2 else i]
        start = A.mul(_starts(u, n, m, k), row)
        start = reshape(start, (*lead, *(m if i == j else 1 for j in range(count)), 1))
        found = start if found is None else A.add(found, start)
        along = np.arange(k) * row
        taps = taps + along.reshape([-1 if i == j else 1 for j in range(count)])
    made: Tensor = A.add(found, fresh(taps.ravel()))
    return made


@composition
def fractional_max_pool2d(input: Tensor, kernel_size: Size, output_size: Size | None = None,
                          output_ratio: Ratio | None = None, return_indices: bool = False,
                          _random_samples: Tensor | None = None) -> Any:  # fmt: skip
    """The largest of windows that lie at random, `output_size` of them or `output_ratio` times
    the length.

    With `return_indices` their places in the flattened image come too. `_random_samples`
    (N, C, 2) from [0, 1) are drawn if not given.

    Shape: (N, C, H, W) or (C, H, W) -> H and W as asked. Errors: LL146, LL147 where the windows
    have no room, LL173, LL185, LL187 unless output_size or output_ratio is given.
    Source: B. Graham, "Fractional max-pooling", 2014.

    Example:
        >>> import liuli
        >>> from liuli.functions import fractional as F
        >>> F.fractional_max_pool2d(liuli.rand(1, 3, 10, 10), 2, output_ratio=0.7).shape
        liuli.Size([1, 3, 7, 7])
    """
    made = _fractional("fractional_max_pool2d", input, kernel_size, output_size, output_ratio,
                       _random_samples, 2)  # fmt: skip
    return made if return_indices else made[0]


@composition
def fractional_max_pool3d(input: Tensor, kernel_size: Size, output_size: Size | None = None,
                          output_ratio: Ratio | None = None, return_indices: bool = False,
                          _random_samples: Tensor | None = None) -> Any:  # fmt: skip
    """As fractional_max_pool2d, of volumes. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    made = _fractional("fractional_max_pool3d", input, kernel_size, output_size, output_ratio,
                       _random_samples, 3)  # fmt: skip
    return made if return_indices else made[0]


__all__ = ["fractional_max_pool2d", "fractional_max_pool3d"]
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

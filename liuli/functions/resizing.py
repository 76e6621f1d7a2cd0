"""Images made larger or smaller, and channels turned into places and back.

Resizing goes axis by axis. Place i of the result lies at (i + 1/2) n / m - 1/2 of the input,
where n elements become m; with `align_corners` at i (n - 1) / (m - 1), so that both ends meet.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..autodiff.describe import guard_all, rows
from ..autodiff.tensor import Tensor, apply
from ..errors import ArgumentError, DTypeError, ShapeError
from ..messages.words import Word
from .adaptive import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .compose import composition
from .convert import clone, contiguous
from .kernels import numbers
from .shapes import permute, reshape
from .taps import Array, picked

__mirrors__ = "torch"
_DIMENSIONS = {
    "nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "area": (1, 2, 3), "linear": (1,),
    "bilinear": (2,), "bicubic": (2,), "trilinear": (3,),
}  # fmt: skip
_STEEP = -0.75  # of the cubic curve; -0.5 where it also smooths
_AREA = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)


class Axis(NamedTuple):
    """One axis: its length, that of the result, and the factor between them if it was given."""

    length: int
    target: int
    factor: float | None
    aligned: bool

    def scale(self, kind: Any) -> Any:
        """How far apart the places of the result lie in the input."""
        if self.aligned:
            return kind((self.length - 1) / (self.target - 1) if self.target > 1 else 0)
        return kind(1 / self.factor if self.factor else self.length / self.target)

    def places(self, kind: Any) -> Array:
        """Where the result lies in the input."""
        i, scale = np.arange(self.target).astype(kind), self.scale(kind)
        half = kind(0.5)
        found: Array = i * scale if self.aligned else scale * (i + half) - half
        return found


# --- what each place is made of -----------------------------------------------------------------
def _nearest(axis: Axis, exact: bool, image: bool) -> Array:
    """For every place of the result the one place that it shows."""
    i, n = np.arange(axis.target), axis.length
    if image and not exact and axis.target == n:  # whatever the factor; so PyTorch does
        return i
    scale = np.float32(1 / axis.factor if axis.factor else n / axis.target)
    found = (i + 0.5) * scale if exact else i.astype(np.float32) * scale
    return np.minimum(np.floor(found.astype(np.float32)).astype(np.int64), n - 1)


def _linear(axis: Axis, kind: Any) -> tuple[Array, Array]:
    """The two neighbours of every place, and their weights."""
    at = np.maximum(axis.places(kind), 0)
    left = np.minimum(at.astype(np.int64), axis.length - 1)
    right = np.minimum(left + 1, axis.length - 1)
    share = np.clip(at - left, 0, 1)
    return np.stack([left, right], 1), np.stack([1 - share, share], 1)


def _cubic(axis: Axis, kind: Any) -> tuple[Array, Array]:
    """The four neighbours of every place, and their weights on a cubic curve."""
    at = axis.places(kind)
    left = np.minimum(np.floor(at).astype(np.int64), axis.length - 1)
    share = np.clip(at - left, 0, 1)
    taps = np.arange(-1, 3)
    weights = _bell(share[:, None] - taps, _STEEP)
    return np.clip(left[:, None] + taps, 0, axis.length - 1), weights


def _bell(distance: Array, steep: float) -> Array:
    """The cubic curve through 1 at 0, and 0 at 1 and 2.

    Source: R. Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    d = np.abs(distance)
    near = ((steep + 2) * d - (steep + 3)) * d * d + 1
    far = ((d - 5) * d + 8) * d * steep - 4 * steep
    return np.where(d <= 1, near, np.where(d < 2, far, 0))


def _tent(distance: Array) -> Array:
    made: Array = np.maximum(1 - np.abs(distance), 0)
    return made


def _smooth(axis: Axis, kind: Any, reach: int, curve: Callable[[Array], Array]
            ) -> tuple[Array, Array]:  # fmt: skip
    """The weighted mean of all that a place of the result covers, where it is smaller."""
    scale = axis.scale(kind)
    wide = max(float(scale), 1.0)
    centre = scale * (np.arange(axis.target).astype(kind) + kind(0.5))
    first = np.maximum((centre - reach * wide + 0.5).astype(np.int64), 0)
    last = np.minimum((centre + reach * wide + 0.5).astype(np.int64), axis.length)
    taps = first[:, None] + np.arange((last - first).max())
    weights = curve((taps - centre[:, None] + 0.5) / wide) * (taps < last[:, None])
    total = weights.sum(1, keepdims=True)
    return np.minimum(taps, axis.length - 1), weights / np.where(total == 0, 1, total)


def _weighted(mode: str, axis: Axis, kind: Any, antialias: bool) -> tuple[Array, Array]:
    if antialias and mode == "bicubic":
        return _smooth(axis, kind, 2, lambda d: _bell(d, -0.5))
    if antialias:
        return _smooth(axis, kind, 1, _tent)
    return _cubic(axis, kind) if mode == "bicubic" else _linear(axis, kind)


# --- resizing -----------------------------------------------------------------------------------
@composition
def interpolate(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Tensor:  # fmt: skip
    """The axes of space stretched or shrunk, to `size` or by `scale_factor`.

    | mode | each place of the result is |
    |---|---|
    | nearest, nearest-exact | the nearest element (nearest rounds down, as old programs do) |
    | linear, bilinear, trilinear | a mean of its neighbours, weighted by how near they are |
    | bicubic | a cubic curve through four neighbours along each axis |
    | area | the mean of what it covers |

    With `recompute_scale_factor` places follow from the rounded size, not from `scale_factor`;
    `antialias` (bilinear, bicubic) smooths where an image becomes smaller.

    Shape: (N, C, L), (N, C, H, W) or (N, C, D, H, W) -> axes after C as asked; linear wants 3
    axes, bilinear and bicubic 4, trilinear 5. Errors: LL180 for another number, LL184 unless one
    of size and scale_factor is given, LL173 and LL185 for sizes that are none, LL602 for another
    mode, LL186 for options that a mode does not have, LL205 for whole numbers unless nearest.

    Example:
        >>> import liuli
        >>> from liuli.functions import resizing as F
        >>> F.interpolate(liuli.tensor([[[0.0, 4.0]]]), scale_factor=2, mode="linear")
        tensor([[[0., 1., 3., 4.]]])
    """
    _check(input, mode, align_corners, antialias)
    axes = _axes(input, size, scale_factor, bool(align_corners), bool(recompute_scale_factor))
    if mode == "area":
        return _AREA[len(axes) - 1](input, tuple(axis.target for axis in axes))
    if mode.startswith("nearest"):
        exact, image = mode == "nearest-exact", len(axes) == 2
        return _by_copies(input, [_nearest(axis, exact, image) for axis in axes])
    kind = np.float64 if input.dtype.itemsize == 8 else np.float32
    moves = mode == "bicubic" and not antialias  # by its factor, though the length stays
    x = input
    for i, axis in enumerate(axes, 2):
        if axis.target != axis.length or (moves and axis.factor not in (None, 1)):
            x = picked(x, i, *_weighted(mode, axis, kind, antialias))
    return _own(x, input)


def _own(made: Tensor, input: Tensor) -> Tensor:
    """`made` in rows, in memory of its own."""
    made = contiguous(made)
    return clone(made) if made._storage is input._storage else made


def _check(input: Tensor, mode: str, align_corners: bool | None, antialias: bool) -> None:
    """Errors: LL602, LL180, LL186, LL205."""
    if mode not in _DIMENSIONS:
        raise ArgumentError("LL602", argument="mode", value=repr(mode),
                            choices=", ".join(map(repr, _DIMENSIONS)))  # fmt: skip
    if input.ndim - 2 not in _DIMENSIONS[mode]:
        count = " or ".join(str(n + 2) for n in _DIMENSIONS[mode])
        raise ShapeError("LL180", rows=rows(input=input), mode=mode, expected=count,
                         shape=tuple(input.shape))  # fmt: skip
    plain = mode in ("nearest", "nearest-exact", "area")
    if plain and align_corners is not None:
        raise ArgumentError("LL186", option="align_corners", mode=mode,
                            modes="linear, bilinear, bicubic, trilinear")  # fmt: skip
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ArgumentError("LL186", option="antialias", mode=mode, modes="bilinear, bicubic")
    if not mode.startswith("nearest") and not input.dtype.is_floating_point:
        raise DTypeError("LL205", op=f"interpolate(mode={mode!r})", dtype=input.dtype)


def _axes(input: Tensor, size: Any, scale_factor: Any, aligned: bool,
          recompute: bool) -> list[Axis]:  # fmt: skip
    """The axes of space and what becomes of them. Errors: LL184, LL173, LL185, LL147."""
    space = input._array.shape[2:]
    if (size is None) == (scale_factor is None):
        raise ArgumentError("LL184", size=size, scale_factor=scale_factor)
    if 0 in space:
        raise ShapeError("LL147", rows=rows(input=input), op="interpolate", covers=1, length=0,
                         fix="")  # fmt: skip
    if size is not None:
        target = numbers("interpolate", "size", size, len(space), 1)
        return [Axis(n, m, None, aligned) for n, m in zip(space, target, strict=True)]
    many = isinstance(scale_factor, (tuple, list))
    factors = [float(n) for n in (scale_factor if many else [scale_factor] * len(space))]
    target = tuple(int(n * factor) for n, factor in zip(space, factors, strict=False))
    if len(factors) != len(space) or min(target) < 1:
        expected = Word("a number, or {count} of them, by which no axis loses all its places",
                        count=len(space))  # fmt: skip
        raise ArgumentError("LL185", op="interpolate", argument="scale_factor",
                            value=scale_factor, expected=expected)  # fmt: skip
    known = zip(space, target, factors, strict=True)
    return [Axis(n, m, None if recompute else factor, aligned) for n, m, factor in known]


def _by_copies(input: Tensor, places: list[Array]) -> Tensor:
    """Elements repeated or left out along every axis after the channels."""
    x = input
    for i, each in enumerate(places, 2):
        length = x._array.shape[i]
        times = len(each) // length
        if times and np.array_equal(each, np.repeat(np.arange(length), times)):
            x = apply(ops.resizing.copies, x, axis=i, times=times) if times > 1 else x
        else:
            x = picked(x, i, each[:, None])
    return _own(x, input)


def upsample(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Tensor:  # fmt: skip
    """The old name of interpolate."""
    made: Tensor = interpolate(input, size, scale_factor, mode, align_corners)
    return made


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """The old name of interpolate with mode "nearest"."""
    made: Tensor = interpolate(input, size, scale_factor, "nearest")
    return made


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """The old name of interpolate with mode "bilinear" and aligned corners."""
    made: Tensor = interpolate(input, size, scale_factor, "bilinear", align_corners=True)
    return made


# --- channels and places ------------------------------------------------------------------------
def _parts(op: str, input: Tensor, axis: int, count: int, least: int = 3) -> int:
    """An axis divided by `count`. Errors: LL146 for too few axes, LL181 if it does not divide."""
    if input.ndim < least:
        raise ShapeError("LL146", rows=rows(input=input), op=op, name=Word("input"), fix="",
                         shape=tuple(input.shape), expected="(..., C, H, W)")  # fmt: skip
    length: int = input._array.shape[axis]
    if length % count:
        raise ShapeError("LL181", rows=rows(input=input), op=op, length=length, count=count)
    return length // count


@composition
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Every r * r channels become one of r times the height and width, r = upscale_factor.

    Shape: (..., C r^2, H, W) -> (..., C, H r, W r). Errors: LL146, LL181, LL173.
    Source: W. Shi et al., "Real-time single image and video super-resolution using an efficient
    sub-pixel convolutional neural network", CVPR 2016.

    Example:
        >>> import liuli
        >>> from liuli.functions import resizing as F
        >>> F.pixel_shuffle(liuli.arange(4.0).reshape(4, 1, 1), 2)
        tensor([[[0., 1.],
                 [2., 3.]]])
    """
    (r,) = numbers("pixel_shuffle", "upscale_factor", upscale_factor, 1, 1)
    channels = _parts("pixel_shuffle", input, -3, r * r)
    *lead, _, height, width = input._array.shape
    n = len(lead)
    x = reshape(input, (*lead, channels, r, r, height, width))
    x = permute(x, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return _own(reshape(x, (*lead, channels, height * r, width * r)), input)


@composition
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The reverse of pixel_shuffle. Shape: (..., C, H r, W r) -> (..., C r^2, H, W).

    Errors: LL146, LL181, LL173.

    Example:
        >>> import liuli
        >>> from liuli.functions import resizing as F
        >>> F.pixel_unshuffle(liuli.ones(1, 4, 6), 2).shape
        liuli.Size([4, 2, 3])
    """
    (r,) = numbers("pixel_unshuffle", "downscale_factor", downscale_factor, 1, 1)
    height, width = (_parts("pixel_unshuffle", input, axis, r) for axis in (-2, -1))
    *lead, channels, _, _ = input._array.shape
    n = len(lead)
    x = reshape(input, (*lead, channels, height, r, width, r))
    x = permute(x, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return _own(reshape(x, (*lead, channels * r * r, height, width)), input)


@composition
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels dealt anew: the first of every group, then the second of every group, ...

    Shape: (N, C, ...), kept. Errors: LL146, LL181, LL173.
    Source: X. Zhang et al., "ShuffleNet", CVPR 2018.

    Example:
        >>> import liuli
        >>> from liuli.functions import resizing as F
        >>> F.channel_shuffle(liuli.arange(4.0).reshape(1, 4, 1), 2).flatten()
        tensor([0., 2., 1., 3.])
    """
    (groups,) = numbers("channel_shuffle", "groups", groups, 1, 1)
    each = _parts("channel_shuffle", input, 1, groups)
    batch, channels, *space = input._array.shape
    x = permute(reshape(input, (batch, groups, each, math.prod(space))), (0, 2, 1, 3))
    return _own(reshape(x, (batch, channels, *space)), input)


def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Another name of channel_shuffle."""
    made: Tensor = channel_shuffle(input, groups)
    return made


__all__ = [
    "channel_shuffle", "interpolate", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle",
    "upsample", "upsample_bilinear", "upsample_nearest",
]  # fmt: skip
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

"""Pictures moved and cut: from where each point of the result comes, and what is seen there.

All of it is operations on tensors, so it may be part of a compiled step. A place is counted in
pixels from the middle of a picture, or from its corner; what lies outside has the value `fill`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import dtypes as dt
from .. import ops
from ..autodiff.tensor import Tensor, apply, fresh
from ..functions.arithmetic import cast, clamp, where

# The series of sine and cosine: of up to 45 degrees, to the last bits of float64.
_SINE = [(-1) ** k / math.factorial(2 * k + 1) for k in range(9)]
_COSINE = [(-1) ** k / math.factorial(2 * k) for k in range(9)]


def cos_sin(degrees: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of float64 angles in degrees, exact for quarter turns.

    Only + - * and choices, in one order: eager and compiled give the same bits.

    Example:
        >>> import liuli
        >>> cos_sin(liuli.tensor([90.0, 180.0, -90.0], dtype=liuli.float64))[1]
        tensor([ 1.,  0., -1.], dtype=liuli.float64)
    """
    quarters = (degrees / 90).round()
    angle = (degrees - quarters * 90) * (math.pi / 180)
    square = angle * angle
    sine, cosine = _series(_SINE, square) * angle, _series(_COSINE, square)
    turn = quarters - (quarters / 4).floor() * 4
    odd = (turn == 1) | (turn == 3)
    first, second = where(odd, sine, cosine), where(odd, cosine, sine)
    # + 0.0: no minus before a zero
    return (where((turn == 1) | (turn == 2), -first, first) + 0.0,
            where(turn >= 2, -second, second) + 0.0)  # fmt: skip


def _series(factors: list[float], x: Tensor) -> Any:
    total: Any = factors[-1]
    for factor in reversed(factors[:-1]):
        total = x * total + factor
    return total


class Motion(NamedTuple):
    """How pictures are moved: float64 numbers, one for each of N pictures, or one for all.

    As in torchvision: sheared (degrees), turned clockwise (degrees) and scaled about `center`
    (pixels from the middle), and then moved across and down (pixels).
    """

    angle: Tensor
    across: Any = 0.0
    down: Any = 0.0
    scale: Any = 1.0
    shear_x: Tensor | None = None
    shear_y: Tensor | None = None
    center: tuple[float, float] = (0.0, 0.0)

    def backwards(self) -> list[Any]:
        r"""Where a point of the result comes from: a, b, c, d, e, f of

        .. math:: x' = a x + b y + c, \\qquad y' = d x + e y + f

        With turn r and shears s, t the picture goes by the matrix

        .. math:: \frac{scale}{\cos t} \begin{pmatrix} \cos(r-t) & -\cos(r-t) \tan s - \sin r \cos t
                  \\\\ \sin(r-t) & -\sin(r-t) \tan s + \cos r \cos t \\end{pmatrix}

        whose determinant is scale squared; this is its inverse.
        """
        cos, sin = cos_sin(self.angle)
        right, under = cos, sin
        if self.shear_y is not None:
            right, under = cos_sin(self.angle - self.shear_y)
            tilt = cos_sin(self.shear_y)[0]
            right, under = right / tilt, under / tilt
        aside, below = -sin, cos
        if self.shear_x is not None:
            width, height = cos_sin(self.shear_x)
            aside, below = aside - right * height / width, below - under * height / width
        a, b, d, e = (each / self.scale for each in (below, -aside, -under, right))
        x, y = self.center
        left, up = self.across + x, self.down + y
        return [a, b, x - a * left - b * up, d, e, y - d * left - e * up]


def moved(images: Tensor, motion: Motion, *, smooth: bool, fill: Any = 0,
          size: tuple[int, int] | None = None) -> Tensor:  # fmt: skip
    """Images (N, C, H, W) after a motion; `smooth` mixes the four pixels around a place.

    `fill` is a number, or one a channel. At the edge a mixture has a share m of the picture; as
    torchvision has it, the result there is m * (mixture with 0 outside) + (1 - m) * fill.
    """
    (height, width), (rows, columns) = images.shape[-2:], size or images.shape[-2:]
    a, b, c, d, e, f = (cast(each, dt.float32).reshape(-1, 1, 1) for each in motion.backwards())
    x, y = _from_the_middle(columns), _from_the_middle(rows).reshape(-1, 1)
    across = a * x + b * y + (c + (width - 1) / 2)
    down = d * x + e * y + (f + (height - 1) / 2)
    kind = images.dtype
    if not smooth:
        return seen(images, down.round(), across.round(), fill)
    if kind.is_floating_point:
        return _mixed(images, down, across, _filling(images, fill))
    outside = fresh(_filling(images, fill)._array.astype(np.float32))
    mixed: Any = _mixed(cast(images, dt.float32), down, across, outside)
    return cast(mixed.round(), kind)


def _from_the_middle(count: int) -> Tensor:
    return fresh(np.arange(count, dtype=np.float32) - np.float32((count - 1) / 2))


def seen(images: Tensor, down: Tensor, across: Tensor, fill: Any) -> Tensor:
    """The pixels of images (N, C, H, W) at whole places (N, OH, OW), and `fill` outside."""
    height, width = images.shape[-2:]
    inside: Any = _within(down, height) & _within(across, width)
    found: Tensor = where(inside.unsqueeze(1), _at(images, down, across), _filling(images, fill))
    return found


def _mixed(images: Tensor, down: Tensor, across: Tensor, outside: Tensor) -> Tensor:
    """The mixture of the four pixels around each place, by how near they are."""
    height, width = images.shape[-2:]
    top, left = down.floor(), across.floor()
    low, right = down - top, across - left
    total: Any = None
    rows = [(top, (1 - low) * _within(top, height)), (top + 1, low * _within(top + 1, height))]
    columns = [(left, (1 - right) * _within(left, width)),
               (left + 1, right * _within(left + 1, width))]  # fmt: skip
    for row, by_row in rows:
        for column, by_column in columns:
            share = cast(by_row * by_column, images.dtype).unsqueeze(1)
            part = _at(images, row, column) * share
            total = part if total is None else total + part
    covered = (rows[0][1] + rows[1][1]) * (columns[0][1] + columns[1][1])
    covered = cast(covered, images.dtype).unsqueeze(1)
    mixed: Tensor = total * covered
    return mixed + outside * (1 - covered) if outside._array.any() else mixed


def _within(place: Tensor, count: int) -> Any:
    return (place >= 0) & (place < count)


def _at(images: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """The pixels at whole places (N, OH, OW), or at the nearest ones inside."""
    count, channels, height, width = images.shape
    row, column = clamp(down, 0, height - 1), clamp(across, 0, width - 1)
    places: Any = cast(row, dt.int64) * width + cast(column, dt.int64)
    shape = (count, channels, *places.shape[1:])
    flat, places = images.reshape(count, channels, -1), places.reshape(count, 1, -1)
    if channels == 1:
        found: Any = apply(ops.index.gather, flat.squeeze(1), places.squeeze(1), batch=1)
    else:
        places = places.expand(count, channels, -1).contiguous()
        found = apply(ops.index.gather, flat, places, batch=2)
    return found.reshape(shape)  # type: ignore[no-any-return]


def _filling(images: Tensor, fill: Any) -> Tensor:
    """`fill` as pixels; bytes are whole, and from 0 to 255."""
    values, kind = np.asarray(fill, np.float64).reshape(-1, 1, 1), images.dtype.numpy
    if kind.kind in "iu":
        values = np.rint(values).clip(np.iinfo(kind).min, np.iinfo(kind).max)
    return fresh(values.astype(kind))


def cut(images: Tensor, top: Tensor, left: Tensor, size: tuple[int, int], *,
        mode: str = "constant", fill: Any = 0) -> Tensor:  # fmt: skip
    """The part of `size` from images (N, C, H, W) whose corner is at (top, left), (N,) each.

    What lies outside is seen by `mode`: "constant", "edge", "reflect" or "symmetric".
    """
    down = _line(top, size[0], images.shape[-2], mode).unsqueeze(2)
    across = _line(left, size[1], images.shape[-1], mode).unsqueeze(1)
    if mode == "constant":
        return seen(images, down, across, fill)
    return _at(images, down, across)


def _line(first: Tensor, count: int, length: int, mode: str) -> Tensor:
    """Places (N, count) from `first` on, brought inside by `mode`; "edge" needs nothing done."""
    places: Any = first.reshape(-1, 1) + fresh(np.arange(count, dtype=np.float32))
    if mode == "reflect":
        places = (length - 1) - ((length - 1) - places.abs()).abs()
    if mode == "symmetric":
        places = where(places < 0, -1 - places, places)
        places = where(places >= length, (2 * length - 1) - places, places)
    return places  # type: ignore[no-any-return]

"""Transforms drawn at random: images are moved, cut and mirrored, each of a batch in its own way.

torchvision's names, arguments, defaults and meanings. They take tensors (..., H, W), arrays
(H, W) and (H, W, C), as `ToTensor` does, and Pillow's images, which become arrays; `batch` takes
batches of them. An array whose last axis is longer than 4 is (..., H, W). The draws come from
Liuli's generator, some blocks of it for each image, so a batch gets what its items would get one by
one; and because all is operations on tensors, a compiled step of training has the same transform
inside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..autodiff.tensor import Tensor, fresh
from ..errors import DataError
from ..functions.arithmetic import cast, where
from ..functions.creation import rand
from ..messages.words import Word
from .geometry import Motion, cut, moved
from .transform_base import Transform

__mirrors__ = "torchvision"

IMAGE = 3  # axes of a batch of images, at the least
COLOURS = 4  # an array (H, W, C) has at most so many channels, as pictures in files have


class InterpolationMode(Enum):
    """What is seen between pixels: the nearest one, or a mixture of the four around.

    Example:
        >>> InterpolationMode("bilinear")
        <InterpolationMode.BILINEAR: 'bilinear'>
    """

    NEAREST = "nearest"
    BILINEAR = "bilinear"


_BY_NUMBER = {0: InterpolationMode.NEAREST, 2: InterpolationMode.BILINEAR}  # Pillow's


class Drawn(Transform):
    """A transform of images whose numbers are drawn at random, `blocks` of four for each image."""

    blocks = 1

    def __call__(self, x: Any) -> Any:
        return self.batch((x if isinstance(x, Tensor) else np.asarray(x))[None])[0]

    def batch(self, x: Any) -> Any:
        """Every image of (N, ..., H, W), or of arrays (N, H, W, C), in its own way."""
        if isinstance(x, Tensor):
            return self.on_images(x)
        return self.on_arrays(fresh(np.asarray(x)))._array

    def on_arrays(self, x: Tensor) -> Tensor:
        """As `batch`, of a tensor whose axes are in the order of an array's."""
        if x.ndim == IMAGE + 1 and x.shape[-1] <= COLOURS:
            return self.on_images(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.on_images(x)

    def on_images(self, x: Tensor) -> Tensor:
        """As `batch`, of a tensor (N, ..., H, W). Errors: LL943 for one without three axes."""
        if x.ndim < IMAGE:
            what = Word("shape {shape}", shape=tuple(x.shape[1:]))
            raise refused(self, what, "(..., H, W)")
        images = x.reshape(len(x), -1, *x.shape[-2:])
        drawn = rand(len(x), 4 * self.blocks, dtype=dt.float32)
        made = self.changed(images, drawn)
        return made.reshape(*x.shape[:-2], *made.shape[-2:])

    def changed(self, images: Tensor, drawn: Tensor) -> Tensor:
        """Images (N, C, H, W) by the numbers drawn for each, in [0, 1), of shape (N, 4 blocks)."""
        raise NotImplementedError


def refused(transform: object, what: str, wanted: str) -> DataError:
    """The error for an argument, or for an input."""
    return DataError("LL943", name=type(transform).__name__, what=what, wanted=wanted)


def _argument(transform: object, good: bool, wanted: str, **given: object) -> None:
    """Errors: LL943 unless an argument is `good`."""
    if not good:
        ((name, value),) = given.items()
        raise refused(transform, f"{name}={value!r}", wanted)


def _are_numbers(value: object, *lengths: int) -> bool:
    return (isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str)
            and len(value) in lengths and all(_is_number(each) for each in value))  # fmt: skip


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and math.isfinite(value)


def _interval(transform: object, name: str, value: Any, *lengths: int) -> list[float]:
    """A number d as [-d, d], numbers as they are."""
    if _is_number(value):
        _argument(transform, value >= 0, ">= 0", **{name: value})
        return [-float(value), float(value)]
    wanted = Word("a number >= 0, or {count} numbers", count=" or ".join(map(str, lengths)))
    _argument(transform, _are_numbers(value, *lengths), wanted, **{name: value})
    return [float(each) for each in value]


def _mode(transform: object, value: Any) -> InterpolationMode:
    try:
        return _BY_NUMBER[value] if type(value) is int else InterpolationMode(value)
    except (KeyError, ValueError):
        wanted = "InterpolationMode.NEAREST, InterpolationMode.BILINEAR"
        raise refused(transform, f"interpolation={value!r}", wanted) from None


def _between(drawn: Tensor, low: float, high: float) -> Tensor:
    """Numbers in [0, 1) as float64 numbers in [low, high)."""
    spread: Tensor = cast(drawn, dt.float64) * (high - low) + low
    return spread


class RandomAffine(Drawn):
    """Turn, move, scale and shear images at random, keeping their middle where it is.

    `degrees` is the range of angles, (-degrees, degrees) for a number; `translate=(a, b)` moves
    by whole pixels, up to a times the width across and b times the height down;
    `scale=(low, high)`; `shear` has angles for the first axis, or with four numbers for both.
    What comes in from outside is `fill`, a number or one a channel. `center` (x, y), in pixels
    from the upper left corner, is the middle if not given.
    Errors: LL943 for other values.

    Shape: (..., H, W), the same out.

    Source: torchvision's RandomAffine, its matrix and its sampling.

    Example:
        >>> import liuli
        >>> turn = liuli.data.transforms.RandomAffine((90, 90))
        >>> turn(np.array([[1, 2], [3, 4]], np.uint8))
        array([[3, 1],
               [4, 2]], dtype=uint8)
    """

    blocks = 2

    def __init__(self, degrees: Any, translate: Any = None, scale: Any = None, shear: Any = None,
                 interpolation: Any = InterpolationMode.NEAREST, fill: Any = 0,
                 center: Any = None) -> None:  # fmt: skip
        self.degrees = _interval(self, "degrees", degrees, 2)
        shares = translate is None or (_are_numbers(translate, 2)
                                       and all(0 <= each <= 1 for each in translate))  # fmt: skip
        wanted = Word("{count} numbers from {low} to {high}", count=2, low=0, high=1)
        _argument(self, shares, wanted, translate=translate)
        factors = scale is None or (_are_numbers(scale, 2) and min(scale) > 0)
        _argument(self, factors, Word("{count} numbers > 0", count=2), scale=scale)
        _argument(self, center is None or _are_numbers(center, 2), "(x, y)", center=center)
        self.translate, self.scale, self.center = translate, scale, center
        self.shear = None if shear is None else _interval(self, "shear", shear, 2, 4)
        self.interpolation = _mode(self, interpolation)
        self.fill = _filling(self, fill)

    def changed(self, images: Tensor, drawn: Tensor) -> Tensor:
        """The images, each by a motion of its own."""
        motion = self.motion(drawn, *images.shape[-2:])
        smooth = self.interpolation is InterpolationMode.BILINEAR
        return moved(images, motion, smooth=smooth, fill=self.fill)

    def motion(self, drawn: Tensor, height: int, width: int) -> Motion:
        """How each image is moved, by numbers (N, 8) in [0, 1)."""
        across: Any = 0.0
        down: Any = 0.0
        if self.translate is not None:
            most = self.translate[0] * width, self.translate[1] * height
            across, down = (_between(drawn[:, 1 + i], -far, far).round()
                            for i, far in enumerate(most))  # fmt: skip
        shears = self.shear or []
        return Motion(
            _between(drawn[:, 0], *self.degrees),
            across,
            down,
            1.0 if self.scale is None else _between(drawn[:, 3], *self.scale),
            _between(drawn[:, 4], *shears[:2]) if shears else None,
            _between(drawn[:, 5], *shears[2:]) if shears[2:] else None,
            _from_the_middle(self.center, height, width),
        )

    def __repr__(self) -> str:
        told = {"translate": None, "scale": None, "shear": None,
                "interpolation": InterpolationMode.NEAREST, "fill": 0, "center": None}  # fmt: skip
        parts = [(name, getattr(self, name)) for name, usual in told.items()
                 if getattr(self, name) != usual]  # fmt: skip
        words = "".join(f", {name}={getattr(value, 'value', value)}" for name, value in parts)
        return f"RandomAffine(degrees={self.degrees}{words})"


def _from_the_middle(center: Any, height: int, width: int) -> tuple[float, float]:
    if center is None:
        return 0.0, 0.0
    return center[0] - width * 0.5, center[1] - height * 0.5


def _filling(transform: object, fill: Any) -> Any:
    """A number, or a list of one a channel; None is 0."""
    fill = 0 if fill is None else fill
    some = isinstance(fill, (Sequence, np.ndarray)) and _are_numbers(fill, len(fill))
    wanted = Word("a number, or one for each channel")
    _argument(transform, some or _is_number(fill), wanted, fill=fill)
    return list(fill) if some else fill


class RandomRotation(Drawn):
    """Turn images by angles drawn from `degrees`, against the clock.

    `degrees`, `interpolation`, `center` and `fill` as in `RandomAffine`. With `expand` the
    result is so large that nothing is lost; then images go one by one, for each has a size of
    its own. Errors: LL943 for other values.

    Shape: (..., H, W), the same out; with `expand` (..., H', W').

    Example:
        >>> import liuli
        >>> turn = liuli.data.transforms.RandomRotation((90, 90))
        >>> turn(np.array([[1, 2], [3, 4]], np.uint8))
        array([[2, 4],
               [1, 3]], dtype=uint8)
    """

    def __init__(self, degrees: Any, interpolation: Any = InterpolationMode.NEAREST,
                 expand: bool = False, center: Any = None, fill: Any = 0) -> None:  # fmt: skip
        self.degrees = _interval(self, "degrees", degrees, 2)
        _argument(self, center is None or _are_numbers(center, 2), "(x, y)", center=center)
        self.interpolation, self.expand = _mode(self, interpolation), expand
        self.center, self.fill = center, _filling(self, fill)

    def has_batch(self) -> bool:
        """Whether all results have one size."""
        return super().has_batch() and not self.expand

    def changed(self, images: Tensor, drawn: Tensor) -> Tensor:
        """The images, each by an angle of its own."""
        height, width = images.shape[-2:]
        center = _from_the_middle(self.center, height, width)
        motion = Motion(-_between(drawn[:, 0], *self.degrees), center=center)
        size = _whole_size(motion, height, width) if self.expand else None
        smooth = self.interpolation is InterpolationMode.BILINEAR
        return moved(images, motion, smooth=smooth, fill=self.fill, size=size)

    def __repr__(self) -> str:
        center = f", center={self.center}" if self.center is not None else ""
        return (f"RandomRotation(degrees={self.degrees}, interpolation={self.interpolation.value}, "
                f"expand={self.expand}{center}, fill={self.fill})")  # fmt: skip


TINY = 1e-4  # of a pixel: so far a corner may reach beyond it by rounding


def _whole_size(motion: Motion, height: int, width: int) -> tuple[int, int]:
    """The height and width that hold one image after a motion."""
    a, b, c, d, e, f = (float(np.asarray(each).reshape(-1)[0]) for each in motion.backwards())
    corners = np.array([(x * width / 2, y * height / 2, 1) for x in (-1, 1) for y in (-1, 1)])
    # torchvision asks where the corners come from: for a turn as far as where they go to
    reached = corners @ np.array([(a, d), (b, e), (c, f)]) + (width / 2, height / 2)
    high, low = (np.trunc(edge / TINY) * TINY for edge in (reached.max(0), reached.min(0)))
    across, down = np.ceil(high) - np.floor(low)
    return int(down), int(across)


class RandomCrop(Drawn):
    """Cut a part of `size` out of each image, anywhere in it, every place as likely.

    `size` is (height, width), or one number for both. Before, `padding` puts so many pixels
    around the image: one number, (left and right, top and bottom), or (left, top, right, bottom);
    with `pad_if_needed` an image that is too small is padded as far as it lacks. What the pixels
    around are, `padding_mode` says: "constant" (`fill`), "edge" (the last pixel), "reflect" and
    "symmetric" (mirrored, without or with the last pixel).
    Errors: LL943 for other values, and for images that are too small.

    Shape: (..., H, W), out (..., *size).

    Example:
        >>> import liuli
        >>> crop = liuli.data.transforms.RandomCrop(28, padding=2)
        >>> crop(liuli.ones(16, 1, 28, 28)).shape
        liuli.Size([16, 1, 28, 28])
    """

    def __init__(self, size: Any, padding: Any = None, pad_if_needed: bool = False,
                 fill: Any = 0, padding_mode: str = "constant") -> None:  # fmt: skip
        sizes = [size] if isinstance(size, int) else size
        fits = _are_numbers(sizes, 1, 2) and all(each == int(each) > 0 for each in sizes)
        _argument(self, fits, Word("an int > 0, or (height, width)"), size=size)
        self.size = (int(sizes[0]), int(sizes[-1]))
        sides = [0] if padding is None else [padding] if isinstance(padding, int) else padding
        whole = _are_numbers(sides, 1, 2, 4) and all(each == int(each) for each in sides)
        _argument(self, whole, Word("1, 2 or 4 whole numbers"), padding=padding)
        self.padding = padding
        self._sides = [int(each) for each in (*sides, *sides, *sides, *sides)[:4]]  # from the left
        modes = ("constant", "edge", "reflect", "symmetric")
        _argument(self, padding_mode in modes, ", ".join(modes), padding_mode=padding_mode)
        self.pad_if_needed, self.padding_mode = pad_if_needed, padding_mode
        self.fill = _filling(self, fill)

    def changed(self, images: Tensor, drawn: Tensor) -> Tensor:
        """A part of each image."""
        top, left = (self._first(images, axis, drawn[:, axis]) for axis in (0, 1))
        return cut(images, top, left, self.size, mode=self.padding_mode, fill=self.fill)

    def _first(self, images: Tensor, axis: int, drawn: Tensor) -> Tensor:
        """Where the part begins, down (axis 0) or across (1); below 0 in the padding."""
        length, wanted = images.shape[-2 + axis], self.size[axis]
        before, after = self._sides[1 - axis], self._sides[3 - axis]
        if self.pad_if_needed and length + before + after < wanted:
            lacking = wanted - (length + before + after)
            before, after = before + lacking, after + lacking
        room = length + before + after - wanted
        if room < 0:
            what = Word("shape {shape}", shape=tuple(images.shape[-2:]))
            raise refused(self, what, Word("at least {size} with its padding", size=self.size))
        far = {"reflect": length - 1, "symmetric": length}.get(self.padding_mode, math.inf)
        if max(before, after) > far:
            wide = Word("padding <= {far}, which the image mirrors", far=far)
            raise refused(self, f"padding={self.padding}", wide)
        first: Tensor = (drawn * (room + 1)).floor() - before
        return first

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomShift(Drawn):
    """Shift an image (..., H, W) by up to `pixels` in each direction; what comes in is 0.

    Every whole shift from -pixels to pixels is as likely, down and across on their own:
    `RandomCrop` of the image's own size with that padding.
    Errors: LL943 if `pixels` is no whole number of at least 0.

    Example:
        >>> import liuli
        >>> liuli.manual_seed(0)
        <...>
        >>> image = np.zeros((4, 4), np.uint8)
        >>> image[1:3, 1:3] = 9
        >>> liuli.data.transforms.RandomShift(1)(image).sum()
        np.uint64(36)
    """

    def __init__(self, pixels: int) -> None:
        good = type(pixels) is int and pixels >= 0
        _argument(self, good, Word("an int >= 0"), pixels=pixels)
        self.pixels = pixels

    def changed(self, images: Tensor, drawn: Tensor) -> Tensor:
        """The images, each from a corner of its own in a frame of zeros."""
        top, left = ((drawn[:, axis] * (2 * self.pixels + 1)).floor() - self.pixels
                     for axis in (0, 1))  # fmt: skip
        height, width = images.shape[-2:]
        return cut(images, top, left, (height, width))

    def __repr__(self) -> str:
        return f"RandomShift({self.pixels})"


class RandomHorizontalFlip(Drawn):
    """Mirror images left to right, each with probability `p`. Errors: LL943 for another p.

    Not for digits and letters: a mirrored 2 is no 2.

    Example:
        >>> import liuli
        >>> liuli.data.transforms.RandomHorizontalFlip(p=1)(np.array([[1, 2], [3, 4]]))
        array([[2, 1],
               [4, 3]])
    """

    axis = -1

    def __init__(self, p: float = 0.5) -> None:
        _argument(self, _is_number(p) and 0 <= p <= 1, "0 <= p <= 1", p=p)
        self.p = p

    def changed(self, images: Tensor, drawn: Tensor) -> Tensor:
        """The images, some of them mirrored."""
        chosen = (drawn[:, 0] < self.p).reshape(-1, 1, 1, 1)
        mirrored: Tensor = where(chosen, images.flip(self.axis), images)
        return mirrored

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomVerticalFlip(RandomHorizontalFlip):
    """Turn images upside down, each with probability `p`. Errors: LL943 for another p.

    Example:
        >>> import liuli
        >>> liuli.data.transforms.RandomVerticalFlip(p=1)(np.array([[1, 2], [3, 4]]))
        array([[3, 4],
               [1, 2]])
    """

    axis = -2


DRAWN = (RandomAffine, RandomCrop, RandomHorizontalFlip, RandomRotation, RandomShift,
         RandomVerticalFlip)  # fmt: skip

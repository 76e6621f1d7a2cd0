"""`read_digit`: a digit drawn by hand, made as the digits of MNIST were."""

from __future__ import annotations

import io
import os
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ..disk import replace_with
from ..remarks import remark
from .ink import LEAST_CONTRAST, Grey, Mask, box_of, ink_of, main_piece, resized, threshold
from .opening import open_grey

SIDE, BOX = 28, 20  # MNIST: a digit of at most 20 x 20 in a picture of 28 x 28
_MIDDLE = 14.0  # the pixel on which MNIST's centres of mass lie
LEAST_SIDE = 10  # pixels: smaller things are specks
MOST_INK = 235  # full pixels of the 784; of 10,000 test digits of MNIST 8 have more
_RAMP = " .:-=+*#%@"


@dataclass(frozen=True)
class Digit:
    """A digit as a network sees it: bright on black, uint8 of shape (28, 28).

    `steps` tells what was done to the picture, `size` is its width and height before that, and
    `warnings` why this may not be a digit.
    """

    array: npt.NDArray[np.uint8]
    steps: list[str]
    _: KW_ONLY
    size: tuple[int, int]
    warnings: list[str] = field(default_factory=list)

    def as_text(self) -> str:
        """The picture in letters that every console has: 28 lines, two letters a pixel.

        Example:
            >>> bar = np.zeros((28, 28), np.uint8)
            >>> bar[14, 10:18] = 255
            >>> print(Digit(bar, [], size=(28, 28)).as_text().splitlines()[14])
                                @@@@@@@@@@@@@@@@
        """
        levels = self.array.astype(int) * (len(_RAMP) - 1) // 255
        return "\n".join("".join(_RAMP[i] * 2 for i in row).rstrip() for row in levels)

    def png(self, path: str | os.PathLike[str]) -> None:
        """Write it as a PNG picture of 28 x 28 pixels. Errors: LL956 if that is impossible."""
        from PIL import Image

        data = io.BytesIO()
        Image.fromarray(self.array).save(data, "PNG")
        replace_with(Path(path), data.getvalue())


def read_digit(path: str | os.PathLike[str]) -> Digit:
    """The digit on a picture, cut out and placed as MNIST's are.

    Dark on light and light on dark are told apart by the picture's edge, uneven light is taken
    away. Of several digits the largest is taken, and `warnings` says so. It is scaled to fit
    20 x 20 and its centre of mass is put in the middle of 28 x 28.

    Errors: LL945 if the file cannot be read, LL949 if it is too large, LL957 if it is no picture,
    LL959 if nothing is drawn on it.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
    document recognition", 1998, section III.A.

    Example:
        >>> import pathlib, tempfile
        >>> from PIL import Image, ImageDraw
        >>> paper = Image.new("L", (300, 200), "white")
        >>> ImageDraw.Draw(paper).line([(140, 40), (140, 160)], fill="black", width=15)
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = pathlib.Path(folder.name, "one.png")
        >>> paper.save(path)
        >>> one = read_digit(path)
        >>> one.array.shape, int(one.array.max()), np.flatnonzero(one.array.any(axis=1)).tolist()
        ((28, 28), 255, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23])
        >>> folder.cleanup()
    """
    name = Path(path).name
    grey, size, steps = open_grey(path)
    if grey.shape == (SIDE, SIDE) and _is_as_mnist(grey):
        steps.append(remark("as_it_is"))
        array = np.rint(grey).astype(np.uint8)
        return Digit(array, steps, size=size, warnings=_flooded(array))
    ink = ink_of(grey, steps)
    limit = threshold(ink)
    drawn = ink > limit
    contrast = float(ink[drawn].mean() - ink[~drawn].mean()) if drawn.any() else 0.0
    if contrast < LEAST_CONTRAST:
        raise DataError("LL959", path=name, width=size[0], height=size[1])
    mask, count = main_piece(ink, drawn)
    if count > 1:
        steps.append(remark("largest", count=count))
    drawing = _cut(ink, mask, limit, steps)
    array = _placed(drawing, steps)
    doubts = [remark("several", count=count)] if count > 1 else []
    doubts += _small_or_cut_off(mask) or _flooded(array)
    return Digit(array, steps, size=size, warnings=doubts)


def _small_or_cut_off(mask: Mask) -> list[str]:
    """A doubt about a speck, or about something that reaches three edges of the picture."""
    top, bottom, left, right = box_of(mask)
    if max(bottom - top, right - left) < LEAST_SIDE:
        return [remark("speck", width=right - left, height=bottom - top)]
    edges = (top == 0) + (left == 0) + (bottom == mask.shape[0]) + (right == mask.shape[1])
    return [remark("reaches_out")] if edges >= 3 else []


def _flooded(array: npt.NDArray[np.uint8]) -> list[str]:
    """A doubt about a picture with more ink than digits have."""
    return [remark("flooded")] if array.sum() > MOST_INK * 255 else []


def _is_as_mnist(grey: Grey) -> bool:
    """Whether a picture of 28 x 28 is bright on black, 20 pixels long, and in the middle."""
    if float(grey.max()) < 128 or float(np.median(grey)) > 0:
        return False
    top, bottom, left, right = box_of(grey > 0)
    if not BOX - 2 <= max(bottom - top, right - left) <= BOX + 2:
        return False
    return all(abs(middle - _MIDDLE) < 1.5 for middle in _centre_of_mass(grey))


def _cut(ink: Grey, mask: Mask, limit: float, steps: list[str]) -> Grey:
    """The digit alone: from 0 (paper) to 1 (ink), its lines' soft edges kept."""
    noise = 3 * float(np.sqrt(np.mean(ink[ink <= limit] ** 2))) if (ink <= limit).any() else 0.0
    low = min(noise, limit / 2)
    high = max(float(np.median(ink[mask])), limit * 1.5)
    values: Grey = np.clip((ink - low) / (high - low), 0, 1)
    values[~_grown(mask)] = 0
    top, bottom, left, right = box_of(values > 0.25)
    steps.append(remark("cut", width=right - left, height=bottom - top))
    return values[top:bottom, left:right]


def _grown(mask: Mask) -> Mask:
    """The mask and a rim around it, as wide as the soft edge of a line."""
    rim = max(1, max(mask.shape) // 100)
    padded: Mask = np.pad(mask, rim)
    for axis in (0, 1):
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * rim + 1, axis)
        padded = np.logical_or.reduce(windows, axis=-1)
    return padded


def _placed(drawing: Grey, steps: list[str]) -> npt.NDArray[np.uint8]:
    """Fitted into 20 x 20, the centre of mass in the middle of 28 x 28, stretched to 0 .. 255."""
    height, width = drawing.shape
    scale = BOX / max(height, width)
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.clip(resized(drawing, width, height, "HAMMING"), 0, 1)
    steps.append(remark("scaled", width=width, height=height))
    y, x = _centre_of_mass(small)
    top = min(max(round(_MIDDLE - y), 0), SIDE - height)
    left = min(max(round(_MIDDLE - x), 0), SIDE - width)
    picture = np.zeros((SIDE, SIDE))
    picture[top : top + height, left : left + width] = small / small.max()
    steps.append(remark("centred"))
    return np.rint(picture * 255).astype(np.uint8)


def _centre_of_mass(grey: Grey) -> tuple[float, float]:
    """Row and column, weighed by brightness."""
    weights = grey.astype(np.float64)
    rows, columns = np.indices(grey.shape)
    total = weights.sum()
    return float((rows * weights).sum() / total), float((columns * weights).sum() / total)

"""From a picture file of any kind to grey values, with guards against broken and huge files."""

from __future__ import annotations

import io
import os
import re
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ..disk import read_bytes
from ..kinds import PICTURES, kind_of
from ..remarks import Phrase, phrase, remark

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_PIXELS = 100_000_000  # the largest telephones' photographs have 50 to 100 million
LARGEST_FILE = 256 * 2**20  # bytes
WORKING_SIDE = 400  # pixels; a digit needs no more

# What Pillow calls the ways to keep a pixel, in plain words.
MODES = {
    "1": "mode_two",
    **dict.fromkeys(("L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"), "mode_grey"),
    **dict.fromkeys(("LA", "La", "RGBA", "RGBa", "PA"), "mode_clear"),
}

# What Pillow raises for pictures that break off or contradict themselves.
_BROKEN: tuple[type[Exception], ...] = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


class Opened(NamedTuple):
    """Grey values from 0 to 255, the size before shrinking, and what was done."""

    grey: npt.NDArray[np.float32]
    size: tuple[int, int]
    steps: list[str]


def open_grey(path: str | os.PathLike[str]) -> Opened:
    """The picture in a file as grey values, upright, at most 400 pixels on its longer side.

    Errors: LL945 if the file cannot be read, LL949 if it has too many pixels (known before any is
    decoded), LL957 if it is no picture or breaks off.
    """
    path = Path(path)
    data = read_bytes(path, LARGEST_FILE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on size (looked at here) and damaged EXIF
        return _grey_of(data, path.name)


def _grey_of(data: bytes, name: str) -> Opened:
    image = _opened(data, name)
    size = image.size
    steps = [
        remark(
            "opened",
            width=size[0],
            height=size[1],
            mode=phrase(MODES.get(image.mode, "mode_colour")),
        )
    ]
    if size[0] * size[1] > MOST_PIXELS:
        raise _too_large(name, f"{size[0]} x {size[1]} = {size[0] * size[1]:,}")
    try:
        # JPEG decodes at a half, a quarter or an eighth of its size at no cost.
        image.draft("RGB", (2 * WORKING_SIDE, 2 * WORKING_SIDE))
        image.load()
        image = _small(_upright(image, steps), steps)
        return Opened(_grey(image, steps), size, steps)
    except _BROKEN as error:
        reason = phrase("breaks_off", error=str(error)[:80] or type(error).__name__)
        raise DataError("LL957", path=name, reason=reason) from None


def _opened(data: bytes, name: str) -> Picture:
    """The picture, its size known and its pixels not yet decoded."""
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(data))
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise _too_large(name, f"{int(pixels.group()) if pixels else 0:,}") from None
    except UnidentifiedImageError:
        raise DataError("LL957", path=name, reason=_instead(data)) from None
    except _BROKEN as error:
        reason = phrase("damaged_picture", error=str(error)[:80])
        raise DataError("LL957", path=name, reason=reason) from None


def _instead(data: bytes) -> Phrase:
    """What a file is that Pillow does not know as a picture."""
    kind = kind_of(data)
    if not data:
        return phrase("empty_file")
    if kind in PICTURES:
        return phrase("looks_like", kind=phrase(f"kind_{kind}"))
    return phrase("it_is", kind=phrase(f"kind_{kind}")) if kind else phrase("no_kind")


def _too_large(name: str, count: str) -> DataError:
    limit = phrase("pixels", count=f"{MOST_PIXELS:,}")
    return DataError("LL949", path=name, size=phrase("pixels", count=count), limit=limit)


def _upright(image: Picture, steps: list[str]) -> Picture:
    """Turned as the camera noted in EXIF; a note that cannot be read is no reason to stop."""
    from PIL import ImageOps

    try:
        turned = image.getexif().get(0x0112, 1) in range(2, 9)
        if turned:
            image = ImageOps.exif_transpose(image)
            steps.append(remark("turned"))
    except _BROKEN:
        pass
    return image


def _small(image: Picture, steps: list[str]) -> Picture:
    """Shrunk to the working size, each new pixel a mean of those it covers."""
    from PIL import Image

    if image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "PA"):
        clear = image.mode == "PA" or "transparency" in image.info
        image = image.convert("RGBA" if clear else "RGB")
    elif "transparency" in image.info and image.mode in ("L", "RGB"):
        image = image.convert("RGBA")
    elif image.mode.startswith("I"):
        image = Image.fromarray(np.asarray(image).astype(np.float32))
    longer = max(image.size)
    if longer <= WORKING_SIDE:
        return image
    image = image.reduce(max(longer // (2 * WORKING_SIDE), 1))
    longer = max(image.size)
    size = [max(1, round(side * WORKING_SIDE / longer)) for side in image.size]
    image = image.resize((size[0], size[1]), Image.Resampling.BILINEAR)
    steps.append(remark("shrunk", width=size[0], height=size[1]))
    return image


def _grey(image: Picture, steps: list[str]) -> npt.NDArray[np.float32]:
    """Brightness from 0 to 255, transparent parts filled with the background."""
    if image.mode == "F":
        return _to_bytes_range(np.asarray(image, np.float32))
    if image.mode in ("LA", "RGBA", "La", "RGBa"):
        values = np.asarray(image.convert("RGBA").convert("LA"), np.float32)
        return _filled(values[..., 0], values[..., 1] / np.float32(255), steps)
    # CMYK, YCbCr and HSV become grey by way of RGB.
    return np.asarray(image.convert("RGB").convert("L"), np.float32)


def _to_bytes_range(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Values of 16 bits, of fractions or of any other range, brought to 0 .. 255."""
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max())
    for full in (1.0, 255.0, 65535.0):
        if values.min() >= 0 and top <= full:
            return (values * (255.0 / full)).astype(np.float32)
    low = float(values.min())
    return ((values - low) * (255.0 / (top - low))).astype(np.float32)


def _filled(
    grey: npt.NDArray[np.float32], opacity: npt.NDArray[np.float32], steps: list[str]
) -> npt.NDArray[np.float32]:
    """Put a background behind: the paper's own shade, or the opposite of a lone drawing's."""
    covered = opacity > 0.5
    if opacity.min() >= 1:
        return grey
    if not covered.any():
        return np.zeros_like(grey)
    if covered.mean() > 0.5:  # paper with holes or round corners
        shade = float(np.median(grey[covered]))
    else:  # a drawing without paper
        shade = 255.0 if float(grey[covered].mean()) < 128 else 0.0
    steps.append(remark("transparent", shade=round(shade)))
    return (grey * opacity + shade * (1 - opacity)).astype(np.float32)

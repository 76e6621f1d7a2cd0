"""Small pictures as data URIs: a PNG is a header, zlib-compressed rows, and checksums."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels: the number the format gives to grey, RGB, RGBA
GLASS = (128, 128, 128, 22)
POSITIVE, NEGATIVE = (200, 69, 47), (38, 98, 196)  # red adds, blue takes away


def png(pixels: Array) -> bytes:
    """The file of a picture, uint8 (H, W) grey or (H, W, 3 or 4).

    Source: W3C, Portable Network Graphics (PNG) Specification, sections 5 and 11.
    """
    pixels = np.ascontiguousarray(pixels, np.uint8)
    height, width = pixels.shape[:2]
    kind = _COLOUR_TYPES[1 if pixels.ndim == 2 else pixels.shape[2]]
    # Each row begins with the number of its filter: 0, none.
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def data_uri(pixels: Array) -> str:
    """A picture as an address that needs no file."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")


def grey(values: npt.ArrayLike) -> Array:
    """Numbers (H, W) as a grey picture, the smallest black and the largest white."""
    numbers = np.nan_to_num(np.asarray(values, np.float64), posinf=0, neginf=0)
    low, high = numbers.min(), numbers.max()
    scaled: Array = (numbers - low) * (255 / (high - low) if high > low else 0)
    return scaled.astype(np.uint8)


def signed(values: npt.ArrayLike, largest: float = 0.0) -> Array:
    """Numbers (H, W) as red (positive) and blue (negative), clear as glass where they are 0.

    `largest` is shown in full strength; by default it is the largest one there.
    """
    numbers = np.nan_to_num(np.asarray(values, np.float64), posinf=0, neginf=0)
    largest = largest or float(np.abs(numbers).max(initial=0)) or 1.0
    return tinted(np.abs(numbers) / largest, np.where(numbers[..., None] >= 0, POSITIVE, NEGATIVE))


def tinted(strength: Array, colour: npt.ArrayLike) -> Array:
    """A colour (or one for each point), as opaque as `strength` (H, W) says, 0 to 1."""
    picture = np.empty((*strength.shape, 4), np.uint8)
    picture[..., :3] = colour
    picture[..., 3] = np.rint(255 * strength.clip(0, 1))
    return picture


def sheet(pictures: Sequence[Array], columns: int, gap: int = 1) -> Array:
    """Pictures of one size (H, W, 4) side by side in rows, with clear gaps between them.

    Where a picture is clear it is a little grey, so that it ends where it ends.
    """
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    made = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4), np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        clear = picture[..., 3:] < GLASS[3]
        made[top : top + height, left : left + width] = np.where(clear, GLASS, picture)
    return made

"""The IDX format, gzipped or not: read strictly, and never more than the header promises.

An IDX file is: two zero bytes, a byte for the dtype (8: uint8), the number of axes, each length
as a big-endian 32-bit number, and then the bytes of the array and nothing else.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from ...errors import FileError
from ...messages.words import Word

Bytes = npt.NDArray[np.uint8]
GZIP = b"\x1f\x8b"
UINT8 = 8
DENSEST = 1100  # bytes that one byte of a gzip file can become: deflate's limit is 1032


def read(path: Path, axes: int) -> Bytes:
    """The uint8 array of `axes` axes in the IDX file `path`.

    Errors: LL940, with the reason, if the file is anything else than exactly that.
    """
    with open(path, "rb") as file:
        packed = file.read(2) == GZIP
        file.seek(0)
        room = path.stat().st_size * (DENSEST if packed else 1)
        try:
            if not packed:
                return _read(file, axes, room)
            with gzip.GzipFile(fileobj=file) as inside:
                return _read(inside, axes, room)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileError("LL940", path=str(path), reason=f"gzip: {error}") from None
        except _DamagedError as error:
            raise FileError("LL940", path=str(path), reason=error.args[0]) from None


class _DamagedError(Exception):
    """Why a file is no IDX file."""


def _read(file: IO[bytes] | gzip.GzipFile, axes: int, room: int) -> Bytes:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise _DamagedError(
            Word("it begins with {head} and not as an IDX file does", head=repr(head[:4]))
        )
    if head[2] != UINT8 or head[3] != axes:
        raise _DamagedError(Word("its magic number is {found}, expected {wanted}",
                                 found=head.hex(), wanted=f"000008{axes:02x}"))  # fmt: skip
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise _DamagedError(Word("it ends inside its header"))
    shape = tuple(np.frombuffer(lengths, ">u4").tolist())
    size = math.prod(shape)
    if size > room:
        raise _DamagedError(
            Word("its header promises {size:,} bytes, more than the file can hold", size=size)
        )
    content = file.read(size + 1)
    if len(content) < size:
        raise _DamagedError(Word("it ends after {found:,} of {size:,} bytes",
                                 found=len(content), size=size))  # fmt: skip
    if len(content) > size:
        raise _DamagedError(Word("there are more bytes than the {size:,} that its header promises",
                                 size=size))  # fmt: skip
    return np.frombuffer(bytearray(content), np.uint8).reshape(shape)  # may be written


def write(array: Bytes) -> bytes:
    """The gzipped IDX file of a uint8 array, the same bytes each time."""
    head = bytes([0, 0, UINT8, array.ndim])
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return gzip.compress(head + lengths + array.tobytes(), compresslevel=9, mtime=0)

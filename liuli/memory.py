"""Where the numbers of arrays lie: addresses, and memory that begins on a cache line.

NumPy's arrays begin at multiples of 16 bytes. A vector of 32 bytes that crosses the edge of a cache
line is read twice: a contraction whose weights begin in the middle of a line takes 10 % longer. So
what is made once and read at every step (weights, state, batches) is made here.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

LINE = 64  # bytes
SMALL = 1024  # bytes: below it does not matter

_HEADER = object.__basicsize__


def _slow(array: Array) -> int:
    return array.ctypes.data


def _fast(array: Array) -> int:
    found: int = ctypes.c_ssize_t.from_address(id(array) + _HEADER).value
    return found


def _way() -> Callable[[Array], int]:
    """`array.ctypes.data` makes an object of its own, which takes 1.4 us. NumPy's binary interface
    fixes the pointer as the first field after Python's header, where it is read in 0.2 us; whether
    that is so is tried once.
    """
    whole = np.arange(8.0)
    right = all(_fast(each) == _slow(each) for each in (whole, whole[3:], whole.reshape(2, 4).T))
    return _fast if right else _slow


address_of: Callable[[Array], int] = _way()


def room(shape: tuple[int, ...], dtype: Any) -> Array:
    """An array of whatever numbers; if it is not small, it begins on a cache line.

    Example:
        >>> from liuli.memory import address_of, room
        >>> address_of(room((100, 100), "float32")) % 64
        0
    """
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    if size < SMALL:
        return np.empty(shape, kind)
    memory = np.empty(size + LINE, np.uint8)
    begin = -address_of(memory) % LINE
    made: Array = memory[begin : begin + size].view(kind).reshape(shape)
    return made

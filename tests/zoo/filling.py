"""Numbers for every entry of a state_dict, by name and shape: the same for Liuli and PyTorch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from zlib import crc32

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def state_of(shapes: Iterable[tuple[str, tuple[int, ...]]]) -> dict[str, Array]:
    """An array for each name; fixed pictures and counters are left as they are."""
    return {name: filled(name, shape) for name, shape in shapes if not _is_fixed(name)}


def filled(name: str, shape: tuple[int, ...]) -> Array:
    """Normal numbers of a size that lets signals through any number of layers."""
    numbers = np.random.RandomState(crc32(name.encode())).standard_normal(shape)
    if name.endswith("running_var"):
        return (1 + 0.5 * np.tanh(numbers)).astype(np.float32)
    if name.endswith("weight") and len(shape) == 1:  # of batch norm
        return (1 + 0.2 * numbers).astype(np.float32)
    if len(shape) == 1:
        return (0.1 * numbers).astype(np.float32)
    return (numbers * math.sqrt(2 / math.prod(shape[1:]))).astype(np.float32)


def pictures(count: int, *shape: int) -> Array:
    """Some pictures of random pixels."""
    return np.random.RandomState(3).standard_normal((count, *shape)).astype(np.float32)


def _is_fixed(name: str) -> bool:
    return name.endswith(("num_batches_tracked", "pictures"))

"""The sample of handwritten digits that comes with Liuli and needs no network.

`digits.gz` is a gzipped IDX file of 5,000 images of 28x28 pixels. Image i shows the digit i mod
10, so every ten images hold each digit once; the first 4,000 are for training and the last 1,000
for testing: 400 and 100 of each digit. Which images of a digit come first was drawn once, from
the stream of seed 2026. `digits.NOTICE.md` tells where they come from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import FileError
from ...messages.words import Word
from . import idx
from .arrays import Arrays

FILE = Path(__file__).with_name("digits.gz")
SHA256 = "890633ad00b219500793f51024b66e4eeae3373c67e6d61c5db82ff7146dabb8"
TRAINING = 4000
CLASSES = [str(digit) for digit in range(10)]


def digits(train: bool = True, *, transform: Callable[[Any], Any] | None = None) -> Arrays:
    """4,000 real handwritten digits (1,000 others if `train` is False), 28x28 grey, from MNIST.

    Errors: LL940 if the file beside this module is not the one that came with it.

    Example:
        >>> import liuli
        >>> data = liuli.data.digits()
        >>> data.inputs.shape, data.inputs.dtype, data.targets[:12]
        ((4000, 28, 28), dtype('uint8'), array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]))
    """
    images = _images()
    part = slice(None, TRAINING) if train else slice(TRAINING, None)
    labels = np.arange(len(images), dtype=np.int64)[part] % 10
    return Arrays(
        images[part].copy(),
        labels,
        classes=list(CLASSES),
        name="sample",
        transform=transform,
    )


@lru_cache(maxsize=1)
def _images() -> npt.NDArray[np.uint8]:
    found = hashlib.sha256(FILE.read_bytes()).hexdigest()
    if found != SHA256:
        reason = Word("its sha256 begins with {found}, expected {wanted}",
                      found=found[:12], wanted=SHA256[:12])  # fmt: skip
        raise FileError("LL940", path=str(FILE), reason=reason)
    return idx.read(FILE, axes=3)

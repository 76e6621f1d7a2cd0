"""The CIFAR-10 images that are at hand: `data_batch_*.bin.gz` in LIULI_DATA/cifar10."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np

from liuli.data.sets import Arrays
from liuli.data.transforms import Compose, Normalize, ToTensor

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of a pixel, by colour
RECORD = 1 + 3 * 32 * 32  # a label and the planes of an image


def folder() -> Path:
    """Where the files are looked for."""
    return Path(os.environ.get("LIULI_DATA", "."), "cifar10")


def images(count: int = 0, place: Path | None = None) -> Arrays:
    """The first `count` training images, or all; as numbers of mean 0 and deviation 1."""
    files = sorted((place or folder()).glob("data_batch_*.bin.gz"))
    if not files:
        raise FileNotFoundError(f"no data_batch_*.bin.gz in {place or folder()}")
    rows = np.concatenate([np.frombuffer(gzip.decompress(file.read_bytes()), np.uint8)
                           for file in files]).reshape(-1, RECORD)  # fmt: skip
    rows = rows[: count or None]
    planes = rows[:, 1:].reshape(-1, 3, 32, 32)
    pixels = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    made = Arrays(pixels, rows[:, 0].astype(np.int64), name="CIFAR-10")
    made.transform = Compose([ToTensor(), Normalize(MEAN, STD)])
    return made

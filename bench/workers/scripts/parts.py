"""What the whole scripts share: the time of each part, and the line that they end with."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from bench.workers.serving import hurry, peak

EPOCHS, BATCH = 5, 64
MEAN, DEVIATION = 0.1307, 0.3081


class Parts:
    """A clock that is read between the parts of a script."""

    def __init__(self) -> None:
        hurry()
        self.seconds: dict[str, float] = {}
        self.since = time.perf_counter()

    def done(self, part: str) -> None:
        """This part took the time since the last one."""
        now = time.perf_counter()
        self.seconds[part] = now - self.since
        self.since = now

    def tell(self, accuracy: float) -> None:
        """Print the parts, the accuracy in percent, and the most memory, as one line."""
        print(json.dumps({**self.seconds, "accuracy": accuracy, "peak": peak()}), flush=True)


def read_idx(part: str) -> tuple[Any, Any]:
    """MNIST's images and labels ("train" or "t10k") from LIULI_DATA, as bytes and int64."""
    import gzip

    import numpy as np

    folder = Path(os.environ["LIULI_DATA"]) / "mnist"
    images = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28)
    return pixels, np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)

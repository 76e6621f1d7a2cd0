"""What every library is asked to do: train one network on given batches, from given weights."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass
from typing import Any

ROWS = 6_400  # in all batches together, where that makes 4 to 100 batches
LR, MOMENTUM = 0.01, 0.9


@dataclass(frozen=True)
class Problem:
    """Linear layers with ReLU between, cross-entropy of the scores, SGD with momentum."""

    sizes: tuple[int, ...] = (784, 128, 64, 10)
    batch: int = 64
    fetch: bool = False  # the step is given row numbers, and takes the rows itself
    warm: int = 100  # steps before the first round; then losses are compared
    seconds: float = 60.0  # no round takes longer, unless it has fewer than 15 steps

    @property
    def flop(self) -> int:
        """Of one step's contractions: the outputs, the gradients of weights and of inputs."""
        products = [i * o for i, o in itertools.pairwise(self.sizes)]
        return 2 * self.batch * (3 * sum(products) - products[0])  # the data have no gradient

    @property
    def count(self) -> int:
        """How many different batches there are."""
        return max(4, min(100, ROWS // self.batch))

    def to_json(self) -> str:
        """For a worker's command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Problem:
        """What `to_json` wrote."""
        told = json.loads(text)
        return Problem(**{**told, "sizes": tuple(told["sizes"])})

    def start(self) -> list[Any]:
        """The weights (out, in) and biases to begin with, in turn."""
        import numpy as np

        draw = np.random.default_rng(1)
        values = []
        for i, o in itertools.pairwise(self.sizes):
            bound = i**-0.5
            values += [draw.uniform(-bound, bound, (o, i)), draw.uniform(-bound, bound, o)]
        return [value.astype(np.float32) for value in values]

    def batches(self) -> list[tuple[Any, Any]]:
        """Inputs and labels of each batch: ten clouds that can be told apart."""
        import numpy as np

        draw = np.random.default_rng(0)
        classes = self.sizes[-1]
        centres = 0.3 * draw.standard_normal((classes, self.sizes[0]), dtype=np.float32)
        made = []
        for _ in range(self.count):
            labels = draw.integers(0, classes, self.batch)
            x = draw.standard_normal((self.batch, self.sizes[0]), dtype=np.float32)
            x += centres[labels]
            made.append((x, labels))
        return made

    def rows(self) -> tuple[Any, Any, Any]:
        """The same batches as one array of inputs, its labels, and each batch's row numbers."""
        import numpy as np

        batches = self.batches()
        order = np.random.default_rng(2).permutation(self.count * self.batch)
        order = order.reshape(self.count, self.batch)
        x = np.empty((order.size, self.sizes[0]), np.float32)
        labels = np.empty(order.size, np.int64)
        for places, (part, targets) in zip(order, batches, strict=True):
            x[places], labels[places] = part, targets
        return x, labels, order

"""One convolution with its gradients: the points of the sweep, and each one's numbers."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

BATCHES = (1, 16, 37, 64, 256)
SIDES = {1: 28, 3: 28, 10: 14, 17: 14, 30: 14, 64: 7}  # of the image, by channels
KERNELS = (1, 3, 5, 7)
GROUPED = (12, 20, 64)  # channels in four groups


@dataclass(frozen=True)
class LayerPoint:
    """As many outputs as inputs, padded so that the image stays as large; with a bias."""

    batch: int = 64
    channels: int = 10
    kernel: int = 3
    stride: int = 1
    groups: int = 1
    fixed: bool = False  # the input is data: it has no gradient

    def __str__(self) -> str:
        """As in the table."""
        more = f", stride {self.stride}" * (self.stride > 1)
        if self.groups > 1:
            more += ", each alone" if self.groups == self.channels else f", {self.groups} groups"
        more += ", data" * self.fixed
        return f"batch {self.batch}, {self.channels} channels, {self.kernel}x{self.kernel}{more}"

    @property
    def side(self) -> int:
        """Of the image."""
        return SIDES.get(self.channels, 14)

    @property
    def flop(self) -> int:
        """Of all that is asked for."""
        outputs = self.batch * self.channels * (-(-self.side // self.stride)) ** 2
        products = self.channels // self.groups * self.kernel**2
        return 2 * (2 if self.fixed else 3) * outputs * products

    def numbers(self) -> list[Any]:
        """Input, weight, bias and the gradient of the output."""
        import numpy as np

        draw, n = np.random.default_rng(0), self.channels
        out = -(-self.side // self.stride)
        weight = n, n // self.groups, self.kernel, self.kernel
        shapes = (self.batch, n, self.side, self.side), weight, (n,), (self.batch, n, out, out)
        scales = 1.0, 1 / math.sqrt(math.prod(weight[1:])), 1.0, 1.0
        return [scale * draw.standard_normal(shape, dtype=np.float32)
                for scale, shape in zip(scales, shapes, strict=True)]  # fmt: skip


def points(quick: bool) -> list[LayerPoint]:
    """All points, or a few of them."""
    usual = [LayerPoint(b, c, k) for c, k, b in itertools.product(SIDES, KERNELS, BATCHES)]
    usual += [LayerPoint(64, c, k, fixed=True) for c, k in itertools.product(SIDES, KERNELS)]
    some = list(itertools.product((16, 64), SIDES, (3, 5)))
    usual += [LayerPoint(b, c, k, stride=2) for b, c, k in some]
    usual += [LayerPoint(b, c, k, groups=c) for b, c, k in some if c > 3]
    usual += [LayerPoint(b, c, 3, groups=4) for b, c in itertools.product((16, 64), GROUPED)]
    return usual[::9] if quick else usual


def to_json(some: Sequence[LayerPoint]) -> str:
    """For a worker's command line."""
    return json.dumps([asdict(point) for point in some])


def from_json(text: str) -> list[LayerPoint]:
    """What `to_json` wrote."""
    return [replace(LayerPoint(), **told) for told in json.loads(text)]


def together(some: Sequence[LayerPoint], count: int) -> Iterator[list[LayerPoint]]:
    """So many at a time."""
    for first in range(0, len(some), count):
        yield list(some[first : first + count])

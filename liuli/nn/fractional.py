"""Fractional max pooling layers: windows at random, a result that is any part of the input."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..functions import functional as F
from ..functions.fractional import Ratio, check_ratio
from ..functions.kernels import numbers
from ..functions.pooling import Size
from .module import Module

__mirrors__ = "torch"


class _FractionalMaxPool(Module):
    """What fractional max pooling has in all dimensions."""

    _count: int
    _pool: Any

    def __init__(self, kernel_size: Size, output_size: Size | None = None,
                 output_ratio: Ratio | None = None, return_indices: bool = False,
                 _random_samples: Tensor | None = None) -> None:  # fmt: skip
        super().__init__()
        kind, count = type(self).__name__, self._count
        if (output_size is None) == (output_ratio is None):
            raise ArgumentError("LL187", op=kind, size=output_size, ratio=output_ratio)
        self.kernel_size = numbers(kind, "kernel_size", kernel_size, count, 1)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = (
            None if output_size is None else numbers(kind, "output_size", output_size, count, 1)
        )
        self.output_ratio = None if output_ratio is None else check_ratio(kind, output_ratio, count)

    def forward(self, input: Tensor) -> Any:
        """The largest of every window; with return_indices also where they stand."""
        return self._pool(input, self.kernel_size, self.output_size, self.output_ratio,
                          self.return_indices, self._random_samples)  # fmt: skip


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest of windows that lie at random: `output_size` of them, or `output_ratio` times
    the length of the image. Other windows at every call keep a network from learning by heart.

    Shape: (N, C, H, W) or (C, H, W) -> H and W as asked. Errors: LL146, LL147, LL173, LL185,
    LL187 unless one of output_size and output_ratio is given.
    Source: B. Graham, "Fractional max-pooling", 2014.

    Example:
        >>> from liuli import nn
        >>> nn.FractionalMaxPool2d(2, output_ratio=0.75)(liuli.rand(1, 2, 8, 8)).shape
        liuli.Size([1, 2, 6, 6])
    """

    _count = 2
    _pool = staticmethod(F.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """As FractionalMaxPool2d, of volumes.

    Shape: (N, C, D, H, W) or (C, D, H, W). Errors: LL146, LL147, LL173, LL185, LL187.

    Example:
        >>> from liuli import nn
        >>> nn.FractionalMaxPool3d(2, output_size=3)(liuli.rand(1, 2, 8, 8, 8)).shape
        liuli.Size([1, 2, 3, 3, 3])
    """

    _count = 3
    _pool = staticmethod(F.fractional_max_pool3d)

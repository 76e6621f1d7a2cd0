"""Adaptive pooling layers: any length becomes the one that is asked for."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..functions import functional as F
from ..functions.adaptive import Target
from .module import Module

__mirrors__ = "torch"


class _AdaptiveAvgPool(Module):
    """What adaptive means have in all dimensions."""

    _pool: Any

    def __init__(self, output_size: Target) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The mean of every bin."""
        made: Tensor = self._pool(input, self.output_size)
        return made

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(Module):
    """What adaptive maxima have in all dimensions."""

    _pool: Any

    def __init__(self, output_size: Target, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """The largest of every bin; with return_indices also where they stand."""
        return self._pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The mean of every bin; output_size bins cover lines evenly. None keeps an axis.

    Shape: (N, C, L) or (C, L), lengths as asked. Errors: LL146, LL147, LL173, LL205.

    Example:
        >>> from liuli import nn
        >>> nn.AdaptiveAvgPool1d(4)(liuli.ones(1, 2, 6)).shape
        liuli.Size([1, 2, 4])
    """

    _pool = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The mean of every bin of an image: whatever its size, output_size bins cover it evenly.

    AdaptiveAvgPool2d(1) is global average pooling, one number a channel. None keeps an axis.

    Shape: (N, C, H, W) or (C, H, W) -> H and W as asked; place i of m along n elements sees those
    from floor(i n / m) to ceil((i + 1) n / m). Errors: LL146, LL147, LL173, LL205.
    Source: M. Lin, Q. Chen, S. Yan, "Network in network", 2013 (for output_size 1).

    Example:
        >>> from liuli import nn
        >>> nn.AdaptiveAvgPool2d(1)(liuli.ones(1, 2, 6, 6)).shape
        liuli.Size([1, 2, 1, 1])
    """

    _pool = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The mean of every bin; output_size bins cover volumes evenly. None keeps an axis.

    Shape: (N, C, D, H, W) or (C, D, H, W), lengths as asked. Errors: LL146, LL147, LL173, LL205.

    Example:
        >>> from liuli import nn
        >>> nn.AdaptiveAvgPool3d(1)(liuli.ones(1, 2, 6, 6, 6)).shape
        liuli.Size([1, 2, 1, 1, 1])
    """

    _pool = staticmethod(F.adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest of every bin; output_size bins cover lines evenly. None keeps an axis.

    Shape: (N, C, L) or (C, L), lengths as asked. Errors: LL146, LL147, LL173.

    Example:
        >>> from liuli import nn
        >>> nn.AdaptiveMaxPool1d(4)(liuli.ones(1, 2, 6)).shape
        liuli.Size([1, 2, 4])
    """

    _pool = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest of every bin; output_size bins cover images evenly. None keeps an axis.

    Shape: (N, C, H, W) or (C, H, W), lengths as asked. Errors: LL146, LL147, LL173.

    Example:
        >>> from liuli import nn
        >>> nn.AdaptiveMaxPool2d(1)(liuli.ones(1, 2, 6, 6)).shape
        liuli.Size([1, 2, 1, 1])
    """

    _pool = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest of every bin; output_size bins cover volumes evenly. None keeps an axis.

    Shape: (N, C, D, H, W) or (C, D, H, W), lengths as asked. Errors: LL146, LL147, LL173.

    Example:
        >>> from liuli import nn
        >>> nn.AdaptiveMaxPool3d(1)(liuli.ones(1, 2, 6, 6, 6)).shape
        liuli.Size([1, 2, 1, 1, 1])
    """

    _pool = staticmethod(F.adaptive_max_pool3d)

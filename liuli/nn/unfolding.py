"""Unfold and Fold: images as matrices of what a kernel sees, and back."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..functions import unfolding as F
from .module import Module

__mirrors__ = "torch"


class Unfold(Module):
    """What a kernel sees at each of its places, as one column of a matrix ("im2col").

    Shape: (N, C, H, W) or (C, H, W) -> (N, C * kH * kW, places) or (C * kH * kW, places).
    Errors: LL146 for other shapes, LL147 where the kernel is too long, LL173 for wrong numbers.

    Example:
        >>> from liuli import nn
        >>> nn.Unfold(kernel_size=(2, 3))(liuli.ones(2, 5, 3, 4)).shape
        liuli.Size([2, 30, 4])
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
                 stride: Any = 1) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """The columns."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Module):
    """Columns added back to the places that Unfold took them from; where they overlap, summed.

    Shape: (N, C * kH * kW, places) or (C * kH * kW, places) -> (N, C, *output_size) or
    (C, *output_size). Errors: LL177 for another shape, LL173 for wrong numbers.

    Example:
        >>> from liuli import nn
        >>> nn.Fold(output_size=(4, 5), kernel_size=(2, 2))(liuli.ones(1, 12, 12)).shape
        liuli.Size([1, 3, 4, 5])
    """

    def __init__(self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
                 stride: Any = 1) -> None:  # fmt: skip
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """The image."""
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding,
                      self.stride)  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, "
            f"dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
        )

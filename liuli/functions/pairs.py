"""Max pooling that always says where: the values, and the places of all of them."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from .adaptive import Target, adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d
from .fractional import Ratio, fractional_max_pool2d, fractional_max_pool3d
from .pooling import Size, max_pool1d, max_pool2d, max_pool3d

__mirrors__ = "torch"


def max_pool1d_with_indices(input: Tensor, kernel_size: Size, stride: Size | None = None,
                            padding: Size = 0, dilation: Size = 1, ceil_mode: bool = False,
                            return_indices: bool = False) -> Any:  # fmt: skip
    """max_pool1d with `return_indices`. Shape: (N, C, L) or (C, L) -> two of (N, C, M) or (C, M).

    Example:
        >>> import liuli
        >>> from liuli.nn import functional as F
        >>> F.max_pool1d_with_indices(liuli.tensor([[1.0, 5.0, 2.0, 3.0]]), 2)
        (tensor([[5., 3.]]), tensor([[1, 3]]))
    """
    return max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool2d_with_indices(input: Tensor, kernel_size: Size, stride: Size | None = None,
                            padding: Size = 0, dilation: Size = 1, ceil_mode: bool = False,
                            return_indices: bool = False) -> Any:  # fmt: skip
    """max_pool2d with `return_indices`. Shape: (N, C, H, W) or (C, H, W)."""
    return max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool3d_with_indices(input: Tensor, kernel_size: Size, stride: Size | None = None,
                            padding: Size = 0, dilation: Size = 1, ceil_mode: bool = False,
                            return_indices: bool = False) -> Any:  # fmt: skip
    """max_pool3d with `return_indices`. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Target,
                                     return_indices: bool = False) -> Any:  # fmt: skip
    """adaptive_max_pool1d with `return_indices`. Shape: (N, C, L) or (C, L)."""
    return adaptive_max_pool1d(input, output_size, True)


def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Target,
                                     return_indices: bool = False) -> Any:  # fmt: skip
    """adaptive_max_pool2d with `return_indices`. Shape: (N, C, H, W) or (C, H, W)."""
    return adaptive_max_pool2d(input, output_size, True)


def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Target,
                                     return_indices: bool = False) -> Any:  # fmt: skip
    """adaptive_max_pool3d with `return_indices`. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return adaptive_max_pool3d(input, output_size, True)


def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: Size, output_size: Size | None = None,
    output_ratio: Ratio | None = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """fractional_max_pool2d with `return_indices`. Shape: (N, C, H, W) or (C, H, W)."""
    return fractional_max_pool2d(input, kernel_size, output_size, output_ratio, True,
                                 _random_samples)  # fmt: skip


def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: Size, output_size: Size | None = None,
    output_ratio: Ratio | None = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """fractional_max_pool3d with `return_indices`. Shape: (N, C, D, H, W) or (C, D, H, W)."""
    return fractional_max_pool3d(input, kernel_size, output_size, output_ratio, True,
                                 _random_samples)  # fmt: skip

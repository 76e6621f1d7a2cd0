"""Layers that only change the shape: Flatten and Unflatten."""

from __future__ import annotations

from collections.abc import Sequence

from ..autodiff.tensor import Tensor
from ..functions import shapes as S
from .module import Module

__mirrors__ = "torch"


class Flatten(Module):
    """The axes from start_dim to end_dim made one: images become rows of numbers.

    Shape: (N, C, H, W) -> (N, C * H * W) as it stands.

    Example:
        >>> from liuli import nn
        >>> nn.Flatten()(liuli.ones(2, 1, 28, 28)).shape
        liuli.Size([2, 784])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """x with axes made one."""
        return S.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One axis taken apart into several, of which one length may be -1.

    Shape: (..., n, ...) -> (..., *unflattened_size, ...).

    Example:
        >>> from liuli import nn
        >>> nn.Unflatten(1, (1, 28, 28))(liuli.ones(2, 784)).shape
        liuli.Size([2, 1, 28, 28])
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """x with an axis taken apart."""
        return S.unflatten(input, self.dim, tuple(self.unflattened_size))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"

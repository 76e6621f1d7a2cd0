"""Transposed convolutions: what a convolution does backwards, as a layer; images grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..functions import convolution as F
from .convolution import _Convolution

__mirrors__ = "torch"


class _TransposedConvolution(_Convolution):
    """What transposed convolutions of all dimensions share."""

    transposed = True
    _modes = ("zeros",)
    _spread: Any

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
                 padding: Any = 0, output_padding: Any = 0, groups: int = 1, bias: bool = True,
                 dilation: Any = 1, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self._make(in_channels, out_channels, kernel_size, stride, padding, dilation,
                   output_padding, groups, bias, padding_mode, device, dtype)  # fmt: skip

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """Every number of the input draws its kernels."""
        added = self._added(input, output_size)
        made: Tensor = self._spread(input, self.weight, self.bias, self.stride, self.padding, added,
                                    self.groups, self.dilation)  # fmt: skip
        return made

    def _added(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """The output_padding with which the result gets `output_size`. Errors: LL176, LL173."""
        if output_size is None:
            return self.output_padding
        kind, count = type(self).__name__, self._count
        wanted = tuple(output_size)
        if len(wanted) == input.ndim:
            wanted = wanted[-count:]
        if len(wanted) != count:
            raise ArgumentError("LL173", op=kind, argument="output_size", value=tuple(output_size),
                                least=1, count=count, fix="")  # fmt: skip
        steps = zip(input.shape[-count:], self.kernel_size, self.stride, self.dilation,
                    self._ends[0], strict=True)  # fmt: skip
        low = tuple((n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, d, p in steps)
        high = tuple(n + s - 1 for n, s in zip(low, self.stride, strict=True))
        added = tuple(n - least for n, least in zip(wanted, low, strict=True))
        if any(not 0 <= n < s for n, s in zip(added, self.stride, strict=True)):
            raise ArgumentError("LL176", op=kind, size=wanted, low=low, high=high)
        return added


class ConvTranspose1d(_TransposedConvolution):
    """x[n, c, p] weight[c, o, t] is added to y[n, o, p * stride + t * dilation - padding].

    Every number of the input draws a kernel, times itself, into the result, and bias[o] is added
    everywhere. With a stride the result is that much longer; output_padding, or output_size in
    the call, chooses among the lengths that a convolution would take to the same one.

    weight and bias begin uniform in [-b, b], b = 1 / sqrt(out_channels / groups * kernel_size).

    Shape: (N, C, L) or (C, L) -> (N, O, M) or (O, M)
    with M = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1;
    weight (C, O / groups, k), bias (O).
    Errors: LL145, LL146 and LL150 for inputs that do not fit; LL148, LL173, LL175, LL602 and LL671
    for wrong arguments; LL176 for an output_size that cannot be.

    Example:
        >>> from liuli import nn
        >>> nn.ConvTranspose1d(4, 2, 3, stride=2)(liuli.ones(5, 4, 10)).shape
        liuli.Size([5, 2, 21])
    """

    _count = 1
    _spread = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_TransposedConvolution):
    """As ConvTranspose1d, over images: small ones become large.

    Shape: (N, C, H, W) or (C, H, W) -> (N, O, H', W') or (O, H', W');
    weight (C, O / groups, kH, kW), bias (O).
    Errors: LL145, LL146 and LL150 for inputs that do not fit; LL148, LL173, LL175, LL602 and LL671
    for wrong arguments; LL176 for an output_size that cannot be.
    Source: M. Zeiler et al., "Deconvolutional networks", CVPR 2010.

    Example:
        >>> from liuli import nn
        >>> layer = nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1)
        >>> x = liuli.ones(1, 16, 7, 7)
        >>> layer(x).shape
        liuli.Size([1, 8, 13, 13])
        >>> layer(x, output_size=(14, 14)).shape
        liuli.Size([1, 8, 14, 14])
    """

    _count = 2
    _spread = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_TransposedConvolution):
    """As ConvTranspose1d, over volumes.

    Shape: (N, C, D, H, W) or (C, D, H, W) -> (N, O, D', H', W') or (O, D', H', W');
    weight (C, O / groups, kD, kH, kW), bias (O).
    Errors: LL145, LL146 and LL150 for inputs that do not fit; LL148, LL173, LL175, LL602 and LL671
    for wrong arguments; LL176 for an output_size that cannot be.

    Example:
        >>> from liuli import nn
        >>> nn.ConvTranspose3d(2, 1, 2, stride=2)(liuli.ones(1, 2, 3, 4, 4)).shape
        liuli.Size([1, 1, 6, 8, 8])
    """

    _count = 3
    _spread = staticmethod(F.conv_transpose3d)

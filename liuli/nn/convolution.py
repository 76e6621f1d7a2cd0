"""Convolutional layers: kernels that walk over lines, images and volumes, and are learned."""

from __future__ import annotations

import math
from typing import Any

from ..autodiff.tensor import Tensor
from ..devices import require
from ..errors import ArgumentError, LiuliError
from ..functions import convolution as F
from ..functions.kernels import around, check_groups, numbers
from ..functions.padding import pad
from . import advice, init
from .linear import new_parameter, reset_bias
from .module import Module
from .parameter import Parameter

__mirrors__ = "torch"

MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Module):
    """What convolutions of all dimensions share, transposed ones too."""

    weight: Parameter
    bias: Parameter | None
    _count: int  # axes of space
    _modes: tuple[str, ...] = MODES
    transposed = False

    def _make(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any,
              padding: Any, dilation: Any, output_padding: Any, groups: int, bias: bool,
              padding_mode: str, device: Any, dtype: Any) -> None:  # fmt: skip
        kind, count = type(self).__name__, self._count
        require(device)
        self.in_channels = advice.size(kind, "in_channels", in_channels)
        self.out_channels = advice.size(kind, "out_channels", out_channels)
        check_groups(kind, groups, in_channels=in_channels, out_channels=out_channels)
        if padding_mode not in self._modes:
            raise ArgumentError("LL602", argument="padding_mode", value=repr(padding_mode),
                                choices=", ".join(map(repr, self._modes)))  # fmt: skip
        self.kernel_size = numbers(kind, "kernel_size", kernel_size, count, 1)
        self.stride = numbers(kind, "stride", stride, count, 1)
        self.dilation = numbers(kind, "dilation", dilation, count, 1)
        self.output_padding = numbers(kind, "output_padding", output_padding, count)
        self._ends = around(kind, padding, self.stride, self.dilation, self.kernel_size)
        self.padding = padding if isinstance(padding, str) else self._ends[0]
        self.groups = groups
        self.padding_mode = padding_mode
        self.weight = new_parameter(*self._weight_shape(), dtype=dtype)
        made = new_parameter(out_channels, dtype=dtype) if bias else None
        self.register_parameter("bias", made)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        ends = self.out_channels, self.in_channels
        first, second = reversed(ends) if self.transposed else ends
        return first, second // self.groups, *self.kernel_size

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        if self.weight.numel():
            init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        reset_bias(self.bias, math.prod(self.weight.shape[1:]))

    def _padded(self, input: Tensor) -> tuple[Tensor, Any]:
        """The input with what is not zeros at its ends, and the padding that is left to do."""
        if self.padding_mode == "zeros":
            return input, self.padding
        ends = zip(*(reversed(end) for end in self._ends), strict=True)
        return pad(input, [n for both in ends for n in both], self.padding_mode), 0

    def _advise(self, error: LiuliError) -> dict[str, object]:
        """For a wrong number of channels: the layer that would fit, written as this one was."""
        if error.code != "LL145" or error.facts["fix"] or self.groups > 1 or not self._made_with:
            return {}
        places, words = self._made_with
        channels = error.facts["channels"]
        given = [repr(x) for x in (channels, *places[1:]) if places]
        given += [f"{name}={channels if name == 'in_channels' else repr(x)}"
                  for name, x in words.items()]  # fmt: skip
        return {"fix": f"nn.{type(self).__name__}({', '.join(given)})"}

    def extra_repr(self) -> str:
        none = (0,) * self._count
        told = {
            "padding": (self.padding, none),
            "dilation": (self.dilation, (1,) * self._count),
            "output_padding": (self.output_padding, none),
            "groups": (self.groups, 1),
            "bias": (self.bias is not None, True),
            "padding_mode": (self.padding_mode, "zeros"),
        }
        rest = "".join(f", {name}={x}" for name, (x, usual) in told.items() if x != usual)
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}{rest}"
        )


class _Conv(_Convolution):
    """What ordinary convolutions of all dimensions share."""

    _convolve: Any

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
                 padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self._make(in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups,
                   bias, padding_mode, device, dtype)  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        """Every kernel at every place of the input."""
        x, padding = self._padded(input)
        made: Tensor = self._convolve(x, self.weight, self.bias, self.stride, padding,
                                      self.dilation, self.groups)  # fmt: skip
        return made


class Conv1d(_Conv):
    """y[n, o, p] = sum over c, t of x[n, c, p * stride + t * dilation] weight[o, c, t] + bias[o].

    Each output channel is one kernel that looks at neighbouring places of a line, and is the same
    everywhere. `padding` adds zeros at both ends, or by `padding_mode` mirrored ("reflect"),
    repeated ("replicate") or wrapped ("circular") values; padding="same" keeps the length. With
    groups=g the channels are parted into g convolutions side by side, with g = in_channels each
    channel has kernels of its own ("depthwise").

    weight and bias begin uniform in [-b, b], b = 1 / sqrt(in_channels / groups * kernel_size).

    Shape: (N, C, L) or (C, L) -> (N, O, M) or (O, M)
    with M = (L + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1;
    weight (O, C / groups, k), bias (O).
    Errors: LL145 for another number of channels, LL146 for other axes, LL147 where the kernel is
    longer than the input; LL148, LL173, LL174, LL602 and LL671 for wrong arguments.

    Example:
        >>> from liuli import nn
        >>> layer = nn.Conv1d(2, 4, kernel_size=3, padding=1)
        >>> layer(liuli.ones(5, 2, 10)).shape
        liuli.Size([5, 4, 10])
        >>> layer.weight.shape
        liuli.Size([4, 2, 3])
    """

    _count = 1
    _convolve = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """As Conv1d, over images: a small picture is slid over a large one, and found where it fits.

    kernel_size, stride, padding and dilation are one number, or one for height and one for width.
    padding="same" keeps the size; padding_mode and groups are Conv1d's.

    Shape: (N, C, H, W) or (C, H, W) -> (N, O, H', W') or (O, H', W')
    with H' = (H + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1, and so W';
    weight (O, C / groups, kH, kW), bias (O).
    Errors: LL145 for another number of channels, LL146 for other axes, LL147 where the kernel is
    longer than the input; LL148, LL173, LL174, LL602 and LL671 for wrong arguments.
    Source: Y. LeCun et al., "Backpropagation applied to handwritten zip code recognition", 1989.

    Example:
        >>> from liuli import nn
        >>> layer = nn.Conv2d(1, 30, 5)
        >>> layer
        Conv2d(1, 30, kernel_size=(5, 5), stride=(1, 1))
        >>> layer(liuli.ones(100, 1, 28, 28)).shape
        liuli.Size([100, 30, 24, 24])
        >>> nn.Conv2d(8, 8, 3, padding="same", groups=8).weight.shape
        liuli.Size([8, 1, 3, 3])
    """

    _count = 2
    _convolve = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """As Conv1d, over volumes or short films.

    kernel_size, stride, padding and dilation are one number, or three for depth, height and width.

    Shape: (N, C, D, H, W) or (C, D, H, W) -> (N, O, D', H', W') or (O, D', H', W');
    weight (O, C / groups, kD, kH, kW), bias (O).
    Errors: LL145 for another number of channels, LL146 for other axes, LL147 where the kernel is
    longer than the input; LL148, LL173, LL174, LL602 and LL671 for wrong arguments.

    Example:
        >>> from liuli import nn
        >>> nn.Conv3d(1, 2, 3)(liuli.ones(1, 1, 8, 9, 9)).shape
        liuli.Size([1, 2, 6, 7, 7])
    """

    _count = 3
    _convolve = staticmethod(F.conv3d)

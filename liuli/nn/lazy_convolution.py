"""Lazy convolutions: layers that read the number of channels off their first input."""

from __future__ import annotations

from typing import Any

from .. import dtypes as dt
from ..autodiff.tensor import Tensor
from ..functions.kernels import check_axes, check_groups
from . import advice
from .convolution import Conv1d, Conv2d, Conv3d, _Conv, _Convolution
from .parameter import UninitializedParameter
from .transposed import (
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    _TransposedConvolution,
)

__mirrors__ = "torch"


class _Lazy(_Convolution):
    """What lazy convolutions share: waiting, and becoming an ordinary one.

    Call one once before you hand its parameters to `load_state_dict` of another or look at their
    values; an optimizer may have them before.
    """

    _becomes: type[_Convolution]
    _dtype: dt.DType

    def _wait(self, out_channels: int, bias: bool, dtype: Any) -> None:
        kind = type(self).__name__
        self.out_channels = advice.size(kind, "out_channels", out_channels)
        check_groups(kind, self.groups, out_channels=out_channels)
        self.weight = UninitializedParameter()
        self.bias = UninitializedParameter() if bias else None
        self._dtype = dt.default_dtype() if dtype is None else dt.as_dtype(dtype)

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, as soon as there are some."""
        if not isinstance(self.weight, UninitializedParameter):
            super().reset_parameters()

    def forward(self, input: Tensor, *options: Any) -> Tensor:
        """Become an ordinary convolution for this input, and be called as one."""
        if isinstance(self.weight, UninitializedParameter):
            check_axes(type(self).__name__, input, self._count)
            self.in_channels = input.shape[-self._count - 1]
            check_groups(type(self).__name__, self.groups, in_channels=self.in_channels)
            self.weight.materialize(self._weight_shape(), self._dtype)
            if isinstance(self.bias, UninitializedParameter):
                self.bias.materialize((self.out_channels,), self._dtype)
            self.reset_parameters()
        first, second = self.weight.shape[:2]
        self.in_channels = first if self.transposed else second * self.groups
        self.__dict__["_made_from"] = self._ordinary()
        del self._dtype
        self.__class__ = self._becomes  # type: ignore[assignment]
        made: Tensor = self.forward(input, *options)
        return made

    def _ordinary(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments that make the ordinary convolution."""
        names = ["stride", "padding", "dilation", "groups", "padding_mode"]
        options = {name: getattr(self, name) for name in names}
        if self.transposed:
            options["output_padding"] = self.output_padding
        options["bias"] = self.bias is not None
        return (self.in_channels, self.out_channels, self.kernel_size), options


class _LazyConv(_Lazy, _Conv):
    """What lazy ordinary convolutions share."""

    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 dilation: Any = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode,
                         device)  # fmt: skip
        self._wait(out_channels, bias, dtype)


class _LazyTransposed(_Lazy, _TransposedConvolution):
    """What lazy transposed convolutions share."""

    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1,
                 padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, output_padding, groups, False,
                         dilation, padding_mode, device)  # fmt: skip
        self._wait(out_channels, bias, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """A Conv1d that reads in_channels off its first input, and is a Conv1d from then on.

    Shape and errors are Conv1d's.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyConv1d(4, 3)
        >>> layer(liuli.ones(5, 2, 8)).shape
        liuli.Size([5, 4, 6])
        >>> layer
        Conv1d(2, 4, kernel_size=(3,), stride=(1,))
    """

    _becomes = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A Conv2d that reads in_channels off its first input, and is a Conv2d from then on.

    Shape and errors are Conv2d's.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyConv2d(4, 3)
        >>> layer(liuli.ones(5, 2, 8, 8)).shape
        liuli.Size([5, 4, 6, 6])
        >>> layer
        Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1))
    """

    _becomes = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A Conv3d that reads in_channels off its first input, and is a Conv3d from then on.

    Shape and errors are Conv3d's.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyConv3d(4, 3)
        >>> layer(liuli.ones(5, 2, 8, 8, 8)).shape
        liuli.Size([5, 4, 6, 6, 6])
        >>> layer
        Conv3d(2, 4, kernel_size=(3, 3, 3), stride=(1, 1, 1))
    """

    _becomes = Conv3d


class LazyConvTranspose1d(_LazyTransposed, ConvTranspose1d):
    """A ConvTranspose1d that reads in_channels off its first input, and is one from then on.

    Shape and errors are ConvTranspose1d's.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyConvTranspose1d(4, 3)
        >>> layer(liuli.ones(5, 2, 8)).shape
        liuli.Size([5, 4, 10])
        >>> layer
        ConvTranspose1d(2, 4, kernel_size=(3,), stride=(1,))
    """

    _becomes = ConvTranspose1d


class LazyConvTranspose2d(_LazyTransposed, ConvTranspose2d):
    """A ConvTranspose2d that reads in_channels off its first input, and is one from then on.

    Shape and errors are ConvTranspose2d's.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyConvTranspose2d(4, 3)
        >>> layer(liuli.ones(5, 2, 8, 8)).shape
        liuli.Size([5, 4, 10, 10])
        >>> layer
        ConvTranspose2d(2, 4, kernel_size=(3, 3), stride=(1, 1))
    """

    _becomes = ConvTranspose2d


class LazyConvTranspose3d(_LazyTransposed, ConvTranspose3d):
    """A ConvTranspose3d that reads in_channels off its first input, and is one from then on.

    Shape and errors are ConvTranspose3d's.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyConvTranspose3d(4, 3)
        >>> layer(liuli.ones(5, 2, 8, 8, 8)).shape
        liuli.Size([5, 4, 10, 10, 10])
        >>> layer
        ConvTranspose3d(2, 4, kernel_size=(3, 3, 3), stride=(1, 1, 1))
    """

    _becomes = ConvTranspose3d

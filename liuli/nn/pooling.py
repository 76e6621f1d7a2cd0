"""Pooling layers: the largest element, the mean or the p-norm of every window."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..functions import functional as F
from ..functions.kernels import numbers
from ..functions.pooling import Size
from .module import Module

__mirrors__ = "torch"


class _MaxPool(Module):
    """What max pooling has in all dimensions."""

    _pool: Any

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
                 dilation: Size = 1, return_indices: bool = False,
                 ceil_mode: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The largest of every window; with return_indices also where they stand."""
        return self._pool(input, self.kernel_size, self.stride, self.padding, self.dilation,
                          self.ceil_mode, self.return_indices)  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest of every window of lines; see MaxPool2d.

    Shape: (N, C, L) or (C, L). Errors: LL146, LL147, LL173, LL183.

    Example:
        >>> from liuli import nn
        >>> nn.MaxPool1d(2)(liuli.ones(1, 2, 6)).shape
        liuli.Size([1, 2, 3])
    """

    _pool = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest of every window of an image: small shifts change little, and less is left.

    A window of kernel_size walks by steps of `stride` (kernel_size if None); around the image
    stands -inf, `padding` wide, and neighbours in a window are `dilation` apart. With `ceil_mode`
    the last window may hang over. The gradient goes to the first of the largest.

    Shape: (N, C, H, W) or (C, H, W); n places become floor((n + 2 padding - dilation
    (kernel_size - 1) - 1) / stride) + 1. Errors: LL146 for another number of axes, LL147 for a
    window longer than the image, LL183 for a padding of more than half a window, LL173.

    Example:
        >>> from liuli import nn
        >>> nn.MaxPool2d(2)(liuli.ones(1, 2, 6, 6)).shape
        liuli.Size([1, 2, 3, 3])
    """

    _pool = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest of every window of volumes; see MaxPool2d.

    Shape: (N, C, D, H, W) or (C, D, H, W). Errors: LL146, LL147, LL173, LL183.

    Example:
        >>> from liuli import nn
        >>> nn.MaxPool3d(2)(liuli.ones(1, 2, 6, 6, 6)).shape
        liuli.Size([1, 2, 3, 3, 3])
    """

    _pool = staticmethod(F.max_pool3d)


class AvgPool1d(Module):
    """The mean of every window of lines; see AvgPool2d.

    Shape: (N, C, L) or (C, L). Errors: LL146, LL147, LL173, LL183.

    Example:
        >>> from liuli import nn
        >>> nn.AvgPool1d(2)(liuli.tensor([[1.0, 3.0, 5.0, 9.0]]))
        tensor([[2., 7.]])
    """

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
                 ceil_mode: bool = False, count_include_pad: bool = True) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = numbers("AvgPool1d", "kernel_size", kernel_size, 1, 1)
        given = kernel_size if stride is None else stride
        self.stride = numbers("AvgPool1d", "stride", given, 1, 1)
        self.padding = numbers("AvgPool1d", "padding", padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The mean of every window."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
                            self.count_include_pad)  # fmt: skip

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(Module):
    """What the mean over windows has in two and three dimensions."""

    _pool: Any

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
                 ceil_mode: bool = False, count_include_pad: bool = True,
                 divisor_override: int | None = None) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The mean of every window."""
        made: Tensor = self._pool(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad, self.divisor_override,
        )  # fmt: skip
        return made

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The mean of every window of an image.

    A window of kernel_size walks by steps of `stride` (kernel_size if None). The zeros of the
    padding count as elements unless `count_include_pad` is False; `divisor_override` is what
    every sum is divided by instead. With `ceil_mode` the last window may hang over.

    Shape: (N, C, H, W) or (C, H, W); n places become floor((n + 2 padding - kernel_size) /
    stride) + 1. Errors: LL146, LL147, LL173, LL183 as MaxPool2d, LL185 for a divisor 0.

    Example:
        >>> from liuli import nn
        >>> nn.AvgPool2d(2)(liuli.ones(1, 2, 6, 6)).shape
        liuli.Size([1, 2, 3, 3])
    """

    _pool = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of every window of volumes; see AvgPool2d.

    Shape: (N, C, D, H, W) or (C, D, H, W). Errors: LL146, LL147, LL173, LL183, LL185.

    Example:
        >>> from liuli import nn
        >>> nn.AvgPool3d(2)(liuli.ones(1, 2, 6, 6, 6)).shape
        liuli.Size([1, 2, 3, 3, 3])
    """

    _pool = staticmethod(F.avg_pool3d)


class _LPPool(Module):
    """What the p-norm of windows has in all dimensions."""

    _pool: Any

    def __init__(self, norm_type: float, kernel_size: Size, stride: Size | None = None,
                 ceil_mode: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The p-norm of every window."""
        made: Tensor = self._pool(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )
        return made

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """(sum of x^p)^(1/p) of every window of lines, p = norm_type.

    Shape: (N, C, L) or (C, L). Errors: LL146, LL147, LL173.

    Example:
        >>> from liuli import nn
        >>> nn.LPPool1d(2, 3)(liuli.ones(1, 2, 6)).shape
        liuli.Size([1, 2, 2])
    """

    _pool = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPool):
    """(sum of x^p)^(1/p) of every window of images, p = norm_type.

    Shape: (N, C, H, W) or (C, H, W). Errors: LL146, LL147, LL173.

    Example:
        >>> from liuli import nn
        >>> nn.LPPool2d(2, 3)(liuli.ones(1, 2, 6, 6)).shape
        liuli.Size([1, 2, 2, 2])
    """

    _pool = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPool):
    """(sum of x^p)^(1/p) of every window of volumes, p = norm_type.

    Shape: (N, C, D, H, W) or (C, D, H, W). Errors: LL146, LL147, LL173.

    Example:
        >>> from liuli import nn
        >>> nn.LPPool3d(2, 3)(liuli.ones(1, 2, 6, 6, 6)).shape
        liuli.Size([1, 2, 2, 2, 2])
    """

    _pool = staticmethod(F.lp_pool3d)


class _MaxUnpool(Module):
    """What the reverse of max pooling has in all dimensions."""

    _count: int
    _pool: Any

    def __init__(self, kernel_size: Size, stride: Size | None = None,
                 padding: Size = 0) -> None:  # fmt: skip
        super().__init__()
        kind, given = type(self).__name__, kernel_size if stride is None else stride
        self.kernel_size = numbers(kind, "kernel_size", kernel_size, self._count, 1)
        self.stride = numbers(kind, "stride", given, self._count, 1)
        self.padding = numbers(kind, "padding", padding, self._count)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """Every element of the input at its place, and 0 elsewhere."""
        made: Tensor = self._pool(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )
        return made

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts the maxima of lines back where MaxPool1d found them, and 0 elsewhere.

    Shape: (N, C, L) or (C, L), as the indices. Errors: LL146, LL173, LL176, LL182, LL302.

    Example:
        >>> from liuli import nn
        >>> found = nn.MaxPool1d(2, return_indices=True)(liuli.ones(1, 2, 6))
        >>> nn.MaxUnpool1d(2)(*found).shape
        liuli.Size([1, 2, 6])
    """

    _count = 1
    _pool = staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Puts the maxima of images back where MaxPool2d found them, and 0 elsewhere.

    Shape: (N, C, H, W) or (C, H, W), as the indices. Errors: LL146, LL173, LL176, LL182, LL302.

    Example:
        >>> from liuli import nn
        >>> found = nn.MaxPool2d(2, return_indices=True)(liuli.ones(1, 2, 6, 6))
        >>> nn.MaxUnpool2d(2)(*found).shape
        liuli.Size([1, 2, 6, 6])
    """

    _count = 2
    _pool = staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Puts the maxima of volumes back where MaxPool3d found them, and 0 elsewhere.

    Shape: (N, C, D, H, W) or (C, D, H, W), as the indices. Errors: LL146, LL173, LL176, LL182,
    LL302.

    Example:
        >>> from liuli import nn
        >>> found = nn.MaxPool3d(2, return_indices=True)(liuli.ones(1, 2, 6, 6, 6))
        >>> nn.MaxUnpool3d(2)(*found).shape
        liuli.Size([1, 2, 6, 6, 6])
    """

    _count = 3
    _pool = staticmethod(F.max_unpool3d)

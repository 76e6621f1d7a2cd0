"""Padding layers: more values around lines, images and volumes."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..functions.padding import pad
from .module import Module

__mirrors__ = "torch"


class _Padding(Module):
    """What all have: how much is added at each end, the last axis first."""

    padding: tuple[int, ...]
    _count: int  # axes of space
    _mode = "constant"
    value: float | None = None

    def __init__(self, padding: Any) -> None:
        super().__init__()
        one = not isinstance(padding, (tuple, list))
        self.padding = (padding,) * (2 * self._count) if one else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        """x with more values around it."""
        return pad(input, self.padding, self._mode, self.value)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Padding):
    """Padding with one value."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_Padding):
    """Padding with zeros."""

    value = 0.0


class _ReflectionPad(_Padding):
    """Padding as in a mirror that stands in the last value."""

    _mode = "reflect"


class _ReplicationPad(_Padding):
    """Padding with the last value again and again."""

    _mode = "replicate"


class _CircularPad(_Padding):
    """Padding with what stands at the other end."""

    _mode = "circular"


class ConstantPad1d(_ConstantPad):
    """The number `value` around every line.

    `padding` is one number for all ends, or (left, right); negative ones cut off.
    Shape: (C, L) or (N, C, L), longer. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ConstantPad1d((2, 1), 9.0)(liuli.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[9., 9., 1., 2., 3., 9.]]])
    """

    _count = 1


class ConstantPad2d(_ConstantPad):
    """The number `value` around every image.

    `padding` is one number for all ends, or (left, right, top, bottom); negative ones cut off.
    Shape: (C, H, W) or (N, C, H, W), larger. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ConstantPad2d(1, 9.0)(liuli.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
        tensor([[[[9., 9., 9., 9.],
                  [9., 1., 2., 9.],
                  [9., 3., 4., 9.],
                  [9., 9., 9., 9.]]]])
    """

    _count = 2


class ConstantPad3d(_ConstantPad):
    """The number `value` around every volume.

    `padding` is one number for all ends, or (left, right, top, bottom, front, back); negative
    ones cut off.

    Shape: (C, D, H, W) or (N, C, D, H, W), larger. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ConstantPad3d(1, 9.0)(liuli.ones(1, 2, 4, 4, 4)).shape
        liuli.Size([1, 2, 6, 6, 6])
    """

    _count = 3


class ZeroPad1d(_ZeroPad):
    """Zeros around every line.

    `padding` is one number for all ends, or (left, right); negative ones cut off.
    Shape: (C, L) or (N, C, L), longer. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ZeroPad1d((2, 1))(liuli.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[0., 0., 1., 2., 3., 0.]]])
    """

    _count = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around every image.

    `padding` is one number for all ends, or (left, right, top, bottom); negative ones cut off.
    Shape: (C, H, W) or (N, C, H, W), larger. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ZeroPad2d(1)(liuli.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
        tensor([[[[0., 0., 0., 0.],
                  [0., 1., 2., 0.],
                  [0., 3., 4., 0.],
                  [0., 0., 0., 0.]]]])
    """

    _count = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around every volume.

    `padding` is one number for all ends, or (left, right, top, bottom, front, back); negative
    ones cut off.

    Shape: (C, D, H, W) or (N, C, D, H, W), larger. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ZeroPad3d(1)(liuli.ones(1, 2, 4, 4, 4)).shape
        liuli.Size([1, 2, 6, 6, 6])
    """

    _count = 3


class ReflectionPad1d(_ReflectionPad):
    """Every line continued as in a mirror: the value at the end itself is not repeated.

    `padding` is one number for all ends, or (left, right); negative ones cut off.
    Shape: (C, L) or (N, C, L), longer. Errors: LL144 where it is too short for that, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ReflectionPad1d((2, 1))(liuli.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[3., 2., 1., 2., 3., 2.]]])
    """

    _count = 1


class ReflectionPad2d(_ReflectionPad):
    """Every image continued as in a mirror: the value at the end itself is not repeated.

    `padding` is one number for all ends, or (left, right, top, bottom); negative ones cut off.
    Shape: (C, H, W) or (N, C, H, W), larger. Errors: LL144 where it is too short for that, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ReflectionPad2d(1)(liuli.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
        tensor([[[[4., 3., 4., 3.],
                  [2., 1., 2., 1.],
                  [4., 3., 4., 3.],
                  [2., 1., 2., 1.]]]])
    """

    _count = 2


class ReflectionPad3d(_ReflectionPad):
    """Every volume continued as in a mirror: the value at the end itself is not repeated.

    `padding` is one number for all ends, or (left, right, top, bottom, front, back); negative
    ones cut off.

    Shape: (C, D, H, W) or (N, C, D, H, W), larger.
    Errors: LL144 where it is too short for that, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ReflectionPad3d(1)(liuli.ones(1, 2, 4, 4, 4)).shape
        liuli.Size([1, 2, 6, 6, 6])
    """

    _count = 3


class ReplicationPad1d(_ReplicationPad):
    """Every line continued with its last value.

    `padding` is one number for all ends, or (left, right); negative ones cut off.
    Shape: (C, L) or (N, C, L), longer. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ReplicationPad1d((2, 1))(liuli.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[1., 1., 1., 2., 3., 3.]]])
    """

    _count = 1


class ReplicationPad2d(_ReplicationPad):
    """Every image continued with its last value.

    `padding` is one number for all ends, or (left, right, top, bottom); negative ones cut off.
    Shape: (C, H, W) or (N, C, H, W), larger. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ReplicationPad2d(1)(liuli.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
        tensor([[[[1., 1., 2., 2.],
                  [1., 1., 2., 2.],
                  [3., 3., 4., 4.],
                  [3., 3., 4., 4.]]]])
    """

    _count = 2


class ReplicationPad3d(_ReplicationPad):
    """Every volume continued with its last value.

    `padding` is one number for all ends, or (left, right, top, bottom, front, back); negative
    ones cut off.

    Shape: (C, D, H, W) or (N, C, D, H, W), larger. Errors: LL144, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.ReplicationPad3d(1)(liuli.ones(1, 2, 4, 4, 4)).shape
        liuli.Size([1, 2, 6, 6, 6])
    """

    _count = 3


class CircularPad1d(_CircularPad):
    """Every line continued with what stands at its other end, as if it were round.

    `padding` is one number for all ends, or (left, right); negative ones cut off.
    Shape: (C, L) or (N, C, L), longer. Errors: LL144 where it is too short for that, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.CircularPad1d((2, 1))(liuli.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[2., 3., 1., 2., 3., 1.]]])
    """

    _count = 1


class CircularPad2d(_CircularPad):
    """Every image continued with what stands at its other end, as if it were round.

    `padding` is one number for all ends, or (left, right, top, bottom); negative ones cut off.
    Shape: (C, H, W) or (N, C, H, W), larger. Errors: LL144 where it is too short for that, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.CircularPad2d(1)(liuli.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
        tensor([[[[4., 3., 4., 3.],
                  [2., 1., 2., 1.],
                  [4., 3., 4., 3.],
                  [2., 1., 2., 1.]]]])
    """

    _count = 2


class CircularPad3d(_CircularPad):
    """Every volume continued with what stands at its other end, as if it were round.

    `padding` is one number for all ends, or (left, right, top, bottom, front, back); negative
    ones cut off.

    Shape: (C, D, H, W) or (N, C, D, H, W), larger.
    Errors: LL144 where it is too short for that, LL636.

    Example:
        >>> from liuli import nn
        >>> nn.CircularPad3d(1)(liuli.ones(1, 2, 4, 4, 4)).shape
        liuli.Size([1, 2, 6, 6, 6])
    """

    _count = 3

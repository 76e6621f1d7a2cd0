"""Functions of networks that PyTorch also has under `torch`, some with another signature there.

Those of batch_norm and instance_norm stand in another order than in nn.functional, pooling takes
no `return_indices`, and adaptive_max_pool1d always gives the places too.
"""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from . import adaptive, normalisation, pooling
from .adaptive import Target
from .convolution import any_convolution
from .kernels import Numbers
from .padding import pad as pad_sides
from .pooling import Size

__mirrors__ = "torch"


def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, stride: Numbers,
                padding: Numbers, dilation: Numbers, transposed: bool, output_padding: Numbers,
                groups: int) -> Tensor:  # fmt: skip
    """nn.functional's convolutions in one: along lines, over images or volumes, by the weight.

    With `transposed` conv_transpose, else conv. Shape: as there. Errors: LL145 to LL150, LL173,
    LL175, LL602.

    Example:
        >>> import liuli
        >>> x, weight = liuli.ones(1, 1, 4, 4), liuli.ones(2, 1, 3, 3)
        >>> liuli.convolution(x, weight, None, (1, 1), (0, 0), (1, 1), False, (0, 0), 1).shape
        liuli.Size([1, 2, 2, 2])
    """
    return any_convolution(input, weight, bias, stride, padding, dilation, transposed,
                           output_padding, groups)  # fmt: skip


def constant_pad_nd(input: Tensor, pad: Any, value: float = 0) -> Tensor:
    """nn.functional.pad with mode "constant": `value` around the last axes, last axis first.

    Example:
        >>> import liuli
        >>> liuli.constant_pad_nd(liuli.ones(2), (1, 2), 5)
        tensor([5., 1., 1., 5., 5.])
    """
    made: Tensor = pad_sides(input, pad, "constant", value)
    return made


# --- pooling ------------------------------------------------------------------------------------
def max_pool1d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               dilation: Size = 1, ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """nn.functional.max_pool1d without `return_indices`. Shape: (N, C, L) or (C, L).

    Example:
        >>> import liuli
        >>> liuli.max_pool1d(liuli.tensor([[1.0, 5.0, 2.0, 3.0]]), 2)
        tensor([[5., 3.]])
    """
    made: Tensor = pooling.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)
    return made


def max_pool2d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               dilation: Size = 1, ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """nn.functional.max_pool2d without `return_indices`. Shape: (N, C, H, W) or (C, H, W)."""
    made: Tensor = pooling.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)
    return made


def max_pool3d(input: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0,
               dilation: Size = 1, ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """nn.functional.max_pool3d without `return_indices`. Shape: (N, C, D, H, W), (C, D, H, W)."""
    made: Tensor = pooling.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode)
    return made


def adaptive_max_pool1d(input: Tensor, output_size: Target) -> Any:
    """The largest of bins that cover the axis evenly, and their places.

    Shape: (N, C, L) or (C, L) -> two with the last axis as asked. Errors: LL146, LL147, LL173.

    Example:
        >>> import liuli
        >>> liuli.adaptive_max_pool1d(liuli.tensor([[1.0, 2.0, 6.0]]), 2)
        (tensor([[2., 6.]]), tensor([[1, 2]]))
    """
    return adaptive.adaptive_max_pool1d(input, output_size, True)


# --- normalisations -----------------------------------------------------------------------------
def batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None,
               running_mean: Tensor | None, running_var: Tensor | None, training: bool,
               momentum: float, eps: float, cudnn_enabled: bool) -> Tensor:  # fmt: skip
    """nn.functional.batch_norm with weight and bias before the running statistics.

    `cudnn_enabled` changes nothing here. Shape and errors: as there.

    Example:
        >>> import liuli
        >>> x = liuli.tensor([[1.0], [3.0]])
        >>> liuli.batch_norm(x, None, None, None, None, True, 0.1, 0.0, False)
        tensor([[-1.],
                [ 1.]])
    """
    made: Tensor = normalisation.batch_norm(input, running_mean, running_var, weight, bias,
                                            training, momentum, eps)  # fmt: skip
    return made


def instance_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None,
                  running_mean: Tensor | None, running_var: Tensor | None, use_input_stats: bool,
                  momentum: float, eps: float, cudnn_enabled: bool) -> Tensor:  # fmt: skip
    """nn.functional.instance_norm with weight and bias before the running statistics.

    `cudnn_enabled` changes nothing here. Shape and errors: as there.
    """
    made: Tensor = normalisation.instance_norm(input, running_mean, running_var, weight, bias,
                                               use_input_stats, momentum, eps)  # fmt: skip
    return made


def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None,
               bias: Tensor | None = None, eps: float = 1e-5,
               cudnn_enabled: bool = True) -> Tensor:  # fmt: skip
    """nn.functional.group_norm; `cudnn_enabled` changes nothing here."""
    made: Tensor = normalisation.group_norm(input, num_groups, weight, bias, eps)
    return made


def layer_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None,
               bias: Tensor | None = None, eps: float = 1e-5,
               cudnn_enable: bool = True) -> Tensor:  # fmt: skip
    """nn.functional.layer_norm; `cudnn_enable` changes nothing here."""
    made: Tensor = normalisation.layer_norm(input, normalized_shape, weight, bias, eps)
    return made

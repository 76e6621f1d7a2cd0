"""Normalisation of every example by itself: instance, group and local response norms."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..devices import require
from ..errors import ShapeError
from ..functions import normalisation as F
from . import advice, init
from .linear import new_parameter
from .module import Module
from .norm import _ChannelNorm
from .parameter import Parameter

__mirrors__ = "torch"


class _InstanceNorm(_ChannelNorm):
    """What instance norms of all dimensions share."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
                 affine: bool = False, track_running_stats: bool = False, device: Any = None,
                 dtype: Any = None, *, bias: bool = True) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype,
                         bias=bias)  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        """(x - mean) / sqrt(variance + eps) * weight + bias."""
        self._check(input)
        alone = self._channel_axis(input) == 0
        x = input.unsqueeze(0) if alone else input
        made = F.instance_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum, self.eps,
        )  # fmt: skip
        return made.squeeze(0) if alone else made

    def _channel_axis(self, input: Tensor) -> int:
        return 0 if input.ndim == min(self._shapes) else 1


class InstanceNorm1d(_InstanceNorm):
    """BatchNorm1d of every example by itself: mean and variance of each channel over its places.

    weight and bias are there with `affine`, running statistics with `track_running_stats`; both
    are off unless asked for.

    Shape: (N, C, L) or (C, L), kept; all others (C). Errors: LL160 for another number of axes,
    LL136 for a single value a channel, LL131 for another number of channels.
    Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance normalization", 2016.

    Example:
        >>> from liuli import nn
        >>> nn.InstanceNorm1d(2)(liuli.tensor([[[1.0, 3.0], [10.0, 30.0]]]))
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])
    """

    _shapes = {3: "(N, C, L)", 2: "(C, L)"}  # noqa: RUF012


class InstanceNorm2d(_InstanceNorm):
    """InstanceNorm1d for images. Shape: (N, C, H, W) or (C, H, W), kept; all others (C).

    Errors: LL160, LL136, LL131.

    Example:
        >>> from liuli import nn
        >>> nn.InstanceNorm2d(3, affine=True)(liuli.ones(2, 3, 4, 4)).shape
        liuli.Size([2, 3, 4, 4])
    """

    _shapes = {4: "(N, C, H, W)", 3: "(C, H, W)"}  # noqa: RUF012


class InstanceNorm3d(_InstanceNorm):
    """InstanceNorm1d for volumes. Shape: (N, C, D, H, W) or (C, D, H, W), kept; all others (C).

    Errors: LL160, LL136, LL131.

    Example:
        >>> from liuli import nn
        >>> nn.InstanceNorm3d(3)(liuli.ones(2, 3, 4, 4, 4)).shape
        liuli.Size([2, 3, 4, 4, 4])
    """

    _shapes = {5: "(N, C, D, H, W)", 4: "(C, D, H, W)"}  # noqa: RUF012


class GroupNorm(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias, over groups of channels of an example.

    One group is LayerNorm over channels and places, as many groups as channels InstanceNorm. It
    does not depend on the batch, so it does for batches of any size.

    Shape: (N, C, ...), kept; weight and bias (C). Errors: LL137 if num_groups does not divide
    num_channels, LL131 for another number of channels, LL135.
    Source: Y. Wu, K. He, "Group normalization", ECCV 2018.

    Example:
        >>> from liuli import nn
        >>> nn.GroupNorm(1, 2)(liuli.tensor([[[0.0], [2.0]]])).detach().flatten()
        tensor([-1.0000,  1.0000])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5,
                 affine: bool = True, device: Any = None, dtype: Any = None, *,
                 bias: bool = True) -> None:  # fmt: skip
        super().__init__()
        require(device)
        self.num_groups = advice.size("GroupNorm", "num_groups", num_groups, least=1)
        self.num_channels = advice.size("GroupNorm", "num_channels", num_channels)
        if self.num_channels % self.num_groups:
            raise ShapeError("LL137", channels=num_channels, groups=num_groups)
        self.eps = eps
        self.affine = affine
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            made = new_parameter(self.num_channels, dtype=dtype) if wanted else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """weight 1, bias 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """(x - mean) / sqrt(variance + eps) * weight + bias."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta: strong ones win.

    Shape: (N, C, L, ...), kept. Errors: LL135 for fewer than three axes.
    Source: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with deep
    convolutional neural networks", NeurIPS 2012.

    Example:
        >>> from liuli import nn
        >>> nn.LocalResponseNorm(2, alpha=2.0)(liuli.ones(1, 2, 1, 1)).flatten()
        tensor([0.5946, 0.4387])
    """

    def __init__(
        self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
    ) -> None:  # fmt: skip
        super().__init__()
        self.size = advice.size("LocalResponseNorm", "size", size, least=1)
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """x damped where its neighbours are strong."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """x / (k + alpha / size * sum of x^2 over `size` neighbouring channels)^beta; see
    LocalResponseNorm.

    As in PyTorch, the square of channel 0 stays in the sums of all channels that follow.

    Shape: (N, C, H, W), kept. Errors: LL146 for another number of axes.

    Example:
        >>> from liuli import nn
        >>> nn.CrossMapLRN2d(3, alpha=3.0)(liuli.ones(1, 3, 1, 1)).flatten()
        tensor([0.4387, 0.3536, 0.3536])
    """

    def __init__(
        self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1
    ) -> None:  # fmt: skip
        super().__init__()
        self.size = advice.size("CrossMapLRN2d", "size", size, least=1)
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        """x damped where its neighbours are strong."""
        made: Tensor = F.cross_map_norm(input, self.size, self.alpha, self.beta, self.k)
        return made

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"

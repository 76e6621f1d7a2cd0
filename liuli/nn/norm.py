"""Normalisation layers: values brought to mean 0 and variance 1, then scaled as is learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor
from ..devices import require
from ..errors import ShapeError
from ..functions import creation as N
from ..functions import normalisation as F
from ..messages.words import Word
from . import advice, init
from .linear import new_parameter
from .module import Module
from .parameter import Parameter

__mirrors__ = "torch"


class _ChannelNorm(Module):
    """What batch and instance norms share: one mean and variance a channel, and running ones."""

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    _shapes: dict[int, str]  # that an input may have, by its number of axes

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
                 affine: bool = True, track_running_stats: bool = True, device: Any = None,
                 dtype: Any = None, *, bias: bool = True) -> None:  # fmt: skip
        super().__init__()
        require(device)
        self.num_features = advice.size(type(self).__name__, "num_features", num_features)
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        features = self.num_features
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, new_parameter(features, dtype=dtype) if wanted else None)
        for name in ("running_mean", "running_var"):
            made = N.zeros(features, dtype=dtype) if track_running_stats else None
            self.register_buffer(name, made)
        counted = N.zeros((), dtype="int64") if track_running_stats else None
        self.register_buffer("num_batches_tracked", counted)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget what was seen: mean 0, variance 1, no batches."""
        if self.track_running_stats:
            for name, value in (("mean", 0), ("var", 1)):
                self._buffers[f"running_{name}"].fill_(value)  # type: ignore[union-attr]
            self._buffers["num_batches_tracked"].zero_()  # type: ignore[union-attr]

    def reset_parameters(self) -> None:
        """weight 1, bias 0, and statistics forgotten."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check(self, input: Tensor) -> None:
        """Errors: LL160 for a number of axes that the layer is not made for."""
        if input.ndim not in self._shapes:
            raise ShapeError("LL160", kind=type(self).__name__, shape=tuple(input.shape),
                             expected=Word(" or ".join(self._shapes.values())))  # fmt: skip

    def _channel_axis(self, input: Tensor) -> int:
        return 1

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_ChannelNorm):
    """What batch norms of all dimensions share."""

    def forward(self, input: Tensor) -> Tensor:
        """(x - mean) / sqrt(variance + eps) * weight + bias."""
        self._check(input)
        of_batch = self.training or self.running_mean is None
        moving = self.training and self.track_running_stats
        moved = (self.running_mean, self.running_var) if moving or not of_batch else (None, None)
        return F.batch_norm(input, *moved, self.weight, self.bias, of_batch,
                            self._share() if moving else 0.0, self.eps)  # fmt: skip

    def _share(self) -> float:
        """How much of the running statistics this batch becomes; counts the batch."""
        count = self.num_batches_tracked
        if count is not None:
            with no_grad():
                count.add_(1)
            if self.momentum is None:  # the mean of all batches
                return 1.0 / float(count)
        return 0.0 if self.momentum is None else self.momentum


class BatchNorm1d(_BatchNorm):
    """(x - mean) / sqrt(variance + eps) * weight + bias, for every feature over the batch.

    Training takes mean and variance of the batch, and moves running_mean and running_var towards
    them by `momentum` (None: they are the mean of all batches). Evaluation uses those, or the
    batch's where `track_running_stats` is False.

    Shape: (N, C) or (N, C, L), kept; all others (C).
    Errors: LL160 for another number of axes, LL136 for a single value a feature in training,
    LL131 for another number of features.
    Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.

    Example:
        >>> from liuli import nn
        >>> layer = nn.BatchNorm1d(2)
        >>> layer(liuli.tensor([[1.0, 10.0], [3.0, 30.0]])).detach()
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
        >>> layer.running_mean
        tensor([0.2000, 2.0000])
    """

    _shapes = {2: "(N, C)", 3: "(N, C, L)"}  # noqa: RUF012


class BatchNorm2d(_BatchNorm):
    """BatchNorm1d for images: one mean and variance a channel, over the batch and all places.

    Shape: (N, C, H, W), kept; all others (C). Errors: LL160, LL136, LL131 as BatchNorm1d.
    Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.

    Example:
        >>> from liuli import nn
        >>> layer = nn.BatchNorm2d(1)
        >>> layer(liuli.tensor([[[[0.0, 2.0], [2.0, 4.0]]]])).detach()
        tensor([[[[-1.4142,  0.0000],
                  [ 0.0000,  1.4142]]]])
    """

    _shapes = {4: "(N, C, H, W)"}  # noqa: RUF012


class BatchNorm3d(_BatchNorm):
    """BatchNorm1d for volumes: one mean and variance a channel, over the batch and all places.

    Shape: (N, C, D, H, W), kept; all others (C). Errors: LL160, LL136, LL131 as BatchNorm1d.

    Example:
        >>> from liuli import nn
        >>> nn.BatchNorm3d(2)(liuli.ones(4, 2, 3, 3, 3)).shape
        liuli.Size([4, 2, 3, 3, 3])
    """

    _shapes = {5: "(N, C, D, H, W)"}  # noqa: RUF012


class LayerNorm(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias, over the last axes of every example.

    Shape: (N, ..., *normalized_shape), kept; weight and bias (*normalized_shape).
    Errors: LL133 if x does not end in normalized_shape.
    Source: J. Ba, J. Kiros, G. Hinton, "Layer normalization", 2016.

    Example:
        >>> from liuli import nn
        >>> nn.LayerNorm(3)(liuli.tensor([[1.0, 2.0, 3.0]])).detach()
        tensor([[-1.2247,  0.0000,  1.2247]])
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(self, normalized_shape: int | Sequence[int], eps: float = 1e-5,
                 elementwise_affine: bool = True, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        require(device)
        self.normalized_shape = _sizes("LayerNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, wanted in (("weight", True), ("bias", bias)):
            has = wanted and elementwise_affine
            made = new_parameter(*self.normalized_shape, dtype=dtype) if has else None
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
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """x / sqrt(mean(x^2) + eps) * weight, over the last axes; eps is the dtype's own if None.

    Shape: (N, ..., *normalized_shape), kept; weight (*normalized_shape). Errors: LL133.
    Source: B. Zhang, R. Sennrich, "Root mean square layer normalization", NeurIPS 2019.

    Example:
        >>> from liuli import nn
        >>> nn.RMSNorm(2)(liuli.tensor([[3.0, 4.0]])).detach()
        tensor([[0.8485, 1.1314]])
    """

    weight: Parameter | None

    def __init__(self, normalized_shape: int | Sequence[int], eps: float | None = None,
                 elementwise_affine: bool = True, device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        require(device)
        self.normalized_shape = _sizes("RMSNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        made = new_parameter(*self.normalized_shape, dtype=dtype) if elementwise_affine else None
        self.register_parameter("weight", made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """weight 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """x / sqrt(mean(x^2) + eps) * weight."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


def _sizes(kind: str, shape: int | Sequence[int]) -> tuple[int, ...]:
    """One size or several, as a tuple. Errors: LL671."""
    sizes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    return tuple(advice.size(kind, "normalized_shape", n) for n in sizes)

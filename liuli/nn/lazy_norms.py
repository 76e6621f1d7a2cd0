"""Lazy norms: layers that read the number of channels off their first input."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..functions import creation as N
from . import advice
from .instance_norms import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .norm import BatchNorm1d, BatchNorm2d, BatchNorm3d, _ChannelNorm
from .parameter import UninitializedParameter

__mirrors__ = "torch"


class _Lazy(_ChannelNorm):
    """What lazy norms share: waiting, and becoming an ordinary one.

    Call one once before you hand a state_dict to it or look at its values; an optimizer may have
    its parameters before.
    """

    _becomes: type[_ChannelNorm]

    def __init__(self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device: Any = None, dtype: Any = None, *,
                 bias: bool = True) -> None:  # fmt: skip
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        for name in ("weight", "bias"):
            if self._parameters[name] is not None:
                waiting = UninitializedParameter()
                waiting.data = N.zeros(0, dtype=dtype)
                setattr(self, name, waiting)

    def reset_parameters(self) -> None:
        """weight 1, bias 0, and statistics forgotten, as soon as there are some."""
        if not isinstance(self.weight, UninitializedParameter):
            super().reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        """Become an ordinary norm for this input, and be called as one."""
        self._check(input)
        seen = input.shape[self._channel_axis(input)]
        self.num_features = advice.size(type(self).__name__, "num_features", seen, least=1)
        for parameter in self._parameters.values():
            if isinstance(parameter, UninitializedParameter):
                parameter.materialize((self.num_features,))
        for name in ("running_mean", "running_var"):
            waiting = self._buffers[name]
            if waiting is not None:
                setattr(self, name, N.zeros(self.num_features, dtype=waiting.dtype))
        self.reset_parameters()
        first = (self.num_features, self.eps, self.momentum, self.affine, self.track_running_stats)
        self.__dict__["_made_from"] = first, {"bias": self.bias is not None}
        self.__class__ = self._becomes  # type: ignore[assignment]
        made: Tensor = self.forward(input)
        return made


class LazyBatchNorm1d(_Lazy, BatchNorm1d):
    """A BatchNorm1d that reads num_features off its first input, and is one from then on.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyBatchNorm1d()
        >>> layer(liuli.ones(4, 2, 3)).shape
        liuli.Size([4, 2, 3])
        >>> layer.num_features, type(layer).__name__
        (2, 'BatchNorm1d')
    """

    _becomes = BatchNorm1d


class LazyBatchNorm2d(_Lazy, BatchNorm2d):
    """A BatchNorm2d that reads num_features off its first input, and is one from then on.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyBatchNorm2d()
        >>> layer(liuli.ones(4, 2, 3, 3)).shape
        liuli.Size([4, 2, 3, 3])
        >>> layer.num_features, type(layer).__name__
        (2, 'BatchNorm2d')
    """

    _becomes = BatchNorm2d


class LazyBatchNorm3d(_Lazy, BatchNorm3d):
    """A BatchNorm3d that reads num_features off its first input, and is one from then on.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyBatchNorm3d()
        >>> layer(liuli.ones(4, 2, 3, 3, 3)).shape
        liuli.Size([4, 2, 3, 3, 3])
        >>> layer.num_features, type(layer).__name__
        (2, 'BatchNorm3d')
    """

    _becomes = BatchNorm3d


class LazyInstanceNorm1d(_Lazy, InstanceNorm1d):
    """An InstanceNorm1d that reads num_features off its first input, and is one from then on.

    Unlike in the ordinary one, affine and track_running_stats are on unless switched off.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyInstanceNorm1d()
        >>> layer(liuli.ones(4, 2, 3)).shape
        liuli.Size([4, 2, 3])
        >>> layer.num_features, type(layer).__name__
        (2, 'InstanceNorm1d')
    """

    _becomes = InstanceNorm1d


class LazyInstanceNorm2d(_Lazy, InstanceNorm2d):
    """An InstanceNorm2d that reads num_features off its first input, and is one from then on.

    Unlike in the ordinary one, affine and track_running_stats are on unless switched off.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyInstanceNorm2d()
        >>> layer(liuli.ones(4, 2, 3, 3)).shape
        liuli.Size([4, 2, 3, 3])
        >>> layer.num_features, type(layer).__name__
        (2, 'InstanceNorm2d')
    """

    _becomes = InstanceNorm2d


class LazyInstanceNorm3d(_Lazy, InstanceNorm3d):
    """An InstanceNorm3d that reads num_features off its first input, and is one from then on.

    Unlike in the ordinary one, affine and track_running_stats are on unless switched off.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyInstanceNorm3d()
        >>> layer(liuli.ones(4, 2, 3, 3, 3)).shape
        liuli.Size([4, 2, 3, 3, 3])
        >>> layer.num_features, type(layer).__name__
        (2, 'InstanceNorm3d')
    """

    _becomes = InstanceNorm3d

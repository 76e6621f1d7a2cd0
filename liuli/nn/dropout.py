"""Dropout: in training a part of the values is left out at random, so that none is relied on."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..functions import functional as F
from .module import Module

__mirrors__ = "torch"


class _Dropout(Module):
    """What all have: the probability p of dropping, and whether they write in place."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        number: Any = p
        if not (isinstance(number, (int, float)) and 0 <= number <= 1):
            raise ArgumentError("LL632", argument="p", value=repr(p))
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training each element is 0 with probability p, else x / (1 - p); in evaluation x.

    So the mean stays, and nothing need be scaled when predicting. Shape: any, kept.
    Errors: LL632 if p is not between 0 and 1.

    Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from
    overfitting", JMLR 2014.

    Example:
        >>> from liuli import nn
        >>> layer = nn.Dropout(0.5)
        >>> sorted(set(layer(liuli.ones(100)).tolist()))
        [0.0, 2.0]
        >>> layer.eval()(liuli.ones(3))
        tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """x with elements left out."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """Dropout of whole channels. Shape: (N, C, L) or (C, L), kept. Errors: LL632.

    Example:
        >>> from liuli import nn
        >>> nn.Dropout1d().eval()(liuli.ones(1, 2, 3)).shape
        liuli.Size([1, 2, 3])
    """

    def forward(self, input: Tensor) -> Tensor:
        """x with channels left out."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """Dropout of whole channels of images. Shape: (N, C, H, W), kept. Errors: LL632.

    Example:
        >>> from liuli import nn
        >>> nn.Dropout2d().eval()(liuli.ones(1, 2, 3, 3)).shape
        liuli.Size([1, 2, 3, 3])
    """

    def forward(self, input: Tensor) -> Tensor:
        """x with channels left out."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """Dropout of whole channels of volumes. Shape: (N, C, D, H, W), kept. Errors: LL632.

    Example:
        >>> from liuli import nn
        >>> nn.Dropout3d().eval()(liuli.ones(1, 2, 3, 3, 3)).shape
        liuli.Size([1, 2, 3, 3, 3])
    """

    def forward(self, input: Tensor) -> Tensor:
        """x with channels left out."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout behind SELU: what is dropped becomes its lowest value; mean and variance stay.

    Shape: any, kept. Errors: LL632.
    Source: G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.

    Example:
        >>> from liuli import nn
        >>> len(set(nn.AlphaDropout()(liuli.ones(100)).tolist()))
        2
    """

    def forward(self, input: Tensor) -> Tensor:
        """x with elements left out."""
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels. Shape: (N, C, ...), kept. Errors: LL632.

    Example:
        >>> from liuli import nn
        >>> nn.FeatureAlphaDropout().eval()(liuli.ones(1, 2, 3)).shape
        liuli.Size([1, 2, 3])
    """

    def forward(self, input: Tensor) -> Tensor:
        """x with channels left out."""
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)

"""How alike two batches of vectors are."""

from __future__ import annotations

from ..autodiff.tensor import Tensor
from ..functions import functional as F
from .module import Module

__mirrors__ = "torch"


class CosineSimilarity(Module):
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim`: 1 for the same direction.

    Shape: two that broadcast -> theirs without `dim`.

    Example:
        >>> from liuli import nn
        >>> nn.CosineSimilarity()(liuli.tensor([[1.0, 0.0]]), liuli.tensor([[2.0, 0.0]]))
        tensor([1.])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The cosine of the angle between them."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of x1 - x2 + eps along the last axis.

    Shape: (N, D) and (N, D) -> (N), or (N, 1) with `keepdim`.

    Example:
        >>> from liuli import nn
        >>> nn.PairwiseDistance()(liuli.tensor([[3.0, 4.0]]), liuli.zeros(1, 2))
        tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The distance of every pair."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)

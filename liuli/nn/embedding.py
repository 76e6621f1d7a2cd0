"""Embeddings: tables of vectors, one a word, looked up by number and learned."""

from __future__ import annotations

from typing import Any

from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError, ShapeError
from ..functions import functional as F
from . import advice, init
from .linear import new_parameter
from .module import Module
from .parameter import Parameter

__mirrors__ = "torch"


class _Table(Module):
    """A matrix of num_embeddings rows, of which one may be padding."""

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    weight: Parameter

    def _fill(self, weight: Tensor | None, frozen: bool, device: Any, dtype: Any) -> None:
        """Settle the sizes, then take the given rows or draw some."""
        kind = type(self).__name__
        rows = advice.size(kind, "num_embeddings", self.num_embeddings)
        shape = (rows, advice.size(kind, "embedding_dim", self.embedding_dim))
        if self.padding_idx is not None:
            index: Any = self.padding_idx
            if not (isinstance(index, int) and -rows <= index < rows):
                raise ArgumentError("LL633", padding_idx=self.padding_idx, size=rows)
            self.padding_idx %= rows
        if weight is None:
            self.weight = new_parameter(*shape, dtype=dtype, device=device)
            self.weight.requires_grad_(not frozen)
            self.reset_parameters()
        elif tuple(weight.shape) != shape:
            raise ShapeError("LL674", kind=kind, shape=tuple(weight.shape), expected=shape)
        else:
            self.weight = Parameter(weight, not frozen)

    def reset_parameters(self) -> None:
        """Draw all rows anew from the normal distribution; the padding is zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    @staticmethod
    def _matrix(kind: str, embeddings: Tensor) -> tuple[int, int]:
        """Errors: LL674 unless it is one."""
        if embeddings.ndim != 2:
            raise ShapeError("LL674", kind=kind, shape=tuple(embeddings.shape),
                             expected="(num_embeddings, embedding_dim)")  # fmt: skip
        rows, columns = embeddings.shape
        return rows, columns

    def extra_repr(self) -> str:
        said = [f"{self.num_embeddings}, {self.embedding_dim}"]
        unsaid = {"padding_idx": None, "max_norm": None, "norm_type": 2}
        unsaid |= {"scale_grad_by_freq": False, "sparse": False}
        said += [
            f"{name}={getattr(self, name)}"
            for name, default in unsaid.items()
            if getattr(self, name) != default
        ]
        return ", ".join(said)


class Embedding(_Table):
    """The rows of `weight` that the whole numbers in x name. The rows begin normal.

    The row `padding_idx` is zero and does not learn. Rows longer than `max_norm` are shortened
    in place when they are named. `scale_grad_by_freq` divides a row's gradient by how often it
    was named. (`sparse` changes nothing: gradients are dense.)

    Shape: whole numbers (...) -> (..., embedding_dim); weight (num_embeddings, embedding_dim).
    Errors: LL302 for a number outside 0 to num_embeddings - 1, LL207 if they are not whole.

    Example:
        >>> from liuli import nn
        >>> layer = nn.Embedding(10, 3, padding_idx=0)
        >>> layer(liuli.tensor([[1, 2, 0, 0]])).shape
        liuli.Size([1, 4, 3])
        >>> layer.weight[0].tolist()
        [0.0, 0.0, 0.0]
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
                 max_norm: float | None = None, norm_type: float = 2.0,
                 scale_grad_by_freq: bool = False, sparse: bool = False,
                 _weight: Tensor | None = None, _freeze: bool = False, device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self._fill(_weight, _freeze, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """The rows that x names."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type,
                           self.scale_grad_by_freq, self.sparse)  # fmt: skip

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None,
        max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:  # fmt: skip
        """An Embedding of given rows, which do not learn unless `freeze` is False."""
        rows, columns = cls._matrix(cls.__name__, embeddings)
        return cls(rows, columns, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse,
                   embeddings, freeze)  # fmt: skip


class EmbeddingBag(_Table):
    """The mean, sum or max of the embeddings in each bag, without padding.

    A bag is a row of a matrix x; a vector x is cut into bags that begin at `offsets`.

    Shape: whole numbers (B, L), or (L) with offsets (B) -> (B, embedding_dim).
    Errors: LL302, LL207 as Embedding, LL602 for another mode, LL634 without offsets.

    Example:
        >>> from liuli import nn
        >>> table = liuli.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> nn.EmbeddingBag.from_pretrained(table)(liuli.tensor([[0, 1]]))
        tensor([[2., 3.]])
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None,
                 norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
                 sparse: bool = False, _weight: Tensor | None = None,
                 include_last_offset: bool = False, padding_idx: int | None = None,
                 device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = padding_idx
        self._fill(_weight, False, device, dtype)

    def forward(self, input: Tensor, offsets: Tensor | None = None,
                per_sample_weights: Tensor | None = None) -> Tensor:  # fmt: skip
        """What each bag comes to."""
        return F.embedding_bag(input, self.weight, offsets, self.max_norm, self.norm_type,
                               self.scale_grad_by_freq, self.mode, self.sparse,
                               per_sample_weights, self.include_last_offset,
                               self.padding_idx)  # fmt: skip

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
        sparse: bool = False, include_last_offset: bool = False, padding_idx: int | None = None,
    ) -> EmbeddingBag:  # fmt: skip
        """An EmbeddingBag of given rows, which do not learn unless `freeze` is False."""
        rows, columns = cls._matrix(cls.__name__, embeddings)
        made = cls(rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse,
                   embeddings, include_last_offset, padding_idx)  # fmt: skip
        made.weight.requires_grad_(not freeze)
        return made

    def extra_repr(self) -> str:
        said = super().extra_repr().replace(f", padding_idx={self.padding_idx}", "")
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{said}, mode={self.mode!r}{padding}"

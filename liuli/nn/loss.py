"""Losses as layers: how far predictions are from targets, as one number to make small.

All take `reduction`: "mean", "sum" or "none" (one number an element or example). The older
`size_average` and `reduce` say the same in two truth values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..functions import losses as F
from .distance import PairwiseDistance
from .module import Module

__mirrors__ = "torch"

Given = bool | None


class _Loss(Module):
    """What all have: how the numbers of a batch become one."""

    def __init__(
        self, size_average: Given = None, reduce: Given = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        given: tuple[Any, ...] = size_average, reduce
        if any(isinstance(x, Tensor) for x in given):  # nn.MSELoss(output, target)
            raise ArgumentError("LL165", kind=type(self).__name__)
        old = size_average is not None or reduce is not None
        self.reduction = F.reduction_of(reduction, size_average, reduce) if old else reduction


class _WeightedLoss(_Loss):
    """A loss with weights, which are a buffer: saved and moved with the network."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


# --- numbers --------------------------------------------------------------------------------------


class MSELoss(_Loss):
    """(input - target)^2: the squared error; for regression.

    Shape: two of one shape -> (). Warns (LL139) if they are broadcast.

    Example:
        >>> from liuli import nn
        >>> nn.MSELoss()(liuli.tensor([1.0, 2.0]), liuli.tensor([0.0, 4.0]))
        tensor(2.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The squared error."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """|input - target|: the absolute error, which outliers pull less.

    Shape: two of one shape -> (). Warns (LL139) if they are broadcast.

    Example:
        >>> from liuli import nn
        >>> nn.L1Loss()(liuli.tensor([1.0, 2.0]), liuli.tensor([0.0, 4.0]))
        tensor(1.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The absolute error."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Squared near 0, absolute from `beta` on: d^2 / (2 beta), and |d| - beta / 2.

    Shape: two of one shape -> (). Errors: LL631 for a negative beta.

    Example:
        >>> from liuli import nn
        >>> nn.SmoothL1Loss()(liuli.tensor([1.0, 2.0]), liuli.tensor([0.0, 4.0]))
        tensor(1.)
    """

    def __init__(
        self,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The error, squared near 0."""
        return F.smooth_l1_loss(input, target, beta=self.beta, reduction=self.reduction)


class HuberLoss(_Loss):
    """Squared near 0, absolute from `delta` on: d^2 / 2, and delta (|d| - delta / 2).

    Shape: two of one shape -> (). Errors: LL631 unless delta is positive.

    Example:
        >>> from liuli import nn
        >>> nn.HuberLoss()(liuli.tensor([1.0, 2.0]), liuli.tensor([0.0, 4.0]))
        tensor(1.)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The error, squared near 0."""
        return F.huber_loss(input, target, delta=self.delta, reduction=self.reduction)


class PoissonNLLLoss(_Loss):
    """-log of the probability of counts: exp(x) - t x, or with log_input=False x - t log(x + eps).

    `full` adds Stirling's term for t!, which no prediction changes. Shape: two of one shape -> ().

    Example:
        >>> from liuli import nn
        >>> nn.PoissonNLLLoss()(liuli.tensor([0.0]), liuli.tensor([2.0]))
        tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Given = None,
        eps: float = 1e-8,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-log of the probability of the counts."""
        return F.poisson_nll_loss(
            input, target, log_input=self.log_input, full=self.full, eps=self.eps,
            reduction=self.reduction,
        )  # fmt: skip


class GaussianNLLLoss(_Loss):
    """(log v + (input - target)^2 / v) / 2, v at least eps: the variance is predicted too.

    `full` adds log(2 pi) / 2.

    Shape: input and target (N, ...), var the same, or with the last axis 1 or missing -> ().
    Errors: LL141 for another shape of var.

    Example:
        >>> from liuli import nn
        >>> nn.GaussianNLLLoss()(liuli.tensor([1.0]), liuli.tensor([3.0]), liuli.tensor([1.0]))
        tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor) -> Tensor:
        """-log of the probability density of the target."""
        return F.gaussian_nll_loss(
            input, target, var, full=self.full, eps=self.eps, reduction=self.reduction,
        )  # fmt: skip


# --- classes --------------------------------------------------------------------------------------


class CrossEntropyLoss(_WeightedLoss):
    """-log of the probability that softmax(input) gives the right class; for classification.

    `input` holds logits: numbers that no softmax has seen. `target` holds labels (whole numbers),
    or probabilities in the shape of input. `weight` has a number a class; rows whose label is
    `ignore_index` do not count; `label_smoothing` mixes the labels with even odds.

    Shape: (N, C, d1, ...), labels (N, d1, ...) -> (); or (C) and ().
    Errors: LL330 for a label outside 0 to C - 1, LL140, LL230, LL131.

    Example:
        >>> from liuli import nn
        >>> nn.CrossEntropyLoss()(liuli.tensor([[2.0, 1.0, 0.0]]), liuli.tensor([0]))
        tensor(0.4076)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Given = None,
        ignore_index: int = -100,
        reduce: Given = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-log of the right class's probability."""
        return F.cross_entropy(
            input, target, weight=self.weight, ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing, reduction=self.reduction,
        )  # fmt: skip


class NLLLoss(_WeightedLoss):
    """-input[label]: the cross entropy of log-probabilities, as LogSoftmax gives them.

    Shape: (N, C, d1, ...), labels (N, d1, ...) -> (); or (C) and ().
    Errors: LL330 for a label outside 0 to C - 1, LL140, LL230, LL131.

    Example:
        >>> from liuli import nn
        >>> nn.NLLLoss()(liuli.tensor([[-0.5, -1.0]]), liuli.tensor([1]))
        tensor(1.)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Given = None,
        ignore_index: int = -100,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-input[label]."""
        return F.nll_loss(
            input, target, weight=self.weight, ignore_index=self.ignore_index,
            reduction=self.reduction,
        )  # fmt: skip


class MultiMarginLoss(_WeightedLoss):
    """sum_j max(0, margin - x[label] + x[j])^p / C over the other classes j: a hinge.

    Shape: (N, C) and labels (N) -> (); (C) and () -> (). Errors: LL140, LL230, LL330.

    Example:
        >>> from liuli import nn
        >>> nn.MultiMarginLoss()(liuli.tensor([[2.0, 1.5, 0.0]]), liuli.tensor([0]))
        tensor(0.1667)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """How far the label's score fails to lead."""
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight,
            reduction=self.reduction,
        )  # fmt: skip


class MultiLabelMarginLoss(_Loss):
    """sum max(0, 1 - x[label] + x[j]) / C over labels and all other j; rows have several labels.

    A row's labels end at its first -1. Shape: (N, C) and (N, C) -> (). Errors: LL138, LL330.

    Example:
        >>> from liuli import nn
        >>> nn.MultiLabelMarginLoss()(liuli.tensor([[2.0, 1.5]]), liuli.tensor([[0, -1]]))
        tensor(0.2500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """How far the labels' scores fail to lead."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """BCEWithLogitsLoss for several labels: its mean over the classes, then over the batch.

    Shape: (N, C) and (N, C) of 0 and 1 -> (). Errors: LL138.

    Example:
        >>> from liuli import nn
        >>> nn.MultiLabelSoftMarginLoss()(liuli.tensor([[0.0, 0.0]]), liuli.tensor([[1.0, 0.0]]))
        tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The mean over classes and batch."""
        return F.multilabel_soft_margin_loss(
            input, target, weight=self.weight, reduction=self.reduction,
        )  # fmt: skip


class KLDivLoss(_Loss):
    """target (log target - input): how far log-probabilities are from a distribution.

    reduction="batchmean" is what the mathematics means: the sum over the batch size.
    With `log_target` the targets are logarithms too.

    Shape: two of one shape -> ().

    Example:
        >>> from liuli import nn
        >>> half = liuli.tensor([[0.5, 0.5]])
        >>> nn.KLDivLoss(reduction="batchmean")(half.log(), half)
        tensor(0.)
    """

    def __init__(
        self,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The divergence."""
        return F.kl_div(input, target, log_target=self.log_target, reduction=self.reduction)


# --- yes and no -----------------------------------------------------------------------------------


class BCELoss(_WeightedLoss):
    """-(t log p + (1 - t) log(1 - p)) for probabilities p; BCEWithLogitsLoss is more exact.

    Shape: p and t of one shape -> (). Errors: LL138, LL331 for a p outside 0 to 1.

    Example:
        >>> from liuli import nn
        >>> nn.BCELoss()(liuli.tensor([0.5, 0.9]), liuli.tensor([1.0, 1.0]))
        tensor(0.3993)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-log of the right answer's probability."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """BCELoss of sigmoid(x), computed without overflow; `pos_weight` weighs the yes.

    Shape: x and t of one shape -> (). Errors: LL138.

    Example:
        >>> from liuli import nn
        >>> nn.BCEWithLogitsLoss()(liuli.tensor([0.0]), liuli.tensor([1.0]))
        tensor(0.6931)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """-log of the right answer's probability."""
        return F.binary_cross_entropy_with_logits(
            input, target, weight=self.weight, pos_weight=self.pos_weight, reduction=self.reduction,
        )  # fmt: skip


class SoftMarginLoss(_Loss):
    """log(1 + exp(-t x)), t being 1 or -1.

    Shape: two of one shape -> ().

    Example:
        >>> from liuli import nn
        >>> nn.SoftMarginLoss()(liuli.tensor([0.0]), liuli.tensor([-1.0]))
        tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """log(1 + exp(-t x))."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class HingeEmbeddingLoss(_Loss):
    """x where t = 1, max(0, margin - x) where t = -1: distances small or large.

    Shape: two of one shape -> ().

    Example:
        >>> from liuli import nn
        >>> nn.HingeEmbeddingLoss()(liuli.tensor([0.5, 0.5]), liuli.tensor([1.0, -1.0]))
        tensor(0.5000)
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """x, or what it lacks of the margin."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


# --- likeness and order ---------------------------------------------------------------------------


class MarginRankingLoss(_Loss):
    """max(0, margin - t (x1 - x2)): x1 should rank above x2 where t = 1, below where t = -1.

    Shape: three of one shape -> ().

    Example:
        >>> from liuli import nn
        >>> x1, x2 = liuli.tensor([1.0]), liuli.tensor([3.0])
        >>> nn.MarginRankingLoss()(x1, x2, liuli.tensor([1.0]))
        tensor(2.)
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """How far the order is wrong."""
        return F.margin_ranking_loss(
            input1, input2, target, margin=self.margin, reduction=self.reduction,
        )  # fmt: skip


class CosineEmbeddingLoss(_Loss):
    """1 - cos(x1, x2) where t = 1, max(0, cos(x1, x2) - margin) where t = -1.

    Shape: (N, D), (N, D) and (N) -> (); (D), (D) and () -> ().

    Example:
        >>> from liuli import nn
        >>> x = liuli.tensor([[1.0, 0.0]])
        >>> nn.CosineEmbeddingLoss()(x, -x, liuli.tensor([1.0]))
        tensor(2.)
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """How far the directions are from what they should be."""
        return F.cosine_embedding_loss(
            input1, input2, target, margin=self.margin, reduction=self.reduction,
        )  # fmt: skip


class TripletMarginLoss(_Loss):
    """max(0, |anchor - positive| - |anchor - negative| + margin), in the p-norm.

    With `swap` the nearer of anchor and positive is held against the negative.

    Shape: three (N, D) -> (). Errors: LL631 unless margin is positive.
    Source: V. Balntas et al., "Learning shallow convolutional feature descriptors with triplet
    losses", BMVC 2016.

    Example:
        >>> from liuli import nn
        >>> a, b = liuli.zeros(1, 2), liuli.ones(1, 2)
        >>> nn.TripletMarginLoss()(a, a, b) < 0.01
        tensor(True)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: Given = None,
        reduce: Given = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """How far the positive fails to be nearer."""
        return F.triplet_margin_loss(
            anchor, positive, negative, margin=self.margin, p=self.p, eps=self.eps, swap=self.swap,
            reduction=self.reduction,
        )  # fmt: skip


class TripletMarginWithDistanceLoss(_Loss):
    """TripletMarginLoss with a distance of one's own, a function of two tensors.

    Shape: three that it takes -> (). Errors: LL631 unless margin is positive.

    Example:
        >>> from liuli import nn
        >>> a, b = liuli.zeros(1, 2), liuli.ones(1, 2)
        >>> city = lambda x, y: (x - y).abs().sum(-1)
        >>> nn.TripletMarginWithDistanceLoss(distance_function=city)(a, a, b)
        tensor(0.)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Any, Any], Any] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        self.distance_function = distance_function or PairwiseDistance()
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """How far the positive fails to be nearer."""
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function,
            margin=self.margin, swap=self.swap, reduction=self.reduction,
        )  # fmt: skip

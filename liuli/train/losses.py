"""Losses by name, and a loss whose examples are weighed by their class."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import nn
from ..autodiff.tensor import Tensor, fresh
from ..errors import ArgumentError, OutOfRangeError
from ..messages.hints import nearest
from ..nn import functional as F
from .metrics import labels_of

Loss = Callable[[Tensor, Tensor], Tensor]

NAMED: dict[str, Loss] = {
    "cross_entropy": F.cross_entropy,
    "nll": F.nll_loss,
    "bce": F.binary_cross_entropy,
    "bce_with_logits": F.binary_cross_entropy_with_logits,
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "mae": F.l1_loss,
    "smooth_l1": F.smooth_l1_loss,
    "huber": F.huber_loss,
}


_OF_CLASSES = (F.cross_entropy, F.nll_loss)


def loss_of(wanted: str | Callable[..., Any]) -> Loss:
    """The loss of that name, or the one that was given. Errors: LL974 for an unknown name.

    Example:
        >>> from liuli.train.losses import loss_of
        >>> loss_of("mse").__name__
        'mse_loss'
    """
    if callable(wanted):
        return wanted
    name = str(wanted).lower().removesuffix("_loss")
    if name not in NAMED:
        raise ArgumentError("LL974", loss=repr(wanted), names=", ".join(NAMED),
                            near=nearest(name, list(NAMED)))  # fmt: skip
    return NAMED[name]


def of_classes(loss: Loss) -> bool:
    """Whether `loss` reads whole numbers (N,) as labels."""
    return loss in _OF_CLASSES or isinstance(loss, (nn.CrossEntropyLoss, nn.NLLLoss))


def aligned(loss: Loss, output: Tensor, target: Any) -> Any:
    """Targets (N,) as a column where the network gives a column (N, 1).

    Left as they are, (N, 1) and (N,) would broadcast to N x N differences. A loss of classes
    reads (N,) as labels, so it is left alone.
    """
    if of_classes(loss):
        return target
    if isinstance(target, Tensor) and output.shape == (*target.shape, 1):
        return target.unsqueeze(-1)
    return target


def weighted(loss: Loss, class_weight: Mapping[int, float] | Sequence[float]) -> Loss:
    """The mean over the batch of w[class of n] * loss of n; classes without a weight count 1.

    As Keras: divided by the number of examples, not by the sum of their weights.

    Errors: LL976 for a weight that is negative or no number; LL977 for a loss that cannot be
    had example by example.
    """
    pairs = class_weight.items() if isinstance(class_weight, Mapping) else enumerate(class_weight)
    table = {int(k): float(w) for k, w in pairs}
    each_loss = _each(loss)

    def weighed(output: Tensor, target: Tensor) -> Tensor:
        losses = each_loss(output, target)
        weights = np.array([table.get(int(k), 1.0) for k in labels_of(target)])
        each: Tensor = losses.reshape(len(weights), -1).mean(1)
        mean: Tensor = (each * fresh(weights).to(losses.dtype)).mean()
        return mean

    for k, w in table.items():
        if not 0 <= w < float("inf"):
            raise OutOfRangeError("LL976", label=k, weight=w)
    return weighed


def _each(loss: Any) -> Loss:
    """`loss` without the mean at its end: one number an example."""
    if hasattr(loss, "reduction") and hasattr(loss, "forward"):

        def switched(output: Tensor, target: Tensor) -> Tensor:
            before, loss.reduction = loss.reduction, "none"
            try:
                made: Tensor = loss(output, target)
                return made
            finally:
                loss.reduction = before

        return switched
    if "reduction" not in inspect.signature(loss).parameters:
        raise ArgumentError("LL977", loss=getattr(loss, "__name__", type(loss).__name__))
    return lambda output, target: loss(output, target, reduction="none")

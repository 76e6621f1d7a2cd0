"""Losses by name, and a loss whose examples are weighed by their class."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import nn
from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor, fresh
from ..errors import ArgumentError, OutOfRangeError, Row, ShapeError
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


# Other names of the same, Keras's among them.
ALSO: dict[str, Loss] = {
    "categorical_crossentropy": F.cross_entropy,
    "sparse_categorical_crossentropy": F.cross_entropy,
    "binary_crossentropy": F.binary_cross_entropy,
    "mean_squared_error": F.mse_loss,
    "mean_absolute_error": F.l1_loss,
    "binary_cross_entropy": F.binary_cross_entropy,
    "binary_cross_entropy_with_logits": F.binary_cross_entropy_with_logits,
}

_BY_NUMBER = (
    nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.BCELoss, nn.BCEWithLogitsLoss
)  # fmt: skip
_OF_CLASSES = (F.cross_entropy, F.nll_loss)


def loss_of(wanted: str | Callable[..., Any]) -> Loss:
    """The loss of that name, or the one that was given. Errors: LL974 for an unknown name.

    Example:
        >>> from liuli.train.losses import loss_of
        >>> loss_of("mse").__name__
        'mse_loss'
    """
    if isinstance(wanted, type):
        raise ArgumentError("LL644", name=wanted.__name__)
    if callable(wanted):
        return wanted
    name = str(wanted).lower().removesuffix("_loss")
    known = NAMED | ALSO
    if name not in known:
        raise ArgumentError("LL974", loss=repr(wanted), names=", ".join(NAMED),
                            near=nearest(name, list(known)))  # fmt: skip
    return known[name]


def of_classes(loss: Loss) -> bool:
    """Whether `loss` reads whole numbers (N,) as labels."""
    return loss in _OF_CLASSES or isinstance(loss, (nn.CrossEntropyLoss, nn.NLLLoss))


def share_of(loss: Loss, target: Any) -> float:
    """What the mean of a batch counts in the mean over several: what it was divided by.

    That is the number of examples; for a loss of classes the sum of the weights of those that
    are not to be ignored. A loss that adds up counts 1.
    """
    if getattr(loss, "reduction", "mean") == "sum":
        return 1.0
    labels = target._array if isinstance(target, Tensor) else np.asarray(target)
    if not of_classes(loss) or labels.dtype.kind not in "iu":
        return float(len(labels))
    counted = labels[labels != ignored_by(loss)]
    weight = getattr(loss, "weight", None)
    return float(counted.size if weight is None else weight._array[counted].sum())


def ignored_by(loss: Loss) -> int:
    """The label that a loss of classes does not count."""
    return int(getattr(loss, "ignore_index", -100))


def of_probabilities(loss: Loss) -> bool:
    """Whether a network for `loss` gives probabilities of yes, and not scores."""
    return loss is F.binary_cross_entropy or isinstance(loss, nn.BCELoss)


def of_questions(loss: Loss) -> bool:
    """Whether each number that the network gives answers a yes-or-no question of its own."""
    scores = loss is F.binary_cross_entropy_with_logits or isinstance(loss, nn.BCEWithLogitsLoss)
    return scores or of_probabilities(loss)


def aligned(loss: Loss, output: Tensor, target: Any) -> Any:
    """Targets (N,) as a column where the network gives a column (N, 1).

    Left as they are, (N, 1) and (N,) would broadcast to N x N differences. A loss of classes
    reads (N,) as labels, so it is left alone. Errors: LL658 for widths that differ.
    """
    if of_classes(loss) or not isinstance(target, Tensor) or output.shape == target.shape:
        return target
    if output.shape == (*target.shape, 1):
        return target.unsqueeze(-1)
    if loss in NAMED.values() or isinstance(loss, _BY_NUMBER):
        _check_widths(output, target)
    return target


def _check_widths(output: Tensor, target: Tensor) -> None:
    """Errors: LL658 if output and target have other numbers of numbers for each example."""
    said, wanted = output[:1].numel(), target[:1].numel()
    if len(output) == len(target) and said != wanted:
        labels = wanted == 1 and target._array.dtype.kind in "iu"
        fix = 'Trainer(model, "cross_entropy")' if labels else f"nn.Linear(..., {wanted})"
        rows = [Row("output", tuple(output.shape)), Row("target", tuple(target.shape))]
        raise ShapeError("LL658", rows=rows, output=said, target=wanted, fix=fix)


def weighted(loss: Loss, class_weight: Any, names: Sequence[str] | None = None) -> Loss:
    """The mean over the batch of w[class of n] * loss of n; classes without a weight count 1.

    As Keras: divided by the number of examples, not by the sum of their weights.

    Errors: LL976 for a weight that is negative or no number, or of no class; LL977 for a loss
    that cannot be had example by example.
    """
    table = _weights(class_weight, names or [])
    each_loss = _each(loss)
    for k, w in table.items():
        if not 0 <= w < float("inf"):
            raise OutOfRangeError("LL976", label=k, weight=w)
    lowest, listed = _listed(table)

    def weighed(output: Tensor, target: Tensor) -> Tensor:
        losses = each_loss(output, target)
        labels = target.argmax(1) if target.ndim == 2 and target.shape[1] > 1 else target
        if STATE.recorder is None:
            labels_of(target)  # fractions are refused
        places = (labels.reshape(-1).long() - lowest).clamp(0, len(listed) - 1)
        each: Tensor = losses.reshape(len(places), -1).mean(1)
        mean: Tensor = (each * listed[places].to(losses.dtype)).mean()
        return mean

    return weighed


def _weights(class_weight: Any, names: Sequence[str]) -> dict[int, float]:
    """The weights by number of class. Errors: LL976."""
    listed = isinstance(class_weight, (Mapping, list, tuple, np.ndarray, Tensor))
    pairs: Any = (
        {class_weight: class_weight}.items()
        if not listed
        else (
            class_weight.items() if isinstance(class_weight, Mapping) else enumerate(class_weight)
        )
    )
    table: dict[int, float] = {}
    for label, weight in pairs:
        try:
            number = names.index(label) if label in names else int(label)
            table[number] = float(weight)
        except (TypeError, ValueError):
            raise OutOfRangeError("LL976", label=label, weight=weight) from None
    return table


def _listed(table: Mapping[int, float]) -> tuple[int, Tensor]:
    """The weights of all labels from the first number on; the first and the last count 1."""
    lowest, highest = min(table, default=0) - 1, max(table, default=0) + 1
    return lowest, fresh(np.array([table.get(k, 1.0) for k in range(lowest, highest + 1)]))


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

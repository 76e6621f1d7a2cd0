"""Losses: how far predictions are from what was wanted. `reduction` is "mean", "sum" or "none"."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.describe import rows, warn
from ..autodiff.node import Node
from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor, apply
from ..errors import ArgumentError, DTypeError, ShapeError
from ..messages.hints import differing
from . import activations as N
from . import arithmetic as A
from . import reductions as R
from .compose import composition, wide
from .creation import as_tensor
from .indexing import gather
from .shapes import broadcast_tensors, reshape

__mirrors__ = "torch"
K = ops.composites
Given = bool | None  # the old way to say a reduction: size_average, reduce


# --- reductions -------------------------------------------------------------------------------
def reduction_of(reduction: str, size_average: Given = None, reduce: Given = None,
                 also: str = "") -> str:  # fmt: skip
    """The reduction that is meant, also in the old words. Errors: LL602 for another word."""
    if size_average is not None or reduce is not None:
        averaged = "sum" if size_average is False else "mean"
        return "none" if reduce is False else averaged
    if reduction not in ("mean", "sum", "none") and reduction != (also or None):
        choices = "'mean', 'sum', 'none'" + (f", {also!r}" if also else "")
        raise ArgumentError("LL602", argument="reduction", value=repr(reduction), choices=choices)
    return reduction


def _reduced(loss: Tensor, how: str) -> Tensor:
    if how == "none":
        return loss
    return R.mean(loss) if how == "mean" else R.sum(loss)


def _same_shape(op: str, input: Tensor, target: Tensor) -> None:
    """Errors: LL138 unless both have one shape."""
    if input._array.shape != target._array.shape:
        raise ShapeError("LL138", rows=rows(input=input, target=target), op=op,
                         input=tuple(input.shape), target=tuple(target.shape))  # fmt: skip


def _warn_of_shapes(op: str, input: Tensor, target: Tensor) -> None:
    """Broadcasting in a loss is nearly always (N, 1) against (N): N * N differences."""
    shapes = input._array.shape, target._array.shape
    if shapes[0] != shapes[1] and not differing(shapes):
        fix = "target.view_as(input)" if input._array.size == target._array.size else ""
        warn("LL139", op=op, input=shapes[0], target=shapes[1], fix=fix)


# --- distances --------------------------------------------------------------------------------
def mse_loss(input: Tensor, target: Tensor, size_average: Given = None, reduce: Given = None,
             reduction: str = "mean", weight: Tensor | None = None) -> Tensor:  # fmt: skip
    """The mean of (input - target)^2; with `weight` the weighted mean.

    Shape: two of one shape -> (). Warns (LL139) if the shapes differ and are broadcast.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.mse_loss(liuli.tensor([1.0, 2.0]), liuli.tensor([0.0, 4.0]))
        tensor(2.5000)
    """
    how = reduction_of(reduction, size_average, reduce)
    _warn_of_shapes("mse_loss", input, target)
    if how == "mean" and weight is None and input._array.shape == target._array.shape:
        return apply(K.mse_loss, input, target)
    difference = A.sub(input, target)
    return _weighted(A.mul(difference, difference), weight, input, how)


def _weighted(loss: Tensor, weight: Tensor | None, input: Tensor, how: str) -> Tensor:
    """Reduced; a weighted mean is over the sum of weights. Errors: LL138."""
    if weight is None:
        return _reduced(loss, how)
    _same_shape("weight", input, weight)
    total = _reduced(A.mul(loss, weight), "sum" if how == "mean" else how)
    return A.div(total, R.sum(weight)) if how == "mean" else total


@composition
def l1_loss(input: Tensor, target: Tensor, size_average: Given = None, reduce: Given = None,
            reduction: str = "mean", weight: Tensor | None = None) -> Tensor:  # fmt: skip
    """The mean of |input - target|, else as mse_loss."""
    how = reduction_of(reduction, size_average, reduce)
    _warn_of_shapes("l1_loss", input, target)
    return _weighted(A.abs(A.sub(input, target)), weight, input, how)


@composition
def smooth_l1_loss(input: Tensor, target: Tensor, size_average: Given = None, reduce: Given = None,
                   reduction: str = "mean", beta: float = 1.0) -> Tensor:  # fmt: skip
    """The mean of d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, with d = input - target."""
    how = reduction_of(reduction, size_average, reduce)
    if beta < 0:
        raise ArgumentError("LL631", op="smooth_l1_loss", argument="beta", value=beta)
    if beta == 0:
        return l1_loss(input, target, reduction=how)
    _warn_of_shapes("smooth_l1_loss", input, target)
    loss = apply(K.huber, A.sub(input, target), delta=float(beta))
    return _reduced(loss if beta == 1 else A.div(loss, float(beta)), how)


@composition
def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
               weight: Tensor | None = None) -> Tensor:  # fmt: skip
    """The mean of d^2 / 2 where |d| < delta, else delta (|d| - delta / 2); d = input - target."""
    how = reduction_of(reduction)
    if delta <= 0:
        raise ArgumentError("LL631", op="huber_loss", argument="delta", value=delta)
    _warn_of_shapes("huber_loss", input, target)
    loss = apply(K.huber, A.sub(input, target), delta=float(delta))
    if weight is not None:
        _same_shape("weight", input, weight)
        loss = A.mul(loss, weight)
    return _reduced(loss, how)


# --- probabilities of yes ---------------------------------------------------------------------
@composition
def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None,
                         size_average: Given = None, reduce: Given = None,
                         reduction: str = "mean") -> Tensor:  # fmt: skip
    """The mean of -(t log p + (1 - t) log(1 - p)), each logarithm at least -100.

    Shape: p and t of one shape -> (). Errors: LL138, and LL331 if a p is outside [0, 1]:
    `binary_cross_entropy_with_logits` takes numbers that no sigmoid has seen.
    """
    how = reduction_of(reduction, size_average, reduce)
    _same_shape("binary_cross_entropy", input, target)
    above = 1 + 2.0 ** -{8: 52, 4: 23, 2: 10}[input.dtype.itemsize]
    apply(ops.state.check, input.detach(), low=0, high=above, code="LL331", facts={})
    loss = apply(K.binary_cross_entropy, input, A.cast(target, input.dtype))
    return _reduced(loss if weight is None else A.mul(loss, weight), how)


@composition
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Given = None,
    reduce: Given = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The mean of -(w t log s(x) + (1 - t) log(1 - s(x))), with s = sigmoid and w = pos_weight.

    Shape: x and t of one shape -> (). Errors: LL138.
    """
    how = reduction_of(reduction, size_average, reduce)
    _same_shape("binary_cross_entropy_with_logits", input, target)
    target = A.cast(target, input.dtype) if input.dtype.is_floating_point else target
    if pos_weight is None:
        loss = apply(K.binary_cross_entropy_with_logits, input, target)
    else:
        steep = A.add(A.mul(A.sub(pos_weight, 1), target), 1)
        loss = A.sub(A.mul(A.sub(1, target), input), A.mul(steep, N.logsigmoid(input)))
    return _reduced(loss if weight is None else A.mul(loss, weight), how)


@composition
def soft_margin_loss(input: Tensor, target: Tensor, size_average: Given = None,
                     reduce: Given = None, reduction: str = "mean") -> Tensor:  # fmt: skip
    """The mean of log(1 + exp(-t x)), with t = 1 or -1."""
    how = reduction_of(reduction, size_average, reduce)
    return _reduced(A.neg(N.logsigmoid(A.mul(target, input))), how)


@composition
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Given = None,
    reduce: Given = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """binary_cross_entropy_with_logits, its mean first over the classes and then over the batch.

    Shape: (N, C) and (N, C) -> ().
    """
    how = reduction_of(reduction, size_average, reduce)
    loss = binary_cross_entropy_with_logits(input, target, reduction="none")
    return _reduced(R.mean(loss if weight is None else A.mul(loss, weight), -1), how)


# --- classes ----------------------------------------------------------------------------------
def cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None,
                  size_average: Given = None, ignore_index: int = -100, reduce: Given = None,
                  reduction: str = "mean", label_smoothing: float = 0.0) -> Tensor:  # fmt: skip
    """The mean of -log softmax(x)[label]: how surprised the scores x are by the labels.

    `target` holds labels (whole numbers), or probabilities of the classes in the shape of x.
    `weight` weighs the classes; rows labelled `ignore_index` do not count; `label_smoothing`
    moves that part of the probability from the label to all classes evenly.

    Shape: x (C), (N, C) or (N, C, d1, ...), labels (), (N) or (N, d1, ...) -> ().
    Errors: LL140 if the shapes do not fit, LL230 for labels that are not whole numbers, LL330
    for a label that is no class: it names the label and where it stands. Warns, LL172, of
    probabilities that a softmax made.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.cross_entropy(liuli.tensor([[2.0, 0.0], [0.0, 0.0]]), liuli.tensor([0, 1]))
        tensor(0.4100)
    """
    how = reduction_of(reduction, size_average, reduce)
    if not input.dtype.is_floating_point:
        _check_order("cross_entropy", input, target)
        input = A.cast(input, "float32")
    if _probable(input):
        _warn_of_softmax(input)
    shape = input._array.shape
    if shape == target._array.shape and (target.dtype.is_floating_point or len(shape) > 1):
        return _soft_cross_entropy(input, target, weight, how, label_smoothing)
    labels = _labels("cross_entropy", input, target)
    if how == "mean" and weight is None and not label_smoothing and len(shape) == 2:
        return apply(K.cross_entropy, input, labels, ignore=ignore_index)
    return _cross_entropy(input, labels, weight, ignore_index, how, label_smoothing)


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None,
             size_average: Given = None, ignore_index: int = -100, reduce: Given = None,
             reduction: str = "mean") -> Tensor:  # fmt: skip
    """The mean of -x[label], for x that log_softmax made; options and errors as cross_entropy.

    Shape: x (C), (N, C) or (N, C, d1, ...), labels (), (N) or (N, d1, ...) -> ().

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> x = liuli.tensor([[2.0, 0.0], [0.0, 0.0]])
        >>> F.nll_loss(F.log_softmax(x, dim=1), liuli.tensor([0, 1]))
        tensor(0.4100)
    """
    how = reduction_of(reduction, size_average, reduce)
    labels = _labels("nll_loss", input, target)
    if how == "mean" and weight is None and input.ndim == 2:
        return apply(K.nll_loss, input, labels, ignore=ignore_index)
    return _nll_loss(input, labels, weight, ignore_index, how)


# What leaves the numbers of a tensor as they are.
_PASSING = frozenset(("reshape", "expand", "transpose", "permute", "slice", "cast"))
_told: set[str] = set()


def _probable(x: Tensor) -> bool:
    """Whether a softmax made `x`, as far as its history tells."""
    if x._pending:
        return False
    edge: Any = x._edge
    while edge.__class__ is Node and edge.op.name in _PASSING:
        edge = edge.edges[0]
    return edge.__class__ is Node and edge.op is K.softmax


def _warn_of_softmax(x: Tensor) -> None:
    """Warns (LL172) once of probabilities: every row between 0 and 1, and 1 in all."""
    if "softmax" in _told or STATE.recorder is not None:
        return
    p = x._array.astype(np.float32)
    sums = p.sum(1 if p.ndim > 1 else 0)
    if p.size and p.min() >= 0 and p.max() <= 1 and np.abs(sums - 1).max() < 1e-3:
        _told.add("softmax")
        warn("LL172")


def _check_order(op: str, input: Tensor, target: Tensor) -> None:
    """Errors: LL166 if labels stand where the output belongs, and the output where they do."""
    whole = input._array.dtype.kind in "iu" and target.dtype.is_floating_point
    if whole and target.ndim == input.ndim + 1:
        raise ArgumentError("LL166", rows=rows(output=input, labels=target), op=op)


def _labels(op: str, input: Tensor, target: Tensor) -> Tensor:
    """`target` as int64. Errors: LL140 if the shapes do not fit, LL230 if it is not whole."""
    if target._array.dtype.kind not in "iub":
        _check_order(op, input, target)
        raise DTypeError("LL230", rows=rows(input=input, target=target), op=op, dtype=target.dtype)
    shape, have = input._array.shape, target._array.shape
    expected = (shape[:1] if len(shape) > 1 else ()) + shape[2:]
    if not shape or have != expected:
        raise ShapeError("LL140", rows=rows(input=input, target=target), op=op, input=shape,
                         target=have, expected=expected)  # fmt: skip
    return A.cast(target, "int64")


def _known(labels: Tensor, classes: int, ignore: int) -> tuple[Tensor, Tensor]:
    """The labels, those to ignore made 0, and which ones count. Errors: LL330."""
    labels = labels if labels.ndim else reshape(labels, 1)
    counted = A.ne(labels, ignore)
    label = A.where(counted, labels, 0)
    facts = {"classes": classes}
    return apply(ops.state.check, label, low=0, high=classes, code="LL330", facts=facts), counted


def _rows(x: Tensor) -> Tensor:
    """(N, C, d1, ...) with the classes last, as a matrix."""
    if x.ndim < 2:
        return reshape(x, (1, -1))
    return x if x.ndim == 2 else reshape(x.movedim(1, -1), (-1, x._array.shape[1]))


@composition
def _nll_loss(
    input: Tensor, labels: Tensor, weight: Tensor | None, ignore: int, how: str
) -> Tensor:
    """nll_loss with every option, of labels in int64."""
    table = _rows(input)
    label, counted = (reshape(x, -1) for x in _known(labels, table._array.shape[1], ignore))
    losses = A.neg(apply(ops.index.gather, table, label, batch=1))
    if weight is None:
        weights = A.cast(counted, input.dtype)
    else:
        _one_a_class("nll_loss", weight, table)
        weights = A.where(counted, apply(ops.index.gather, weight, label, batch=0), 0)
    losses = A.where(counted, losses if weight is None else A.mul(losses, weights), 0)
    if how == "none":
        return reshape(losses, labels.shape)
    return R.sum(losses) if how == "sum" else A.div(R.sum(losses), R.sum(weights))


def _one_a_class(op: str, weight: Tensor, table: Tensor) -> None:
    classes = table._array.shape[1]
    if weight._array.shape != (classes,):
        raise ShapeError("LL131", rows=rows(input=table, weight=weight), op=op, name="weight",
                         length=weight.numel(), channels=classes)  # fmt: skip


@composition
def _cross_entropy(input: Tensor, labels: Tensor, weight: Tensor | None, ignore: int,
                           how: str, smoothing: float) -> Tensor:  # fmt: skip
    axis = 1 if input.ndim > 1 else 0
    logs = R.log_softmax(wide(input), axis)
    loss = _nll_loss(logs, labels, weight, ignore, how)
    if smoothing:
        even = _even_part(_rows(logs), labels, weight, ignore, how)
        share = smoothing / input._array.shape[axis]
        loss = A.add(
            A.mul(loss, 1 - _probability("label_smoothing", smoothing)), A.mul(even, share)
        )
    return A.cast(loss, input.dtype)


def _even_part(
    table: Tensor, labels: Tensor, weight: Tensor | None, ignore: int, how: str
) -> Tensor:
    """The loss of the sum over all classes, as if each were the label."""
    label, counted = (reshape(x, -1) for x in _known(labels, table._array.shape[1], ignore))
    losses = A.neg(R.sum(table if weight is None else A.mul(table, weight), 1))
    losses = A.where(counted, losses, 0)
    if how == "none":
        return reshape(losses, labels.shape)
    if how == "sum":
        return R.sum(losses)
    ones = A.cast(counted, table.dtype)
    if weight is not None:
        ones = A.mul(ones, apply(ops.index.gather, weight, label, batch=0))
    return A.div(R.sum(losses), R.sum(ones))


@composition
def _soft_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None, how: str,
                        smoothing: float) -> Tensor:  # fmt: skip
    """cross_entropy whose target holds the probability of every class."""
    axis = 1 if input.ndim > 1 else 0
    classes = input._array.shape[axis]
    part = A.cast(target, wide(input).dtype)
    if smoothing:
        part = A.add(
            A.mul(part, 1 - _probability("label_smoothing", smoothing)), smoothing / classes
        )
    logs = R.log_softmax(wide(input), axis)
    if weight is not None:
        _one_a_class("cross_entropy", weight, _rows(input))
        part = A.mul(part, reshape(weight, (-1, *(1,) * (input.ndim - axis - 1))))
    loss = A.neg(R.sum(A.mul(logs, part), axis))
    if how == "mean":  # over examples, weighted or not
        loss = A.div(R.sum(loss), float(loss.numel()))
    return A.cast(loss if how != "sum" else R.sum(loss), input.dtype)


def _probability(argument: str, p: float) -> float:
    """Errors: LL632 if `p` is not between 0 and 1."""
    if not 0 <= p <= 1:
        raise ArgumentError("LL632", argument=argument, value=p)
    return p


@composition
def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: Given = None, reduce: Given = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over rows of sum_j max(0, margin - x[label] + x[j])^p / C, over j other than label.

    Shape: (N, C) and labels (N) -> (); (C) and () -> (). Errors: LL140, LL230, LL330.
    """
    how = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ArgumentError("LL602", argument="p", value=p, choices="1, 2")
    table = _rows(input)
    classes = table._array.shape[1]
    label, _ = _known(reshape(_labels("multi_margin_loss", input, target), -1), classes, -100)
    own = reshape(apply(ops.index.gather, table, label, batch=1), (-1, 1))
    short = A.clamp_min(A.add(A.sub(table, own), margin), 0)
    short = short if p == 1 else A.mul(short, short)
    if weight is not None:
        _one_a_class("multi_margin_loss", weight, table)
        short = A.mul(short, reshape(apply(ops.index.gather, weight, label, batch=0), (-1, 1)))
    others = A.ne(apply(ops.state.iota, size=classes), reshape(label, (-1, 1)))
    loss = A.div(R.sum(A.where(others, short, 0), 1), float(classes))
    return _reduced(reshape(loss, target.shape) if how == "none" else loss, how)


@composition
def multilabel_margin_loss(input: Tensor, target: Tensor, size_average: Given = None,
                           reduce: Given = None, reduction: str = "mean") -> Tensor:  # fmt: skip
    """sum over labels y and other classes j of max(0, 1 - x[y] + x[j]) / C; the mean over rows.

    A row's labels end at its first -1. Shape: (N, C) and (N, C) -> (). Errors: LL138, LL330.
    """
    how = reduction_of(reduction, size_average, reduce)
    _same_shape("multilabel_margin_loss", input, target)
    if target._array.dtype.kind not in "iu":
        raise DTypeError("LL230", rows=rows(input=input, target=target),
                         op="multilabel_margin_loss", dtype=target.dtype)  # fmt: skip
    table, labels = (
        reshape(x, (-1, input._array.shape[-1])) for x in (input, A.cast(target, "int64"))
    )
    classes = table._array.shape[1]
    real = A.eq(R.cumsum(A.cast(A.lt(labels, 0), "int64"), 1), 0)
    label, _ = _known(A.where(real, labels, 0), classes, -100)
    hit = A.logical_and(
        A.eq(label.unsqueeze(-1), apply(ops.state.iota, size=classes)), real.unsqueeze(-1)
    )
    wanted = R.any(hit, 1)  # (N, C): the classes that are labels
    short = A.clamp_min(
        A.add(A.sub(table.unsqueeze(1), gather(table, 1, label).unsqueeze(-1)), 1), 0
    )
    apart = A.logical_and(real.unsqueeze(-1), A.logical_not(wanted).unsqueeze(1))
    loss = A.div(R.sum(A.where(apart, short, 0), (1, 2)), float(classes))
    return _reduced(reshape(loss, input.shape[:-1]) if how == "none" else loss, how)


# --- distributions ----------------------------------------------------------------------------
@composition
def kl_div(input: Tensor, target: Tensor, size_average: Given = None, reduce: Given = None,
           reduction: str = "mean", log_target: bool = False) -> Tensor:  # fmt: skip
    """target * (log target - input), for log-probabilities `input`.

    Reduction "batchmean" is the divergence: the sum over everything, by the first axis's length.
    """
    how = reduction_of(reduction, size_average, reduce, "batchmean")
    if log_target:
        loss = A.mul(A.exp(target), A.sub(target, input))
    else:
        loss = A.sub(A.xlogy(target, target), A.mul(target, input))
    if how == "batchmean":
        return A.div(R.sum(loss), float(input._array.shape[0] if input.ndim else 1))
    return _reduced(loss, how)


@composition
def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False,
    size_average: Given = None, eps: float = 1e-8, reduce: Given = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """exp(x) - t x, or x - t log(x + eps) with log_input=False; `full` adds Stirling's log t!."""
    how = reduction_of(reduction, size_average, reduce)
    if log_input:
        loss = A.sub(A.exp(input), A.mul(target, input))
    else:
        loss = A.sub(input, A.mul(target, A.log(A.add(input, eps))))
    if full:
        above = A.where(A.gt(target, 1), target, 1)
        root = A.mul(A.log(A.mul(above, 2 * math.pi)), 0.5)
        stirling = A.add(A.sub(A.mul(above, A.log(above)), above), root)
        loss = A.add(loss, A.where(A.gt(target, 1), stirling, 0))
    return _reduced(loss, how)


@composition
def gaussian_nll_loss(input: Tensor, target: Tensor, var: Any, full: bool = False,
                      eps: float = 1e-6, reduction: str = "mean") -> Tensor:  # fmt: skip
    """(log v + (input - target)^2 / v) / 2, with the variance v = max(var, eps).

    Shape: input and target (N, ...), var the same, or with the last axis 1 or missing -> ().
    Errors: LL141 if var has another shape, LL332 if it is negative.
    """
    how = reduction_of(reduction)
    spread = (
        var
        if isinstance(var, Tensor)
        else as_tensor(float(var), dtype=input.dtype).expand(input.shape)
    )
    shape, have = input._array.shape, spread._array.shape
    if have != shape:
        uneven = [i for i, (a, b) in enumerate(zip(shape, have, strict=False)) if a != b]
        if have == shape[:-1]:
            spread = spread.unsqueeze(-1)
        elif len(have) != len(shape) or len(uneven) != 1 or have[uneven[0]] != 1:
            raise ShapeError("LL141", rows=rows(input=input, var=spread), input=shape, var=have)
    negative = A.cast(A.lt(spread, 0), "int64")
    apply(ops.state.check, negative, low=0, high=1, code="LL332", facts={})
    floor = A.clamp_min(spread.detach(), eps)
    spread = A.add(floor, A.sub(spread, spread.detach()))  # the gradient passes the floor
    distance = A.sub(input, target)
    loss = A.mul(A.add(A.log(spread), A.div(A.mul(distance, distance), spread)), 0.5)
    return _reduced(A.add(loss, 0.5 * math.log(2 * math.pi)) if full else loss, how)


# --- margins ----------------------------------------------------------------------------------
@composition
def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: Given = None,
    reduce: Given = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """x where t = 1, max(0, margin - x) where t = -1."""
    how = reduction_of(reduction, size_average, reduce)
    near = A.where(A.ne(target, -1), input, 0)
    far = A.where(A.ne(target, 1), A.clamp_min(A.sub(margin, input), 0), 0)
    return _reduced(A.add(near, far), how)


@composition
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Given = None,
    reduce: Given = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, margin - t (x1 - x2)): x1 should rank above x2 where t = 1, below where t = -1."""
    how = reduction_of(reduction, size_average, reduce)
    gain = A.mul(A.sub(input1, input2), target)
    return _reduced(A.clamp_min(A.sub(margin, gain), 0), how)


@composition
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Given = None,
    reduce: Given = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """1 - cos(x1, x2) where t = 1, max(0, cos(x1, x2) - margin) where t = -1.

    Shape: (N, D), (N, D) and (N) -> (); (D), (D) and () -> ().
    """
    how = reduction_of(reduction, size_average, reduce)
    a, b = broadcast_tensors(input1, input2)
    product, one, two = (R.sum(A.mul(x, y), -1) for x, y in ((a, b), (a, a), (b, b)))
    cosine = A.div(product, A.sqrt(A.mul(A.add(one, 1e-12), A.add(two, 1e-12))))
    near = A.where(A.eq(target, 1), A.sub(1, cosine), 0)
    far = A.where(A.eq(target, -1), A.clamp_min(A.sub(cosine, margin), 0), 0)
    return _reduced(A.add(near, far), how)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6,
                      keepdim: bool = False) -> Tensor:  # fmt: skip
    """The p-norm of x1 - x2 + eps along the last axis. Shape: (N, D), (N, D) -> (N)."""
    return R.norm(A.add(A.sub(x1, x2), eps), p, -1, keepdim)


@composition
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
    eps: float = 1e-6, swap: bool = False, size_average: Given = None, reduce: Given = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, margin + d(anchor, positive) - d(anchor, negative)), d the p-norm distance.

    `swap` also looks at d(positive, negative) and takes the smaller. Shape: three (N, D) -> ().
    """
    how = reduction_of(reduction, size_average, reduce)

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    return _reduced(_triplet(anchor, positive, negative, distance, margin, swap), how)


def _triplet(anchor: Tensor, positive: Tensor, negative: Tensor,
             distance: Callable[[Tensor, Tensor], Tensor], margin: float,
             swap: bool) -> Tensor:  # fmt: skip
    if margin <= 0:
        raise ArgumentError("LL631", op="triplet_margin_loss", argument="margin", value=margin)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = A.minimum(far, distance(positive, negative))
    return A.clamp_min(A.add(A.sub(near, far), margin), 0)


@composition
def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """triplet_margin_loss with a distance of one's own."""
    how = reduction_of(reduction)
    distance = pairwise_distance if distance_function is None else distance_function
    return _reduced(_triplet(anchor, positive, negative, distance, margin, swap), how)

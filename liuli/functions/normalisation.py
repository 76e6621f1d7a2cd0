"""Normalisations: activations brought to mean 0 and variance 1, or to length 1, over some axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.describe import row, rows
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor, apply, fresh
from ..errors import ArgumentError, ShapeError
from ..messages.words import Word
from . import arithmetic as A
from . import reductions as R
from .assignment import copy_
from .compose import composition, wide
from .shapes import reshape

__mirrors__ = "torch"
K, V = ops.composites, ops.views


def _standardised(x: Tensor, axes: tuple[int, ...], eps: float) -> tuple[Tensor, Tensor]:
    """(x - mean) / sqrt(variance + eps) over `axes`, and the variance."""
    centred = apply(K.centred, x, axes=axes)
    variance = apply(K.mean_square, centred, axes=axes)
    return A.mul(centred, A.rsqrt(A.add(variance, eps))), variance


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None, like: Tensor) -> Tensor:
    """x * weight + bias, either of which may be missing, in the dtype of `like`."""
    if weight is not None and bias is not None:
        x = apply(K.affine, x, weight, bias)
    elif weight is not None:
        x = A.mul(x, weight)
    elif bias is not None:
        x = A.add(x, bias)
    return A.cast(x, like.dtype)


def _last_axes(
    op: str, input: Tensor, normalized_shape: Any, **parts: Tensor | None
) -> tuple[int, ...]:
    """The axes that `normalized_shape` names. Errors: LL133 unless input and parts end in it."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    count = len(shape)
    if not shape or input._array.shape[-count:] != shape:
        raise ShapeError("LL133", rows=rows(input=input), op=op, expected=shape,
                         shape=tuple(input.shape))  # fmt: skip
    for name, part in parts.items():
        if part is not None and part._array.shape != shape:
            raise ShapeError("LL134", rows=[row(name, part)], op=op, name=name, expected=shape,
                             shape=tuple(part.shape))  # fmt: skip
    return tuple(range(input.ndim - count, input.ndim))


@composition
def layer_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None,
               bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """(x - mean) / sqrt(variance + eps) * weight + bias, over the last axes of every example.

    Shape: x (N, ..., *normalized_shape), weight and bias (*normalized_shape) -> as x.
    Errors: LL133 if x, LL134 if weight or bias does not have that shape.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.layer_norm(liuli.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 6.0]]), (3,))
        tensor([[-1.2247,  0.0000,  1.2247],
                [-0.7071, -0.7071,  1.4142]])
    """
    axes = _last_axes("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    made, _ = _standardised(wide(input), axes, eps)
    return _affine(made, weight, bias, input)


@composition
def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None,
             eps: float | None = None) -> Tensor:  # fmt: skip
    """x / sqrt(mean(x^2) + eps) * weight, over the last axes; eps is the dtype's own if None.

    Shape: x (N, ..., *normalized_shape), weight (*normalized_shape) -> as x. Errors: LL133, LL134.
    """
    axes = _last_axes("rms_norm", input, normalized_shape, weight=weight)
    x = wide(input)
    small = float(np.finfo(x._array.dtype).eps) if eps is None else eps
    scale = A.rsqrt(A.add(apply(K.mean_square, x, axes=axes), small))
    return _affine(A.mul(x, scale), weight, None, input)


# --- by channel -------------------------------------------------------------------------------
def _channels(op: str, input: Tensor, **parts: Tensor | None) -> None:
    """Errors: LL135 for too few axes, LL131 unless every part has one number a channel."""
    if input.ndim < 2:
        raise ShapeError("LL135", rows=rows(input=input), op=op, shape=tuple(input.shape))
    channels = input._array.shape[1]
    for name, part in parts.items():
        if part is not None and part._array.shape != (channels,):
            raise ShapeError("LL131", rows=[row("input", input), row(name, part)], op=op, name=name,
                             length=part.numel(), channels=channels)  # fmt: skip


def _as_channel(x: Tensor | None, ndim: int) -> Tensor | None:
    """One number a channel, shaped to meet axis 1 of a tensor with `ndim` axes."""
    return x if x is None or ndim == 2 else reshape(x, (1, -1, *(1,) * (ndim - 2)))


@no_grad()
def _move(running: Tensor | None, value: Tensor, momentum: float, scale: float = 1.0) -> None:
    """running <- (1 - momentum) * running + momentum * scale * value, in place."""
    if running is not None:
        part = A.mul(reshape(value, running.shape), momentum * scale)
        copy_(running, A.add(A.mul(running, 1 - momentum), part))


@composition
def batch_norm(input: Tensor, running_mean: Tensor | None, running_var: Tensor | None,
               weight: Tensor | None = None, bias: Tensor | None = None, training: bool = False,
               momentum: float = 0.1, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """(x - mean) / sqrt(variance + eps) * weight + bias, channel by channel (axis 1).

    Training takes mean and variance from the batch, and moves the running ones towards them in
    place: running = (1 - momentum) * running + momentum * value, the variance there over n - 1.
    Otherwise the running ones are used.

    Shape: x (N, C, ...), everything else (C) -> as x. Errors: LL131 if a part has not C numbers,
    LL136 for one value a channel in training, LL630 without running statistics otherwise.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.batch_norm(liuli.tensor([[1.0, 10.0], [3.0, 30.0]]), None, None, training=True)
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """
    _channels("batch_norm", input, weight=weight, bias=bias, running_mean=running_mean,
              running_var=running_var)  # fmt: skip
    n = input.ndim
    if not training:
        if running_mean is None or running_var is None:
            raise ArgumentError("LL630", op="batch_norm")
        return _by_running(input, running_mean, running_var, weight, bias, eps)
    axes = (0, *range(2, n))
    x = wide(input)
    count = math.prod(x._array.shape[i] for i in axes)
    if count == 1:
        raise ShapeError("LL136", rows=rows(input=input), op="batch_norm", shape=tuple(input.shape))
    made, variance = _standardised(x, axes, eps)
    if running_mean is not None:
        with no_grad():
            mean = R.mean(x, axes)
        _move(running_mean, mean, momentum)
    _move(running_var, variance.detach(), momentum, count / max(count - 1, 1))
    return _affine(made, _as_channel(weight, n), _as_channel(bias, n), input)


def _by_running(input: Tensor, mean: Tensor, variance: Tensor, weight: Tensor | None,
                bias: Tensor | None, eps: float) -> Tensor:  # fmt: skip
    """batch_norm with given statistics: one multiplication and one addition an element."""
    scale = A.rsqrt(A.add(variance, eps))
    if weight is not None:
        scale = A.mul(scale, weight)
    shift = A.neg(A.mul(mean, scale)) if bias is None else A.sub(bias, A.mul(mean, scale))
    return _affine(
        wide(input), _as_channel(scale, input.ndim), _as_channel(shift, input.ndim), input
    )


@composition
def instance_norm(input: Tensor, running_mean: Tensor | None = None,
                  running_var: Tensor | None = None, weight: Tensor | None = None,
                  bias: Tensor | None = None,
                  use_input_stats: bool = True, momentum: float = 0.1,
                  eps: float = 1e-5) -> Tensor:  # fmt: skip
    """As batch_norm, but every example has its own mean and variance a channel.

    Shape: x (N, C, L, ...), everything else (C) -> as x. Errors: LL131, LL135, LL136, LL630.
    """
    _channels("instance_norm", input, weight=weight, bias=bias, running_mean=running_mean,
              running_var=running_var)  # fmt: skip
    n = input.ndim
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ArgumentError("LL630", op="instance_norm")
        return _by_running(input, running_mean, running_var, weight, bias, eps)
    axes = tuple(range(2, n))
    x = wide(input)
    count = math.prod(x._array.shape[2:])
    if count == 1:
        raise ShapeError(
            "LL136", rows=rows(input=input), op="instance_norm", shape=tuple(input.shape)
        )
    made, variance = _standardised(x, axes, eps)
    if running_mean is not None:
        with no_grad():
            mean = R.mean(x, (0, *axes))
        _move(running_mean, mean, momentum)
    with no_grad():
        spread = R.mean(variance, (0, *axes))
    _move(running_var, spread, momentum, count / max(count - 1, 1))
    return _affine(made, _as_channel(weight, n), _as_channel(bias, n), input)


@composition
def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None,
               bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """As layer_norm, over groups of neighbouring channels of every example.

    Shape: x (N, C, ...), weight and bias (C) -> as x.
    Errors: LL137 if num_groups does not divide C, LL131, LL135.
    """
    _channels("group_norm", input, weight=weight, bias=bias)
    shape = input._array.shape
    if num_groups < 1 or shape[1] % num_groups:
        raise ShapeError("LL137", rows=rows(input=input), channels=shape[1], groups=num_groups)
    count = math.prod(shape[1:]) // num_groups
    made, _ = _standardised(reshape(wide(input), (shape[0], num_groups, count)), (2,), eps)
    return _affine(reshape(made, shape), _as_channel(weight, input.ndim),
                   _as_channel(bias, input.ndim), input)  # fmt: skip


@composition
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75,
                        k: float = 1.0) -> Tensor:  # fmt: skip
    """x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta.

    Shape: (N, C, L, ...), kept. Errors: LL135 for fewer than three axes.
    """
    if input.ndim < 3:
        raise ShapeError("LL135", rows=rows(input=input), op="local_response_norm",
                         shape=tuple(input.shape))  # fmt: skip
    none = (0,) * input.ndim
    low, high = list(none), list(none)
    low[1], high[1] = size // 2, (size - 1) // 2
    wider = apply(
        V.pad, A.mul(input, input), low=tuple(low), high=tuple(high), interior=none, value=0
    )
    near = apply(ops.pooling.window_sum, wider, axis=1, size=size, step=1)
    return A.div(input, A.pow(A.add(A.mul(near, alpha / size), k), beta))


@composition
def cross_map_norm(input: Tensor, size: int, alpha: float, beta: float, k: float) -> Tensor:
    """x / (k + alpha / size * sum of x^2 over channels at most (size - 1) // 2 away)^beta.

    The square of channel 0 stays in all sums that follow, as in PyTorch's CrossMapLRN2d.

    Shape: (N, C, H, W), kept. Errors: LL146 for another number of axes.
    """
    if input.ndim != 4:
        raise ShapeError("LL146", rows=rows(input=input), op="CrossMapLRN2d", name=Word("input"),
                         fix="", shape=tuple(input.shape), expected="(N, C, H, W)")  # fmt: skip
    far, channels, none = (size - 1) // 2, input._array.shape[1], (0,) * 4
    squares = A.mul(input, input)
    wider = apply(V.pad, squares, low=(0, far, 0, 0), high=(0, far, 0, 0), interior=none, value=0)
    total = apply(ops.pooling.window_sum, wider, axis=1, size=2 * far + 1, step=1)
    behind = np.arange(channels).reshape(-1, 1, 1) > far
    first = A.mul(squares[:, :1], fresh(behind.astype(input._array.dtype)))
    return A.div(input, A.pow(A.add(A.mul(A.add(total, first), alpha / size), k), beta))


@composition
def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12,
              out: Tensor | None = None) -> Tensor:  # fmt: skip
    """x / max(its p-norm along `dim`, eps): rows of length 1.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.normalize(liuli.tensor([[3.0, 4.0]]))
        tensor([[0.6000, 0.8000]])
    """
    made = A.div(input, A.clamp_min(R.norm(input, p, dim, True), eps))
    return made if out is None else copy_(out, made)

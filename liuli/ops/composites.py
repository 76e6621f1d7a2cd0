"""Compositions of primitives that have a gradient rule of their own, for speed or accuracy.

Each is written in primitives through `F`: eager it runs on bare arrays, recorded it leaves its
primitives in the graph under its name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .op import KEEP, PROMOTE, Sample, Shape, composite, sample
from .reduce import spread


def _unary(low: float = -2.0, high: float = 2.0, **attrs: Any) -> Any:
    def samples(rng: np.random.Generator) -> list[Sample]:
        return [sample(rng.uniform(low, high, shape), **attrs) for shape in ((2, 3), (), (0, 3))]

    return samples


def _rows(**attrs: Any) -> Any:
    def samples(rng: np.random.Generator) -> list[Sample]:
        return [sample(rng.uniform(-2, 2, (3, 4)), **attrs), sample(rng.uniform(-2, 2, (0, 4)), **attrs)]

    return samples


# --- activations ------------------------------------------------------------------------------
@composite("x", samples=_unary(), dtypes=PROMOTE, x=lambda g, y, F: F.where(F.le(y, 0), 0, g))
def relu(F: Any, x: Any) -> Any:
    """max(x, 0); the gradient at 0 is 0."""
    return F.maximum(x, 0)


@composite(
    "x", samples=_unary(slope=0.1), dtypes=PROMOTE,
    x=lambda g, x, slope, F: F.where(F.gt(x, 0), g, g * slope),
)  # fmt: skip
def leaky_relu(F: Any, x: Any, *, slope: float) -> Any:
    """x where it is positive, slope * x elsewhere."""
    return F.where(F.gt(x, 0), x, x * slope)


def _clamp_samples(rng: np.random.Generator) -> list[Sample]:
    x = rng.uniform(-2, 2, (2, 3))
    bounds = ((-1.0, 1.0), (None, 0.5), (-0.5, None))
    return [sample(each, low=low, high=high) for each in (x, x[0, 0], x[:0]) for low, high in bounds]


@composite(
    "x", samples=_clamp_samples, dtypes=PROMOTE,
    x=lambda g, x, low, high, F: F.where(_inside(F, x, low, high), g, 0),
)  # fmt: skip
def clamp(F: Any, x: Any, *, low: float | None, high: float | None) -> Any:
    """x moved into [low, high]; the bounds themselves still pass their gradient."""
    if low is not None:
        x = F.maximum(x, low)
    return x if high is None else F.minimum(x, high)


def _inside(F: Any, x: Any, low: float | None, high: float | None) -> Any:
    if low is None:
        return F.le(x, high)
    return F.ge(x, low) if high is None else F.bitwise_and(F.ge(x, low), F.le(x, high))


@composite(
    "x", samples=_unary(beta=1.0, threshold=20.0),
    x=lambda g, x, beta, threshold, F: F.where(
        F.gt(x * beta, threshold), g, g * F.sigmoid(x * beta)
    ),
)  # fmt: skip
def softplus(F: Any, x: Any, *, beta: float, threshold: float) -> Any:
    """log(1 + exp(beta x)) / beta, computed as max(z, 0) + log1p(exp(-|z|)) with z = beta x."""
    z = x * beta
    smooth = (F.maximum(z, 0) + F.log1p(F.exp(-F.abs(z)))) / beta
    return F.where(F.gt(z, threshold), x, smooth)


@composite(
    "x", samples=_unary(),
    x=lambda g, x, F: g * (0.5 * (1 + F.erf(x * 0.7071067811865476))
                           + x * F.exp(x * x * -0.5) * 0.3989422804014327),
)  # fmt: skip
def gelu(F: Any, x: Any) -> Any:
    """x times the probability that a standard normal number is below x."""
    return x * 0.5 * (1 + F.erf(x * 0.7071067811865476))


@composite("x", samples=_unary(), x=lambda g, x, F: _silu_gradient(g, x, F))
def silu(F: Any, x: Any) -> Any:
    """x * sigmoid(x)."""
    return x * F.sigmoid(x)


def _silu_gradient(g: Any, x: Any, F: Any) -> Any:
    s = F.sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


# --- softmax family ---------------------------------------------------------------------------
def _over(x_shape: Shape, axes: Shape) -> Shape:
    return tuple(1 if i in axes else n for i, n in enumerate(x_shape))


def _shifted(F: Any, x: Any, axes: Shape) -> Any:
    """x less its largest element, so that exp cannot overflow."""
    return x - F.expand(F.max(x, axes=axes, keepdims=True), shape=tuple(x.shape))


@composite(
    "x", samples=_rows(axis=1),
    x=lambda g, y, axis, F: _softmax_gradient(g, y, axis, F),
)  # fmt: skip
def softmax(F: Any, x: Any, *, axis: int) -> Any:
    """exp(x) over its sum along `axis`."""
    shape = tuple(x.shape)
    if 0 in shape:
        return F.exp(x)
    e = F.exp(_shifted(F, x, (axis,)))
    return e / F.expand(F.sum(e, axes=(axis,), keepdims=True), shape=shape)


def _softmax_gradient(g: Any, y: Any, axis: int, F: Any) -> Any:
    weighted = F.sum(g * y, axes=(axis,), keepdims=True)
    return y * (g - F.expand(weighted, shape=tuple(y.shape)))


@composite(
    "x", samples=_rows(axis=1),
    x=lambda g, y, axis, F: g - F.exp(y) * F.expand(
        F.sum(g, axes=(axis,), keepdims=True), shape=tuple(y.shape)),
)  # fmt: skip
def log_softmax(F: Any, x: Any, *, axis: int) -> Any:
    """x - logsumexp(x) along `axis`."""
    shape = tuple(x.shape)
    if 0 in shape:
        return F.exp(x)
    z = _shifted(F, x, (axis,))
    return z - F.expand(F.log(F.sum(F.exp(z), axes=(axis,), keepdims=True)), shape=shape)


@composite(
    "x", samples=_rows(axes=(1,), keepdims=False),
    x=lambda g, x, y, axes, keepdims, F: spread(F, g, tuple(x.shape), axes, keepdims)
    * F.exp(x - spread(F, y, tuple(x.shape), axes, keepdims)),
)  # fmt: skip
def logsumexp(F: Any, x: Any, *, axes: Shape, keepdims: bool) -> Any:
    """log of the sum of exp(x) over `axes`, shifted by the largest finite element."""
    shape = tuple(x.shape)
    kept = _over(shape, axes)
    if 0 in shape:
        total = F.sum(F.exp(x), axes=axes, keepdims=True)
        return F.reshape(F.log(total), shape=kept if keepdims else _gone(shape, axes))
    top = F.max(x, axes=axes, keepdims=True)
    top = F.where(F.lt(F.abs(top), float("inf")), top, 0)
    total = F.sum(F.exp(x - F.expand(top, shape=shape)), axes=axes, keepdims=True)
    result = F.log(total) + top
    return result if keepdims else F.reshape(result, shape=_gone(shape, axes))


@composite(
    "x", samples=_rows(axes=(1,), keepdims=False),
    x=lambda g, x, y, axes, keepdims, F: _norm_gradient(g, x, y, axes, keepdims, F),
)  # fmt: skip
def norm(F: Any, x: Any, *, axes: Shape, keepdims: bool) -> Any:
    """The Euclidean length over `axes`; at the origin its gradient is 0."""
    return F.sqrt(F.sum(x * x, axes=axes, keepdims=keepdims))


def _norm_gradient(g: Any, x: Any, y: Any, axes: Shape, keepdims: bool, F: Any) -> Any:
    shape = tuple(x.shape)
    ratio = g / F.where(F.eq(y, 0), 1, y)
    return x * spread(F, ratio, shape, axes, keepdims)


def _gone(shape: Shape, axes: Shape) -> Shape:
    return tuple(n for i, n in enumerate(shape) if i not in axes)


# --- products ---------------------------------------------------------------------------------
def _linear_samples(rng: np.random.Generator) -> list[Sample]:
    w, b = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, (4,))
    return [sample(rng.uniform(-1, 1, shape), w, b) for shape in ((2, 3), (3,), (2, 5, 3), (0, 3))]


def _rows_of(F: Any, x: Any) -> Any:
    """x as a matrix: all but its last axis are rows."""
    return x if len(x.shape) == 2 else F.reshape(x, shape=(int(np.prod(x.shape[:-1])), x.shape[-1]))


def _to_input(g: Any, weight: Any, x_shape: Shape, F: Any) -> Any:
    product = F.contract(_rows_of(F, g), weight, labels="ab,bc->ac")
    return product if len(x_shape) == 2 else F.reshape(product, shape=x_shape)


@composite(
    "x", "weight", "bias", samples=_linear_samples, dtypes=KEEP, x=_to_input,
    weight=lambda g, x, F: F.contract(_rows_of(F, g), _rows_of(F, x), labels="ba,bc->ac"),
    bias=lambda g, F: F.sum(_rows_of(F, g), axes=(0,), keepdims=False),
)  # fmt: skip
def linear(F: Any, x: Any, weight: Any, bias: Any) -> Any:
    """x weight^T + bias, with weight (out, in)."""
    y = F.contract(_rows_of(F, x), weight, labels="ab,cb->ac")
    y = y + F.expand(bias, shape=tuple(y.shape))
    return y if len(x.shape) == 2 else F.reshape(y, shape=(*x.shape[:-1], weight.shape[0]))

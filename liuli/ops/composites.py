"""Compositions of primitives that have a gradient rule of their own, for speed or accuracy.

Each is written in primitives through `F`: eager it runs on bare arrays, recorded it leaves its
primitives in the graph under its name.
"""

from __future__ import annotations

import math
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
        return [
            sample(rng.uniform(-2, 2, (3, 4)), **attrs),
            sample(rng.uniform(-2, 2, (0, 4)), **attrs),
        ]

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
    return [sample(part, low=a, high=b) for part in (x, x[0, 0], x[:0]) for a, b in bounds]


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


# --- functions whose gradient is infinite somewhere ---------------------------------------------
def _across(F: Any, x: Any) -> Any:
    """sqrt(1 - x^2)."""
    return F.sqrt((1 - x) * (1 + x))


@composite("x", samples=_unary(-0.9, 0.9), x=lambda g, x, F: g / _across(F, x))
def asin(F: Any, x: Any) -> Any:
    """The angle whose sine is x."""
    return F.atan2(x, _across(F, x))


@composite("x", samples=_unary(-0.9, 0.9), x=lambda g, x, F: -g / _across(F, x))
def acos(F: Any, x: Any) -> Any:
    """The angle whose cosine is x."""
    return F.atan2(_across(F, x), x)


@composite(
    "x", samples=_unary(0.1, 0.9, eps=None),
    x=lambda g, x, eps, F: _logit_gradient(g, x, eps, F),
)  # fmt: skip
def logit(F: Any, x: Any, *, eps: float | None) -> Any:
    """log(x / (1 - x)), of x moved into [eps, 1 - eps] if eps is given."""
    x = x if eps is None else F.minimum(F.maximum(x, eps), 1 - eps)
    return F.log(x / (1 - x))


def _logit_gradient(g: Any, x: Any, eps: float | None, F: Any) -> Any:
    low, outside = (0.0, math.nan) if eps is None else (eps, 0.0)
    return F.where(_inside(F, x, low, 1 - low), g / (x * (1 - x)), outside)


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


@composite(
    "x", samples=_rows(axes=(1,), keepdims=False), dtypes=KEEP,
    x=lambda g, x, axes, keepdims, F: spread(F, g, tuple(x.shape), axes, keepdims)
    * F.cast(F.eq(x, x), dtype=x.dtype),
)  # fmt: skip
def nansum(F: Any, x: Any, *, axes: Shape, keepdims: bool) -> Any:
    """The sum over `axes` of what is not NaN."""
    return F.sum(F.where(F.eq(x, x), x, 0), axes=axes, keepdims=keepdims)


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
    y = y + bias
    return y if len(x.shape) == 2 else F.reshape(y, shape=(*x.shape[:-1], weight.shape[0]))


# --- more activations -------------------------------------------------------------------------
@composite(
    "x", samples=_unary(alpha=0.7, scale=1.1, steep=0.9),
    x=lambda g, x, alpha, scale, steep, F: F.where(
        F.le(x, 0), g * (F.exp(_below(F, x) * steep) * (alpha * scale * steep)), g * scale
    ),
)  # fmt: skip
def elu(F: Any, x: Any, *, alpha: float, scale: float, steep: float) -> Any:
    """scale * x where x is positive, scale * alpha * (exp(steep * x) - 1) elsewhere."""
    return F.where(F.le(x, 0), F.expm1(_below(F, x) * steep) * (alpha * scale), x * scale)


def _below(F: Any, x: Any) -> Any:
    """x where it is negative, else 0: exp of it cannot overflow."""
    return F.where(F.le(x, 0), x, 0)


@composite("x", samples=_unary(), x=lambda g, x, F: _gelu_tanh_gradient(g, x, F))
def gelu_tanh(F: Any, x: Any) -> Any:
    """x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))), close to gelu."""
    return x * 0.5 * (1 + F.tanh((x + x * x * x * 0.044715) * 0.7978845608028654))


def _gelu_tanh_gradient(g: Any, x: Any, F: Any) -> Any:
    t = F.tanh((x + x * x * x * 0.044715) * 0.7978845608028654)
    inner = (x * x * 0.134145 + 1) * 0.7978845608028654
    return g * ((1 + t) * 0.5 + x * 0.5 * (1 - t * t) * inner)


def _bounded(rng: np.random.Generator) -> list[Sample]:
    return [sample(rng.uniform(-2, 2, shape), low=-0.4, high=1.1) for shape in ((2, 3), (), (0, 3))]


@composite(
    "x", samples=_bounded, dtypes=PROMOTE,
    x=lambda g, x, low, high, F: F.where(
        F.bitwise_or(F.le(x, low), F.ge(x, high)), 0, g
    ),
)  # fmt: skip
def hardtanh(F: Any, x: Any, *, low: float, high: float) -> Any:
    """As clamp, but at the bounds themselves the gradient is 0."""
    return F.minimum(F.maximum(x, low), high)


# --- losses -----------------------------------------------------------------------------------
def _pairs(low: float = -2.0, high: float = 2.0, **attrs: Any) -> Any:
    def samples(rng: np.random.Generator) -> list[Sample]:
        shapes: tuple[Shape, ...] = ((2, 3), (4,), (1, 2, 2))
        pairs = [rng.uniform(low, high, (2, *shape)) for shape in shapes]
        return [sample(a, b, **attrs) for a, b in pairs]

    return samples


def _labelled(rng: np.random.Generator) -> list[Sample]:
    x, target = rng.uniform(-2, 2, (4, 3)), np.array([2, 0, -100, 1])
    return [sample(x, target, ignore=-100), sample(x[:2], target[:2], ignore=0)]


def _checked(F: Any, x: Any, target: Any, ignore: int) -> tuple[Any, Any]:
    """Which labels count, and the labels with the others made 0. LL330: no such class."""
    counted = F.ne(target, ignore)
    label = F.where(counted, target, 0)
    facts = {"classes": x.shape[1]}
    return counted, F.check(label, low=0, high=x.shape[1], code="LL330", facts=facts)


def _mean_counted(F: Any, losses: Any, counted: Any) -> Any:
    count = F.sum(F.cast(counted, dtype=losses.dtype), axes=(0,), keepdims=False)
    return F.sum(F.where(counted, losses, 0), axes=(0,), keepdims=False) / count


def _shares(F: Any, g: Any, target: Any, ignore: int) -> tuple[Any, Any]:
    """The labels, and the gradient that each row's loss gets from that of the mean."""
    counted = F.ne(target, ignore)
    count = F.sum(F.cast(counted, dtype=g.dtype), axes=(0,), keepdims=False)
    return F.where(counted, target, 0), F.where(counted, g / count, 0)


@composite(
    "x", "target", samples=_labelled, dtypes=KEEP,
    x=lambda g, x, target, ignore, F: _cross_entropy_gradient(g, x, target, ignore, F),
)  # fmt: skip
def cross_entropy(F: Any, x: Any, target: Any, *, ignore: int) -> Any:
    """The mean over rows of log(sum(exp(x))) - x[target]; rows labelled `ignore` do not count."""
    counted, label = _checked(F, x, target, ignore)
    top = F.max(x, axes=(1,), keepdims=True)
    total = F.sum(F.exp(x - top), axes=(1,), keepdims=False)
    chosen = F.gather(x, label, batch=1) - F.reshape(top, shape=tuple(target.shape))
    return _mean_counted(F, F.log(total) - chosen, counted)


def _cross_entropy_gradient(g: Any, x: Any, target: Any, ignore: int, F: Any) -> Any:
    """(softmax(x) - 1 at the label) times the row's share of g."""
    label, share = _shares(F, g, target, ignore)
    e = F.exp(x - F.stop_gradient(F.max(x, axes=(1,), keepdims=True)))
    scale = F.reshape(share, shape=(x.shape[0], 1)) / F.sum(e, axes=(1,), keepdims=True)
    return F.scatter_add(e * scale, label, -share, batch=1)


@composite(
    "x", "target", samples=_labelled, dtypes=KEEP,
    x=lambda g, x_shape, target, ignore, F: _nll_gradient(g, x_shape, target, ignore, F),
)  # fmt: skip
def nll_loss(F: Any, x: Any, target: Any, *, ignore: int) -> Any:
    """The mean over rows of -x[target]; rows labelled `ignore` do not count."""
    counted, label = _checked(F, x, target, ignore)
    return _mean_counted(F, -F.gather(x, label, batch=1), counted)


def _nll_gradient(g: Any, x_shape: Shape, target: Any, ignore: int, F: Any) -> Any:
    label, share = _shares(F, g, target, ignore)
    return F.scatter_set(F.zeros_like(g, shape=x_shape), label, -share, batch=1)


@composite(
    "x", "target", samples=_pairs(),
    x=lambda g, x, target: (x - target) * (g * (2 / max(_size(x), 1))),
    target=lambda g, x, target: (target - x) * (g * (2 / max(_size(x), 1))),
)  # fmt: skip
def mse_loss(F: Any, x: Any, target: Any) -> Any:
    """The mean of (x - target)^2."""
    d = x - target
    return F.sum(d * d, axes=tuple(range(len(d.shape))), keepdims=False) / float(_size(d))


def _size(x: Any) -> int:
    return math.prod(tuple(x.shape))


@composite(
    "x", samples=_unary(delta=0.8),
    x=lambda g, x, delta, F: g * F.maximum(F.minimum(x, delta), -delta),
)  # fmt: skip
def huber(F: Any, x: Any, *, delta: float) -> Any:
    """x^2 / 2 where |x| < delta, delta * (|x| - delta / 2) elsewhere."""
    size = F.abs(x)
    return F.where(F.lt(size, delta), x * x * 0.5, (size - delta * 0.5) * delta)


@composite(
    "x", "target", samples=_pairs(0.1, 0.9),
    x=lambda g, x, target, F: g * (x - target) / F.maximum(x * (1 - x), 1e-12),
    target=lambda g, x, F: g * (F.log1p(-x) - F.log(x)),
)  # fmt: skip
def binary_cross_entropy(F: Any, x: Any, target: Any) -> Any:
    """-(target log x + (1 - target) log(1 - x)), each logarithm at least -100."""
    no = F.maximum(F.log1p(-x), -100)
    return (target - 1) * no - target * F.maximum(F.log(x), -100)


@composite(
    "x", "target", samples=_pairs(),
    x=lambda g, x, target, F: g * (F.sigmoid(x) - target),
    target=lambda g, x: -g * x,
)  # fmt: skip
def binary_cross_entropy_with_logits(F: Any, x: Any, target: Any) -> Any:
    """max(x, 0) - x * target + log(1 + exp(-|x|))."""
    return F.maximum(x, 0) - x * target + F.log1p(F.exp(-F.abs(x)))


# --- normalisations ---------------------------------------------------------------------------
def _mean(F: Any, x: Any, axes: Shape) -> Any:
    """The mean over `axes`, which stay with length 1."""
    return F.sum(x, axes=axes, keepdims=True) / float(_count(x, axes))


def _count(x: Any, axes: Shape) -> int:
    return max(int(math.prod([x.shape[i] for i in axes])), 1)


@composite(
    "x",
    samples=_rows(axes=(1,), keepdims=False),
    x=lambda g, x_shape, axes, keepdims, F: spread(
        F, g / _among(x_shape, axes), x_shape, axes, keepdims
    ),
)
def mean(F: Any, x: Any, *, axes: Shape, keepdims: bool) -> Any:
    """The sum over `axes` divided by the number of elements."""
    return F.sum(x, axes=axes, keepdims=keepdims) / _among(tuple(x.shape), axes)


def _among(shape: Shape, axes: Shape) -> float:
    return float(math.prod([shape[i] for i in axes]))


@composite("x", samples=_rows(axes=(1,)), x=lambda g, axes, F: g - _mean(F, g, axes))
def centred(F: Any, x: Any, *, axes: Shape) -> Any:
    """x less its mean over `axes`."""
    return x - _mean(F, x, axes)


@composite("x", samples=_rows(axes=(1,)), x=lambda g, x, axes: x * (g * (2 / _count(x, axes))))
def mean_square(F: Any, x: Any, *, axes: Shape) -> Any:
    """The mean of x^2 over `axes`, which stay with length 1."""
    return _mean(F, x * x, axes)


def _affine_samples(rng: np.random.Generator) -> list[Sample]:
    w, b = rng.uniform(-1, 1, (2, 4))
    per_channel = w.reshape(1, 4, 1), b.reshape(1, 4, 1)
    x = rng.uniform(-1, 1, (2, 4, 4))
    return [sample(x[0], w, b), sample(x[..., :3], *per_channel)]


@composite(
    "x", "weight", "bias", samples=_affine_samples,
    x=lambda g, weight: g * weight,
    weight=lambda g, x: g * x,
    bias=lambda g: g,
)  # fmt: skip
def affine(F: Any, x: Any, weight: Any, bias: Any) -> Any:
    """x * weight + bias, the two broadcast to the shape of x."""
    return x * weight + bias

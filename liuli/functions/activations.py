"""Activations: functions of one tensor that bend it, element by element or row by row."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..autodiff.describe import rows, warn
from ..autodiff.tensor import Tensor, apply, plain
from ..errors import ArgumentError, ShapeError
from . import arithmetic as A
from . import creation as N
from . import reductions as R
from .compose import composition, in_place_of
from .scattering import scatter
from .shapes import chunk, reshape

__mirrors__ = "torch"
K = ops.composites


# --- rectifiers -------------------------------------------------------------------------------
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0), element by element; the gradient at 0 is 0.

    Shape: any, kept.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.relu(liuli.tensor([-1.0, 0.0, 2.0]))
        tensor([0., 0., 2.])
    """
    return relu_(input) if inplace else apply(K.relu, input)


def relu_(input: Tensor) -> Tensor:
    """`relu` in place."""
    return in_place_of(input, "relu", lambda: apply(K.relu, input))


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where it is positive, negative_slope * x elsewhere."""
    if inplace:
        return in_place_of(input, "leaky_relu", lambda: leaky_relu(input, negative_slope))
    return apply(K.leaky_relu, input, slope=float(negative_slope))


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu` in place."""
    return leaky_relu(input, negative_slope, True)


@composition
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where it is positive, weight * x elsewhere; one weight, or one a channel (axis 1).

    Shape: x (N, C, ...), weight (1) or (C) -> (N, C, ...). Errors: LL131.
    """
    count = weight.numel()
    if count > 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if count != channels:
            raise ShapeError("LL131", rows=rows(input=input, weight=weight), op="prelu",
                             name="weight", length=count, channels=channels)  # fmt: skip
        weight = reshape(weight, (-1, *(1,) * (input.ndim - 2)))
    elif weight.ndim:
        weight = reshape(weight, ())
    positive = A.gt(input, 0)
    made: Tensor = A.where(positive, input, A.mul(A.where(positive, 0, input), weight))
    return made


def rrelu(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False,
          inplace: bool = False) -> Tensor:  # fmt: skip
    """leaky_relu, its slope drawn evenly from [lower, upper] for every element in training."""
    if inplace:
        return in_place_of(input, "rrelu", lambda: rrelu(input, lower, upper, training))
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    slope = N.rand(input.shape, dtype=input.dtype) * (upper - lower) + lower
    return A.mul(input, A.where(A.gt(input, 0), 1.0, slope))


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3,
           training: bool = False) -> Tensor:  # fmt: skip
    """`rrelu` in place."""
    return rrelu(input, lower, upper, training, True)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0,
             inplace: bool = False) -> Tensor:  # fmt: skip
    """x moved into [min_val, max_val]; at the bounds the gradient is 0."""
    if inplace:
        return in_place_of(input, "hardtanh", lambda: hardtanh(input, min_val, max_val))
    if not input.dtype.is_floating_point:
        min_val, max_val = int(min_val), int(max_val)
    return apply(K.hardtanh, input, low=plain(min_val), high=plain(max_val))


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh` in place."""
    return hardtanh(input, min_val, max_val, True)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6)."""
    if inplace:
        return in_place_of(input, "relu6", lambda: relu6(input))
    return apply(K.hardtanh, input, low=0, high=6)


@composition
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """relu6(x + 3) / 6."""
    if inplace:
        return in_place_of(input, "hardsigmoid", lambda: hardsigmoid(input))
    return A.div(relu6(A.add(input, 3.0)), 6.0)


@composition
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * relu6(x + 3) / 6."""
    if inplace:
        return in_place_of(input, "hardswish", lambda: hardswish(input))
    return A.div(A.mul(input, relu6(A.add(input, 3.0))), 6.0)


@composition
def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where it is above `threshold`, `value` elsewhere."""
    if inplace:
        return threshold_(input, threshold, value)
    made: Tensor = A.where(A.le(input, threshold), value, input)
    return made


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold` in place."""
    return in_place_of(input, "threshold", lambda: A.where(A.le(input, threshold), value, input))


@composition
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x - lambd above lambd, x + lambd below -lambd, 0 between."""
    return A.sub(input, A.clamp(input, -lambd, lambd))


@composition
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x outside [-lambd, lambd], 0 inside."""
    near = A.logical_and(A.ge(input, -lambd), A.le(input, lambd))
    made: Tensor = A.where(near, 0, input)
    return made


# --- exponentials -----------------------------------------------------------------------------
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""
    if inplace:
        return in_place_of(input, "elu", lambda: elu(input, alpha))
    return apply(K.elu, input, alpha=float(alpha), scale=1.0, steep=1.0)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu` in place."""
    return elu(input, alpha, True)


SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """scale * elu(x, alpha) with the two numbers for which layers keep mean 0 and variance 1."""
    if inplace:
        return in_place_of(input, "selu", lambda: selu(input))
    return apply(K.elu, input, alpha=SELU_ALPHA, scale=SELU_SCALE, steep=1.0)


def selu_(input: Tensor) -> Tensor:
    """`selu` in place."""
    return selu(input, True)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, alpha * (exp(x / alpha) - 1) elsewhere."""
    if inplace:
        return in_place_of(input, "celu", lambda: celu(input, alpha))
    if alpha == 0:
        raise ArgumentError("LL657")
    return apply(K.elu, input, alpha=float(alpha), scale=1.0, steep=1.0 / float(alpha))


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu` in place."""
    return celu(input, alpha, True)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times the probability that a standard normal number is below x; "tanh" is close to it.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.gelu(liuli.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise ArgumentError("LL602", argument="approximate", value=repr(approximate),
                              choices="'none', 'tanh'")  # fmt: skip
    return apply(K.gelu if approximate == "none" else K.gelu_tanh, input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x), also known as swish."""
    if inplace:
        return in_place_of(input, "silu", lambda: silu(input))
    return apply(K.silu, input)


@composition
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x))."""
    if inplace:
        return in_place_of(input, "mish", lambda: mish(input))
    return A.mul(input, A.tanh(softplus(input)))


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta; above beta x = threshold simply x."""
    return apply(K.softplus, input, beta=float(beta), threshold=float(threshold))


@composition
def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(x)), without overflow on either side."""
    return A.neg(softplus(A.neg(input), 1.0, float("inf")))


@composition
def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return A.div(input, A.add(A.abs(input), 1.0))


@composition
def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)."""
    return A.sub(input, A.tanh(input))


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x))."""
    return A.sigmoid(input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return A.tanh(input)


@composition
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a * sigmoid(b), with a and b the halves of x along `dim`. Errors: LL132 for an odd length."""
    length = input.shape[R.axis_of(input, dim)] if input.ndim else 1
    if length % 2:
        raise ShapeError("LL132", rows=rows(input=input), length=length, dim=dim)
    a, b = chunk(input, 2, dim)
    return A.mul(a, A.sigmoid(b))


# --- rows that sum to one ---------------------------------------------------------------------
def _chosen(dim: int | None, input: Tensor, name: str) -> int:
    """`dim`, or the one that was once understood: 1, but 0 for tensors of 0, 1 and 3 axes."""
    if dim is not None:
        return dim
    implied = 0 if input.ndim in (0, 1, 3) else 1
    warn("LL640", op=name, dim=implied, shape=tuple(input.shape))
    return implied


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """exp(x_i) / sum_j exp(x_j) along `dim`: positive numbers that sum to 1.

    Example:
        >>> import liuli
        >>> from liuli.functions import functional as F
        >>> F.softmax(liuli.tensor([[1.0, 1.0], [0.0, 2.0]]), dim=1)
        tensor([[0.5000, 0.5000],
                [0.1192, 0.8808]])
    """
    return R.softmax(input, _chosen(dim, input, "softmax"), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3,
                dtype: Any = None) -> Tensor:  # fmt: skip
    """x_i - log(sum_j exp(x_j)) along `dim`: the logarithm of softmax, exact for small ones too."""
    return R.log_softmax(input, _chosen(dim, input, "log_softmax"), dtype)


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """softmax(-x) along `dim`."""
    return R.softmax(A.neg(input), _chosen(dim, input, "softmin"), dtype)


@composition
def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10,
                   dim: int = -1) -> Tensor:  # fmt: skip
    """softmax((x + Gumbel noise) / tau): a differentiable draw from the categories of `dim`.

    `hard` gives one-hot rows, with the gradient of the soft ones.
    """
    noise = A.neg(A.log(A.neg(A.log(N.rand(logits.shape, dtype=logits.dtype)))))
    soft = R.softmax(A.div(A.add(logits, noise), tau), dim)
    if not hard:
        return soft
    index = R.argmax(soft, dim, True)
    sure = scatter(A.mul(soft.detach(), 0), dim, index, 1.0)
    return A.add(A.sub(sure, soft.detach()), soft)

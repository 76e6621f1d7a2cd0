"""First values of parameters: where learning starts from. All write in place, without a history."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autodiff.describe import guard_all
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor, fresh
from ..errors import ArgumentError, ShapeError
from ..functions import assignment as W
from ..functions import creation as N
from ..functions.arithmetic import cast
from ..messages.words import Word

__mirrors__ = "torch"


# --- fixed values -------------------------------------------------------------------------------
@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every element `val`.

    Example:
        >>> from liuli import nn
        >>> nn.init.constant_(liuli.empty(2), 0.5)
        tensor([0.5000, 0.5000])
    """
    return W.fill_(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Every element 0; right for biases, and never for the weights of hidden layers.

    Example:
        >>> from liuli import nn
        >>> nn.init.zeros_(liuli.empty(2))
        tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Every element 1.

    Example:
        >>> from liuli import nn
        >>> nn.init.ones_(liuli.empty(2))
        tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """Ones on the diagonal of a matrix, zeros elsewhere. Errors: LL672 unless it is a matrix.

    Example:
        >>> from liuli import nn
        >>> nn.init.eye_(liuli.empty(2, 3))
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise _few_axes("eye_", tensor, Word("exactly {count}", count=2))
    return W.copy_(tensor, N.eye(*tensor.shape, dtype=tensor.dtype))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight that hands channels through: 1 in the middle of its own channel.

    Shape: (out, in, ...) with one to three axes of space.
    Errors: LL672 for other shapes, LL602 if `groups` does not divide the outputs.

    Example:
        >>> from liuli import nn
        >>> nn.init.dirac_(liuli.empty(1, 1, 3))
        tensor([[[0., 1., 0.]]])
    """
    shape = tuple(tensor.shape)
    if len(shape) not in (3, 4, 5):
        raise _few_axes("dirac_", tensor, Word("3, 4 or 5"))
    if groups < 1 or shape[0] % groups:
        raise ArgumentError("LL602", argument="groups", value=groups,
                            choices=f"the divisors of {shape[0]}")  # fmt: skip
    made = np.zeros(shape, tensor._array.dtype)
    middle = tuple(n // 2 for n in shape[2:])
    outputs = shape[0] // groups
    for group in range(groups):
        for i in range(min(outputs, shape[1])):
            made[(group * outputs + i, i, *middle)] = 1
    return W.copy_(tensor, fresh(made))


# --- random values ------------------------------------------------------------------------------
@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in [a, b).

    Example:
        >>> from liuli import nn
        >>> x = nn.init.uniform_(liuli.empty(100), -1, 1)
        >>> bool((x >= -1).all() and (x < 1).all())
        True
    """
    return N.uniform_(tensor, a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal with this mean and standard deviation.

    Example:
        >>> from liuli import nn
        >>> nn.init.normal_(liuli.empty(2), mean=3.0, std=0.0)
        tensor([3., 3.])
    """
    return N.normal_(tensor, mean, std, generator=generator)


@no_grad()
def trunc_normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0,
                  b: float = 2.0, generator: Any = None) -> Tensor:  # fmt: skip
    """Normal, but only what lies in [a, b]: drawn uniform on that part of the normal's cdf.

    Example:
        >>> from liuli import nn
        >>> x = nn.init.trunc_normal_(liuli.empty(1000))
        >>> bool(x.abs().max() <= 2)
        True
    """
    low, high = (math.erf((end - mean) / std / math.sqrt(2)) for end in (a, b))
    drawn = N.rand(tensor.shape, generator=generator, dtype="float64") * (high - low) + low
    made = (drawn.erfinv() * (std * math.sqrt(2)) + mean).clamp(a, b)
    return W.copy_(tensor, cast(made, tensor.dtype))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in [-r, r], r = gain sqrt(6 / (fan_in + fan_out)). Errors: LL672 below two axes.

    Keeps the variance of values and gradients through layers with tanh or sigmoid.

    Source: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", AISTATS 2010.

    Example:
        >>> from liuli import nn
        >>> w = nn.init.xavier_uniform_(liuli.empty(3, 3))
        >>> bool(w.abs().max() <= 1)
        True
    """
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / sum(fans("xavier_uniform_", tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal with standard deviation gain sqrt(2 / (fan_in + fan_out)). Errors: LL672.

    Source: Glorot and Bengio 2010, as xavier_uniform_.

    Example:
        >>> from liuli import nn
        >>> nn.init.xavier_normal_(liuli.empty(3, 2)).shape
        liuli.Size([3, 2])
    """
    std = gain * math.sqrt(2.0 / sum(fans("xavier_normal_", tensor)))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """Uniform in [-r, r], r = gain sqrt(3 / fan), the gain that of the activation.

    `a` is the negative slope of a leaky_relu. Errors: LL672 below two axes, LL602.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015.

    Example:
        >>> from liuli import nn
        >>> w = nn.init.kaiming_uniform_(liuli.empty(4, 6), nonlinearity="relu")
        >>> bool(w.abs().max() <= 1)
        True
    """
    if not tensor.numel():
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:  # fmt: skip
    """Normal with standard deviation gain / sqrt(fan), the gain that of the activation.

    Errors: LL672 below two axes, LL602. Source: He et al. 2015, as kaiming_uniform_.

    Example:
        >>> from liuli import nn
        >>> nn.init.kaiming_normal_(liuli.empty(4, 6), mode="fan_out").shape
        liuli.Size([4, 6])
    """
    if not tensor.numel():
        return tensor
    std = _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity)
    return normal_(tensor, 0.0, std, generator)


def _kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """gain / sqrt(fan)."""
    modes = ("fan_in", "fan_out")
    if mode not in modes:
        raise ArgumentError("LL602", argument="mode", value=repr(mode), choices=", ".join(modes))
    fan = fans(name, tensor)[modes.index(mode)]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Rows (or columns, if there are fewer) of length `gain` that are orthogonal to each other.

    Axes after the first count as one. Errors: LL672 below two axes.

    Source: A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014.

    Example:
        >>> from liuli import nn
        >>> w = nn.init.orthogonal_(liuli.empty(2, 5))
        >>> liuli.allclose(w @ w.T, liuli.eye(2), atol=1e-5)
        True
    """
    if tensor.ndim < 2:
        raise _few_axes("orthogonal_", tensor, Word("at least {count}", count=2))
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    if not rows * columns:
        return tensor
    drawn = N.randn(rows, columns, generator=generator, dtype="float64")._array
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q = q * np.sign(np.diag(r))  # which makes every orthogonal matrix equally likely
    made = (q.T if rows < columns else q) * gain
    return W.copy_(tensor, fresh(made.reshape(tensor.shape).astype(tensor._array.dtype)))


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal, but the part `sparsity` of every column 0. Errors: LL672 unless it is a matrix.

    Example:
        >>> from liuli import nn
        >>> w = nn.init.sparse_(liuli.empty(10, 3), sparsity=0.3)
        >>> (w == 0).sum(0)
        tensor([3, 3, 3])
    """
    if tensor.ndim != 2:
        raise _few_axes("sparse_", tensor, Word("exactly {count}", count=2))
    rows, columns = tensor.shape
    made = N.randn(rows, columns, generator=generator, dtype=tensor.dtype) * std
    for column in range(columns):
        order = N.randperm(rows, generator=generator)._array
        made._array[order[: math.ceil(sparsity * rows)], column] = 0
    return W.copy_(tensor, made)


# --- how large ----------------------------------------------------------------------------------
_GAINS = {"sigmoid": 1.0, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
_GAINS |= dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d"), 1.0)
_GAINS |= dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1.0)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By which factor weights must be larger to keep the variance behind an activation.

    linear, convolutions and sigmoid 1, tanh 5/3, relu sqrt(2), selu 3/4, leaky_relu
    sqrt(2 / (1 + slope^2)) with the slope `param` (0.01 if None). Errors: LL602 for others.

    Example:
        >>> from liuli import nn
        >>> nn.init.calculate_gain("leaky_relu", 0.0) == nn.init.calculate_gain("relu")
        True
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ArgumentError("LL602", argument="nonlinearity", value=repr(nonlinearity),
                            choices=", ".join([*_GAINS, "leaky_relu"]))  # fmt: skip
    return _GAINS[nonlinearity]


def fans(name: str, tensor: Tensor) -> tuple[int, int]:
    """fan_in and fan_out: how many inputs feed an output, and outputs an input."""
    if tensor.ndim < 2:
        raise _few_axes(name, tensor, Word("at least {count}", count=2))
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _few_axes(name: str, tensor: Tensor, needed: str) -> ShapeError:
    return ShapeError("LL672", function=name, shape=tuple(tensor.shape), needed=needed)


__all__ = [
    "calculate_gain", "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_",
    "normal_", "ones_", "orthogonal_", "sparse_", "trunc_normal_", "uniform_", "xavier_normal_",
    "xavier_uniform_", "zeros_",
]  # fmt: skip
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

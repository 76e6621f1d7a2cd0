"""Activations as layers: what bends the values between linear maps."""

from __future__ import annotations

from typing import Any

from ..autodiff.tensor import Tensor
from ..functions import activations as A
from ..functions.kernels import check_axes
from . import init as first_values
from .linear import new_parameter
from .module import Module
from .parameter import Parameter

__mirrors__ = "torch"


def _in_place(inplace: bool, before: str = "") -> str:
    """The end of an extra_repr."""
    return ", ".join(filter(None, (before, "inplace=True" if inplace else "")))


# --- rectifiers -----------------------------------------------------------------------------------


class ReLU(Module):
    """max(x, 0). Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.ReLU()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([0., 0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(x, 0)."""
        return A.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace)


class ReLU6(Module):
    """min(max(x, 0), 6). Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.ReLU6()(liuli.tensor([-2.0, 2.0, 8.0]))
        tensor([0., 2., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """min(max(x, 0), 6)."""
        return A.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace)


class LeakyReLU(Module):
    """x where it is positive, negative_slope * x elsewhere. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.LeakyReLU(0.1)(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.2000,  0.0000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x, or negative_slope * x."""
        return A.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace, f"negative_slope={self.negative_slope}")


class RReLU(Module):
    """LeakyReLU whose slope is drawn from [lower, upper] for every element in training.

    Evaluation takes the middle of both. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.RReLU(0.1, 0.3).eval()(liuli.tensor([-1.0, 1.0]))
        tensor([-0.2000,  1.0000])
    """

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x, or a random slope times x."""
        return A.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace, f"lower={self.lower}, upper={self.upper}")


class SELU(Module):
    """scale * (x, or alpha (exp(x) - 1) below 0): keeps mean 0 and variance 1.

    Source: G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.

    Example:
        >>> from liuli import nn
        >>> nn.SELU()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-1.5202,  0.0000,  2.1014])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """scale * (x, or alpha (exp(x) - 1) below 0)."""
        return A.selu(input, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace)


class ELU(Module):
    """x where it is positive, alpha (exp(x) - 1) elsewhere. Shape: any, kept.

    Source: D. Clevert, T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning by
    exponential linear units", ICLR 2016.

    Example:
        >>> from liuli import nn
        >>> nn.ELU()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.8647,  0.0000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x, or alpha (exp(x) - 1)."""
        return A.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace, f"alpha={self.alpha}")


class CELU(Module):
    """max(0, x) + min(0, alpha (exp(x / alpha) - 1)). Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.CELU(2.0)(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-1.2642,  0.0000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """max(0, x) + min(0, alpha (exp(x / alpha) - 1))."""
        return A.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace, f"alpha={self.alpha}")


class PReLU(Module):
    """x where it is positive, weight * x elsewhere: a LeakyReLU that learns its slope.

    One slope for all, or with `num_parameters` one a channel (axis 1).

    Shape: (N, C, ...), kept; weight (num_parameters). Errors: LL131 for another number of channels.
    Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015.

    Example:
        >>> from liuli import nn
        >>> layer = nn.PReLU()
        >>> layer(liuli.tensor([-2.0, 0.0, 2.0])).tolist()
        [-0.5, 0.0, 2.0]
    """

    weight: Parameter

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = new_parameter(num_parameters, dtype=dtype, device=device)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set every slope to `init`."""
        first_values.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """x, or weight * x."""
        return A.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


# --- smooth ---------------------------------------------------------------------------------------


class GELU(Module):
    """x times the normal distribution's cdf at x; approximate="tanh" is a shorter formula.

    Shape: any, kept. Errors: LL602 for another approximation.
    Source: D. Hendrycks, K. Gimpel, "Gaussian error linear units", 2016.

    Example:
        >>> from liuli import nn
        >>> nn.GELU()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.0455,  0.0000,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """x cdf(x)."""
        return A.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x * sigmoid(x), also called swish. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.SiLU()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.2384,  0.0000,  1.7616])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x * sigmoid(x), also called swish."""
        return A.silu(input, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace)


class Mish(Module):
    """x * tanh(softplus(x)). Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Mish()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.2525,  0.0000,  1.9440])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x * tanh(softplus(x))."""
        return A.mish(input, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace)


class Softplus(Module):
    """log(1 + exp(beta x)) / beta: a smooth ReLU. Linear where beta x > threshold.

    Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Softplus()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([0.1269, 0.6931, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """log(1 + exp(beta x)) / beta."""
        return A.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """x / (1 + |x|). Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Softsign()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.6667,  0.0000,  0.6667])
    """

    def forward(self, input: Tensor) -> Tensor:
        """x / (1 + |x|)."""
        return A.softsign(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x)): between 0 and 1. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Sigmoid()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([0.1192, 0.5000, 0.8808])
    """

    def forward(self, input: Tensor) -> Tensor:
        """1 / (1 + exp(-x))."""
        return A.sigmoid(input)


class LogSigmoid(Module):
    """log(1 / (1 + exp(-x))). Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.LogSigmoid()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-2.1269, -0.6931, -0.1269])
    """

    def forward(self, input: Tensor) -> Tensor:
        """log(1 / (1 + exp(-x)))."""
        return A.logsigmoid(input)


class Tanh(Module):
    """tanh(x): between -1 and 1. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Tanh()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.9640,  0.0000,  0.9640])
    """

    def forward(self, input: Tensor) -> Tensor:
        """tanh(x)."""
        return A.tanh(input)


class Tanhshrink(Module):
    """x - tanh(x). Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Tanhshrink()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-1.0360,  0.0000,  1.0360])
    """

    def forward(self, input: Tensor) -> Tensor:
        """x - tanh(x)."""
        return A.tanhshrink(input)


# --- made of straight pieces ----------------------------------------------------------------------


class Hardtanh(Module):
    """x, but at least min_val and at most max_val. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Hardtanh()(liuli.tensor([-2.0, 0.5, 2.0]))
        tensor([-1.0000,  0.5000,  1.0000])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x between two limits."""
        return A.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace, f"min_val={self.min_val}, max_val={self.max_val}")


class Hardsigmoid(Module):
    """min(max(x + 3, 0), 6) / 6. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Hardsigmoid()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([0.1667, 0.5000, 0.8333])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """min(max(x + 3, 0), 6) / 6."""
        return A.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """x min(max(x + 3, 0), 6) / 6. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Hardswish()(liuli.tensor([-2.0, 0.0, 2.0]))
        tensor([-0.3333,  0.0000,  1.6667])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x min(max(x + 3, 0), 6) / 6."""
        return A.hardswish(input, self.inplace)


class Hardshrink(Module):
    """0 between -lambd and lambd, x elsewhere. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Hardshrink()(liuli.tensor([-2.0, 0.25, 2.0]))
        tensor([-2.,  0.,  2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """x, or 0 near 0."""
        return A.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Module):
    """x moved towards 0 by lambd, and 0 where that would pass it. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Softshrink()(liuli.tensor([-2.0, 0.25, 2.0]))
        tensor([-1.5000,  0.0000,  1.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """x moved towards 0."""
        return A.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Threshold(Module):
    """x where it is greater than threshold, else value. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Threshold(1.0, -1.0)(liuli.tensor([0.0, 1.0, 2.0]))
        tensor([-1., -1.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """x, or value."""
        return A.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return _in_place(self.inplace, f"threshold={self.threshold}, value={self.value}")


# --- along an axis --------------------------------------------------------------------------------


class Softmax(Module):
    """exp(x) over its sum along `dim`: probabilities.

    CrossEntropyLoss wants logits: it takes the softmax itself. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Softmax(dim=-1)(liuli.tensor([[0.0, 0.0], [0.0, 1.0]]))
        tensor([[0.5000, 0.5000],
                [0.2689, 0.7311]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """exp(x) over its sum along `dim`."""
        return A.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """exp(x) over its sum over the channels: probabilities at every place of an image.

    Shape: (N, C, H, W) or (C, H, W), kept. Errors: LL146 for another number of axes.

    Example:
        >>> from liuli import nn
        >>> nn.Softmax2d()(liuli.zeros(1, 2, 1, 3))
        tensor([[[[0.5000, 0.5000, 0.5000]],
        <BLANKLINE>
                 [[0.5000, 0.5000, 0.5000]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """exp(x) over its sum over the channels."""
        check_axes("Softmax2d", input, 2)
        return A.softmax(input, -3)


class LogSoftmax(Module):
    """log(softmax(x)) along `dim`, exact also for small probabilities; for NLLLoss.

    Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.LogSoftmax(dim=-1)(liuli.tensor([[0.0, 0.0], [0.0, 1.0]]))
        tensor([[-0.6931, -0.6931],
                [-1.3133, -0.3133]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """log(softmax(x)) along `dim`."""
        return A.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(Module):
    """softmax(-x) along `dim`. Shape: any, kept.

    Example:
        >>> from liuli import nn
        >>> nn.Softmin(dim=-1)(liuli.tensor([[0.0, 0.0], [0.0, 1.0]]))
        tensor([[0.5000, 0.5000],
                [0.7311, 0.2689]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """softmax(-x) along `dim`."""
        return A.softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class GLU(Module):
    """First half of an axis times the sigmoid of its second half.

    Shape: (..., 2 n, ...) -> (..., n, ...). Errors: LL132 for an odd length.

    Example:
        >>> from liuli import nn
        >>> nn.GLU()(liuli.tensor([[1.0, 2.0, 0.0, 0.0]]))
        tensor([[0.5000, 1.0000]])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """a sigmoid(b)."""
        return A.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"

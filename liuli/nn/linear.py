"""Linear maps: Linear, LazyLinear, Bilinear, and Identity, which maps everything to itself."""

from __future__ import annotations

import math
from typing import Any

from .. import dtypes as dt
from ..autodiff.tensor import Tensor
from ..devices import require
from ..errors import LiuliError
from ..functions import creation as N
from ..functions import functional as F
from . import advice, init
from .module import Module
from .parameter import Parameter, UninitializedParameter

__mirrors__ = "torch"


def new_parameter(*shape: int, dtype: Any = None, device: Any = None) -> Parameter:
    """A parameter that still has to be given its first values."""
    require(device)
    return Parameter(N.zeros(*shape, dtype=dtype))


class Identity(Module):
    """Returns its input, whatever arguments it was made with: a place holder.

    Example:
        >>> from liuli import nn
        >>> nn.Identity()(liuli.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """The input."""
        return input


class Linear(Module):
    """y = x weight^T + bias: every output is a weighted sum of all inputs.

    weight and bias begin uniform in [-1/sqrt(in_features), 1/sqrt(in_features)].

    Shape: x (..., in_features) -> (..., out_features); weight (out_features, in_features),
    bias (out_features).
    Errors: LL130 if x has another number of features, LL671 for sizes that are none.

    Example:
        >>> from liuli import nn
        >>> layer = nn.Linear(3, 2)
        >>> layer(liuli.ones(5, 3)).shape
        liuli.Size([5, 2])
        >>> [name for name, _ in layer.named_parameters()]
        ['weight', 'bias']
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True,
                 device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self.in_features = advice.size("Linear", "in_features", in_features)
        self.out_features = advice.size("Linear", "out_features", out_features)
        self.weight = new_parameter(out_features, in_features, dtype=dtype, device=device)
        made = new_parameter(out_features, dtype=dtype) if bias else None
        self.register_parameter("bias", made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        reset_bias(self.bias, self.in_features)

    def forward(self, input: Tensor) -> Tensor:
        """x weight^T + bias."""
        return F.linear(input, self.weight, self.bias)

    def _advise(self, error: LiuliError) -> dict[str, object]:
        """For a wrong number of features: the layer that would fit, or what to do to x."""
        if error.code != "LL130" or not error.rows:
            return {}
        shape = error.rows[0].value
        if not isinstance(shape, tuple) or not shape:
            return {}
        if math.prod(shape[1:]) == self.in_features:
            return {"fix": "x.flatten(1)"}
        rest = "" if self.bias is not None else ", bias=False"
        return {"fix": f"nn.Linear({shape[-1]}, {self.out_features}{rest})"}

    def extra_repr(self) -> str:
        has_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={has_bias}"


def reset_bias(bias: Tensor | None, inputs: int) -> None:
    """Uniform in [-1/sqrt(inputs), 1/sqrt(inputs)]."""
    if bias is not None:
        bound = 1 / math.sqrt(inputs) if inputs > 0 else 0
        init.uniform_(bias, -bound, bound)


class LazyLinear(Linear):
    """A Linear that reads in_features off its first input, and is a Linear from then on.

    Call it once before you hand its parameters to `load_state_dict` of another one or look at
    their values; an optimizer may have them before.

    Example:
        >>> from liuli import nn
        >>> layer = nn.LazyLinear(2)
        >>> layer(liuli.ones(5, 3)).shape
        liuli.Size([5, 2])
        >>> layer
        Linear(in_features=3, out_features=2, bias=True)
    """

    def __init__(self, out_features: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__(0, 0, False)
        require(device)
        self.out_features = advice.size("LazyLinear", "out_features", out_features)
        self.weight = UninitializedParameter()
        self.bias = UninitializedParameter() if bias else None
        self._dtype = dt.default_dtype() if dtype is None else dt.as_dtype(dtype)

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, as soon as there are some."""
        if not isinstance(self.weight, UninitializedParameter):
            super().reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        """Become a Linear for this input, and be called as one."""
        if isinstance(self.weight, UninitializedParameter):
            seen = input.shape[-1] if input.ndim else 0
            features = advice.size("LazyLinear", "in_features", seen, least=1)
            self.weight.materialize((self.out_features, features), self._dtype)
            if isinstance(self.bias, UninitializedParameter):
                self.bias.materialize((self.out_features,), self._dtype)
            self.in_features = features
            self.reset_parameters()
        self.in_features = self.weight.shape[1]
        self.__dict__["_made_from"] = (
            (self.in_features, self.out_features, self.bias is not None), {},
        )  # fmt: skip
        del self._dtype
        self.__class__ = Linear  # type: ignore[assignment]
        return Linear.forward(self, input)


class Bilinear(Module):
    """y[o] = x1^T weight[o] x2 + bias[o] for every output o.

    Shape: x1 (..., in1_features), x2 (..., in2_features) -> (..., out_features).
    Errors: LL143 if they do not fit.

    Example:
        >>> from liuli import nn
        >>> nn.Bilinear(3, 4, 2)(liuli.ones(5, 3), liuli.ones(5, 4)).shape
        liuli.Size([5, 2])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True,
                 device: Any = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self.in1_features = advice.size("Bilinear", "in1_features", in1_features, least=1)
        self.in2_features = advice.size("Bilinear", "in2_features", in2_features)
        self.out_features = advice.size("Bilinear", "out_features", out_features)
        shape = (out_features, in1_features, in2_features)
        self.weight = new_parameter(*shape, dtype=dtype, device=device)
        self.register_parameter("bias", new_parameter(out_features, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        reset_bias(self.bias, self.in1_features)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """x1^T weight x2 + bias."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )

"""Parameters: the tensors of a module that learning changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..autodiff.describe import not_a_tensor
from ..autodiff.tensor import Tensor, fresh
from ..functions.convert import deep_copy, text

__mirrors__ = "torch"


class Parameter(Tensor):
    """A tensor that belongs to a module: assigned to an attribute, it is found by `parameters()`.

    It shares the memory of `data` and has no history. `requires_grad` is True unless said.

    Example:
        >>> from liuli import nn
        >>> nn.Parameter(liuli.zeros(2))
        Parameter containing:
        tensor([0., 0.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        source = fresh(np.zeros(0, dt.default_dtype().numpy)) if data is None else data
        if not isinstance(source, Tensor):
            raise not_a_tensor("Parameter", "data", data)
        self._array, self._storage, self._view = source._array, source._storage, source._apart()
        self._edge = self._grad = None
        if requires_grad:
            self.requires_grad_()

    __init__.__qualname__ = "Parameter"

    def __repr__(self) -> str:
        return "Parameter containing:\n" + text(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        copy = type(self)(deep_copy(self, memo), self.requires_grad)
        copy._grad = memo[id(self)]._grad
        memo[id(self)] = copy
        return copy

    def __copy__(self) -> Tensor:
        return type(self)(self.detach(), self.requires_grad)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.detach(), self.requires_grad)


class UninitializedParameter(Parameter):
    """A parameter whose shape is known only when the first input has been seen.

    Example:
        >>> from liuli import nn
        >>> nn.LazyLinear(2).weight
        <UninitializedParameter>
    """

    __slots__ = ()

    def __init__(self, requires_grad: bool = True) -> None:
        super().__init__(None, requires_grad)

    def materialize(self, shape: Sequence[int], dtype: Any = None) -> None:
        """Become an ordinary parameter of this shape, filled with zeros; it stays one object."""
        kind = self.dtype if dtype is None else dt.as_dtype(dtype)
        self._look_into(fresh(np.zeros(tuple(shape), kind.numpy)))
        self.__class__ = Parameter  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "<UninitializedParameter>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        memo[id(self)] = copy = type(self)(self.requires_grad)
        return copy

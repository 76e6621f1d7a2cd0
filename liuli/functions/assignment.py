"""Writing values into whole tensors: numbers and tensors, broadcast and cast."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..autodiff.tensor import Tensor, apply, fresh
from ..autodiff.writing import write
from ..errors import ArgumentError
from . import arithmetic as A
from .shapes import expand

__mirrors__ = "torch"


def as_value(target: Tensor, value: Any) -> Tensor:
    """`value`, a number or tensor, in the shape and dtype of `target`. Errors: LL102."""
    if not isinstance(value, Tensor):
        array = np.asarray(value)
        if array.dtype.kind not in "biufcV":
            raise ArgumentError("LL621", function="x[...] = value",
                                error=f"{value!r} is no number")  # fmt: skip
        value = fresh(array) if array.ndim else constant(array.item(), target.dtype.name)
    made: Tensor = A.cast(value, target.dtype)
    shape = target._array.shape
    if made._array.shape == shape:
        return made
    while made.ndim > len(shape) and made._array.shape[0] == 1:  # leading axes of length 1 may go
        made = made.squeeze(0)
    return expand(made, shape)


def constant(value: Any, dtype: str) -> Tensor:
    """A 0-d tensor of one number."""
    return apply(ops.state.const, value=value, dtype=dtype)


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the elements of `src`, broadcast and cast, into this tensor."""
    return write(self, apart_from(as_value(self, src), self))


def apart_from(value: Tensor, target: Tensor) -> Tensor:
    """`value`, copied first if it looks into the memory that is about to be written."""
    same = not value._pending and value._storage.value is target._storage.value
    return value.clone() if same and value is not target else value


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write one number into every element."""
    return write(self, as_value(self, value))


def zero_(self: Tensor) -> Tensor:
    """Write 0 into every element."""
    return write(self, as_value(self, 0))

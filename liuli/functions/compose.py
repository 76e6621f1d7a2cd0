"""What functions made of several operations share: their name, writing in place, short floats."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..autodiff.state import STATE, sequence
from ..autodiff.tensor import Tensor, fresh
from ..autodiff.writing import check_writable, finish
from . import arithmetic as A

Call = TypeVar("Call", bound=Callable[..., Any])


def composition(function: Call) -> Call:
    """`function`, whose name stays on everything that it applies."""
    name = function.__name__.lstrip("_")

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        before = STATE.scope
        STATE.scope = (*before, name)
        try:
            return function(*args, **kwargs)
        finally:
            STATE.scope = before

    return call  # type: ignore[return-value]


def in_place_of(input: Tensor, name: str, compute: Callable[[], Tensor]) -> Tensor:
    """What `compute` makes of `input`, written into `input`."""
    check_writable(input)
    start = next(sequence)
    return finish(input, compute(), start, name)


def constant_in(input: Tensor, value: Any) -> Tensor:
    """`value`, whatever `input` is: the gradient for `input` is there, and zero."""
    made: Tensor = A.where(fresh(np.ones((), np.bool_)), value, input)
    return made


def wide(x: Tensor) -> Tensor:
    """`x`, but the 16-bit types as float32: statistics of many numbers need the digits."""
    return A.cast(x, "float32") if x.dtype.is_floating_point and x.dtype.itemsize < 4 else x

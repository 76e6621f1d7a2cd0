"""Methods that change how a tensor looks at memory: transposed in place, resized, detached.

The numbers are not written. The tensor gets another NumPy view, another chain of views and one
more step of history; views that were made of it before stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.node import Leaf, Node, Nowhere
from ..autodiff.state import STATE
from ..autodiff.tensor import Array, Tensor, apply, edge_of, fresh
from ..autodiff.writing import check_history, write
from ..errors import DTypeError, GradientError
from . import arithmetic as A
from . import shapes as S

__mirrors__ = "torch"


def _turned(method: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The method after which a tensor is what `function` made of it, in the same memory."""

    def turn(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_history(self)
        if STATE.recorder is not None:
            STATE.recorder.turned(self, method)
        before, STATE.grad = STATE.grad, True  # the step is part of the history in any mode
        try:
            return look_as(self, function(self, *args, **kwargs))
        finally:
            STATE.grad = before

    turn.__name__ = turn.__qualname__ = method
    turn.__doc__ = f"As {method[:-1]}, but this tensor itself looks so at its memory from now on."
    return turn


def look_as(self: Tensor, look: Tensor) -> Tensor:
    """Make `self` look at its memory as `look`, a view of it, does; its history goes along."""
    edge, is_view = edge_of(self), self._base is not None
    assert look._storage is self._storage
    self._array = look._array
    self._view = look._view if is_view else look._apart()
    if isinstance(edge, Node):
        self._edge = look._edge
    elif isinstance(edge, Nowhere):
        self._edge = None  # made anew when it is asked for
    elif isinstance(edge, Leaf):
        edge.shape = self._array.shape
    return self


t_ = _turned("t_", S.t)
transpose_ = _turned("transpose_", S.transpose)
swapaxes_ = _turned("swapaxes_", S.swapaxes)
swapdims_ = _turned("swapdims_", S.swapdims)
squeeze_ = _turned("squeeze_", S.squeeze)
unsqueeze_ = _turned("unsqueeze_", S.unsqueeze)


def detach(input: Tensor) -> Tensor:
    """The same memory without the history: nothing flows back through the result."""
    return input.detach()


def detach_(self: Tensor) -> Tensor:
    """Forget the history: this tensor is a leaf from now on. Errors: LL424 for a view."""
    if self._base is not None:
        raise GradientError("LL424", shape=self._array.shape)
    self._edge = None
    return self


def set_(self: Tensor, source: Tensor | None = None) -> Tensor:
    """Look into the memory of `source` from now on, in its shape; alone, be empty.

    Errors: LL425 if either has a history.
    """
    if source is None:
        source = fresh(np.zeros(0, self._array.dtype))
    if source._array.dtype != self._array.dtype:
        raise DTypeError("LL206", op="set", result=source.dtype, target=self.dtype)
    if STATE.grad and (edge_of(self) is not None or edge_of(source) is not None):
        raise GradientError("LL425", function="set_", fix="x.set_(source.detach())")
    if STATE.recorder is not None:
        STATE.recorder.refuse("LL706", what="set_")
    self._look_into(source)
    return self


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Take the shape `sizes`: elements in the order of memory, what is new is zero.

    With another number of elements the tensor moves to memory of its own. Errors: LL425 if it
    has a history.
    """
    shape = S._sizes(sizes)
    if edge_of(self) is not None:
        raise GradientError("LL425", function="resize_", fix=f"x.reshape{shape}")
    count = math.prod(shape)
    if count == self._array.size and self._array.flags.c_contiguous:
        return _reshape_(self, shape)
    recorder = STATE.recorder
    if recorder is not None:
        recorder.turned(self, "resize_")
        if self._array.size:
            recorder.refuse("LL704", method="resize_", plain="reshape")
    made: Tensor = apply(ops.state.const, value=0, dtype=self.dtype.name, shape=shape)
    old = _in_memory(self)[:count]
    made._array.reshape(-1)[: old.size] = old
    self._look_into(made)
    return self


_reshape_ = _turned("resize_", S.reshape)


def _in_memory(x: Tensor) -> Array:
    """The elements that lie in memory from the first one of `x` on."""
    start, memory = x._array.__array_interface__["data"][0], x._storage.value
    first = start - memory.__array_interface__["data"][0]
    flat: Array = memory.ravel(order="K")
    return flat[first // memory.itemsize :] if x._array.size else x._array.reshape(-1)


def resize_as_(self: Tensor, other: Tensor, *, memory_format: Any = None) -> Tensor:
    """As resize_, to the shape of `other`."""
    return resize_(self, other.shape)


def resize(input: Tensor, *sizes: Any) -> Tensor:
    """An old name of reshape."""
    return S.reshape(input, *sizes)


# --- out= ---------------------------------------------------------------------------------------
def into(out: Any, value: Any) -> Any:
    """Write what a function computed into `out`, resized where the shape differs.

    Errors: LL206 if the dtype of `out` cannot hold it.
    """
    if isinstance(value, tuple):
        written = [into(*pair) for pair in zip(out, value, strict=True)]
        return type(value)(*written) if hasattr(value, "_fields") else tuple(written)
    if value.dtype.category > out.dtype.category:
        raise DTypeError("LL206", op="out=", result=value.dtype, target=out.dtype)
    if out._array.shape != value._array.shape:
        resize_(out, value.shape)
    return write(out, A.cast(value, out.dtype))

"""Tensors whose numbers are not computed yet.

A pending tensor knows its shape and dtype. Its slots are empty: whoever asks for one of them, which
is the only way to numbers, memory or history, makes its round compute first. Then it is an ordinary
tensor. So nothing that reads a tensor need know that there are pending ones.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..autodiff.tensor import Size, Tensor, edge_of
from ..dtypes import DType, as_dtype
from .memory import layout_of

ROUND, KNOWN = "(round)", "(known)"  # in the `__dict__` of a pending tensor
_GLANCES = ("shape", "dtype", "ndim", "size")


class Flags(NamedTuple):
    """As those of an array."""

    c_contiguous: bool


class Known(NamedTuple):
    """What is known of a tensor beforehand; `array.shape` and such may be asked of it."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    ndim: int
    size: int
    wants: bool  # whether it has a history
    view: bool  # whether it looks into the memory of what it was made from
    flags: Flags = Flags(True)
    layout: tuple[int, ...] | None = None  # strides, unless in C order


class Waiting(Protocol):
    """Who computes pending tensors."""

    def flush(self) -> None:
        """Compute all that is pending, in order."""


def _slot(name: str) -> Any:
    """The way to a slot of a pending tensor: computing it."""

    def get(self: Any) -> Any:
        self.__dict__[ROUND].flush()
        return object.__getattribute__(self, name)

    def put(self: Any, value: Any) -> None:
        self.__dict__[ROUND].flush()
        object.__setattr__(self, name, value)

    return property(get, put)


def _array(self: Any) -> Any:
    """The way to the numbers; whoever wants the shape or dtype alone gets what is known."""
    frame = sys._getframe(1)
    at = id(frame.f_code), frame.f_lasti
    if at in _glances if at in _sites else _is_glance(frame):
        return self.__dict__[KNOWN]
    self.__dict__[ROUND].flush()
    return object.__getattribute__(self, "_array")


class Pending(Tensor):
    """A tensor without numbers; becomes a Tensor when they are there.

    Below its properties the slots are as they were: empty, or of a tensor that is to be written.
    """

    __slots__ = ()
    _pending = True
    _array = property(_array, _slot("_array").fset)
    _storage = _slot("_storage")
    _edge = _slot("_edge")
    _view = _slot("_view")
    _grad = _slot("_grad")

    @property
    def shape(self) -> Size:
        """As of any tensor."""
        return Size(self._known.shape)

    @property
    def dtype(self) -> DType:
        """As of any tensor."""
        return as_dtype(self._known.dtype)

    @property
    def ndim(self) -> int:
        """As of any tensor."""
        return self._known.ndim

    @property
    def requires_grad(self) -> bool:
        """As of any tensor: nothing need be computed to know it."""
        return self._known.wants

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    @property
    def _known(self) -> Known:
        """What is known; of one that another thread has computed meanwhile, what it is."""
        known: Known | None = self.__dict__.get(KNOWN)
        return known_of(self) if known is None else known


Pending.__name__ = Pending.__qualname__ = Tensor.__qualname__
Pending.__module__ = Tensor.__module__

_sites: dict[tuple[int, int], CodeType] = {}  # places that ask for numbers
_glances: set[tuple[int, int]] = set()  # and those that ask for a shape or dtype alone


def _is_glance(frame: FrameType) -> bool:
    """Whether a frame that asks for `x._array` asks that for its shape or dtype alone."""
    code, at = frame.f_code, frame.f_lasti
    found = list(dis.get_instructions(code))
    # A place may lie in the cache behind an instruction, where Python calls properties inline.
    here = sum(each.offset <= at for each in found) - 1
    after = iter(found[here + 1 :])
    then = next(after, None) if found[here].argval == "_array" else None
    wanted: tuple[str, ...] = _GLANCES
    if then is not None and then.argval == "flags":
        then, wanted = next(after, None), ("c_contiguous",)
    is_glance = then is not None and "ATTR" in then.opname and then.argval in wanted
    if is_glance:
        _glances.add((id(code), at))
    _sites[id(code), at] = code
    return is_glance


def pending(known: Known, owner: Waiting) -> Tensor:
    """A new tensor that `owner` computes."""
    t: Tensor = Tensor.__new__(Pending)
    names = t.__dict__
    names[ROUND] = owner
    names[KNOWN] = known
    return t


Slots = tuple[Any, Any, Any, Any, Any]


def slots_of(t: Tensor) -> Slots:
    """All that makes a tensor."""
    return t._array, t._storage, t._edge, t._view, t._grad


def emptied(t: Tensor, known: Known, owner: Waiting) -> None:
    """Let an ordinary tensor be pending; what was in it is hidden."""
    t.__class__ = Pending
    names = t.__dict__
    names[ROUND], names[KNOWN] = owner, known


def shown(t: Tensor) -> None:
    """Let a tensor that was hidden be as it was."""
    t.__class__ = Tensor
    names = t.__dict__
    del names[ROUND], names[KNOWN]


def fill(t: Tensor, slots: Slots) -> None:
    """Let a pending tensor be an ordinary one."""
    shown(t)
    t._array, t._storage, t._edge, t._view, t._grad = slots


def known_of(t: Tensor) -> Known:
    """What can be known of an ordinary tensor."""
    array = t._array
    wants = edge_of(t) is not None
    return Known(array.shape, array.dtype, array.ndim, array.size, wants, t._view is not None,
                 Flags(array.flags.c_contiguous), layout_of(array))  # fmt: skip

"""Memory that somebody else can look into, or write, without a word: NumPy's views of tensors."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..autodiff.node import Node
from ..autodiff.tensor import Tensor, fresh, make
from ..storage import Storage

Array = np.ndarray[Any, Any]

MOST_COPIED = 1 << 24  # bytes of an argument that are copied in every round


class Held:
    """The numbers that a tensor had when a round first used it.

    `given` is what the round computes with: a copy of an argument, or the tensor itself, whose
    numbers then are in `numbers`.
    """

    __slots__ = ("given", "numbers", "t", "version")

    def __init__(self, t: Tensor, *, apart: bool) -> None:
        self.t, self.version = t, t._storage.version
        self.numbers: Array = t._array.copy()
        self.given = make(self.numbers, Storage(self.numbers)) if apart else t

    def is_same(self) -> bool:
        """Whether the memory of the tensor still holds these numbers, bit for bit."""
        array = self.t._array
        whole = f"u{array.itemsize}" if array.itemsize <= 8 else None
        if whole is None:
            return bool((array == self.numbers).all())
        return bool((array.view(whole) == self.numbers.view(whole)).all())

    def exchange(self) -> None:
        """The tensor gets these numbers, and these are what it had."""
        now = self.t._array.copy()
        self.t._array[...] = self.numbers
        self.numbers = now

    def rehome(self, node: Any) -> None:
        """What a history kept of the copy is the user's memory, as eager code would have it."""
        if type(node) is not Node or self.given is self.t:
            return
        t, mine = self.t, self.given._storage
        for i, item in enumerate(node.kept or ()):
            if type(item) is tuple and len(item) == 4 and item[1] is mine:
                chain = t._view.chain if t._view else ()
                node.kept[i] = (t._array, t._storage, self.version, chain)  # type: ignore[index]


def is_shown(x: Tensor) -> bool:
    """Whether somebody besides `x` looks at its memory, and so could write it unseen."""
    base = x._array.base
    if base is None:
        return _looks(x) > _OWN
    return type(base) is not np.ndarray or base.base is not None or _looks_below(x) > _OWN_VIEW


def _looks(x: Tensor) -> int:
    """References to the array of a tensor."""
    return sys.getrefcount(x._array)


def _looks_below(x: Tensor) -> int:
    """References to the array that the array of a tensor looks into."""
    return sys.getrefcount(x._array.base)


def references(t: Tensor) -> int:
    """How many hold the memory of a tensor, all in all."""
    return sys.getrefcount(t._storage) + sys.getrefcount(t._array)


# Where nobody else looks, as counted: that differs between versions of Python.
_WHOLE = fresh(np.zeros(2))
_VIEW = make(_WHOLE._array[:1], _WHOLE._storage)
_OWN_VIEW = _looks_below(_VIEW) + 1  # `is_shown` has a name for it
_OWN, FREE = _looks(fresh(np.zeros(1))), references(fresh(np.zeros(1)))


# --- how numbers lie ------------------------------------------------------------------------------
def layout_of(array: Array) -> tuple[int, ...] | None:
    """The strides of an array, or None if its numbers lie in C order."""
    return None if array.flags.c_contiguous else array.strides


def laid_out(array: Array, layout: tuple[int, ...] | None) -> Array:
    """The same numbers with these strides, as far as those belong to numbers in some order."""
    if layout is None or array.strides == layout:
        return array
    order = sorted(range(array.ndim), key=lambda axis: -layout[axis])
    made = np.empty([array.shape[axis] for axis in order], array.dtype)
    made = made.transpose(np.argsort(order))
    made[...] = array
    return made

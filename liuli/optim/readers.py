"""The two readers of a rule: NumPy arrays when eager, tensors while a program is recorded.

A rule is a text over values, in Python's own operators and a few functions `F`. `v *= 0.9` writes
into the memory of `v` in both worlds: for an array NumPy does it at once, for a tensor it is also
written down. Scalars are Python floats eagerly and 0-d float64 tensors recorded: both are 64 bit,
and are rounded to the array's dtype where they meet one, so both worlds agree to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from .. import ops
from ..autodiff.tensor import TENSORS, Tensor, apply
from ..autodiff.writing import write
from .group import Group, plain, symbolic

Array = np.ndarray[Any, Any]
Update = Callable[..., None]
Values = SimpleNamespace


class Hyperparameters(SimpleNamespace):
    """What a rule reads as `h`: the group's numbers, and scalars derived from them."""

    maximize = False  # of optimizers that do not have the option

    def uses(self, name: str) -> bool:
        """Whether `name` is not zero: what is zero is left out of the arithmetic, also recorded."""
        value = getattr(self, name)
        return bool(value if type(value) is float else value._array)


class Arithmetic:
    """`F` for arrays and Python floats; `TENSORS` has the same names."""

    abs = staticmethod(np.abs)
    sign = staticmethod(np.sign)

    @staticmethod
    def sqrt(x: Any) -> Any:
        """The square root; of a float a float."""
        return float(np.sqrt(x)) if type(x) is float else np.sqrt(x)

    @staticmethod
    def pow(a: float, b: float) -> float:
        """`a` to the power `b`, by NumPy's own loop, which differs from Python's by an ulp."""
        return float(np.power(np.asarray(a), b))

    @staticmethod
    def maximum(a: Any, b: Any) -> Any:
        """The larger one; of two floats a float."""
        larger = np.maximum(a, b)
        return float(larger) if type(a) is type(b) is float else larger

    @staticmethod
    def minimum(a: Any, b: Any) -> Any:
        """The smaller one; of two floats a float."""
        smaller = np.minimum(a, b)
        return float(smaller) if type(a) is type(b) is float else smaller

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        """`a` where the condition holds, else `b`."""
        if type(condition) is bool:
            return a if condition else b
        return np.where(condition, a, b)

    @staticmethod
    def gt(a: Any, b: Any) -> Any:
        """a > b."""
        return a > b

    @staticmethod
    def lt(a: Any, b: Any) -> Any:
        """a < b."""
        return a < b


class Arrays:
    """Eager: a rule works on the bare memory, and no tensor is made."""

    F: Any = Arithmetic()

    @staticmethod
    def numbers(group: Group) -> Hyperparameters:
        """The hyperparameters."""
        return Hyperparameters(**{key: plain(stored) for key, stored in group.stored()})

    @staticmethod
    def count(advance: Update, counters: Mapping[str, Tensor], h: Hyperparameters) -> None:
        """Advance counters, which are scalars, and let the rule derive others from them."""
        c = Values(**{name: float(t._array) for name, t in counters.items()})
        advance(Arrays.F, c, h)
        for name, t in counters.items():
            t._array[...] = getattr(c, name)
            t._storage.version += 1

    @staticmethod
    def update(
        rule: Update, p: Any, grad: Any, state: Mapping[str, Tensor], h: Hyperparameters
    ) -> None:
        """Apply `rule` to one parameter."""
        memory, g = p._array, grad._array
        kept = {name: t._array for name, t in state.items()}
        value, usual = memory, memory.ndim and memory.dtype.itemsize >= 4
        if not usual or g.dtype is not memory.dtype:
            value, g = as_ruled(memory), as_ruled(g)
            kept = {name: as_ruled(array) for name, array in kept.items()}
        rule(Arrays.F, value, -g if h.maximize else g, Values(**kept), h)
        if not usual and memory.dtype.itemsize < 4:
            np.copyto(memory, value.reshape(memory.shape), casting="unsafe")
        p._storage.version += 1
        for t in state.values():
            t._storage.version += 1


def as_ruled(array: Array) -> Array:
    """The array itself; a wide copy of a 16-bit one, and a view with an axis of a 0-d one.

    A number without an axis would take part in choosing dtypes, as hyperparameters do not.
    """
    if array.dtype.itemsize < 4:
        array = array.astype(np.float32)
    return array if array.ndim else array.reshape(1)


class Tensors:
    """Recorded: the same texts, read by tensors, leave primitives and writes in the graph."""

    F: Any = TENSORS

    @staticmethod
    def numbers(group: Group) -> Hyperparameters:
        """The hyperparameters."""
        return Hyperparameters(**{key: symbolic(stored) for key, stored in group.stored()})

    @staticmethod
    def count(advance: Update, counters: Mapping[str, Tensor], h: Hyperparameters) -> None:
        """As for arrays; writes go to the counters themselves."""
        c = Values(**counters)
        advance(Tensors.F, c, h)
        for name, t in counters.items():
            if (new := getattr(c, name)) is not t:
                write(t, new)

    @staticmethod
    def update(
        rule: Update, p: Any, grad: Any, state: Mapping[str, Tensor], h: Hyperparameters
    ) -> None:
        """Apply `rule` to one parameter."""
        narrow, flat = p.dtype.itemsize < 4, not p.ndim
        value, g = (_wide(p), _wide(grad)) if narrow or grad.dtype.itemsize < 4 else (p, grad)
        kept = dict(state)
        if flat:
            value, g = value.reshape(1), g.reshape(1)
            kept = {name: t.reshape(1) for name, t in kept.items()}
        rule(Tensors.F, value, -g if h.maximize else g, Values(**kept), h)
        if narrow:
            value = value.reshape(p.shape) if flat else value
            write(p, apply(ops.elementwise.cast, value, dtype=p.dtype.name))


def _wide(t: Any) -> Any:
    return apply(ops.elementwise.cast, t, dtype="float32") if t.dtype.itemsize < 4 else t

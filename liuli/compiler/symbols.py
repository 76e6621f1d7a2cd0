"""Numbers of Python's that a recorded program reads anew at each call.

A symbol is a float or an int, with the value it has in the call that is recorded, and the number of
a value in the graph. Arithmetic on it is recorded; whatever would need to know it is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autodiff.state import STATE
from ..ops import Spec

# Questions whose answer depends on the number; a program could not ask them again.
_QUESTIONS = (
    "bool eq ne lt le gt ge hash int float index round floor ceil trunc format str repr mod rmod "
    "floordiv rfloordiv divmod rdivmod pow rpow and rand or ror xor rxor lshift rlshift rshift "
    "rrshift abs neg"
).split()
_ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
}
_OPS = {"truediv": "div"}
_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "mod": "%",
          "floordiv": "//", "pow": "**", "bool": "if"}  # fmt: skip


class Symbol:
    """What both kinds share: where it is in the graph, and its name for messages."""

    bare: float  # the number alone
    recorder: Any
    value: int
    name: str

    def refuse(self, what: str) -> None:
        """Say that the program cannot know the number. Errors: LL725."""
        recorder = STATE.recorder
        if recorder is not None and recorder is self.recorder:
            recorder.refuse("LL725", name=self.name, what=what)


class FloatSymbol(Symbol, float):
    """A float that is an input of the program."""

    __hash__ = float.__hash__


class IntSymbol(Symbol, int):
    """An int that is an input of the program."""

    __hash__ = int.__hash__


def symbol(number: float, recorder: Any, value: int, name: str) -> Any:
    """`number`, known to `recorder` as `value`."""
    made = IntSymbol(number) if type(number) is int else FloatSymbol(number)
    made.bare, made.recorder, made.value, made.name = number, recorder, value, name
    return made


def bare(x: Any) -> Any:
    """The bare number of a symbol; anything else as it is."""
    return x.bare if isinstance(x, Symbol) else x


def _computed(name: str, a: Any, b: Any) -> Any:
    """`a` op `b`, one of them a symbol: in Python, and in the graph in 64 bits."""
    if not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return NotImplemented
    result = _ARITHMETIC[name](bare(a), bare(b))
    known: Any = a if isinstance(a, Symbol) else b
    if STATE.recorder is not known.recorder:
        return result
    recorder: Any = known.recorder
    if type(result) is int and max(map(abs, (result, bare(a), bare(b)))) >= 2**63:
        known.refuse(f"{_SIGNS.get(name, name)}()")  # the program's own would not be this number
        return result
    dtype = np.dtype(np.int64 if type(result) is int else np.float64)
    operands = tuple(recorder.operand(x, dtype) for x in (a, b))
    value = recorder.node(_OPS.get(name, name), operands, {}, Spec((), dtype))
    return symbol(result, recorder, value, known.name)


def _forward(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: _computed(name, self, other)


def _backward(name: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: _computed(name, other, self)


def _question(name: str, own: Callable[..., Any]) -> Callable[..., Any]:
    def ask(self: Any, *others: Any) -> Any:
        self.refuse(_SIGNS.get(name.removeprefix("r"), f"{name}()"))
        return own(bare(self), *map(bare, others))

    return ask


for _kind, _base in ((FloatSymbol, float), (IntSymbol, int)):
    for _name in _ARITHMETIC:
        setattr(_kind, f"__{_name}__", _forward(_name))
        setattr(_kind, f"__r{_name}__", _backward(_name))
    for _name in _QUESTIONS:
        if hasattr(_base, f"__{_name}__"):
            setattr(_kind, f"__{_name}__", _question(_name, getattr(_base, f"__{_name}__")))

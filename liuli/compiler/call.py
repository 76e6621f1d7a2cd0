"""Calls of a step: nested arguments and results taken apart and put together again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..autodiff.node import Node
from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor, edge_of
from ..settings import current

SCALARS = (type(None), bool, int, float, str, np.generic)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """`value` with `change` applied to everything in its tuples, lists and dicts."""
    kind = type(value)
    if kind is tuple or kind is list:
        return kind([mapped(x, change) for x in value])
    if isinstance(value, tuple) and hasattr(kind, "_make"):  # a namedtuple
        return kind._make(mapped(x, change) for x in value)
    if isinstance(value, dict):
        made = {key: mapped(x, change) for key, x in value.items()}
        return made if kind is dict else kind(made)
    return change(value)


def parts(value: Any) -> Iterator[Any]:
    """What `mapped` would change, in order."""
    if isinstance(value, (tuple, list)):
        for x in value:
            yield from parts(x)
    elif isinstance(value, dict):
        for x in value.values():
            yield from parts(x)
    else:
        yield value


def same_number(a: Any, b: Any) -> bool:
    """Whether two plain values are the same for a program: type, value, and sign of zero."""
    if a is b:
        return True
    return type(a) is type(b) and (a == b or a != a) and repr(a) == repr(b)


def may_be_input(x: Any, kind: type[Any]) -> bool:
    """Whether `x` is a number of this type that a program can read: a float, or 64 bits."""
    if type(x) is not kind or kind not in (int, float):
        return False
    return kind is float or bool(-(2**63) <= x < 2**63)


def plain(value: Any) -> bool:
    """Whether `value` is a plain scalar, or a tuple of such."""
    if type(value) is tuple:
        return all(map(plain, value))
    return isinstance(value, SCALARS)


class Call:
    """The arguments of one call: tensors, plain numbers, other objects, and how they lie."""

    __slots__ = ("forms", "modes", "numbers", "objects", "tensors", "tree")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.tensors: list[Any] = []  # tensors and arrays
        self.numbers: list[Any] = []
        self.objects: list[Any] = []
        self.tree = [self.look(x) for x in args]
        if kwargs:
            self.tree.append([(name, self.look(x)) for name, x in kwargs.items()])
        self.forms = [form(x) for x in self.tensors]
        self.modes = STATE.grad, STATE.inference, current.default_dtype

    @staticmethod
    def is_number(x: Any) -> bool:
        """Whether `look` puts `x` among the numbers."""
        return isinstance(x, SCALARS)

    def look(self, x: Any) -> Any:
        """Sort `x` into its list; how it lies."""
        if isinstance(x, Tensor):
            self.tensors.append(x)
            return "tensor"
        kind = type(x)
        if kind is np.ndarray:
            self.tensors.append(x)
            return "array"
        if self.is_number(x):
            self.numbers.append(x)
            return kind
        if isinstance(x, (tuple, list)):
            return kind, [self.look(y) for y in x]
        if isinstance(x, dict):
            return kind, [(key, self.look(y)) for key, y in x.items()]
        self.objects.append(x)
        return id(x)


def form(x: Any) -> tuple[Any, ...]:
    """What a program fixes of an argument: shape, dtype, and what history it has."""
    if x.__class__ is np.ndarray:
        return x.shape, x.dtype, None
    edge = x._edge if x._view is None else edge_of(x)
    return x._array.shape, x._array.dtype, edge.__class__


def has_history(call: Call) -> bool:
    """Whether a gradient would flow out of the call, through an argument that was computed."""
    return STATE.grad and any(issubclass(kind, Node) for _, _, kind in call.forms if kind)


def names_of(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[list[str], list[str]]:
    """Names of the tensors and of the numbers among the arguments, in their order in a `Call`.

    "x", "batch[0]", "options['lr']".
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a callable without a signature
        parameters = []
    tensors: list[str] = []
    numbers: list[str] = []

    def note(name: str, x: Any) -> None:
        if isinstance(x, (Tensor, np.ndarray)):
            tensors.append(name)
        elif Call.is_number(x):
            numbers.append(name)
        elif isinstance(x, (tuple, list, dict)):
            for key, y in x.items() if isinstance(x, dict) else enumerate(x):
                note(f"{name}[{key!r}]", y)

    for i, x in enumerate(args):
        note(_positional(parameters, i), x)
    for name, x in kwargs.items():
        note(name, x)
    return tensors, numbers


def _positional(parameters: list[inspect.Parameter], i: int) -> str:
    """The name of argument number `i`."""
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if i < len(named):
        return named[i]
    more = (f"{p.name}[{i - len(named)}]" for p in parameters if p.kind is p.VAR_POSITIONAL)
    return next(more, f"argument {i}")

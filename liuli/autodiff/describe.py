"""Tensors in messages: their shapes, and which operation on which line made them."""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any, TypeVar

from ..errors import ArgumentError, DTypeError, LiuliError, Row, _table
from ..messages import fill, lookup
from .state import _is_ours

Call = TypeVar("Call", bound=Callable[..., Any])
# What Python and NumPy raise when an argument is of a kind that a function never expected.
LEAKS = (AttributeError, TypeError, ValueError, IndexError, ArithmeticError)


def row(name: str, x: Any, remark: str = "") -> Row:
    """One line of a message's table: name, shape, and where the value comes from."""
    return Row(name, tuple(x.shape), origin(x) or remark)


def rows(**tensors: Any) -> list[Row]:
    """Lines of a message's table, one a tensor: name, shape, "from relu, model.py:21"."""
    return [row(name, x) for name, x in tensors.items()]


def operand_rows(names: tuple[str, ...], operands: tuple[Any, ...]) -> list[Row]:
    """As `rows`, for the operands of an operation; plain numbers are left out."""
    return [row(n, x) for n, x in zip(names, operands, strict=False) if hasattr(x, "shape")]


def origin(x: Any) -> str:
    """For a tensor with a history "from <operation>, <file>:<line>", else nothing."""
    node = getattr(x, "grad_fn", None)
    return f"from {node.where()}" if node is not None else ""


def warn(code: str, **facts: object) -> None:
    """Warn by code, at the user's line."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        frame, depth = frame.f_back, depth + 1
    text = lookup(code)
    lines = [f"[{code}] {fill(text.english.says, facts)}"]
    lines += [] if text.local is text.english else [fill(text.local.says, facts)]
    lines[1:] = ["  " + line for line in lines[1:]]
    lines += _table((), fill(text.local.tries, facts), text.local.why)
    warnings.warn("\n".join(lines), UserWarning, stacklevel=depth + 1)


NUMPYS_WORDS = {"axis": "dim", "keepdims": "keepdim"}


# --- arguments of a kind that nobody expected ---------------------------------------------------
def guarded(function: Call, into: Callable[[Any, Any], Any] | None = None) -> Call:
    """`function` as the user calls it: what leaks out of Python or NumPy becomes our error.

    A call that succeeds pays a tenth of a microsecond. Liuli's own calls see the plain error.
    NumPy's words `axis` and `keepdims` stand for `dim` and `keepdim`; with `into` the function
    may be given `out=`, and its result is written there.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except LEAKS as error:
            if kwargs and arguments(error) is None:  # words that it need not know
                renamed = {NUMPYS_WORDS.get(name, name): x for name, x in kwargs.items()}
                if renamed.keys() != kwargs.keys():
                    return call(*args, **renamed)
                if into is not None and "out" in kwargs:
                    out = kwargs.pop("out")
                    value = call(*args, **kwargs)
                    return value if out is None else into(out, value)
            if isinstance(error, LiuliError) or _is_ours(sys._getframe(1).f_code.co_filename):
                raise
            given = arguments(error)
            if given is None:  # too many or too few arguments: Python says it well
                raise
            defaults = {p.name: p.default for p in inspect.signature(function).parameters.values()}
            said = {name: x for name, x in given.items() if x is not defaults.get(name, call)}
            ours = explained(function.__name__, said, error)
            if ours is None:
                raise
            raise ours from cause(ours, error)

    call.__dict__["__guarded__"] = function
    return call  # type: ignore[return-value]


def arguments(error: Exception) -> dict[str, Any] | None:
    """What the guarded function was called with, by name; None if it never began to run."""
    place = error.__traceback__.tb_next if error.__traceback__ else None
    while place is not None:
        code, values = place.tb_frame.f_code, place.tb_frame.f_locals
        count = code.co_argcount + code.co_kwonlyargcount
        if count:  # else a wrapper, which takes whatever comes
            given = {name: values[name] for name in code.co_varnames[:count] if name in values}
            rest = values.get(code.co_varnames[count], ()) if code.co_flags & 4 else ()
            return given | {f"argument {i}": x for i, x in enumerate(rest, len(given) + 1)}
        place = place.tb_next
    return None


def explained(function: str, given: dict[str, Any], error: Exception) -> LiuliError | None:
    """Our error for one that leaked out of `function`, called with `given`.

    None for a mistake of our own: something is missing that has nothing to do with the arguments.
    """
    if isinstance(error, AttributeError):
        for place, x in _with_parts(given):
            if x is error.obj and not hasattr(x, "grad_fn"):
                return not_a_tensor(function, place, x)
        for name, x in given.items():
            if hasattr(x, "__array__") and not hasattr(x, "grad_fn"):  # it got a step further
                return not_a_tensor(function, name, x)
        if isinstance(error.obj, ModuleType):
            return None
    table = [row(n, x) if hasattr(x, "grad_fn") else Row(n, _short(x)) for n, x in given.items()]
    return ArgumentError("LL621", rows=table, function=function, error=error)


def _with_parts(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arguments, and what lies in lists and tuples among them."""
    for name, x in given.items():
        yield name, x
        if type(x) in (list, tuple):
            yield from ((f"{name}[{i}]", part) for i, part in enumerate(x))


def cause(ours: LiuliError, error: Exception) -> Exception | None:
    """What Python is to show as the cause of our error: nothing where ours says it all."""
    return None if ours.code == "LL601" else error


def not_a_tensor(function: str, argument: str, x: Any) -> DTypeError:
    """The error for `x` where a tensor was expected."""
    number_like = isinstance(x, (bool, int, float, list, tuple)) or hasattr(x, "__array__")
    fix = f"liuli.tensor({argument})" if number_like else ""
    if getattr(x, "dtype", None) == "float64":  # NumPy's own numbers; weights are float32
        fix = f"liuli.tensor({argument}, dtype=liuli.float32)"
    elif _is_text(x):
        fix = f"liuli.tensor([number_of[text] for text in {argument}])"
    return DTypeError("LL601", function=function, argument=argument, type=type(x).__name__, fix=fix)


def _is_text(x: Any) -> bool:
    """Whether it is text, or holds some."""
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    first = x[0] if isinstance(x, (list, tuple)) and x else x
    return isinstance(first, str) or kind in ("U", "S")


def _short(x: Any) -> str:
    text = f"<{type(x).__name__}>" if hasattr(x, "__array__") or callable(x) else repr(x)
    return text if len(text) <= 60 else text[:57] + "..."


def guard_all(names: dict[str, Any], into: Callable[[Any, Any], Any] | None = None) -> None:
    """Guard the public functions of a namespace, which may then be given `out=`."""
    for name, item in list(names.items()):
        if isinstance(item, FunctionType) and not name.startswith("_"):
            names[name] = guarded(item, into)

"""Telling a fault of the compiler's from what a signal's handler raised, or somebody sent."""

from __future__ import annotations

import signal
from types import CodeType
from typing import Any

_OURS = ("builtins", "ctypes", "liuli", "llvmlite", "numpy")


def is_fault(error: BaseException) -> bool:
    """Whether an exception that ended a program may be a fault of the program.

    It is none if it is no `Exception` (Ctrl-C), if its class is of none of ours (somebody sent it
    to this thread), or if a handler of signals that is set now was running.
    """
    if not isinstance(error, Exception) or type(error).__module__.split(".")[0] not in _OURS:
        return False
    codes, at = set(map(code_of, handlers())), error.__traceback__
    while at is not None:
        if at.tb_frame.f_code in codes:
            return False
        at = at.tb_next
    return True


def handlers() -> list[Any]:
    """The functions that are called when a signal comes."""
    found = [signal.getsignal(number) for number in signal.valid_signals()]
    return [each for each in found if callable(each)]


def code_of(function: Any) -> CodeType | None:
    """What a function runs; of an object that can be called, its class's."""
    function = getattr(function, "func", function)  # a partial
    code = getattr(function, "__code__", None)
    return code or getattr(type(function).__call__, "__code__", None)

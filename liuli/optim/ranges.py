"""Which values a hyperparameter may have, in signs that need no translation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..errors import ArgumentError
from .group import number


class Range(NamedTuple):
    """A range as text, and whether a value lies in it; NaN lies in none."""

    text: str
    holds: Callable[[Any], bool]


POSITIVE = Range("> 0", lambda x: x > 0)
NOT_NEGATIVE = Range(">= 0", lambda x: x >= 0)
FRACTION = Range("0 <= x < 1", lambda x: 0 <= x < 1)
UNIT = Range("0 <= x <= 1", lambda x: 0 <= x <= 1)
NUMBER = Range("int / float", lambda x: x == x)
BOOL = Range("True / False", lambda x: isinstance(x, bool))
NEVER = Range("False", lambda x: not x)
PAIR = Range("(x, y)", lambda x: isinstance(x, tuple) and len(x) == 2)
COUNT = Range("1, 2, 3, ...", lambda x: x >= 1 and x == int(x))
FUNCTION = Range("f(x)", callable)


def one_of(*choices: str) -> Range:
    """One of some words."""
    return Range(" / ".join(map(repr, choices)), lambda x: x in choices)


def check(owner: str, name: str, value: Any, allowed: Range) -> None:
    """Errors: LL681 unless `value` is allowed."""
    try:
        fits = bool(allowed.holds(number(value)))
    except (TypeError, ValueError, OverflowError):  # it cannot even be compared with a number
        fits = False
    if not fits:
        given = repr(value) if len(repr(value)) <= 40 else type(value).__name__
        raise ArgumentError("LL681", owner=owner, name=name, value=given, range=allowed.text)


def check_all(owner: str, values: Mapping[str, Any], limits: Mapping[str, Any]) -> None:
    """Check each value that has a limit; a tuple of limits is for a tuple of as many values."""
    for name, allowed in limits.items():
        value = number(values[name])
        if isinstance(allowed, Range):
            check(owner, name, value, allowed)
            continue
        check(owner, name, value, PAIR)
        for i, (part, limit) in enumerate(zip(value, allowed, strict=True)):
            check(owner, f"{name}[{i}]", part, limit)

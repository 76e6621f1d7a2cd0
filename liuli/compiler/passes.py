"""Switches of the compiler: passes that are left out, to find out which one has a bug.

`LIULI_PASSES=-fuse,-share` leaves out two of them; the numbers stay the same but for rounding.
`LIULI_CHECK=1` lets the compiler check its own work after every pass, as the tests do.

| pass     | without it                                                              |
|----------|-------------------------------------------------------------------------|
| simplify | operations stay as they were recorded                                   |
| layout   | images lie in memory as they are indexed                                |
| fuse     | every operation is a kernel of its own                                  |
| inplace  | new state is made in the arena, and copied to its place at the end      |
| share    | values whose lives do not touch have memory of their own all the same   |
| rows     | threads wait also between kernels of which each piece needs only its own |
"""

from __future__ import annotations

import os

from ..errors import SettingError
from ..messages.hints import nearest

PASSES = ("simplify", "layout", "fuse", "inplace", "share", "rows")


def switched_off() -> frozenset[str]:
    """The passes that `LIULI_PASSES` leaves out. Errors: LL740 for what is no pass.

    Example:
        >>> from liuli.compiler.passes import switched_off
        >>> sorted(switched_off())
        []
    """
    text = os.environ.get("LIULI_PASSES", "")
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word[0] != "-" or word[1:] not in PASSES:
            near = nearest(word.lstrip("-+"), PASSES)
            raise SettingError("LL740", value=word, names=", ".join(f"-{name}" for name in PASSES),
                               near=f"LIULI_PASSES=-{near}" if near else "")  # fmt: skip
    return frozenset(word[1:] for word in words)


def checking() -> bool:
    """Whether the compiler checks graphs and schedules between its passes: `LIULI_CHECK=1`."""
    return os.environ.get("LIULI_CHECK", "") not in ("", "0")

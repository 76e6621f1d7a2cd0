"""How often a segment must have come before a program for it pays.

Nobody knows how long a training goes on. Whoever trains eagerly until that has taken a few times as
long as making the program takes is never much slower than the better of both. Both are estimated
from what is noted, never measured: so the rounds that are a program's, and with them the last bits
of all numbers, are the same in every run of a script.
"""

from __future__ import annotations

import math

from .events import GIVEN, MADE, Event, Operand
from .notes import Notes

TIMES = 2  # the making of a program, before it is made
MAKING = 200_000, 50_000  # us of a program with nothing kept on disk, and of each event in it
EVENT, STEP = 25, 10  # us of an operation, and of a parameter's update
ELEMENTS, PRODUCTS, TAPS = 1_000, 25_000, 2_500  # in a us: of results, contractions, convolutions


def patience(notes: Notes) -> int:
    """The number of equal rounds before a program is made."""
    base, each = MAKING
    making = base + each * len(notes.events)
    return math.ceil(TIMES * making / work(notes))


def work(notes: Notes) -> float:
    """About how many us an eager round takes."""
    found = 1.0
    goes_back = any(event.kind == "backward" for event in notes.events)
    for event in notes.events:
        if event.kind == "step":
            sizes = [p._array.size for group in event.what.param_groups for p in group.params]
            found += sum(STEP + size / ELEMENTS for size in sizes)
        elif event.known is not None:
            one = EVENT + event.known.size / ELEMENTS + contracting(event, notes)
            found += one * (3 if goes_back and event.known.wants else 1)
    return found


def contracting(event: Event, notes: Notes) -> float:
    """About how many us an operation multiplies and adds, if it is a contraction."""
    name, known = getattr(event.what, "name", ""), event.known
    if known is None or len(event.operands) < 2:
        return 0
    first, second = (_shape(operand, notes) for operand in event.operands[:2])
    if name in ("matmul", "contract"):
        return known.size * (first[-1] if first else 1) / PRODUCTS
    if name == "linear":
        return known.size * math.prod(second[1:]) / PRODUCTS
    return known.size * math.prod(second[1:]) / TAPS if "convolution" in name else 0


def _shape(operand: Operand, notes: Notes) -> tuple[int, ...]:
    kind, x = operand
    if kind == GIVEN:
        return notes.outside[x].form[0]  # type: ignore[no-any-return]
    known = notes.events[x].known if kind == MADE else None
    return known.shape if known is not None else ()

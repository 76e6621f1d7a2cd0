"""Numbers added up where the taps of a kernel met them, without `fold`: what a program records.

The tap t at place p meets q = p * stride + t * dilation of the padded input. All q with one rest
q % stride are a phase. What is added up inside a phase lies side by side, and phases interlace
without meeting: so a program writes each number once.
"""

from __future__ import annotations

import functools
import itertools
import operator
from typing import Any, NamedTuple, TypeAlias

from .op import Shape


class Phase(NamedTuple):
    """Along one axis: the taps of a phase, and where it lies in what is left of the input.

    Tap `taps[i]` adds what it has for place p to place p + shifts[i] of the phase.
    """

    rest: int
    taps: tuple[int, ...]
    shifts: tuple[int, ...]


def phases_of(taps: int, stride: int, dilation: int) -> list[Phase]:
    """The phases of an axis that some tap meets.

    Example:
        >>> from liuli.ops.phases import phases_of
        >>> phases_of(3, 2, 1)
        [Phase(rest=0, taps=(0, 2), shifts=(0, 1)), Phase(rest=1, taps=(1,), shifts=(0,))]
    """
    found: dict[int, list[int]] = {}
    for tap in range(taps):
        found.setdefault(tap * dilation % stride, []).append(tap)
    return [
        Phase(rest, tuple(each), tuple(tap * dilation // stride for tap in each))
        for rest, each in found.items()
    ]


Part: TypeAlias = "tuple[Any, tuple[Phase, ...], Shape]"  # a value, and the place where it begins


def spread(F: Any, seen: dict[Shape, Any], space: Shape, grid: Any) -> Any:
    """seen[tap][..., p] added up at q - low, for all taps; q outside of `space` are left out."""
    taps = tuple(max(along) + 1 for along in zip(*seen, strict=True))
    kinds = map(phases_of, taps, grid.stride, grid.dilation)
    parts = [
        (_together(F, seen, phase), phase, tuple(min(each.shifts) for each in phase))
        for phase in itertools.product(*kinds)
    ]
    return added(F, parts, space, grid)


def added(F: Any, parts: list[Part], space: Shape, grid: Any) -> Any:
    """Phases put together: each value, its phase, and the place of the phase where it begins."""
    return functools.reduce(operator.add, [_placed(F, part, space, grid) for part in parts])


def _together(F: Any, seen: dict[Shape, Any], phase: tuple[Phase, ...]) -> Any:
    """What the taps of a phase have, added up; it begins at the least shift of all."""
    found = []
    for choice in itertools.product(*(range(len(each.taps)) for each in phase)):
        value = seen[tuple(each.taps[i] for each, i in zip(phase, choice, strict=True))]
        low = [each.shifts[i] - min(each.shifts) for each, i in zip(phase, choice, strict=True)]
        high = [max(each.shifts) - each.shifts[i] for each, i in zip(phase, choice, strict=True)]
        found.append(_with_zeros(F, value, low, high, [0] * len(low)))
    return functools.reduce(operator.add, found)


def _placed(F: Any, part: Part, space: Shape, grid: Any) -> Any:
    """The value of a phase where it belongs, and zeros around and between."""
    value, phase, first = part
    low, high = [], []
    lengths = tuple(value.shape)[-len(space) :]
    each = zip(phase, first, lengths, space, grid.stride, grid.low, strict=True)
    for along, begin, length, whole, stride, before in each:
        low.append(stride * begin + along.rest - before)
        high.append(whole - 1 - (low[-1] + stride * (length - 1)))
    return _with_zeros(F, value, low, high, [stride - 1 for stride in grid.stride])


def _with_zeros(F: Any, value: Any, low: list[int], high: list[int], between: list[int]) -> Any:
    if not (any(low) or any(high) or any(between)):
        return value
    lead = (0,) * (len(value.shape) - len(low))
    return F.pad(value, low=(*lead, *low), high=(*lead, *high), interior=(*lead, *between), value=0)

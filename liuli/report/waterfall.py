"""A sum as steps: each term begins where the one before it ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from .markup import Both, Markup, element, escape, say
from .svg import Frame, box, drawing, line, text, ticks

FRAME = Frame(height=300, left=52)
Step = tuple[object, float]  # what stands below the step, and how far it goes


def waterfall(steps: Sequence[Step], total: float) -> Markup:
    """Red steps go up, blue ones down, and the last bar is where they arrive.

    Empty where a term is no finite number: there is no place to draw it.
    """
    ends = [0.0, *accumulate(term for _, term in steps)]
    if not all(map(math.isfinite, ends)):
        return Markup("")
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = (high - low) * 0.05 or 1.0
    upward = FRAME.upward(low - (room if low else 0), high + room)
    marks = ticks(low, high)
    wide = (FRAME.width - FRAME.left - FRAME.right) / (len(steps) + 1)
    drawn = FRAME.vertical_axis(marks, upward, label=say("waterfall.label"))
    for i, (name, term) in enumerate(steps):
        kind = "plus" if term >= 0 else "minus"
        x, top = FRAME.left + i * wide, upward(max(ends[i], ends[i + 1]))
        height = max(1.0, upward(min(ends[i], ends[i + 1])) - top)
        drawn.append(box(x + wide * 0.14, top, wide * 0.72, height, rx="2", class_=f"step {kind}"))
        drawn.append(_below(x + wide / 2, name))
        level = upward(ends[i + 1])
        drawn.append(line(x + wide * 0.86, level, x + wide * 1.14, level, class_="axis"))
    x, top = FRAME.left + len(steps) * wide, upward(max(0.0, total))
    height = max(1.0, upward(min(0.0, total)) - top)
    drawn.append(box(x + wide * 0.14, top, wide * 0.72, height, rx="2", class_="step arrives"))
    drawn.append(_below(x + wide / 2, "z"))
    base = upward(0)
    drawn.append(line(FRAME.left, base, FRAME.width - FRAME.right, base, class_="axis"))
    picture = drawing(FRAME.width, FRAME.height - 18, *drawn, label=say("waterfall.title"))
    return element("figure", picture, element("figcaption", say("waterfall.caption")))


def _below(x: float, name: object) -> Markup:
    content = name if isinstance(name, Both) else escape(name)
    return text(x, FRAME.height - FRAME.bottom + 20, content, "tick middle")

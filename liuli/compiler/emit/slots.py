"""Where along the last loop a vector lies: a constant distance from the loop's counter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .text import Value, Writer


@dataclass(frozen=True)
class Slot:
    """`used` of a vector's `lanes`, `offset` elements after the counter (no lanes: a scalar)."""

    offset: int
    lanes: int
    used: int
    mask: Value | None = None  # which lanes are on, where the hardware likes masks

    def moved(self, by: int) -> Slot:
        """The same elements, counted from another place."""
        return replace(self, offset=self.offset + by)


SCALAR = Slot(0, 0, 1)


def slots_between(w: Writer, lanes: int, begin: int, end: int) -> list[Slot]:
    """Slots for the elements begin ... end - 1; the last may be used in part."""
    step, slots = max(lanes, 1), []
    for i in range(begin, end, step):
        used = min(step, end - i)
        if used < step and w.target.has_masks:
            on = w.vector([lane < used for lane in range(lanes)], "i1")
            slots.append(Slot(i, lanes, lanes, on))
        else:
            slots.append(Slot(i, lanes, used))
    return slots


def off_lanes(w: Writer, slot: Slot | None) -> Value | None:
    """The lanes of a slot that are not used, if there are any."""
    if slot is None or not slot.lanes:
        return None
    if slot.mask is not None:
        return w.binary("xor", slot.mask, w.constant(1, "i1", slot.lanes))
    if slot.used == slot.lanes:
        return None
    return w.vector([i >= slot.used for i in range(slot.lanes)], "i1")

"""What eager code refuses because of the numbers themselves, while nothing is computed yet.

A label that is no class is refused by the loss, and so it is here, though the loss is put off.
Other checks are of inputs, which are never put off, or of what is computed, which must be sure to
pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..ops import REGISTRY

if TYPE_CHECKING:
    from .events import Event

_LOSSES = REGISTRY["cross_entropy"], REGISTRY["nll_loss"]
_CHECK = REGISTRY["check"]
_BETWEEN_0_AND_1 = REGISTRY["sigmoid"], REGISTRY["softmax"]
_PASSING = frozenset(("reshape", "expand", "permute", "slice", "copy"))


class Labels(NamedTuple):
    """Which operand of an event holds labels, and what they may be."""

    operand: int
    classes: int
    ignored: int

    def hold(self, operands: Sequence[Any]) -> bool:
        """Whether what lies in its place may go on."""
        return self.are_classes(operands[self.operand]._array)

    def are_classes(self, labels: np.ndarray[Any, Any]) -> bool:
        """Whether every label is a class, or the one that is ignored."""
        if not labels.size or (labels.min() >= 0 and labels.max() < self.classes):
            return True
        known = labels[labels != self.ignored]
        return not known.size or bool(known.min() >= 0 and known.max() < self.classes)


def labels_of(event: Event, shape: Sequence[int]) -> Labels | None:
    """The labels of a loss whose scores have this shape."""
    if event.what not in _LOSSES:
        return None
    return Labels(1, shape[1], event.attrs["ignore"])


def may_be_refused(events: Sequence[Event], number: int, made: str) -> bool:
    """Whether an event checks numbers that are computed, and they are not sure to pass.

    `made` is the word for an operand that an event made.
    """
    event = events[number]
    if event.what in _LOSSES:
        return event.operands[1][0] == made
    if event.what is not _CHECK:
        return False
    kind, x = event.operands[0]
    while kind == made:
        maker = events[x]
        if maker.kind != "detach" and getattr(maker.what, "name", "") not in _PASSING:
            sure = maker.what in _BETWEEN_0_AND_1
            return not (sure and event.attrs["low"] <= 0 and event.attrs["high"] > 1)
        kind, x = maker.operands[0]
    return True

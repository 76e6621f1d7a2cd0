"""Two usual slips of a training loop, seen from the optimizer: no backward, and no zero_grad."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..autodiff.describe import warn
from ..autodiff.tensor import Tensor

_ENOUGH = 2  # steps in a row that repeat the gradients before them


class Watch:
    """What an optimizer remembers from step to step, in order to warn once of each slip.

    One gradient stands for all: backward writes into the one that is there, and makes a new one
    only where zero_grad has taken it away. So the same gradient, written to exactly once since the
    step before, is the old one with the new one added.
    """

    def __init__(self) -> None:
        self.cleared = False  # zero_grad was called after the last step that had gradients
        self._seen = (0, 0)  # the gradient of the last step: which, and how often written to
        self._repeats = 0
        self._told_of_none = self._told_of_old = False

    def look(self, owner: str, groups: Iterable[Any]) -> None:
        """Warns (LL441) of a step without gradients, and (LL442) of gradients that pile up."""
        first = _first(groups)
        if first is None:
            if self.cleared and not self._told_of_none:
                self._told_of_none = True
                warn("LL441", owner=owner)
            return
        self.cleared = False
        if first.__class__ is not Tensor:
            return
        which, written = id(first), first._storage.version
        again = self._seen == (which, written - 1)
        self._repeats = self._repeats + 1 if again else 0
        self._seen = which, written
        if self._repeats >= _ENOUGH and not self._told_of_old:
            self._told_of_old = True
            warn("LL442", owner=owner)


def _first(groups: Iterable[Any]) -> Any:
    """The first gradient that is there."""
    for group in groups:
        for p in group.params:
            if p._grad is not None:
                return p._grad
    return None

"""Stores and checks: each is written on the outermost level of loops where it belongs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .body import Body
from .slots import Slot
from .text import Index, Value


class Effects:
    """Which stores and checks of a kernel have been written, at the present place."""

    def __init__(self, body: Body) -> None:
        self.body, self.nest = body, body.nest
        self.done: set[int] = set()

    def left(self) -> list[int]:
        """Those not written yet."""
        return [i for i in self.nest.effects() if i not in self.done]

    @contextmanager
    def loop(
        self, axis: int, begin: Index, end: Index, step: int = 1, *, known: bool = True
    ) -> Iterator[Value]:
        """A loop; what is written inside does not count after it."""
        before = set(self.done)
        with self.body.loop(axis, begin, end, step, known=known) as loop:
            yield loop.counter
        self.done = before

    def flush(self, slots: Sequence[Slot | None]) -> None:
        """Write what does not vary along loops still to be opened."""
        body, nest = self.body, self.nest
        varies = slots != [None]
        ready = [
            i
            for i in self.left()
            if nest.depends[i] <= body.open
            and nest.stage[i] <= body.stage
            and (nest.vector in nest.depends[i]) == varies
        ]
        self.write(ready, slots)
        self.done.update(ready)

    def write(self, numbers: Sequence[int], slots: Sequence[Slot | None]) -> None:
        """First everything is read, then written: results may lie where operands were."""
        for slot in slots:
            for number in numbers:
                self.body.need(number, slot)
            for number in numbers:
                self.body.effect(number, slot)

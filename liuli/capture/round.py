"""One round of a loop that is put off: how far it has come, what is pending, and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..autodiff.state import STATE
from ..autodiff.tensor import Tensor
from ..errors import LiuliError
from ..rng import default_generator
from .events import GIVEN, MADE, SLOPE, Event, as_before
from .faults import is_fault
from .memory import FREE, MOST_COPIED, Held, is_shown, references
from .pending import KNOWN, ROUND, Pending, emptied, fill, pending, shown, slots_of
from .segment import Segment, is_argument

if TYPE_CHECKING:
    from .loop import Loop

_new = Tensor.__new__
_SLOPES = (type(None), Tensor, Pending)


def _listed(made: Sequence[Any]) -> list[int]:
    """How many references there are to each item of a list."""
    return [sys.getrefcount(made[i]) for i in range(len(made))]


def _paired(pairs: Sequence[tuple[Any, Any]]) -> list[int]:
    """How many there are to the second of each pair."""
    return [sys.getrefcount(t) for _, t in pairs]


# Where nobody else holds it, as counted: that differs between versions of Python.
_LISTED, _PAIRED = _listed([object()])[0], _paired([(None, object())])[0]


class Round:
    """The events of a segment as they come again, until its program does them all."""

    def __init__(self, loop: Loop, segment: Segment) -> None:
        self.loop, self.segment = loop, segment
        self.events = segment.events
        self.given: list[Any] = list(segment.outside)  # or copies of arguments
        self.bound: list[Any] = list(segment.outside)
        self.made: list[Any] = []
        self.done = 0  # events that were computed after all
        self.taken: list[Tensor] = []  # tensors from before that are written
        self.has_draws = False
        self.is_over = False  # whether its step was made, though its program was interrupted
        self.slopes: list[tuple[Tensor, Tensor]] = []  # leaves, and their new gradients
        self.added: list[tuple[int, Tensor]] = []  # gradients that are added to
        self.shown = segment.shown()  # states whose memory somebody looks at
        self.held: dict[int, Held] = {}  # numbers that somebody could change unseen

    @property
    def last(self) -> Any:
        """The tensor that the last event made, if it made one."""
        return self.made[-1]

    # --- putting off --------------------------------------------------------------------------
    def take(self, what: Any, operands: Any, attrs: dict[str, Any]) -> bool:
        """Put an event off, if it is the one that comes next."""
        number = len(self.made)
        if number == len(self.events):
            return False
        event = self.events[number]
        if event.what is not what or event.grad is not STATE.grad or (
            len(operands) != len(event.operands) or not event.has(attrs)
        ):  # fmt: skip
            return False
        for x, (kind, known) in zip(operands, event.operands, strict=True):
            if kind is MADE:
                if x is not self.made[known]:
                    return False
            elif kind is GIVEN:
                if x is not self.bound[known]:
                    if not self.bind(known, x):
                        return False
                elif (self.held or self.shown) and not self.is_same(known):
                    return False
            elif kind is SLOPE:
                if x is not self.given[known]._grad:
                    return False
            elif x.__class__ is not known.__class__ or x != known or (
                not x and repr(x) != repr(known)
            ):  # fmt: skip
                return False
        if event.labels is not None and not event.labels.hold(operands):
            return False
        if event.known is not None:
            t: Tensor = _new(Pending)
            names = t.__dict__
            names[ROUND], names[KNOWN] = self, event.known
            self.made.append(t)
            self.has_draws = self.has_draws or event.kind == "call"
            return True
        if (event.kind == "backward" and not self.take_gradients(event)) or (
            event.kind == "write" and not self.take_written(event)
        ):
            return False
        self.made.append(None)
        return True

    def bind(self, number: int, x: Any) -> bool:
        """Let `x` be an argument, if it can be and none is there."""
        if self.bound[number] is not None or not is_argument(x, self.segment.forms[number]):
            return False
        self.given[number] = self.bound[number] = x
        if is_shown(x):
            if x._array.nbytes > MOST_COPIED:
                return False
            held = self.held[number] = Held(x, apart=True)
            self.given[number] = held.given
        return True

    def is_same(self, number: int) -> bool:
        """Whether an outside that is used holds the numbers that it had at first, if it matters."""
        held = self.held.get(number)
        if held is not None:
            return held.is_same()
        if number in self.shown:
            self.held[number] = Held(self.given[number], apart=False)
        return True

    def all_same(self) -> bool:
        """Whether nobody has changed what was used so far."""
        return all(held.is_same() for held in self.held.values())

    @property
    def has_gradients(self) -> bool:
        """Whether gradients are pending."""
        return bool(self.slopes or self.taken)

    def take_gradients(self, event: Event) -> bool:
        """Let the gradients that a backward makes, or adds to, be pending."""
        given, gradients = self.given, self.segment.gradients
        if self.held and not self.all_same():
            return False
        for number in event.leaves:
            held = given[number]._grad
            if held.__class__ not in _SLOPES or self.is_looked_at(number, held):
                return False
        for number in event.leaves:
            leaf, known = given[number], gradients[number]
            held = leaf._grad
            if held is None:
                leaf._grad = pending(known, self)
                self.slopes.append((leaf, leaf._grad))
            elif held.__class__ is not Pending:
                emptied(held, known, self)
                self.taken.append(held)
                self.added.append((number, held))
        return True

    def is_looked_at(self, number: int, g: Any) -> bool:
        """Whether somebody else looks at the memory of a gradient that is there."""
        if g.__class__ is not Tensor:
            return False
        known, own = self.segment.own_gradients.get(number, (0, 0))
        return references(g) > FREE + (own if known == id(g._array) else 0)

    def take_written(self, event: Event) -> bool:
        """Let a tensor that is written be pending. False if somebody else looks at its memory."""
        kind, number = event.operands[0]
        if kind is SLOPE:
            held = self.given[number]._grad
            if self.is_looked_at(number, held):
                return False
            if held.__class__ is Tensor:
                self.added.append((number, held))
        else:
            held = self.given[number]
            if held.__class__ is Tensor and number in self.shown:
                return False
        if held.__class__ is Tensor:
            known = self.segment.gradients[number]
            emptied(held, known, self)
            self.taken.append(held)
        return True

    # --- computing ----------------------------------------------------------------------------
    def flush(self) -> None:
        """Compute what was put off, eagerly and in order. Raises what eager code would have."""
        loop = self.loop
        with loop.lock:
            if loop.round is self and loop.left():
                return
            self.put_back()
            recorder, STATE.recorder = STATE.recorder, None
            changed = [held for held in self.held.values()
                       if held.given is held.t and not held.is_same()]  # fmt: skip
            try:
                with as_before():
                    _exchange(changed)
                    while self.done < len(self.made):
                        self._do(self.events[self.done])
            finally:
                STATE.recorder = recorder
                _exchange(changed)
                self.give()
            self.made, self.done = [], 0

    def _do(self, event: Event) -> None:
        if self.is_over and event.known is None:
            self.done += 1
            return
        try:
            made = event.do(self.made, self.given)
        except Exception as error:
            event.tell(error)
            raise
        if made is not None:
            for held in self.held.values():
                held.rehome(made._edge)
            fill(self.made[self.done], slots_of(made))
        self.done += 1

    def put_back(self) -> None:
        """Let everything that was there before this round be as it was."""
        for t in self.taken:
            shown(t)
        for leaf, t in self.slopes:
            leaf._grad = None if leaf._grad is t else leaf._grad
        self.taken = []

    def give(self) -> None:
        """Whoever holds a gradient that was pending holds the one that was made."""
        waiting = []
        counts = _paired(self.slopes)
        for (leaf, t), count in zip(self.slopes, counts, strict=True):
            made = leaf._grad
            if made is None:  # an error came before
                waiting.append((leaf, t))
            elif count > _PAIRED:
                fill(t, slots_of(made))
                leaf._grad = t
        self.slopes = waiting

    def alive(self) -> list[int]:
        """The events whose tensors somebody holds."""
        made = self.made
        return [i for i, count in enumerate(_listed(made))
                if count > _LISTED and made[i] is not None]  # fmt: skip

    def run(self) -> bool:
        """Do the whole segment by its program. False if it cannot: nothing has changed then."""
        segment, made, alive = self.segment, self.made, self.alive()
        program = segment.program
        if program is None or not segment.covers(alive):
            return False
        if any(held.given is held.t and not held.is_same() for held in self.held.values()):
            return False
        self.put_back()
        if not segment.holds():
            return False
        before, chance = segment.version(), default_generator.storage.value.copy()
        looks, added = segment.looks(), [references(g) for _, g in self.added]
        try:
            with as_before():
                returned = program.arrays(tuple([self.given[k] for k in segment.arguments]))
                segment.lay_out_gradients()
                known: dict[int, Any] = {}
                for i in alive:
                    if made[i].__class__ is Pending:
                        fill(made[i], segment.slots(i, returned, self.given, made, known))
        except BaseException as error:
            self.is_over = program.has_begun or segment.version() != before
            if self.is_over or not is_fault(error):  # as by Ctrl-C: nothing is done twice
                if not self.is_over:
                    default_generator.storage.value[:] = chance
                raise
            default_generator.storage.value[:] = chance
            if not isinstance(error, LiuliError):  # eager code says it better: which layer and line
                program.give_up(error)
            return False
        finally:
            self.give()
        self.made = []
        self.count(looks, added)
        return True

    def count(self, looks: list[int], added: list[int]) -> None:
        """What the program holds on to since it ran is its own."""
        self.segment.ran(looks)
        own = self.segment.own_gradients
        for (number, g), before in zip(self.added, added, strict=True):
            key = id(g._array)
            old = own[number][1] if number in own and own[number][0] == key else 0
            own[number] = key, old + references(g) - before


def _exchange(changed: Sequence[Held]) -> None:
    """Put the numbers of a round where somebody has written others; or these back."""
    for held in changed:
        held.exchange()

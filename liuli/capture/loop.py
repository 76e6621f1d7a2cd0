"""A loop of one thread: what it does is noted, found again, put off, and done by a program.

Eager at first. When a segment, from one step of an optimizer to the next, has been the same for
some rounds, the next round that begins like it is not computed: its tensors are pending until the
optimizer's step, and then the program does all at once. Whoever asks for a pending number before
that, or does anything else than last time, gets it eagerly: all that was put off is done in order.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from ..autodiff import engine
from ..autodiff.state import CAPTURES, STATE
from ..autodiff.tensor import Tensor, apply, edge_of
from ..autodiff.writing import write
from ..errors import LiuliError
from ..rng import Generator
from ..settings import current
from . import __getattr__ as later
from .notes import Notes, Outside, RefusedError
from .pending import Pending
from .round import Round
from .segment import Segment, segment_of

PATIENCE = 16  # equal rounds before a program is made: a script of a few steps never waits for one
MOST_MISSES = 3  # rounds in a row that began like a segment and went on otherwise
MOST_FRUITLESS = 20  # further rounds without a program, after which the loop is left alone
MOST_KEPT = 8  # kinds of rounds that are remembered


class Record:
    """Rounds that did the same."""

    def __init__(self, notes: Notes) -> None:
        self.outside: list[Outside] = notes.outside
        self.living = set(notes.living())
        self.count = 1
        self.deaths = 0


class Memory:
    """What is known about an optimizer's rounds; it lives and dies with the optimizer."""

    def __init__(self) -> None:
        self.records: dict[Any, Record] = {}
        self.segments: dict[Any, Segment] = {}

    def __reduce__(self) -> Any:
        return Memory, ()


class Loop:
    """What one thread's loop did, and does."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.detailed = False  # whether a segment may be made of what is noted
        self.notes = Notes()
        self.round: Round | None = None
        self.starts: dict[int, list[weakref.ref[Segment]]] = {}
        self.rounds_compiled = 0
        self.fruitless = 0
        self.why = "no two rounds did the same"  # why there is no program, as far as known

    # --- what the engine tells ----------------------------------------------------------------
    def apply(self, op: Any, operands: tuple[Any, ...], attrs: dict[str, Any]) -> Tensor:
        """An op is applied."""
        round = self.round
        if round is not None and not op.is_view:  # the short way
            with self.lock:
                if self.round is round and round.take(op, operands, attrs):
                    made: Tensor = round.last
                    return made
        x = operands[0] if op.is_view else None
        if x is not None and x.__class__ is not Pending and self._is_bare(x):
            looked: Tensor = self.hidden(apply, op, *operands, **attrs)
            return looked
        t: Tensor | None = self._put_off(op, operands, attrs)
        if t is not None:
            return t
        t = self.hidden(apply, op, *operands, **attrs)
        assert t is not None
        self.note("apply", op, operands, attrs, t)
        return t

    def call(self, function: Any, **attrs: Any) -> Tensor:
        """A function that makes a tensor of plain values is called."""
        t: Tensor | None = self._put_off(function, (), attrs)
        if t is not None:
            return t
        t = self.hidden(function, **attrs)
        assert t is not None
        self.note("call", function, (), attrs, t)
        return t

    def backward(self, tensors: Any, seeds: Any, retain: Any, create: Any, inputs: Any) -> None:
        """Backward from a tensor."""
        plain = isinstance(tensors, Tensor) and seeds is None and inputs is None
        plain = plain and not retain and not create
        if plain and self._put_off(engine.backward, (tensors,), {}):
            return
        self.sync()
        before = {number: (id(g), version) for number, g, version in self.notes.gradients()}
        self.hidden(engine.backward, tensors, seeds, retain, create, inputs)
        if not plain:
            self.refuse()
            return
        event = self.note("backward", engine.backward, (tensors,), {})
        if event is not None:
            event.leaves = tuple(
                number for number, g, version in self.notes.gradients()
                if version >= 0 and before.get(number) != (id(g), version)
            )  # fmt: skip

    def write(self, target: Tensor, value: Tensor, derived: bool) -> Tensor:
        """A value is written into a tensor."""
        plain = target.__class__ in (Tensor, Pending) and not (
            target.requires_grad or (value.requires_grad and STATE.grad)
        )  # fmt: skip
        if plain and self._put_off(write, (target, value), {"derived": derived}):
            return target
        self.sync()
        self.hidden(write, target, value, derived)
        if plain and target._view is None:
            self.note("write", write, (target, value), {"derived": derived})
        else:
            self.refuse()
        return target

    def step(self, optimizer: Any) -> None:
        """An optimizer's step: the end of a segment."""
        notes = self.notes if self.round is None else Notes()
        taken = optimizer.steps_taken + 1
        if self._put_off(optimizer, (), {}):
            with self.lock:
                round, self.round = self.round, None
                if round is None or self._ended(round):
                    self.fruitless, optimizer.steps_taken = 0, taken
                    optimizer.look()
                    if notes.events:  # more than the step may be worth a program
                        self.notes = notes
                        self.note("step", optimizer, (), {})
                        self._finish(optimizer)
                    return
                self._missed(round)
                round.made.pop()
                round.flush()
        self.hidden(optimizer._step)
        self.note("step", optimizer, (), {})
        self.fruitless += 1
        if self.fruitless > MOST_FRUITLESS + PATIENCE:
            give_up(optimizer, self.why)
        self._finish(optimizer)

    def sync(self) -> None:
        """Somebody is about to read or change what pending tensors are made of."""
        if self.round is not None:
            self.round.flush()

    def empties(self, leaf: Tensor) -> None:
        """The gradient of `leaf` is about to be replaced."""
        if leaf._grad.__class__ is Pending:
            self.sync()

    def empties_all(self) -> None:
        """All gradients are about to be replaced."""
        if self.round is not None and self.round.has_gradients:
            self.sync()

    def refuse(self) -> None:
        """What happens now is no part of a segment: the next one begins behind it."""
        self.sync()
        self.notes = Notes(self.detailed)

    # --- putting off --------------------------------------------------------------------------
    def hidden(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function without noting what it does."""
        STATE.capture = None
        try:
            return function(*args, **kwargs)
        finally:
            STATE.capture = self

    def _is_bare(self, x: Any) -> bool:
        """Whether a look at `x` is no event: one at outside numbers that have no history."""
        if not isinstance(x, Tensor) or self.notes.made_by(x):
            return False
        return (x._edge if x._view is None else edge_of(x)) is None

    def _put_off(self, what: Any, operands: Any, attrs: dict[str, Any]) -> Any:
        """What an event makes (True if nothing), if it is the next of a round; else None.

        One that departs from the round ends it.
        """
        with self.lock:
            if self.round is not None:
                if self.round.take(what, operands, attrs):
                    return True if self.round.last is None else self.round.last
                self.round.flush()
            for ref in self.starts.get(id(what), ()):
                segment = ref()
                if segment is not None and segment.holds():
                    round = Round(self, segment)
                    if round.take(what, operands, attrs):
                        self.round = round
                        return True if round.last is None else round.last
        return None

    def left(self) -> bool:
        """The round goes no further. True if a program did it as far as it came."""
        round, self.round = self.round, None
        self.notes = Notes(self.detailed)
        assert round is not None
        if round.segment.is_cut and len(round.made) == len(round.events) and self._ended(round):
            return True
        self._missed(round)
        return False

    def _missed(self, round: Round) -> None:
        """A segment began and was not finished: cut it where that happens again and again."""
        segment, at = round.segment, len(round.made)
        segment.misses.append((at, set(round.alive())))
        if len(segment.misses) < MOST_MISSES:
            return
        self._forget(segment)
        living = set[int]().union(*(alive for _, alive in segment.misses))
        if all(place == at for place, _ in segment.misses):
            cut = segment.cut(at, living)
            if cut is not None:
                self._learn(("cut", cut), cut)

    def _forget(self, segment: Segment) -> None:
        """Try this segment no more, until it has come as often again."""
        known = self.starts[id(segment.events[0].what)]
        known[:] = [ref for ref in known if ref() not in (None, segment)]
        memory = memory_of(segment.optimizer)
        for key, each in list(memory.segments.items()):
            if each is segment:
                del memory.segments[key]
                if key in memory.records:
                    memory.records[key].count = 0
                    memory.records[key].deaths += 1

    def _ended(self, round: Round) -> bool:
        """Whether the program did a whole round."""
        segment = round.segment
        try:
            done = round.run()
        except LiuliError:  # eager code says it better: which layer, which line
            done = False
        if done:
            segment.misses.clear()
            self.rounds_compiled += bool(segment.spent)
            self.notes = Notes(self.detailed)
            if segment.program is not None and segment.program.is_slow:
                self._forget(segment)
        return done

    # --- noting -------------------------------------------------------------------------------
    def note(self, kind: str, what: Any, operands: Any, attrs: dict[str, Any],
             made: Tensor | None = None) -> Any:  # fmt: skip
        """Note an event that has happened."""
        notes = self.notes
        try:
            return notes.add(kind, what, [notes.operand(x) for x in operands], attrs, made)
        except RefusedError as reason:
            self.notes, self.why = Notes(self.detailed), str(reason)
            return None

    def _finish(self, optimizer: Any) -> None:
        """A segment ends: perhaps it has come often enough."""
        notes, self.notes = self.notes, Notes(self.detailed)
        if not notes.settled():
            self.why = "a tensor that outlives the step could still go backward"
            return
        memory, key = memory_of(optimizer), notes.key()
        record = memory.records.pop(key, None)
        if record is None:
            record = Record(notes)
        else:
            record.count += 1
        memory.records[key] = record
        while len(memory.records) > MOST_KEPT:
            memory.records.pop(next(iter(memory.records)))
        living = record.living | set(notes.living())
        needed = PATIENCE << record.deaths
        if record.count >= needed and notes.detailed:
            segment = segment_of(notes, record.outside, living)
            if segment is not None:
                self._learn(key, segment)
        record.outside, record.living = notes.outside, living
        self.detailed = record.count + 1 >= needed
        self.notes.detailed = self.detailed

    def _learn(self, key: Any, segment: Segment) -> None:
        made = later("program")
        if not made.is_fast():
            give_up(segment.optimizer, "programs are no machine code here")
            return
        segment.program = made.CapturedStep(segment.function())
        memory_of(segment.optimizer).segments[key] = segment
        self.starts.setdefault(id(segment.events[0].what), []).append(weakref.ref(segment))


def memory_of(optimizer: Any) -> Memory:
    """What is known about an optimizer's rounds."""
    found: Memory = optimizer.__dict__.setdefault("_captured", Memory())
    return found


_LEFT_ALONE: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()


def give_up(optimizer: Any, why: str) -> None:
    """Leave the loop alone; another optimizer has another chance."""
    _LEFT_ALONE[optimizer] = why
    STATE.capture = None


def captured_step(optimizer: Any) -> bool:
    """Make an optimizer's step in a plain loop. False if that is the optimizer's own business."""
    loop: Loop | None = STATE.capture
    if loop is not None and not current.capture:
        loop.refuse()
        STATE.capture = None
    if not current.capture:
        return False
    if loop is None:
        if STATE.uncaptured or optimizer in _LEFT_ALONE:
            return False
        loop = STATE.capture = Loop()
    loop.step(optimizer)
    return True


def settle() -> None:
    """A generator is about to be used: draws of this thread that were put off come first."""
    loop: Loop | None = STATE.capture
    if loop is not None and loop.round is not None and loop.round.has_draws:
        loop.sync()


CAPTURES.step = captured_step
Generator.waiting = staticmethod(settle)


def explain(optimizer: Any) -> str:
    """What became of the plain loop of an optimizer, in one line.

    Example:
        >>> import liuli
        >>> w = liuli.ones(2, requires_grad=True)
        >>> liuli.capture.explain(liuli.optim.SGD([w], lr=0.1))
        'no rounds of a program yet'
    """
    if optimizer in _LEFT_ALONE:
        return f"left alone: {_LEFT_ALONE[optimizer]}"
    memory: Memory = optimizer.__dict__.get("_captured", Memory())
    runs = sum(segment.runs for segment in memory.segments.values())
    return f"rounds of a program: {runs}" if runs else "no rounds of a program yet"

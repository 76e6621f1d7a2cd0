"""A loop of one thread: what it does is noted, found again, put off, and done by a program.

Eager at first. Now and then some rounds are noted. When a segment, from one step of an optimizer to
the next, has come so often that a program for it pays, the next round that begins like it is not
computed: its tensors are pending until the optimizer's step, and then the program does all at once.
Whoever asks for a pending number before that, or does anything else than last time, gets it
eagerly: all that was put off is done in order.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

from ..autodiff import engine
from ..autodiff.state import CAPTURES, STATE
from ..autodiff.tensor import Tensor, apply, edge_of
from ..autodiff.writing import write
from ..rng import Generator
from ..settings import current
from . import __getattr__ as later
from .faults import is_fault
from .notes import MOST, Notes, Outside, RefusedError
from .pending import Pending
from .price import patience
from .round import Round
from .segment import Segment, segment_of

MOST_MISSES = 3  # rounds in a row that began like a segment and went on otherwise
MOST_FRUITLESS = 40  # rounds without a program, after which the loop is watched now and then only
MOST_KEPT = 8  # kinds of rounds that are remembered
SPARE = 50  # events more than twice those of a round, before they are taken for something else
FIRST = 64  # steps of a thread that nobody looks at: what a short script does stays eager
WINDOW = 3  # rounds that are then noted in a row
FIRST_GAP, LONGEST_GAP = 128, 4096  # and rounds that pass unnoted between windows
FOR_EVER = 1 << 62


class Record:
    """Rounds that did the same."""

    def __init__(self, notes: Notes) -> None:
        self.outside: list[Outside] = notes.outside
        self.living = set(notes.living())
        self.count = 0.0  # how many there were, those that were not looked at estimated
        self.here = 0  # how many in this window
        self.needed = patience(notes)
        self.is_known = False  # whether there were two


class Memory:
    """What is known about an optimizer's rounds; it lives and dies with the optimizer."""

    def __init__(self) -> None:
        self.records: dict[Any, Record] = {}
        self.segments: dict[Any, Segment] = {}
        self.why = "its rounds were not all alike, or too few"  # why there is no program

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
        self.most = MOST  # events without a step, after which nothing is noted until the next one
        self.rounds_compiled = 0
        self.fruitless = 0
        self.window = 0  # rounds of this window so far
        self.gap = FIRST_GAP
        self.weight = 1 + FIRST / WINDOW  # rounds that one noted round stands for
        self.sleeps, self.asleep = True, FIRST  # whether it does, and for how many rounds

    # --- what the engine tells ----------------------------------------------------------------
    def apply(self, op: Any, operands: tuple[Any, ...], attrs: dict[str, Any]) -> Tensor:
        """An op is applied."""
        round = self.round
        if round is not None:  # the short way
            with self.lock:
                if self.round is round and round.take(op, operands, attrs):
                    made: Tensor = round.last
                    return made
        if self._is_beside(op, operands):
            aside: Tensor = self.hidden(apply, op, *operands, **attrs)
            return aside
        t: Tensor | None = self._put_off(op, operands, attrs)
        if t is not None:
            return t
        t = self.hidden(apply, op, *operands, **attrs)
        assert t is not None
        self.note("apply", op, operands, attrs, t)
        return t

    def detach(self, x: Tensor) -> Tensor:
        """A tensor is detached."""
        if x.__class__ is not Pending and (self.round is not None or self._is_bare(x)):
            alone: Tensor = self.hidden(Tensor.detach, x)
            return alone
        t: Tensor | None = self._put_off(Tensor.detach, (x,), {})
        if t is None:
            t = self.hidden(Tensor.detach, x)
            assert t is not None
            self.note("detach", Tensor.detach, (x,), {}, t)
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
            new = {number: g._array for number, g, version in self.notes.gradients()
                   if version >= 0 and before.get(number) != (id(g), version)}  # fmt: skip
            event.leaves = tuple(new)
            event.layouts = {k: x.strides for k, x in new.items() if not x.flags.c_contiguous}

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
                if round is None or self._ended(round, is_last=True):
                    self.fruitless, optimizer.steps_taken = 0, taken
                    self.window, self.weight, self.gap = 0, 1.0, FIRST_GAP
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
        self._finish(optimizer)
        self._rest(optimizer)

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
        """Whether `x` is an outside number that has no history."""
        if x.__class__ is Pending or not isinstance(x, Tensor) or self.notes.made_by(x):
            return False
        return (x._edge if x._view is None else edge_of(x)) is None

    def _is_beside(self, op: Any, operands: tuple[Any, ...]) -> bool:
        """Whether an operation is no event: a look at inputs, or, while a round goes, what is made
        of inputs alone."""
        if self.round is None:
            return op.is_view and self._is_bare(operands[0])
        return op.family != "random" and not any(
            isinstance(x, Tensor) and not self._is_bare(x) for x in operands
        )

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
                        self.round, self.notes = round, Notes(self.detailed)
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
        """A segment began and was not finished: cut it where that happens again and again.

        So it is where a number is asked for in every round: there its first part ends.
        """
        segment, at = round.segment, len(round.made)
        segment.misses.append((at, set(round.alive())))
        if len(segment.misses) < MOST_MISSES:
            return
        self._forget(segment)
        living = set[int]().union(*(alive for _, alive in segment.misses))
        if all(place == at for place, _ in segment.misses):
            for part in (segment.cut(at, living), segment.rest(at, living)):
                if part is not None:
                    self._learn(("part", part), part)

    def _forget(self, segment: Segment) -> None:
        """Try this segment no more, until it has come as often again, and twice as often."""
        known = self.starts[id(segment.events[0].what)]
        known[:] = [ref for ref in known if ref() not in (None, segment)]
        memory = memory_of(segment.optimizer)
        for key, each in list(memory.segments.items()):
            if each is segment:
                del memory.segments[key]
                if key in memory.records:
                    memory.records[key].count = 0.0
                    memory.records[key].needed *= 2

    def _ended(self, round: Round, is_last: bool = False) -> bool:
        """Whether the program did a whole round; `is_last` if that ends with a step."""
        segment = round.segment
        try:
            done = round.run()
        except BaseException:
            if is_last and not round.is_over:  # the step may be made again, and needs gradients
                round.made.pop()
                round.flush()
            raise
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
        if len(notes.events) > self.most and kind != "step":
            self.sleep(0)  # there may be no step any more
            return None
        try:
            return notes.add(kind, what, [notes.operand(x) for x in operands], attrs, made)
        except RefusedError as reason:
            self.notes = Notes(self.detailed, why=str(reason))
            return None

    def _finish(self, optimizer: Any) -> None:
        """A segment ends: perhaps it has come often enough."""
        notes, self.notes = self.notes, Notes(self.detailed)
        memory, count = memory_of(optimizer), len(notes.events)
        self.most = min(2 * count + SPARE, MOST)
        if notes.why:
            memory.why = notes.why
        if not notes.settled():
            memory.why = "a tensor that outlives the step could still go backward"
            return
        key = notes.key()
        record = memory.records.pop(key, None)
        if record is None:
            record = Record(notes)
        else:
            record.is_known = True
        memory.records[key] = record
        while len(memory.records) > MOST_KEPT:
            memory.records.pop(next(iter(memory.records)))
        record.count += self.weight
        record.here += 1
        living = record.living | set(notes.living())
        known = memory.segments.get(key)
        is_new = known is None or not known.is_of(notes.outside)
        if record.count >= record.needed and record.is_known and notes.detailed and is_new:
            try:
                self._learn(key, segment_of(notes, record.outside, living))
            except RefusedError as reason:
                memory.why = str(reason)
                record.needed *= 2
            except Exception as error:
                if not is_fault(error):
                    raise
                memory.why = f"{type(error).__name__}: {error}"
                self.sleep(FOR_EVER)
        record.outside, record.living = notes.outside, living
        self.detailed = record.count + self.weight >= record.needed
        self.notes.detailed = self.detailed

    def _learn(self, key: Any, segment: Segment) -> None:
        made = later("program")
        if not made.is_fast():
            memory_of(segment.optimizer).why = "programs are no machine code here"
            self.sleep(FOR_EVER)
            return
        segment.program = made.CapturedStep(segment.function())
        memory_of(segment.optimizer).segments[key] = segment
        self.starts.setdefault(id(segment.events[0].what), []).append(weakref.ref(segment))
        self.fruitless = 0

    # --- sleeping -----------------------------------------------------------------------------
    def _rest(self, optimizer: Any) -> None:
        """After a round without a program: look on, or let some rounds pass."""
        self.window += 1
        memory = memory_of(optimizer)
        if (
            self.sleeps
            or self.window < WINDOW
            or (memory.segments and self.fruitless <= MOST_FRUITLESS)
        ):
            return
        left = [
            (record.needed - record.count) * self.window / record.here
                for record in memory.records.values() if record.here and record.is_known
        ]  # fmt: skip
        soon = max(int(min(left, default=self.gap)), 0)
        for record in memory.records.values():
            record.here = 0
        self.window = 0
        if soon > WINDOW or not left:
            self.sleep(min(soon, self.gap))
            self.gap = min(2 * self.gap, LONGEST_GAP)
        else:
            self.weight = 1.0

    def sleep(self, rounds: int) -> None:
        """Look at nothing in so many rounds."""
        self.sync()
        self.sleeps, self.asleep, self.notes = True, rounds, Notes()
        self.weight = 1 + rounds / WINDOW
        STATE.capture = None

    def turn(self) -> None:
        """A step while it sleeps: perhaps the last one."""
        if self.sleeps:
            self.asleep -= 1
            if self.asleep <= 0:
                self.sleeps, self.notes = False, Notes(self.detailed)
                STATE.capture = self


def memory_of(optimizer: Any) -> Memory:
    """What is known about an optimizer's rounds."""
    found: Memory = optimizer.__dict__.setdefault("_captured", Memory())
    return found


def captured_step(optimizer: Any) -> bool:
    """Make an optimizer's step in a plain loop. False if that is the optimizer's own business."""
    state = STATE
    loop: Loop | None = state.capture
    if not current.capture:
        if loop is not None:
            loop.refuse()
        state.capture = state.loop = None
        return False
    if loop is None:
        if not state.uncaptured:
            _turn()
        return False
    loop.step(optimizer)
    return True


def _turn() -> None:
    """A step that nobody looks at: the first one of a thread, or in a loop that sleeps."""
    if STATE.loop is None:
        STATE.loop = Loop()
    STATE.loop.turn()


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
        'no rounds of a program yet: its rounds were not all alike, or too few'
    """
    memory: Memory = optimizer.__dict__.get("_captured", Memory())
    runs = sum(segment.runs for segment in memory.segments.values())
    return f"rounds of a program: {runs}" if runs else f"no rounds of a program yet: {memory.why}"

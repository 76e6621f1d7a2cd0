"""A segment of a loop that is known: its events, what they use, and the program that does them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autodiff.node import Leaf, Node
from ..autodiff.state import EDITS, STATE, sequence
from ..autodiff.tensor import Tensor, apply, edge_of, make
from ..settings import current
from ..storage import Storage
from .checks import labels_of, may_be_refused
from .events import GIVEN, MADE, PLAIN, Event, Operand, done_again
from .memory import FREE, laid_out, references
from .notes import Notes, Outside, RefusedError, form_of
from .pending import Flags, Known, Pending, Slots, fill

if TYPE_CHECKING:
    from .program import CapturedStep

Form = tuple[Any, ...]


class Segment:
    """What two rounds of a loop did alike, from one synchronisation or step to the next step."""

    def __init__(self, events: Sequence[Event], states: Sequence[Tensor | None],
                 forms: Sequence[Form], living: set[int], optimizer: Any) -> None:  # fmt: skip
        self.events = list(events)
        self.outside = tuple(states)  # None for arguments
        self.forms = list(forms)
        self.optimizer = optimizer
        self.is_cut = self.events[-1].kind != "step"
        used = {x for event in events for kind, x in event.operands if kind != MADE}
        self.arguments = [k for k, t in enumerate(states) if t is None and k in used]
        self.spent = self._spent()
        self.living = living  # the events whose tensors are held at its end
        self.outputs = sorted(self.roots(living))
        self.places = {number: i for i, number in enumerate(self.outputs)}
        self.layouts = layouts = {k: v for each in events for k, v in each.layouts.items()}
        self.gradients = [  # and of outsides that are written
            Known(shape, dtype, len(shape), math.prod(shape), False, False,
                  Flags(layouts.get(k, layout) is None), layouts.get(k, layout))
            for k, (shape, dtype, _, layout) in enumerate(self.forms)
        ]  # fmt: skip
        self.default_dtype = current.default_dtype
        self.plans: list[Any] = [None] * len(self.events)  # of the nodes, when they are known
        self.edits = -1
        self.misses: list[tuple[int, set[int]]] = []  # where it ended, and who was alive
        self.runs = 0
        self.states = [k for k, t in enumerate(states) if t is not None]
        self.own = [FREE] * len(self.states)  # references to their memory that are no looks
        self.own_gradients: dict[int, tuple[int, int]] = {}  # the id of the array, and references
        self.program: CapturedStep | None = None

    def roots(self, living: Iterable[int]) -> set[int]:
        """The results that the program must return: of views, those that they look at."""
        found = set()
        for number in living:
            while (event := self.events[number]).known is not None and event.known.view:
                kind, number = event.operands[0]
                if kind != MADE:
                    number = -1
                    break
            found.add(number)
        return found - {-1}

    def _spent(self) -> set[int]:
        """The events whose histories a backward has freed: all below it."""
        stack = [x for event in self.events if event.kind == "backward"
                 for kind, x in event.operands if kind == MADE]  # fmt: skip
        found = set[int]()
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack += [x for kind, x in self.events[number].operands if kind == MADE]
        return found

    def covers(self, alive: Iterable[int]) -> bool:
        """Whether a run leaves all that these tensors need: numbers, and no living history."""
        return all(map(self._leads_nowhere, alive)) and self.roots(alive) <= self.places.keys()

    def _leads_nowhere(self, number: int) -> bool:
        """Whether nothing that a gradient rule needs is kept in a history or below it."""
        if number in self.spent or not self._known(number).wants:
            return True
        plan, _ = self.plans[number] or self._planned(number)
        below = [x for kind, x in self.events[number].operands if kind == MADE]
        return not plan.values and all(map(self._leads_nowhere, below))

    def is_of(self, outside: Sequence[Outside]) -> bool:
        """Whether it could be matched where it was noted again with these outsides."""
        pairs = zip(self.outside, outside, strict=False)  # behind them are its own inputs
        return self.holds() and all(t is None or t is mine.ref() for t, mine in pairs)

    def cut(self, at: int, living: set[int]) -> Segment | None:
        """Its first events, if they are worth a program: if there is a backward among them.

        All of them, if more tensors are held than it knew of.
        """
        events = self.events[:at]
        if at == len(self.events):
            living = living | self.living
            if self.roots(living) <= self.places.keys():
                return None
        elif not any(event.kind == "backward" for event in events):
            return None
        made = Segment(events, self.outside, self.forms, living, self.optimizer)
        return made if made.covers(living) else None

    def looks(self) -> list[int]:
        """How many hold the memory of each state."""
        return [references(t) for t in self.outside if t is not None]

    def rest(self, at: int, living: set[int]) -> Segment | None:
        """Its events from some place on, if they go on with no history that begins before it."""
        if not 0 < at < len(self.events):
            return None
        states, forms = [*self.outside], [*self.forms]
        places: dict[int, Operand] = {i: (MADE, i - at) for i in range(at, len(self.events))}
        events = []
        for event in self.events[at:]:
            for kind, x in event.operands:
                if kind == MADE and x < at and x not in places:
                    known = self._known(x)
                    if known.wants:
                        return None
                    places[x] = GIVEN, len(forms)
                    states.append(None)
                    forms.append((known.shape, known.dtype, False, known.layout))
            operands = [places[x] if kind == MADE else (kind, x) for kind, x in event.operands]
            events.append(event.moved(tuple(operands)))
        alive = {x - at for x in living | self.living if x >= at}
        made = Segment(events, states, forms, alive, self.optimizer)
        return made if made.covers(alive) else None

    def ran(self, before: Sequence[int]) -> None:
        """Its program has run; who holds memory since `before` is the program, nobody else."""
        now = self.looks()
        if now != before:
            self.own = [a + b - c for a, b, c in zip(self.own, now, before, strict=True)]
        self.runs += 1

    def shown(self) -> set[int]:
        """The states whose memory somebody else could write, or read, unseen."""
        now = self.looks()
        if now == self.own:
            return set()
        return {k for k, a, b in zip(self.states, now, self.own, strict=True) if a > b}

    def function(self) -> Any:
        """What is compiled: the segment as a function of its arguments."""
        return partial(done_again, tuple(self.events), tuple(self.outputs), self.outside,
                       tuple(self.arguments), (self.optimizer,))  # fmt: skip

    def version(self) -> int:
        """A number that moves with every step of its optimizer."""
        return sum(p._storage.version for group in self.optimizer.param_groups
                   for p in group.params)  # fmt: skip

    def holds(self) -> bool:
        """Whether what it reads and trains is still as it was, as far as edits go."""
        if current.default_dtype != self.default_dtype:
            return False
        if self.edits != EDITS.number:
            edits = EDITS.number
            for t, form in zip(self.outside, self.forms, strict=True):
                if t is not None and not _is_as(t, form):
                    return False
            self.edits = edits
        return True

    # --- what a run leaves --------------------------------------------------------------------
    def lay_out_gradients(self) -> None:
        """Let gradients lie in memory as those of eager code do."""
        for number, layout in self.layouts.items():
            g: Any = self.outside[number]._grad  # type: ignore[union-attr]
            if g is not None and g._array.strides != layout:
                array = laid_out(g._array, layout)
                g._array, g._storage = array, Storage(array)

    def slots(self, number: int, made: Sequence[Any], given: Sequence[Any],
              tensors: Sequence[Tensor], known: dict[int, Node]) -> Slots:  # fmt: skip
        """What is in the tensor of an event after a run that returned `made`.

        `tensors` are those of the events; `known` are the histories that were made for them.
        """
        event = self.events[number]
        assert event.known is not None
        if event.known.view:
            kind, below = event.operands[0]
            base = tensors[below] if kind == MADE else given[below]
            if base.__class__ is Pending:
                fill(base, self.slots(below, made, given, tensors, known))
            STATE.grad = False
            t = base.detach() if event.kind == "detach" else apply(event.what, base, **event.attrs)
        else:
            array = laid_out(made[self.places[number]], event.known.layout)
            t = make(array, Storage(array))
        edge = self.history(number, given, known) if event.known.wants else None
        return t._array, t._storage, edge, t._view, None

    def history(self, number: int, given: Sequence[Any], known: dict[int, Node]) -> Node:
        """The history of an event's tensor as backward leaves it: nothing is kept."""
        node = known.get(number)
        if node is not None:
            return node
        event = self.events[number]
        node = known[number] = Node.__new__(Node)
        plan, shapes = self.plans[number] or self._planned(number)
        node.op, node.attrs, node.plan = event.what, event.attrs, plan
        node.shape, node.dtype = self._known(number)[:2]
        node.order, node.scope = next(sequence), event.origin.scope
        node.hooks = node.retained = None
        node.code, node.instruction = event.origin.place or (None, 0)
        node.edges, node.kept = (), None
        if not plan.values:
            node.edges = tuple(self._edge(x, given, known, kind) for kind, x in event.operands)
            node.kept = list(shapes)
        return node

    def _planned(self, number: int) -> tuple[Any, list[Any]]:
        """The plan of an event's node, and the shapes that it keeps."""
        event = self.events[number]
        wants = [(kind == GIVEN and self.forms[x][2]) or (kind == MADE and self._known(x).wants)
                 for kind, x in event.operands]  # fmt: skip
        plan = event.what.plan(sum(1 << i for i, yes in enumerate(wants) if yes))
        shapes = [self.forms[x][0] if kind == GIVEN else
                  self._known(x).shape if kind == MADE else np.shape(x)
                  for kind, x in event.operands]  # fmt: skip
        kept = [shapes[~source] if source < 0 else None for source in plan.keep]
        self.plans[number] = plan, kept
        return plan, kept

    def _known(self, number: int) -> Known:
        known = self.events[number].known
        assert known is not None
        return known

    def _edge(self, x: Any, given: Sequence[Any], known: dict[int, Node], kind: str) -> Any:
        if kind == GIVEN:
            return edge_of(given[x])
        return self.history(x, given, known) if kind == MADE and self._known(x).wants else None


def _is_as(t: Tensor, form: tuple[Any, ...]) -> bool:
    """Whether a tensor has this shape, dtype and need of a gradient, and nobody watches that."""
    if t._pending:
        return False
    edge = edge_of(t)
    watched = type(edge) is Leaf and (edge.hooks or edge.after)
    return form_of(t._array, edge is not None) == form and not watched and (
        edge is None or type(edge) is Leaf
    )  # fmt: skip


def segment_of(notes: Notes, earlier: Sequence[Outside], living: set[int]) -> Segment:
    """The segment of two rounds with equal events. Errors: RefusedError if none stands for them.

    What is made of inputs alone is no part of it: that is done at once, and its result given.
    """
    states: list[Tensor | None] = []
    for mine, other in zip(notes.outside, earlier, strict=True):
        t = mine.ref()
        same = t is not None and t is other.ref()
        if not same and (mine.leaf or mine.written):
            raise RefusedError("what is trained or written is another tensor in each round")
        states.append(t if mine.leaf or mine.written else None)
    forms = [outside.form for outside in notes.outside]
    events: list[Event] = []
    places: dict[int, Operand] = {}  # of what each event made
    for number, event in enumerate(notes.events):
        operands = tuple(places[x] if kind == MADE else (kind, x) for kind, x in event.operands)
        if _is_early(event, operands, notes.outside):
            known = event.known
            assert known is not None
            places[number] = GIVEN, len(forms)
            forms.append((known.shape, known.dtype, False, known.layout))
            states.append(None)
        else:
            places[number] = MADE, len(events)
            events.append(event.moved(operands))
    _with_labels(events, forms)
    alive = {x for kind, x in map(places.__getitem__, living) if kind == MADE}
    made = Segment(events, states, forms, alive, notes.events[-1].what)
    if not made.covers(alive):
        raise RefusedError("a tensor that outlives the step could still go backward")
    return made


def _is_early(event: Event, operands: Sequence[Operand], outside: Sequence[Outside]) -> bool:
    """Whether an event makes something of inputs alone, which nobody trains or writes."""
    if (
        event.known is None
        or event.kind == "call"
        or (getattr(event.what, "family", "") == "random")
    ):
        return False
    return not event.known.wants and all(
        kind == PLAIN or (kind == GIVEN and (
            x >= len(outside) or not (outside[x].leaf or outside[x].written)))
        for kind, x in operands
    )  # fmt: skip


def _with_labels(events: Sequence[Event], forms: Sequence[Form]) -> None:
    """Note where labels are. Errors: RefusedError for a check that may fail when it is too late."""
    for number, event in enumerate(events):
        if may_be_refused(events, number, MADE):
            raise RefusedError("numbers are checked that are computed in the round")
        if event.kind == "apply":
            kind, x = event.operands[0] if event.operands else (PLAIN, 0)
            known = events[x].known if kind == MADE else None
            shape = known.shape if known is not None else forms[x][0] if kind == GIVEN else ()
            event.labels = labels_of(event, shape)


def is_argument(x: Any, form: Form) -> bool:
    """Whether `x` can be an argument of this form: plain numbers without a history."""
    if x.__class__ is not Tensor or (x._edge if x._view is None else edge_of(x)) is not None:
        return False
    return form_of(x._array, False) == form

"""A segment of a loop that is known: its events, what they use, and the program that does them."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autodiff.node import Leaf, Node
from ..autodiff.state import EDITS, STATE, sequence
from ..autodiff.tensor import Tensor, apply, edge_of, fresh, make
from ..settings import current
from ..storage import Storage
from .events import GIVEN, MADE, Event, done_again
from .notes import Notes, Outside
from .pending import Known, Pending, Slots, fill

if TYPE_CHECKING:
    from .program import CapturedStep

Form = tuple[Any, ...]

_NEW = 8  # runs until everything about a program is there


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
        self.outputs = sorted(self.roots(living))
        self.places = {number: i for i, number in enumerate(self.outputs)}
        self.gradients = [
            Known(shape, dtype, len(shape), math.prod(shape), False, False)
            for shape, dtype, *_ in self.forms
        ]
        self.default_dtype = current.default_dtype
        self.plans: list[Any] = [None] * len(self.events)  # of the nodes, when they are known
        self.edits = -1
        self.misses: list[tuple[int, set[int]]] = []  # where it ended, and who was alive
        self.runs = 0
        self.looks = [_FREE] * len(self.forms)  # references to memory that is written
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

    def cut(self, at: int, living: set[int]) -> Segment | None:
        """Its first events, if they are worth a program: if there is a backward among them."""
        events = self.events[:at]
        if at == len(self.events) or not any(event.kind == "backward" for event in events):
            return None
        made = Segment(events, self.outside, self.forms, living, self.optimizer)
        return made if made.covers(living) else None

    def ran(self) -> None:
        """Its program has run: while it is new it may hold on to memory that it writes."""
        self.runs += 1
        if self.runs < _NEW:
            self.looks = [_FREE if t is None else references(t) for t in self.outside]

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
            t = apply(event.what, base, **event.attrs)
        else:
            array = made[self.places[number]]
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
    whole = t._array.flags.c_contiguous
    return (t._array.shape, t._array.dtype, edge is not None, whole) == form and not watched and (
        edge is None or type(edge) is Leaf
    )  # fmt: skip


def segment_of(notes: Notes, earlier: Sequence[Outside], living: set[int]) -> Segment | None:
    """The segment of two rounds with equal events; None if no program could stand for it."""
    states: list[Tensor | None] = []
    for mine, other in zip(notes.outside, earlier, strict=True):
        t = mine.ref()
        if t is not None and t is other.ref():
            states.append(t)
        elif mine.leaf or mine.written:
            return None
        else:
            states.append(None)
    forms = [outside.form for outside in notes.outside]
    made = Segment(notes.events, states, forms, living, notes.events[-1].what)
    return made if made.covers(living) else None


def is_argument(x: Any, form: tuple[Any, ...]) -> bool:
    """Whether `x` can be an argument of this form: plain numbers without a history."""
    if x.__class__ is not Tensor or (x._edge if x._view is None else edge_of(x)) is not None:
        return False
    array = x._array
    return (array.shape, array.dtype, False, array.flags.c_contiguous) == form


def own(x: Tensor) -> Tensor:
    """`x`, or a copy if somebody else could write its memory unseen, as NumPy can."""
    base = x._array.base
    if base is None:
        alone = _looks(x) <= _OWN
    else:
        alone = type(base) is np.ndarray and base.base is None and _looks_below(x) <= _OWN_VIEW
    if alone:
        return x
    copy = x._array.copy()
    return make(copy, Storage(copy))


def _looks(x: Tensor) -> int:
    """References to the array of a tensor."""
    return sys.getrefcount(x._array)


def _looks_below(x: Tensor) -> int:
    """References to the array that the array of a tensor looks into."""
    return sys.getrefcount(x._array.base)


def references(t: Tensor) -> int:
    """How many hold the memory of a tensor, all in all."""
    return sys.getrefcount(t._storage) + sys.getrefcount(t._array)


# Where nobody else looks, as counted: that differs between versions of Python.
_WHOLE = fresh(np.zeros(2))
_VIEW = make(_WHOLE._array[:1], _WHOLE._storage)
_OWN_VIEW = _looks_below(_VIEW) + 1  # `own` has a name for it
_OWN, _FREE = _looks(fresh(np.zeros(1))), references(fresh(np.zeros(1)))

"""One program of a step: when it holds, and what a call of it does besides the arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np

from ..autodiff.state import EDITS, STATE
from ..autodiff.tensor import Dropped, Tensor, edge_of, fresh
from ..errors import GradientError
from ..settings import current
from .call import Call, form, may_be_input, parts, same_number
from .guard import World
from .native import one_by_one
from .observer import Gradient, Result, Trace, filled
from .runner import Array, Runner
from .sharing import Sharing, owner

_SETTLED = {"none": None, "dropped": Dropped()}  # one object stands for all that is dropped


@dataclass
class Conditions:
    """What a call must be like for a program to be the right one."""

    call: Call
    world: World
    free: frozenset[str]  # numbers that may have any value
    tensors: list[str]  # names of the arguments that are tensors
    numbers: list[str]  # and of those that are numbers; no place has such a name
    edits: int = field(default_factory=lambda: EDITS.number)

    def broken_by(self, call: Call, now: Callable[[Call], World]) -> str:
        """The first guard that fails, in words; empty if the program holds.

        `now` looks at the world again, which is asked only when something was edited.
        """
        mine = self.call
        if call.forms != mine.forms or call.tree != mine.tree:
            return _other_arguments(mine, call, self.tensors)
        if call.modes != mine.modes:
            return "no_grad, inference_mode or the default dtype: switched"
        if call.numbers and (number := self.changed_number(call)):
            return number
        if not self.world.unchanged() and (changed := self.world.changed(self.free)):
            return changed
        if EDITS.number != self.edits:
            edits, world = EDITS.number, now(call)
            if world.snapshot != self.world.snapshot:
                return self.world.edited(world)
            self.edits = edits
        return ""

    def changed_number(self, call: Call) -> str:
        """The first number that is another one, and may not be, in words."""
        for name, a, b in zip(self.numbers, self.call.numbers, call.numbers, strict=True):
            if not (same_number(a, b) or (name in self.free and may_be_input(b, type(a)))):
                return f"{name}: {a!r}, now {b!r}"
        return ""

    def number(self, name: str, call: Call) -> Any:
        """The present value of a number that is an input."""
        if name in self.numbers:
            return call.numbers[self.numbers.index(name)]
        return self.world.value(name)


class Program:
    """A graph that is ready to run, its conditions, and what its runs change."""

    def __init__(self, trace: Trace, conditions: Conditions, runner: Runner) -> None:
        self.trace, self.conditions, self.runner = trace, conditions, runner
        self.states = list(trace.states)
        self.runs = 0
        self.entries = [g for g in trace.gradients if g.entry != "any"]
        exits = [g for g in trace.gradients if g.exit != "kept"]
        settled = [g.exit in _SETTLED and g.leaf.__class__ is not int for g in exits]
        self.known_exits = [(g.leaf, _SETTLED[g.exit]) for g in compress(exits, settled)]
        self.other_exits = [g for g, known in zip(exits, settled, strict=True) if not known]
        self.written_entries = [g for g in self.entries if g.exit == "kept" and g.written]
        self.symbols = trace.symbols
        kinds = [leaf.spec.dtype for leaf in trace.graph.inputs]
        self.symbol_kinds = kinds[len(kinds) - len(self.symbols) :]
        self.sharing = Sharing(trace, conditions)
        call = conditions.call
        simple = all(lies in ("tensor", "array") for lies in call.tree) and not self.symbols
        self.shapes = [(x.__class__, *form(x)) for x in call.tensors] if simple else None
        self.grad_mode, self.inference, self.default_dtype = call.modes

    def holds(self, args: tuple[Any, ...]) -> bool:
        """The short way to know that this is the program for a call of tensors alone.

        False where it takes longer to tell.
        """
        shapes, conditions = self.shapes, self.conditions
        if shapes is None or len(args) != len(shapes) or EDITS.number != conditions.edits:
            return False
        written = self.sharing.owners
        for x, (kind, shape, dtype, edge) in zip(args, shapes, strict=True):
            if x.__class__ is not kind:
                return False
            if kind is not np.ndarray:
                if (x._edge if x._view is None else edge_of(x)).__class__ is not edge:
                    return False
                x = x._array
            if x.shape != shape or x.dtype is not dtype:
                return False
            if written and id(x if x.base is None else owner(x)) in written:
                return False
        state = STATE
        if state.grad is not self.grad_mode or state.inference is not self.inference:
            return False
        if current.default_dtype != self.default_dtype or not conditions.world.unchanged():
            return False
        if self.sharing.inputs and self.sharing.of(args):
            return False
        return not self.entries or not self.entry_differs(args)

    def broken_by(self, call: Call, now: Callable[[Call], World]) -> str:
        """As that of the conditions; gradients must be there, or not be there, as they were."""
        broken = self.conditions.broken_by(call, now) or self.entry_differs(call.tensors)
        if not broken and self.sharing.matters and (shared := self.sharing.of(call.tensors)):
            return f"{' and '.join(shared)}: one memory"
        return broken

    def entry_differs(self, tensors: Sequence[Any]) -> str:
        """Which gradient is there, or is not, unlike when the program was made."""
        for g in self.entries:
            leaf = g.leaf if g.leaf.__class__ is not int else tensors[g.leaf]
            if (leaf._grad is None) != (g.entry == "none"):
                return f"the gradient of {self.conditions.world.name_of(leaf)}: there or not there"
            if leaf._grad.__class__ is Dropped:
                raise GradientError("LL720")
            if g.state >= 0:
                memory = leaf._grad._storage.value
                before = self.states[g.state]
                if memory is not before:
                    view = leaf._grad._view
                    if memory.shape != before.shape or memory.dtype != before.dtype or (
                        view is not None and view.chain
                    ):  # fmt: skip
                        return "a gradient: of another form"
                    self.states[g.state] = memory
                    self.sharing.moved(g.state, memory)
        return ""

    def run(self, tensors: Sequence[Any], call: Call | None = None) -> Any:
        """What the function returns for these arguments, by the program."""
        trace = self.trace
        inputs = [x if x.__class__ is np.ndarray else x._array for x in tensors]
        if call is not None:
            numbers = [self.conditions.number(name, call) for name in self.symbols]
            inputs += map(np.array, numbers, self.symbol_kinds)
        made = self.runner.run(inputs, self.states)
        self.end(tensors, made)
        if trace.template.__class__ is Result:
            return released(fresh(made[trace.template.output]))
        return filled(trace.template, [released(fresh(array)) for array in made])

    def run_many(self, stacked: Sequence[Array], count: int) -> list[Array]:
        """`count` runs of a program without other arguments: run i takes row i of each.

        Fewer if one of them is refused; an error if that is the first.
        Returned are the tensors of the results as arrays, a row a run.
        """
        value = self.conditions.world.value
        numbers = zip(self.symbols, self.symbol_kinds, strict=True)
        stacked = [*stacked, *(np.full(count, value(name), kind) for name, kind in numbers)]
        if self.trace.hosts or self.trace.written_inputs:
            made = one_by_one(self._run_alone, stacked, (), count)
        else:
            made = self.runner.run_many(stacked, self.states, count)
            count = len(made[0]) if made else count
            self.runs += count - 1
            self.end([each[-1, ...] for each in stacked], [each[-1, ...] for each in made])
        return [made[x.output] for x in parts(self.trace.template) if x.__class__ is Result]

    def _run_alone(self, inputs: list[Array], states: Sequence[Array]) -> list[Array]:
        made = self.runner.run(inputs, self.states)
        self.end(inputs, made)
        return made

    def end(self, tensors: Sequence[Any], made: list[Array]) -> None:
        """What a run does besides the arithmetic: versions, gradients, calls of Python's own."""
        trace = self.trace
        self.runs += 1
        for storage in trace.versions:
            storage.version += 1
        for i in trace.written_inputs:
            if tensors[i].__class__ is not np.ndarray:
                tensors[i]._storage.version += 1
        for leaf, left in self.known_exits:
            leaf._grad = left
        for g in self.other_exits:
            leaf = g.leaf if g.leaf.__class__ is not int else tensors[g.leaf]
            leaf._grad = self.left(g, made)
        for g in self.written_entries:
            leaf = g.leaf if g.leaf.__class__ is not int else tensors[g.leaf]
            leaf._grad._storage.version += 1
        for host in trace.hosts:
            own, named = filled(host.arguments, [fresh(array) for array in made])
            host.function(*own, **named)

    def left(self, g: Gradient, made: list[Any]) -> Any:
        """What a run leaves in a `grad`."""
        if g.exit == "new":
            return fresh(made[g.output])
        return g.given if g.exit == "given" else _SETTLED[g.exit]


def released(t: Tensor) -> Tensor:
    """A result as it leaves a step: without history, which backward will say."""
    t.__dict__["_made_by_step"] = True
    return t


def _other_arguments(known: Call, call: Call, names: list[str]) -> str:
    """How the arguments differ from those of a program."""
    if call.tree != known.tree:
        return "the arguments: of other kinds, or other objects"
    for name, a, b in zip(names, known.forms, call.forms, strict=True):
        if a != b:
            kinds = ("shape", "dtype", "requires_grad")
            what = next(n for n, x, y in zip(kinds, a, b, strict=True) if x != y)
            if what == "requires_grad":
                return f"{name}: requires_grad"
            x, y = ((a, b)[k][kinds.index(what)] for k in (0, 1))
            return f"{name}: {what} {x}, now {y}"
    return "the arguments"

"""Watching one eager call of a step: its program, and everything else that it does.

The call goes on whatever happens. Where it does what no program can repeat, the watching ends, the
reason is kept, and the rest of the call is simply eager.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..autodiff.state import STATE, here
from ..autodiff.tensor import Tensor, fresh
from ..errors import RecordError, Row
from ..ops import Op
from ..storage import Storage
from .call import mapped, parts, plain, same_number
from .graph import Graph, Node, spell
from .symbols import Symbol, symbol
from .trace import Array, Recorder


@dataclass(frozen=True)
class Result:
    """The place of a tensor in a nested value: the number of a program's output."""

    output: int


@dataclass
class Host:
    """A call of Python's own, made after each run of the program."""

    function: Callable[..., Any]
    arguments: Any  # (args, kwargs), with Results

    @property
    def name(self) -> str:
        """What `explain` calls it."""
        return str(getattr(self.function, "__qualname__", self.function))


@dataclass
class Gradient:
    """What a program does with the `grad` of one leaf."""

    leaf: Any  # the tensor; or the number of the argument that it is
    entry: str  # what must be there before: "any", "none", or "tensor"
    exit: str  # what is there afterwards: "kept", "none", "new", "dropped", or "given"
    state: int = -1  # where in the program's states its memory stands, if it is read
    written: bool = False  # whether that memory is written
    output: int = -1  # which output it becomes, if it is new
    given: Tensor | None = None  # a tensor from outside that it becomes


@dataclass
class Trace:
    """What one call did."""

    graph: Graph
    states: list[Array]
    versions: list[Storage]  # of the memory that is written
    written_inputs: list[int]
    gradients: list[Gradient]
    hosts: list[Host]
    template: Any  # what is returned, with Results
    symbols: list[str]  # names of the numbers that are inputs, after the tensors


class Observer(Recorder):
    """A recorder that refuses nothing, but remembers why there can be no program."""

    def __init__(self, name: str, strict: bool = False) -> None:
        super().__init__(name)
        self.strict = strict
        self.failure: RecordError | None = None
        self.hosts: list[Host] = []
        self.shown: list[Tensor] = []  # what host calls are given
        self.made: list[tuple[weakref.ref[Storage], int]] = []  # by which node
        self.touched: dict[int, Array] = {}  # memory that a host call wrote
        self.symbols: list[str] = []

    # --- while it runs ------------------------------------------------------------------------
    def refuse(self, code: str, **facts: Any) -> None:
        """Watch no longer, or raise if the user wants that."""
        error = RecordError(code, rows=[Row("where", here(2))], **facts)
        if self.strict:
            raise error
        self.failure, STATE.recorder = self.failure or error, None

    def record(self, op: Op, operands: tuple[Any, ...], attrs: dict[str, Any], y: Tensor) -> None:
        """As the recorder does; and remember what was made."""
        try:
            super().record(op, operands, attrs, y)
        except RecordError:
            raise
        except Exception as error:  # a fault of ours: the call itself must go on
            self.refuse("LL734", what=f"{type(error).__name__}: {error}")
            return
        self.made.append((weakref.ref(y._storage), len(self.graph.nodes) - 1))

    def read_whole(self, root: Array) -> int:
        """What `root` holds; a host call that wrote it comes after the program, not before."""
        if id(root) in self.touched:
            self.refuse("LL726")
        return super().read_whole(root)

    def host(
        self, function: Callable[..., Any], args: Any, kwargs: Any, touched: Iterable[Any]
    ) -> None:
        """Call `function` now, unwatched, and note what it was given."""
        first = len(self.shown)
        order = itertools.count(first)

        def note(x: Any) -> Any:
            if isinstance(x, Symbol):
                x.refuse(f"{function.__qualname__}()")
            if not isinstance(x, Tensor):
                return x
            self.shown.append(x.detach())
            return Result(next(order))

        noted = mapped((args, kwargs), note)
        if STATE.recorder is not self:  # refused just now
            function(*args, **kwargs)
            return
        values = [self.read(t) for t in self.shown[first:]]
        for i, value in enumerate(values, first):  # what it holds now, not at the end
            t = self.shown[i]
            self.shown[i] = frozen = Tensor.__new__(Tensor)
            copy = np.array(t._array)
            frozen._array, frozen._storage, frozen._view = copy, Storage(copy), None
            frozen._edge = frozen._grad = None
            self.bind(copy, value)
        self.hosts.append(Host(function, noted))
        STATE.recorder = None
        try:
            own, named = filled(noted, [fresh(np.array(t._array)) for t in self.shown])
            self.make_call(partial(function, *own, **named), touched)
        finally:
            STATE.recorder = self
        self.touched |= {id(array): array for array in touched}

    def make_call(self, call: Callable[[], Any], touched: Iterable[Any]) -> None:
        """Make a call of Python's own."""
        call()

    def printed(self, text: str, stream: Any) -> bool:
        """Python prints a text: the program's runs print it too. False if nobody watches."""
        if STATE.recorder is not self:
            return False
        self.make_call(partial(stream.write, text), ())
        if self.hosts and self.hosts[-1].function is _print:
            text = self.hosts.pop().arguments[0][0] + text
        self.hosts.append(Host(_print, ((text,), {})))
        return True

    def number_input(self, number: Any, name: str) -> Any:
        """A number of Python's as an input."""
        kind = np.int64 if type(number) is int else np.float64
        self.symbols.append(name)
        return symbol(number, self, self.leaf("input", np.array(number, kind), name), name)

    # --- the end ------------------------------------------------------------------------------
    def trace(self, returned: Any, places: dict[int, int], keep_grads: bool) -> Trace:
        """What the call did; `places`: arguments by the id of the tensor that stood for them."""
        outputs: list[Tensor] = []
        template = mapped(returned, lambda x: self.output(x, outputs))
        shift = len(outputs)
        outputs += self.shown
        for host in self.hosts:
            host.arguments = mapped(host.arguments, lambda x: _shifted(x, shift))
        gradients = [
            made
            for slot in self.grads.values()
            if (made := self.gradient(slot, outputs, places, keep_grads)) is not None
        ]
        graph = self.graph
        graph.outputs = [self.read(t) for t in outputs]
        numbers = [leaf.number for leaf in graph.inputs]
        for number, array in self.leaf_memory.items():
            if self.values[id(array)] != number:
                graph.assigns.append((number, self.values[id(array)]))
        states = [self.leaf_memory[leaf.number] for leaf in graph.states]
        assigned = {target for target, _ in graph.assigns}
        memory = {id(self.leaf_memory[number]) for number in assigned}
        for each in gradients:
            each.state = _find(states, each.given) if each.entry == "tensor" else -1
            each.written = each.state >= 0 and id(states[each.state]) in memory
            each.given = each.given if each.exit == "given" else None
        memory -= {id(states[each.state]) for each in gradients if each.state >= 0}
        versions = [storage for key, storage in self.written.items() if key in memory]
        self.written.clear()  # else it would hold what was made inside
        for slot in self.grads.values():
            slot.consumed = None
        return Trace(
            graph, states,
            versions,
            [i for i, number in enumerate(numbers) if number in assigned],
            gradients, self.hosts, template, self.symbols,
        )  # fmt: skip

    def output(self, x: Any, outputs: list[Tensor]) -> Any:
        """One part of what is returned: a tensor's place, or a plain value."""
        if isinstance(x, Tensor):
            outputs.append(x)
            return Result(len(outputs) - 1)
        if isinstance(x, Symbol):
            x.refuse("return")
        if isinstance(x, np.ndarray) and self.failure is None:
            self.failure = RecordError("LL730", type=type(x).__name__)
        return x

    def gradient(
        self, slot: Any, outputs: list[Tensor], places: dict[int, int], keep_grads: bool
    ) -> Gradient | None:
        """What happens to one `grad`; None for a leaf that lived in the call alone."""
        leaf = slot.leaf()
        if leaf is None:
            return None
        entry = "any" if slot.replaced else "none" if slot.entry is None else "tensor"
        made = Gradient(places.get(id(leaf), leaf), entry, "kept", given=slot.entry)
        grad = leaf._grad
        if entry == "tensor" and slot.entry._view is not None and slot.entry._view.chain:
            self.failure = self.failure or RecordError("LL706", what="a gradient that is a view")
        if grad is None:
            made.exit = "kept" if entry == "none" else "none"
        elif isinstance(slot.entry, Tensor) and grad._storage is slot.entry._storage:
            made.exit = "kept"
        elif any(grad._storage.value is memory for memory in self.leaf_memory.values()):
            made.exit, made.given = "given", grad
        elif slot.consumed is grad and not keep_grads:
            made.exit = "dropped"
        else:
            made.exit, made.output = "new", len(outputs)
            outputs.append(grad)
        return made

    def escaped(self) -> Node | None:
        """The node that made a tensor which somebody still holds, if there is one."""
        leaves = [leaf for slot in self.grads.values() if (leaf := slot.leaf()) is not None]
        allowed = {id(leaf._grad._storage) for leaf in leaves if leaf._grad is not None}
        for memory, node in self.made:
            storage = memory()
            if storage is not None and id(storage) not in allowed:
                return self.graph.nodes[node]
        return None


def _print(text: str) -> None:
    sys.stdout.write(text)


_print.__qualname__ = "print"


def filled(value: Any, tensors: Sequence[Any]) -> Any:
    """`value` with tensors in the places of Results."""
    return mapped(value, lambda x: tensors[x.output] if x.__class__ is Result else x)


def _shifted(x: Any, by: int) -> Any:
    return Result(x.output + by) if isinstance(x, Result) else x


def _find(states: list[Array], t: Tensor | None) -> int:
    """Where the memory of `t` is among `states`, or -1."""
    found = (i for i, array in enumerate(states) if t is not None and array is t._storage.value)
    return next(found, -1)


# --- are two calls the same program? --------------------------------------------------------------
def difference(a: Trace, b: Trace) -> tuple[str, str] | None:
    """The first thing in which two calls differ, and its place; None if there is none."""
    for one, other in zip(a.graph.nodes, b.graph.nodes, strict=False):
        if (one.op, one.operands, one.attrs, one.spec) != (
            other.op, other.operands, other.attrs, other.spec,
        ) and not _both_nan(one, other):  # fmt: skip
            return _told(one, other), other.origin
    if len(a.graph.nodes) != len(b.graph.nodes):
        longer = max(a.graph.nodes, b.graph.nodes, key=len)
        extra = longer[min(len(a.graph.nodes), len(b.graph.nodes))]
        return f"only one of them computes {extra.op}", extra.origin
    if a.graph.leaves != b.graph.leaves or a.graph.assigns != b.graph.assigns:
        return "they read or write other tensors", ""
    for array, other_array, leaf in zip(a.states, b.states, a.graph.states, strict=True):
        if array is not other_array and not _is_gradient(a, array):
            return f"{leaf.name or spell(leaf.spec)} lies in other memory in the second", ""
    if [_summary(x) for x in a.gradients] != [_summary(x) for x in b.gradients]:
        return "they leave other gradients", ""
    if [h.name for h in a.hosts] != [h.name for h in b.hosts]:
        return "they call other functions of Python", ""
    for host, again in zip(a.hosts, b.hosts, strict=True):
        pairs = zip(parts(host.arguments), parts(again.arguments), strict=False)
        for one_given, other_given in pairs:
            if plain(one_given) and not same_number(one_given, other_given):
                return f"{host.name} of {one_given!r} in one, of {other_given!r} in the other", ""
    mine, theirs = list(parts(a.template)), list(parts(b.template))
    if len(mine) != len(theirs) or not all(map(_same_part, mine, theirs)):
        return "they return other things than tensors", ""
    return None


def _told(one: Node, other: Node) -> str:
    """How two nodes differ, in words."""
    if one.op == other.op == "const":
        return f"the number {one.attrs['value']} in one is {other.attrs['value']} in the other"
    if one.op == other.op and one.spec == other.spec:
        return f"{one.op} has other operands"
    return f"one computes {one.op} {spell(one.spec)}, the other {other.op} {spell(other.spec)}"


def _both_nan(one: Node, other: Node) -> bool:
    """Whether only NaN, which equals nothing, makes them differ."""
    return one.op == other.op and one.operands == other.operands and str(one) == str(other)


def _is_gradient(trace: Trace, array: Array) -> bool:
    return any(each.state >= 0 and trace.states[each.state] is array for each in trace.gradients)


def _summary(g: Gradient) -> tuple[Any, ...]:
    leaf = g.leaf if isinstance(g.leaf, int) else id(g.leaf)
    return leaf, g.entry, g.exit, g.state, g.output, id(g.given) if g.exit == "given" else 0


def _same_part(a: Any, b: Any) -> bool:
    if isinstance(a, Result) or not plain(a):
        return a is b or bool(a == b)
    return same_number(a, b)

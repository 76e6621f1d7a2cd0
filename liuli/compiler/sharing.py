"""Arguments that lie in memory which a program writes.

A program takes each argument as it was before the call. That is wrong where the step writes an
argument, or state, and another argument is a look at the same memory: such calls are eager. An
argument whose gradient is made counts as written: it has one `grad`, by whatever name it is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..autodiff.tensor import Tensor
from .observer import Trace
from .runner import Array

Named = tuple[str, Array]


def array_of(x: Any) -> Array:
    """The numbers of a tensor or array."""
    found: Array = x._array if isinstance(x, Tensor) else x
    return found


def owner(array: Any) -> Any:
    """Whose memory an array looks at: of two that share it, the same object."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def overlap(these: Sequence[Named], others: Iterable[Named]) -> Iterator[tuple[str, str]]:
    """Names of what lies in the same memory, one of each list."""
    known: dict[int, list[Named]] = {}
    for name, array in these:
        known.setdefault(id(owner(array)), []).append((name, array))
    for other, array in others:
        for name, mine in known.get(id(owner(array)), ()):
            if np.may_share_memory(mine, array):
                yield name, other


def shared(names: Sequence[str], tensors: Sequence[Any], states: Iterable[Named]
           ) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Which arguments lie in the memory of other arguments, or of these states."""
    given = [(name, array_of(x)) for name, x in zip(names, tensors, strict=True)]
    found = [pair for i, each in enumerate(given) for pair in overlap([each], given[i + 1 :])]
    return (*found, *overlap(given, states))


def wanting(names: Sequence[str], tensors: Sequence[Any], pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether one of those that share memory is an argument that wants a gradient."""
    named = {name for name, x in zip(names, tensors, strict=True) if requires_grad(x)}
    return any(named & set(pair) for pair in pairs)


def requires_grad(x: Any) -> bool:
    """Of an array it is false."""
    return isinstance(x, Tensor) and x.requires_grad


def contents(names: Sequence[str], tensors: Sequence[Any], pairs: Iterable[tuple[str, str]]
             ) -> list[bytes]:  # fmt: skip
    """What the arguments that share memory hold."""
    chosen = {name for pair in pairs for name in pair}
    given = zip(names, tensors, strict=True)
    return [array_of(x).tobytes() for name, x in given if name in chosen]


class Sharing:
    """What a program writes, to compare the arguments of each call with."""

    def __init__(self, trace: Trace, conditions: Any) -> None:
        graph = trace.graph
        assigned = {target for target, _ in graph.assigns}
        self.names: list[str] = conditions.tensors
        leaves = {g.leaf for g in trace.gradients if g.leaf.__class__ is int}  # have one `grad`
        touched = {*trace.written_inputs, *leaves}
        self.inputs = sorted(i for i in touched if i < len(self.names))
        self.states = list(trace.states)
        self.labels = [leaf.name or "state" for leaf in graph.states]
        self.kept = [i for i, leaf in enumerate(graph.states) if leaf.number in assigned]
        self.owners = {id(owner(trace.states[i])) for i in self.kept}
        self.everyone = {id(owner(array)) for array in trace.states}
        self.matters = bool(self.names) and bool(self.inputs or self.kept)

    def moved(self, state: int, memory: Array) -> None:
        """A state lies somewhere else from now on."""
        self.states[state] = memory
        if state in self.kept:
            self.owners = {id(owner(self.states[i])) for i in self.kept}
        self.everyone = {id(owner(array)) for array in self.states} if self.inputs else set()

    def of(self, tensors: Sequence[Any]) -> tuple[str, str] | None:
        """The first two, an argument and what is written, that share memory; mostly None."""
        for x in tensors:
            memory = x if x.__class__ is np.ndarray else x._array
            if id(memory if memory.base is None else owner(memory)) in self.owners:
                return self.pair(tensors)
        return self.pair(tensors) if self.inputs and self.beside_inputs(tensors) else None

    def beside_inputs(self, tensors: Sequence[Any]) -> bool:
        """Whether anything might lie in the memory of an argument that is written."""
        owners = [id(owner(array_of(x))) for x in tensors]
        mine = [owners[i] for i in self.inputs]
        return any(one in self.everyone or owners.count(one) > 1 for one in mine)

    def pair(self, tensors: Sequence[Any]) -> tuple[str, str] | None:
        """As `of`, whatever it takes."""
        given = [(n, array_of(x)) for n, x in zip(self.names, tensors, strict=True)]
        states = list(zip(self.labels, self.states, strict=True))
        for i in self.inputs:
            others = [*given[:i], *given[i + 1 :], *states]
            for found in overlap([given[i]], others):
                return found
        return next(overlap(given, [states[i] for i in self.kept]), None)

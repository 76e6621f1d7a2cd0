"""The state of parameters: arrays like the parameter, and scalar counters.

Parameters of a group that take their first step together share their counters, so what follows
from them is computed once. When one of them is left out of a step, the others go on with counters
of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..autodiff.state import EDITS
from ..autodiff.tensor import Tensor
from ..autodiff.writing import check_writable
from ..errors import ArgumentError
from ..memory import room
from .group import Cell, state_tensor

State = dict[str, Tensor]
States = Mapping[Tensor, State]


class Named(dict[str, Tensor]):
    """The state of one parameter; whoever puts another tensor into it makes an edit."""

    def __setitem__(self, name: str, value: Tensor) -> None:
        EDITS.number += 1
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        EDITS.number += 1
        super().__delitem__(name)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """As that of a dict."""
        EDITS.number += 1
        super().update(*args, **kwargs)


class Kept(defaultdict[Tensor, State]):
    """The state of each parameter; whoever takes one away, or gives another, makes an edit."""

    def __setitem__(self, p: Tensor, state: State) -> None:
        EDITS.number += bool(self.get(p))
        super().__setitem__(p, state)

    def __delitem__(self, p: Tensor) -> None:
        EDITS.number += 1
        super().__delitem__(p)

    def pop(self, *args: Any) -> Any:
        """As that of a dict."""
        EDITS.number += 1
        return super().pop(*args)

    def clear(self) -> None:
        """As that of a dict."""
        EDITS.number += 1
        super().clear()


def begin(
    params: Sequence[Tensor], arrays: Mapping[str, float], counters: Mapping[str, float]
) -> dict[Tensor, State]:
    """State for each of `params`: arrays filled with a number, and counters that they share."""
    shared = {name: Cell(value).tensor for name, value in counters.items()}
    for p in params:
        check_writable(p)
    return {p: {name: _filled(p, x) for name, x in arrays.items()} | shared for p in params}


def _filled(p: Tensor, value: float) -> Tensor:
    memory = p._array
    if memory.flags.c_contiguous:
        made = room(memory.shape, kept_dtype(p))
        made.fill(value)
    else:
        made = np.full_like(memory, value, kept_dtype(p))
    return state_tensor(made)


def kept_dtype(p: Tensor) -> np.dtype[Any]:
    """The dtype of state arrays: of 16-bit parameters 32 bits, so that small squares live."""
    return np.dtype(np.float32) if p._array.dtype.itemsize < 4 else p._array.dtype


def by_counters(
    active: Sequence[Tensor], params: Sequence[Tensor], state: States, names: Sequence[str]
) -> Iterator[tuple[State, list[Tensor]]]:
    """(counters, who shares them) for the parameters that take part in this step."""
    if not names:
        yield {}, list(active)
        return
    first = names[0]
    together: dict[int, list[Tensor]] = {}
    for p in active:
        together.setdefault(id(state[p][first]), []).append(p)
    waiting = set()
    if len(active) < len(params):
        waiting = {id(state[p][first]) for p in params if p._grad is None and p in state}
    for key, members in together.items():
        counters = {name: state[members[0]][name] for name in names}
        if key in waiting:
            counters = {name: state_tensor(np.array(t._array)) for name, t in counters.items()}
            for p in members:
                state[p].update(counters)
        yield counters, members


def shared(params: Sequence[Tensor], state: States, names: Sequence[str]) -> None:
    """Let parameters whose counters are equal share them."""
    known: dict[tuple[float, ...], State] = {}
    for p in params:
        if p in state:
            mine = {name: state[p][name] for name in names}
            values = tuple(float(t._array) for t in mine.values())
            state[p].update(known.setdefault(values, mine))


def restored(
    owner: str, index: int, p: Tensor, saved: Any, arrays: Sequence[str], counters: Sequence[str]
) -> State:
    """A copy of one parameter's saved state. Errors: LL691, LL692 where it does not fit."""
    given = {name: x for name, x in saved.items() if x is not None}
    wanted = [*arrays, *counters]
    if not given.keys() >= set(wanted):
        raise ArgumentError("LL692", owner=owner, index=index, given=", ".join(given) or "{}",
                            wanted=", ".join(wanted))  # fmt: skip
    state = Named()
    for name in wanted:
        value = given[name]
        array = np.asarray(value._array if isinstance(value, Tensor) else value)
        shape = () if name in counters else p._array.shape
        if array.shape != shape and not (shape == () and array.size == 1):
            raise ArgumentError("LL691", owner=owner, index=index, name=name, given=array.shape,
                                wanted=shape)  # fmt: skip
        dtype = np.dtype(np.float64) if name in counters else kept_dtype(p)
        state[name] = state_tensor(np.array(array.reshape(shape), dtype))
    return state

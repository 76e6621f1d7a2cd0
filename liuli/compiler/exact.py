"""A compiled step for training that can be stopped and taken up again, bit for bit.

Eager arithmetic and a program's differ in rounding, so which of the two made a step must not
depend on when the process began. Here recording changes nothing: what the watched calls did is
undone, and the step itself is the program's. Only a step that no program can repeat is eager.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..autodiff.describe import warn
from ..autodiff.tensor import Tensor, fresh
from ..rng import default_generator
from .call import Call, parts
from .guard import World
from .native import possible
from .program import Program
from .runner import Array, Interpreted
from .step import _ACTIVE, CompiledStep, Failure


class ExactStep(CompiledStep):
    """`function`, whose arguments and results are tensors, for a loop that calls `runs`.

    `fixed` are tensors that the function only reads, such as a data set. `settled`: an eager call
    was made before, so that what is made lazily is there.
    """

    def __init__(self, function: Callable[..., Any], name: str, *, fixed: Iterable[Tensor] = (),
                 keep_grads: bool = False, settled: bool = True) -> None:  # fmt: skip
        super().__init__(function, keep_grads=keep_grads)
        self.name, self.settled = name, settled
        self._fixed = {id(t._storage.value) for t in fixed}
        self._last: Program | None = None
        self._copies: list[tuple[Array, Array]] = []  # what the last runs changed, and was before

    def runs(self, stacked: Sequence[Array], count: int, *, keep: bool = False
             ) -> tuple[int, list[Array]]:  # fmt: skip
        """How many runs were made, at most `count`; and their results, a row a run.

        Run i takes row i of each array. One run is made where it had to be eager. With `keep`,
        `go_back` can undo them.
        """
        with self._lock:
            _ACTIVE.now = True
            try:
                args = tuple(fresh(each[0, ...]) for each in stacked)
                call = Call(args, {})
                self._memory.calls += 1
                self._last = self._program_for(call)
                if self._last is None:
                    eager = self._prepared(call, args)
                    if self._last is None:
                        return 1, [t._array[None] for t in parts(eager)]
                if keep:
                    self._keep(self._last)
                return count, self._last.run_many(stacked, count)
            finally:
                _ACTIVE.now = False

    def go_back(self, stacked: Sequence[Array], count: int) -> bool:
        """Undo the last runs, but for the first `count`. False if they were eager."""
        if self._last is None:
            return False
        for array, before in self._copies:
            np.copyto(array, before)
        if count:
            self._last.run_many([each[:count] for each in stacked], count)
        return True

    def _keep(self, program: Program) -> None:
        """Copies of what the program writes, in memory that is used again."""
        written = {target for target, _ in program.trace.graph.assigns}
        leaves = zip(program.trace.graph.states, program.states, strict=True)
        arrays = [array for leaf, array in leaves if leaf.number in written]
        old = [array for array, _ in self._copies]
        if len(old) == len(arrays) and all(a is b for a, b in zip(old, arrays, strict=True)):
            for array, copy in self._copies:
                np.copyto(copy, array)
        else:
            self._copies = [(array, array.copy()) for array in arrays]

    # --- recording ----------------------------------------------------------------------------
    def _prepared(self, call: Call, args: tuple[Any, ...]) -> Any:
        """Make the program, and leave everything as it was; or the result of an eager call.

        Two calls are watched, as always: what Python does at random differs between them.
        """
        world, memory = World(self.function, call.objects), self._memory
        before, chance = _Before(world, self._fixed), _states()
        if not self.settled:
            self._eager(args, {})
            before.put_back()
            _set_states(chance)
            self.settled = True
            world = World(self.function, call.objects)
        count = len(memory.watched)
        result = self._watched(call, world, args, {})
        if self.fallen is not None or len(memory.watched) == count:
            return result
        before.put_back()
        self._watched(call, World(self.function, call.objects), args, {})
        before.put_back()
        _set_states(chance)
        self._last = self._program_for(call)
        if self._last is not None and self.backend == "native":
            self._refuse_slow(self._last)
        return None if self._last is not None else self._eager(args, {})

    def _refuse_slow(self, program: Program) -> None:
        """What only NumPy could run, eager code does as well."""
        if isinstance(program.runner, Interpreted):
            self.fallen = Failure(possible(program.trace.graph))
            self.programs, self._last = [], None
            warn("LL719", name=self.name, reason=self.fallen.reason, where="")


class _Before:
    """What the memory that a step may change held, and the gradients that there were."""

    def __init__(self, world: World, fixed: set[int]) -> None:
        found = {id(array): array for array in _memories(world)}
        self.copies = [(array, array.copy()) for key, array in found.items()
                       if key not in fixed and array.flags.writeable]  # fmt: skip
        self.grads = [(t, t._grad) for _, t in world.tensors]

    def put_back(self) -> None:
        for array, copy in self.copies:
            np.copyto(array, copy)
        for t, grad in self.grads:
            t._grad = grad


def _memories(world: World) -> Iterator[Array]:
    """All memory of the tensors that a world knows."""
    yield default_generator.storage.value
    for _, t in world.tensors:
        yield t._storage.value
        if isinstance(t._grad, Tensor):
            yield t._grad._storage.value
    for _, optimizer in world.optimizers:
        for group in optimizer.param_groups:
            for p in group.params:
                yield from (t._storage.value for t in optimizer.state.get(p, {}).values())


def _states() -> tuple[Any, Any]:
    """The states of NumPy's and Python's generators."""
    return np.random.get_state(), random.getstate()


def _set_states(states: tuple[Any, Any]) -> None:
    np.random.set_state(states[0])
    random.setstate(states[1])

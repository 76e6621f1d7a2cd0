"""A compiled step for training that can be stopped and taken up again, bit for bit.

Eager arithmetic and a program's differ in rounding, so which of the two made a step must not
depend on when the process began. Here recording changes nothing: what the watched calls did is
undone, and the step itself is the program's. Only a step that no program can repeat is eager.
"""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..autodiff.describe import warn
from ..autodiff.tensor import Tensor, fresh
from ..compiler.call import Call, parts
from ..compiler.guard import World
from ..compiler.native import possible
from ..compiler.observer import Observer
from ..compiler.program import Program
from ..compiler.runner import Array, Interpreted
from ..compiler.step import ACTIVE, MOST_MISSES, CompiledStep, Failure
from ..compiler.trace import recording
from ..errors import LiuliError
from ..rng import default_generator


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
        self._undoing: _Undoing | None = None  # who watches the call that is recorded

    def runs(self, stacked: Sequence[Array], count: int, *, keep: bool = False
             ) -> tuple[int, list[Array]]:  # fmt: skip
        """How many runs were made, at most `count`; and their results, a row a run.

        Run i takes row i of each array. One run is made where it had to be eager, and fewer than
        `count` where the next one is an error: that comes if it is the first, and then nothing
        has changed. With `keep`, `go_back` can undo them.
        """
        with self._lock:
            ACTIVE.now = True
            try:
                args = tuple(fresh(each[0, ...]) for each in stacked)
                call = Call(args, {})
                self._memory.calls += 1
                self._last = self._program_for(call)
                if self._last is None:
                    eager = self._prepared(call, args)
                    if self._last is None:
                        made = [t for t in parts(eager) if isinstance(t, Tensor)]
                        return 1, [t._array[None] for t in made]
                return self._run(self._last, stacked, count, keep) or self._eager_run(call, args)
            finally:
                ACTIVE.now = False

    def _run(self, program: Program, stacked: Sequence[Array], count: int, keep: bool
             ) -> tuple[int, list[Array]] | None:  # fmt: skip
        """What `runs` returns, by the program; None if the first run is refused."""
        hosts = bool(program.trace.hosts)
        if hosts:
            count = 1  # their errors come after the arithmetic, which is undone
        if keep or hosts:
            self._keep(program)
        try:
            made = program.run_many([each[:count] for each in stacked], count)
        except LiuliError:
            if not hosts:
                return None
            self.go_back(stacked, 0)
            raise
        except Exception:
            if hosts:
                self.go_back(stacked, 0)
            raise
        return len(made[0]) if made else count, made

    def _eager_run(self, call: Call, args: tuple[Any, ...]) -> tuple[int, list[Array]]:
        """A run that the program refused: its error names the layer and the line."""
        before = _Before(World(self.function, call.objects), self._fixed)
        with before.restored():
            eager = self._eager(args, {})
        self._last = None
        return 1, [t._array[None] for t in parts(eager) if isinstance(t, Tensor)]

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

    def told(self) -> list[str]:
        """The text that the last runs returned beside tensors, if they were a program's."""
        template = self._last.trace.template if self._last is not None else ()
        return [x for x in parts(template) if isinstance(x, str)]

    # --- recording ----------------------------------------------------------------------------
    def _prepared(self, call: Call, args: tuple[Any, ...]) -> Any:
        """Make the program, and leave everything as it was; or the result of an eager call.

        Two calls are watched, as always: what Python does at random differs between them.
        """
        memory = self._memory
        before = _Before(World(self.function, call.objects), self._fixed)
        with before.restored():
            if not self.settled:  # it may make things: a call that does not count
                with recording(self._observed_by(before, undone=True)):
                    self.function(*args)
                before.put_back_all()
                self.settled = True
            count = len(memory.watched)
            observer = self._observed_by(before)
            result = self._watched(call, World(self.function, call.objects), args, {})
            if self.fallen is not None or len(memory.watched) == count:
                observer.let_go()
                return result
            before.put_back()
            self._observed_by(before, undone=True)
            self._watched(call, World(self.function, call.objects), args, {})
            before.put_back_all()
            self._last = self._program_for(call)
            if self._last is not None and self.backend == "native":
                self._refuse_slow(self._last)
            if self._last is None and self._memory.misses > MOST_MISSES:
                self._give_up()  # it makes programs that never hold
            return None if self._last is not None else self._eager(args, {})

    def _observed_by(self, before: _Before, undone: bool = False) -> _Undoing:
        """Who watches the next call."""
        self._undoing = _Undoing(self.name, before, undone)
        return self._undoing

    def _observer(self) -> Observer:
        made, self._undoing = self._undoing, None
        return super()._observer() if made is None else made

    def _refuse_slow(self, program: Program) -> None:
        """What only NumPy could run, eager code does as well."""
        if isinstance(program.runner, Interpreted):
            self.fallen = Failure(possible(program.trace.graph))
            self.programs, self._last = [], None
            warn("LL719", name=self.name, reason=self.fallen.reason, where="")


class _Before:
    """What a call may change, as it was before: of what can be found, and of what it met."""

    def __init__(self, world: World, fixed: set[int]) -> None:
        self.fixed = fixed
        self.copies: dict[int, tuple[Array, Array]] = {}
        self.grads: dict[int, tuple[weakref.ref[Tensor], Tensor | None]] = {}
        self.chance = np.random.get_state(), random.getstate()
        for array in _memories(world):
            self.note(array)
        for _, t in world.tensors:
            self.note_grad(t)

    def note(self, array: Array) -> None:
        """Keep what `array` holds, if that is not kept already."""
        key = id(array)
        if key not in self.copies and key not in self.fixed and array.flags.writeable:
            self.copies[key] = array, array.copy()

    def note_grad(self, leaf: Tensor) -> None:
        """Keep which gradient `leaf` has."""
        self.grads.setdefault(id(leaf), (weakref.ref(leaf), leaf._grad))

    def put_back(self) -> None:
        """Memory and gradients as they were."""
        for array, copy in self.copies.values():
            np.copyto(array, copy)
        for known, grad in self.grads.values():
            leaf = known()
            if leaf is not None:
                leaf._grad = grad

    def put_back_all(self) -> None:
        """And the states of NumPy's and Python's generators."""
        self.put_back()
        np.random.set_state(self.chance[0])
        random.setstate(self.chance[1])

    @contextmanager
    def restored(self) -> Iterator[None]:
        """If it ends by an error, everything is put back."""
        try:
            yield
        except BaseException:
            self.put_back_all()
            raise


class _Undoing(Observer):
    """An observer of a call that is to leave no trace: it keeps what the call is about to change.

    Calls of Python's own wait until it is known that the call counts.
    """

    def __init__(self, name: str, before: _Before, undone: bool) -> None:
        super().__init__(name)
        self.before, self.undone = before, undone
        self.waiting: list[Callable[[], Any]] = []

    def leaf(self, kind: str, array: Array, name: str = "") -> int:
        if kind == "state":
            self.before.note(array)
        return super().leaf(kind, array, name)

    def before_write(self, target: Tensor) -> None:
        root = target._storage.value
        if id(root) not in self.values:  # else it was noted, or made inside
            self.before.note(root)

    def touch_grad(self, leaf: Tensor, replaced: bool = False) -> None:
        self.before.note_grad(leaf)
        super().touch_grad(leaf, replaced)

    def make_call(self, call: Callable[[], Any], touched: Iterable[Array]) -> None:
        touched = list(touched)
        for array in touched:
            self.before.note(array)
        if touched:  # the rest of the call may read what it writes
            call()
        else:
            self.waiting.append(call)

    def refuse(self, code: str, **facts: Any) -> None:
        super().refuse(code, **facts)
        self.let_go()  # the rest of the call is eager, and counts

    def let_go(self) -> None:
        """Make the calls that wait, unless this call is undone."""
        waiting, self.waiting = self.waiting, []
        for call in waiting if not self.undone else ():
            call()


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

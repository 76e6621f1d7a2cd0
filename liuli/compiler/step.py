"""`liuli.compile`: a training step that is recorded while it runs, and then runs as a program.

The first call is eager. The next two are eager too, and watched; if both did the same, the calls
after them run the program of what they did. A call that is unlike every program, because a shape,
a number or a switch changed, begins this anew and keeps the older programs. What no program can
repeat runs eagerly for ever, and is told once.
"""

from __future__ import annotations

import functools
import gc
import inspect
import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MethodType
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from ..autodiff.describe import warn
from ..autodiff.state import STATE, uncaptured
from ..autodiff.tensor import Tensor, make
from ..errors import ArgumentError, RecordError, Row, SettingError
from ..messages.reasons import Reason
from ..storage import Storage
from .beside import noticed
from .call import Call, has_history, mapped, may_be_input, names_of, same_number
from .graph import Node
from .guard import MOST_BYTES, MOST_OBJECTS, World
from .observer import Observer, Trace, difference
from .pages import PAGES
from .program import Conditions, Program, released
from .runner import BACKENDS, default_backend
from .runtime import living
from .sharing import Sharing, contents, shared, wanting
from .symbols import bare
from .trace import recording, stand_in, take_back
from .watch import Probe, Watched, check

if TYPE_CHECKING:
    from ..explaining.page import Explanation

Function = TypeVar("Function", bound=Callable[..., Any])

MOST_PROGRAMS = 8
MOST_MISSES = 24  # watched calls in a row that led to no program
RECORDED = 4  # calls until there is a program that has run
EVERY = 25  # calls from one that gives statistics to the next
_DISTINCT = 3  # values of a number after which it becomes an input


class _Active(threading.local):
    """Whether a step is running in this thread: steps called inside it are part of it."""

    now = False


ACTIVE = _Active()


@dataclass
class _Watched:
    """A call that was watched, waiting for a second one that does the same."""

    trace: Trace
    conditions: Conditions


@dataclass
class Failure:
    """Why a step is no program."""

    reason: str
    where: str = ""


@dataclass
class _Memory:
    """What a step knows from earlier calls."""

    warm: list[dict[str, Any]] = field(default_factory=list)  # snapshots that are settled
    watched: list[_Watched] = field(default_factory=list)
    fixed: dict[str, RecordError | None] = field(default_factory=dict)  # numbers: no inputs
    failed_guards: list[str] = field(default_factory=list)
    only_read: set[Any] = field(default_factory=set)  # arguments that shared memory, unharmed
    misses: int = 0
    calls: int = 0


class CompiledStep:
    """What `liuli.compile` returns: call it as the function.

    `programs` are the programs that it has, the last used first; `fallen` says why it runs
    eagerly, if it does.
    """

    def __init__(
        self, function: Callable[..., Any], *, keep_grads: bool = False,
        backend: str | None = None, strict: bool = False, recordings: int = 2,
    ) -> None:  # fmt: skip
        self.function = function
        self.keep_grads, self.strict, self.recordings = keep_grads, strict, recordings
        self.backend = backend or default_backend()
        self.programs: list[Program] = []
        self.fallen: Failure | None = None
        self._memory = _Memory()
        self._looked: tuple[Call, World] | None = None
        self.after_fork()
        living.add(self)
        functools.update_wrapper(self, function, updated=())
        self.name = getattr(function, "__name__", type(function).__name__)

    def after_fork(self) -> None:
        """A free lock: in a child process the thread that held the other is not there."""
        self._lock = threading.RLock()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method of a class, as functions are."""
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        """As functions are copied and sent: by name, where a name finds it; else a new step."""
        path = getattr(self, "__qualname__", "").split(".")
        module: Any = sys.modules.get(self.__module__)
        found = functools.reduce(lambda x, part: getattr(x, part, None), path, module)
        if found is self:
            return self.__qualname__
        made = functools.partial(CompiledStep, keep_grads=self.keep_grads, backend=self.backend,
                                 strict=self.strict, recordings=self.recordings)  # fmt: skip
        return made, (self.function,)

    def __repr__(self) -> str:
        state = "eager" if self.fallen else f"{len(self.programs)} programs"
        return f"<compiled {self.name}: {state}>"

    # --- calling ------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's result: by a program if one holds, else eagerly."""
        if ACTIVE.now or STATE.recorder is not None:
            return self.function(*args, **kwargs)
        if STATE.capture is not None:
            STATE.capture.refuse()
        with self._lock:
            ACTIVE.now = True
            try:
                if self.fallen is None:
                    self._memory.calls += 1
                    if not kwargs and self.programs and self.programs[0].holds(args):
                        self._memory.misses = 0
                        return self.programs[0].run(args)
                    call = Call(args, kwargs)
                    program = self._program_for(call)
                    if program is not None:
                        return program.run(call.tensors, call)
                    return self._without_program(call, args, kwargs)
                return self._eager(args, kwargs)
            finally:
                ACTIVE.now = False

    def _program_for(self, call: Call) -> Program | None:
        """The program that holds for this call, brought to the front."""
        for i, program in enumerate(self.programs):
            broken = program.broken_by(call, self._look)
            if not broken:
                if i:
                    self.programs.insert(0, self.programs.pop(i))
                self._memory.misses = 0
                return program
            if not i:
                failed = self._memory.failed_guards
                if not failed or not failed[-1].endswith(broken):
                    failed.append(f"call {self._memory.calls}: {broken}")
                    del failed[:-100]
        return None

    def _look(self, call: Call) -> World:
        """The world at this call, looked at once."""
        if self._looked is None or self._looked[0] is not call:
            self._looked = call, World(self.function, call.objects)
        return self._looked[1]

    def _eager(self, args: Any, kwargs: Any) -> Any:
        """The function itself; its results without history, as those of a program."""
        with uncaptured():
            return mapped(self.function(*args, **kwargs), _result)

    def _without_program(self, call: Call, args: Any, kwargs: Any) -> Any:
        """An eager call: to settle what is made lazily, or watched."""
        memory = self._memory
        if has_history(call):
            self._fall(RecordError("LL728"))
            return self._eager(args, kwargs)
        with self._spared():
            before = World(self.function, call.objects)
            names, _ = names_of(self.function, args, kwargs)
            states = ((name, t._storage.value) for name, t in before.tensors)
            pairs = shared(names, call.tensors, states)
            self._refuse_large(before)
        if self.fallen is not None:
            return self._eager(args, kwargs)
        if before.snapshot in memory.warm and (not pairs or pairs in memory.only_read):
            return self._watched(call, before, args, kwargs)
        held = contents(names, call.tensors, pairs)
        returned = self._eager(args, kwargs)
        if wanting(names, call.tensors, pairs) or contents(names, call.tensors, pairs) != held:
            self._fall(RecordError("LL732", one=pairs[0][0], other=pairs[0][1]))
            return returned
        memory.only_read.add(pairs)
        memory.misses += 1
        memory.warm.append(World(self.function, call.objects).snapshot)
        del memory.warm[:-MOST_PROGRAMS]
        if memory.misses > MOST_MISSES:
            self._give_up()
        return returned

    # --- watching -----------------------------------------------------------------------------
    def _watched(self, call: Call, world: World, args: Any, kwargs: Any) -> Any:
        """One eager call, watched; perhaps it makes a program."""
        memory = self._memory
        memory.misses += 1
        conditions = Conditions(call, world, frozenset(), *names_of(self.function, args, kwargs))
        conditions.numbers = [f"argument {name}" if name in world.labels else name
                              for name in conditions.numbers]  # fmt: skip
        conditions.free = self._free(conditions)
        observer = self._observer()
        for key, name in world.memory_names().items():
            observer.names[key] = name
        standing = [_standing(x) for x in call.tensors]
        order = iter(standing)
        numbers = zip(conditions.numbers, call.numbers, strict=True)
        for name, x in zip(conditions.tensors, standing, strict=True):
            observer.leaf("input", x if isinstance(x, np.ndarray) else x._storage.value, name)
        inputs = [(name, number) for name, number in _numbers(conditions).items()
                  if name in conditions.free]  # fmt: skip
        symbols = {name: observer.number_input(number, name) for name, number in inputs}

        def given(x: Any) -> Any:
            if isinstance(x, (Tensor, np.ndarray)):
                return next(order)
            if call.is_number(x):
                name, number = next(numbers)
                return symbols.get(name, number)
            return x

        try:
            with _replaced(world, symbols), noticed(observer), recording(observer):
                returned = self.function(*mapped(args, given), **mapped(kwargs, given))
            result, trace = self._ended(observer, returned, standing)
            del returned
        finally:
            for x, mine in zip(call.tensors, standing, strict=True):
                _hand_back(x, mine)
        with self._spared():
            self._judge(observer, trace, conditions)
        return result

    @contextmanager
    def _spared(self) -> Iterator[None]:
        """A fault of the compiler does not spoil a call: the step is eager from then on."""
        try:
            yield
        except (RecordError, SettingError, UserWarning):  # meant for the user
            raise
        except Exception as error:
            self._fall(RecordError("LL734", what=f"{type(error).__name__}: {error}"))

    def _observer(self) -> Observer:
        """Who watches the next call."""
        return Observer(self.name, self.strict)

    def _ended(self, observer: Observer, returned: Any, standing: list[Any]) -> Any:
        """What the caller gets, and what the call did if it could be watched to its end."""
        trace = None
        if observer.failure is None:
            places = {id(x): i for i, x in enumerate(standing)}
            with self._spared(), _paused(observer):
                trace = observer.trace(returned, places, self.keep_grads)
        return mapped(returned, _result), trace

    def _judge(self, observer: Observer, trace: Trace | None, conditions: Conditions) -> None:
        """Make a program of what was watched, wait for a second time, or give up."""
        if trace is None or observer.failure is not None:
            self._refused(observer.failure, conditions)
            return
        self._refuse_large(conditions.world)
        if self.fallen is not None:
            return
        sharing = Sharing(trace, conditions)
        if sharing.matters and (pair := sharing.of(conditions.call.tensors)):
            self._fall(RecordError("LL732", one=pair[0], other=pair[1]))
            return
        if conditions.world.large and any(map(_is_long, trace.graph.nodes)):
            self._fall(RecordError("LL738", name=conditions.world.large[0]))
            return
        escaped = observer.escaped()
        if escaped is not None:
            gc.collect()  # what only waits to be collected is held by nobody
            escaped = observer.escaped()
        if escaped is not None:
            place = [Row("where", escaped.origin)]
            self._fall(RecordError("LL723", rows=place, op=escaped.op))
            return
        changed = conditions.world.changed()
        if changed:
            self._fall(RecordError("LL724", what=changed))
            return
        after = World(self.function, conditions.call.objects)
        if after.snapshot != conditions.world.snapshot:
            self._memory.warm.append(after.snapshot)  # it made something: watch the next one
            self._memory.failed_guards.append(
                f"call {self._memory.calls}: {conditions.world.edited(after)} by the call itself"
            )
            if self._memory.misses > MOST_MISSES:
                self._give_up()
            return
        self._compare(_Watched(trace, conditions))

    def _refuse_large(self, world: World) -> None:
        """Fall where the walk came to no end, and changes might not be noticed."""
        if world.cut:
            self._fall(RecordError("LL733", most=MOST_OBJECTS))

    def _compare(self, new: _Watched) -> None:
        """A program, if this call did what an earlier one did under the same conditions."""
        memory = self._memory
        earlier = [w for w in memory.watched if _alike(w, new)]
        if len(earlier) + 1 < self.recordings:
            memory.watched.append(new)
            if len(memory.watched) > MOST_PROGRAMS:
                self._give_up()
            return
        for old in earlier:
            found = difference(old.trace, new.trace)
            if found is None:
                continue
            error = RecordError("LL722", rows=[Row("where", found[1])], what=found[0])
            self._refused(error, new.conditions)
            return
        memory.watched = [w for w in memory.watched if w not in earlier]
        runner = BACKENDS[self.backend](new.trace.graph)
        self.programs.insert(0, Program(new.trace, new.conditions, runner))
        del self.programs[MOST_PROGRAMS:]

    def _refused(self, error: RecordError | None, conditions: Conditions) -> None:
        """It cannot be a program; if only because a number was an input, try without."""
        if conditions.free:
            self._memory.fixed |= dict.fromkeys(conditions.free, error)
        elif error is not None:
            self._fall(error)

    def _free(self, conditions: Conditions) -> frozenset[str]:
        """The numbers that change so often that they become inputs of the program."""
        earlier = [w.conditions for w in self._memory.watched]
        earlier += [program.conditions for program in self.programs]
        mine = _numbers(conditions)
        seen: dict[str, list[Any]] = {name: [x] for name, x in mine.items()}
        for each in earlier:
            for name, x in _numbers(each).items():
                known = seen.get(name)
                if known is not None and not any(same_number(x, y) for y in known) and (
                    may_be_input(x, type(mine[name]))
                ):  # fmt: skip
                    known.append(x)
        often = {name for name, values in seen.items() if len(values) >= _DISTINCT}
        already = frozenset[str]().union(*(each.free for each in earlier))
        return frozenset((often | (already & mine.keys())) - self._memory.fixed.keys())

    # --- giving up ----------------------------------------------------------------------------
    def _give_up(self) -> None:
        """Too many calls that were all unlike each other."""
        memory = self._memory
        for error in memory.fixed.values():
            if error is not None:
                self._fall(error)
                return
        last = memory.watched[-2:]
        what = memory.failed_guards[-1].partition(": ")[2] if memory.failed_guards else ""
        if len(last) == 2:
            old, new = (each.conditions for each in last)
            numbers = _numbers(old).items()
            now = _numbers(new)
            found = [f"{k}: {v!r}, now {now[k]!r}" for k, v in numbers
                     if k in now and not same_number(v, now[k])]  # fmt: skip
            what = found[0] if found else old.broken_by(new.call, lambda _: new.world) or what
        self._fall(RecordError("LL727", what=what or "its conditions"))

    def _fall(self, error: RecordError) -> None:
        """Run eagerly from now on, and say so."""
        if self.strict:
            raise error
        where = next((str(row.value) for row in error.rows if row.name == "where"), "")
        reason = Reason(error.code, **error.facts)
        self.fallen = Failure(reason, where)
        self._memory = _Memory(calls=self._memory.calls,
                               failed_guards=self._memory.failed_guards)  # fmt: skip
        warn("LL719", name=self.name, reason=reason, where=f" ({where})" if where else "")

    # --- looking ------------------------------------------------------------------------------
    def guards(self) -> list[str]:
        """Which guards failed, and why: one line a call that found no program where it looked."""
        return list(self._memory.failed_guards)

    def explain(self, *, graph: bool = False) -> Explanation:
        """What there is: programs, guards, state, kernels, and what fell back; print it.

        With `graph` every operation is listed too.
        """
        page: Explanation = PAGES.make(self.name, self.backend, self.programs, self.guards(),
                                       self.fallen, graph)  # fmt: skip
        return page


class WatchedStep(CompiledStep):
    """A step that now and then is run by a second program, which has statistics as results.

    `watched` are those of the last such call: of the first four, and then of every `every`th.
    `probing` is the step that makes them.
    """

    def __init__(self, function: Callable[..., Any], watch: Any, every: int = EVERY,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(function, **options)
        self.watch, self.every, self.calls = watch, every, 0
        self.probing = CompiledStep(Probe(function, watch), **options)
        self.watched = Watched("", (), 0)

    def __reduce__(self) -> Any:
        """As the base; a new step watches the same."""
        made = super().__reduce__()
        if isinstance(made, str):
            return made
        again = functools.partial(WatchedStep, watch=self.watch, every=self.every,
                                  **made[0].keywords)  # fmt: skip
        return again, (self.function,)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's result."""
        if ACTIVE.now or STATE.recorder is not None:
            return self.function(*args, **kwargs)
        with self._lock:
            self.calls += 1
            if self.calls > RECORDED and self.calls % self.every:
                return super().__call__(*args, **kwargs)
            result, names, sums = self.probing(*args, **kwargs)
            self.watched = Watched(names, sums, self.calls)
            return result


def _alike(a: _Watched, b: _Watched) -> bool:
    """Whether two calls were made under conditions that a program takes for the same."""
    old, new = a.conditions, b.conditions
    if old.free != new.free or old.broken_by(new.call, lambda _: new.world):
        return False
    if old.world.snapshot != new.world.snapshot or old.world.labels != new.world.labels:
        return False
    pairs = zip(old.world.labels, old.world.known, new.world.known, strict=True)
    if any(x is not y and not same_number(x, y) and n not in old.free for n, x, y in pairs):
        return False
    entries = [{g.leaf if isinstance(g.leaf, int) else id(g.leaf): g.entry
                for g in w.trace.gradients} for w in (a, b)]  # fmt: skip
    return all(entries[1].get(key, kind) == kind for key, kind in entries[0].items())


def _numbers(conditions: Conditions) -> dict[str, Any]:
    """The ints and floats of a call by name: of its arguments, and of the places."""
    pairs = zip(conditions.numbers, conditions.call.numbers, strict=True)
    given = {name: x for name, x in pairs if may_be_input(x, type(x))}
    return given | {name: x for name, (_, x) in conditions.world.numbers().items()}


def _is_long(node: Node) -> bool:
    """Whether a node is a constant of many numbers, such as an array's."""
    return node.op == "const" and type(node.attrs["value"]) is tuple and (
        math.prod(node.spec.shape) * node.spec.dtype.itemsize > MOST_BYTES
    )  # fmt: skip


@contextmanager
def _replaced(world: World, symbols: dict[str, Any]) -> Iterator[None]:
    """Symbols in the places of numbers while a call is watched."""
    places = {name: i for name, (i, _) in world.numbers().items() if name in symbols}
    try:
        for name, i in places.items():
            world.put(i, symbols[name])
        yield
    finally:
        values = world.values()
        for name, i in places.items():
            if values[i] is symbols[name]:
                world.put(i, world.known[i])


@contextmanager
def _paused(observer: Observer) -> Iterator[None]:
    """The observer finishes its notes: refusals are remembered, nothing is watched."""
    STATE.recorder = observer
    try:
        yield
    finally:
        STATE.recorder = None


def _standing(x: Any) -> Any:
    """What the function gets in the place of a tensor or array."""
    return np.array(x) if isinstance(x, np.ndarray) else stand_in(x)


def _hand_back(x: Any, mine: Any) -> None:
    """What the function did to an argument it did to the caller's."""
    if isinstance(x, np.ndarray):
        if x.flags.writeable and x.tobytes() != mine.tobytes():
            np.copyto(x, mine)
    else:
        take_back(x, mine)


def _result(x: Any) -> Any:
    """A tensor that leaves the step: its numbers alone."""
    if not isinstance(x, Tensor):
        return bare(x)
    array = np.array(x._array)
    return released(make(array, Storage(array)))


# --- the public functions -------------------------------------------------------------------------
@overload
def compile(function: None = None, *, keep_grads: bool = ..., backend: str | None = ...,
            strict: bool = ...,
            every: int = ...) -> Callable[[Callable[..., Any]], CompiledStep]: ...  # fmt: skip
@overload
def compile(function: Callable[..., Any], *, keep_grads: bool = ..., backend: str | None = ...,
            strict: bool = ..., every: int = ...) -> CompiledStep: ...  # fmt: skip
@overload
def compile(function: None = None, *, keep_grads: bool = ..., backend: str | None = ...,
            strict: bool = ..., watch: Any,
            every: int = ...) -> Callable[[Callable[..., Any]], WatchedStep]: ...  # fmt: skip
@overload
def compile(function: Callable[..., Any], *, keep_grads: bool = ..., backend: str | None = ...,
            strict: bool = ..., watch: Any, every: int = ...) -> WatchedStep: ...  # fmt: skip
def compile(function: Any = None, *, keep_grads: bool = False, backend: str | None = None,
            strict: bool = False, watch: Any = None, every: int = EVERY) -> Any:  # fmt: skip
    """`function`, a step of training or any function of tensors, as one program.

    Call the result as the function. The first call is eager, the next two are eager and watched,
    and the fourth runs the program: forward, backward and update at once. Tensors that the
    function finds (parameters, optimizer state) are read and written where they live; what it
    returns are new tensors without history. It may also stand before a function as a decorator.

    keep_grads: gradients that only the optimizer inside read are kept in `.grad`.
    backend: "numpy", "native", or None for the fastest that is here.
    strict: what cannot be a program is an error, not an eager run with a warning.
    watch: of what to measure statistics: a module with all its layers and parameters, a list of
        modules and names ("fc1", "fc1.weight"), a predicate of (name, module), or True for all
        modules that the function reaches.
    every: how many calls are made from one that is measured to the next.

    With `watch` the result has `watched`, the statistics of the last call that was measured: of
    each layer's last output the mean, the deviation and the share of zeros, of each parameter the
    norm of its gradient and that of its change over that of itself. The first four calls are
    measured, and then every `every`th: that one is run by a second program. For the tutorial's
    network it takes 1.5 times as long as the bare one, so that one call in 25 makes the mean call
    3 % longer (`python -m bench probes`). A step of some 30 us takes 2 times as long when it is
    measured, one of 4 ms 1.4 times. Making the second program takes as long as making the first.
    The two may differ in the last bits.

    Errors: LL729 for what is no plain function, and for a `watch` that finds nothing; with
    `strict` LL702 and LL703 (a number, or a shape that depends on one, is asked for inside),
    LL722 to LL728. Without it these are told in the warning LL719. Later: LL720 for a gradient
    that was not kept, LL721 for backward from a result.

    Example:
        >>> import liuli
        >>> from liuli.compiler.step import compile
        >>> w = liuli.ones(3, requires_grad=True)
        >>> optimizer = liuli.optim.SGD([w], lr=0.1)
        >>> @compile
        ... def step(x):
        ...     optimizer.zero_grad()
        ...     loss = (w * x).sum()
        ...     loss.backward()
        ...     optimizer.step()
        ...     return loss
        >>> losses = [step(liuli.ones(3)) for _ in range(4)]
        >>> losses[3]
        tensor(2.1000)
        >>> step
        <compiled step: 1 programs>
    """
    if function is None:
        return functools.partial(compile, keep_grads=keep_grads, backend=backend, strict=strict,
                                 watch=watch, every=every)  # fmt: skip
    if watch is not None:
        check(watch)
        if type(every) is not int or every < 1:
            raise ArgumentError("LL729", argument="every", value=repr(every),
                                expected="a number of calls above 0")  # fmt: skip
    if isinstance(function, CompiledStep):
        same = (keep_grads <= function.keep_grads and strict <= function.strict
                and backend in (None, function.backend))  # fmt: skip
        if watch is None and same:
            return function
        if watch is None and isinstance(function, WatchedStep):
            watch, every = function.watch, function.every
        keep_grads, strict = keep_grads or function.keep_grads, strict or function.strict
        backend, function = backend or function.backend, function.function
    if callable(function) and hasattr(function, "parameters") and hasattr(function, "forward"):
        warn("LL737", name=type(function).__name__)
        return function
    generator = inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function)
    if not callable(function) or isinstance(function, Tensor) or generator:
        kind = "a generator" if generator else type(function).__name__
        raise ArgumentError("LL729", argument="function", value=kind, expected="a function")
    if backend is not None and backend not in BACKENDS:
        expected = ", ".join(map(repr, BACKENDS))
        raise ArgumentError("LL729", argument="backend", value=repr(backend), expected=expected)
    options: dict[str, Any] = {"keep_grads": keep_grads, "backend": backend, "strict": strict}
    if watch is not None:
        return WatchedStep(function, watch, every, **options)
    return CompiledStep(function, **options)


def host_call(function: Function) -> Function:
    """`function` as Python's own business: compiled steps call it after each run.

    Inside a step its calls are no part of the program; they are made in their order when the
    program has run. Tensors among the arguments come as copies, and the result is None. It must
    not change tensors that the step reads after the call.

    Example:
        >>> import liuli
        >>> from liuli.compiler.step import compile, host_call
        >>> seen = []
        >>> log = host_call(lambda x: seen.append(x.item()))
        >>> @compile
        ... def double(x):
        ...     y = 2 * x
        ...     log(y)
        ...     return y
        >>> for i in range(5):
        ...     _ = double(liuli.tensor(float(i)))
        >>> seen
        [0.0, 2.0, 4.0, 6.0, 8.0]
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> None:
        if STATE.recorder is not None:
            STATE.recorder.host(function, args, kwargs, ())
            return
        own, named = mapped((args, kwargs), lambda x: x.detach() if isinstance(x, Tensor) else x)
        function(*own, **named)

    call.__dict__["__host__"] = True
    return call  # type: ignore[return-value]

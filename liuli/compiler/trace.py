"""The recorder: an ordinary function of tensors runs, and its program is written down.

The function runs eagerly, with real numbers; beside them every operation becomes a node. What
a tensor's memory holds is known by memory, not by tensor, so views, writes through views and
tied parameters come out functional: a write makes a new value of that memory, and what is
left in memory that lived before is assigned at the end.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..autodiff import node as autodiff
from ..autodiff.state import STATE, here, uncaptured
from ..autodiff.tensor import Tensor, edge_of, fresh, make
from ..dtypes import DType
from ..errors import RecordError, Row
from ..ops import REGISTRY, Op, Spec
from ..ops.views import Chain
from ..storage import Storage
from . import interpret
from .graph import Graph, Leaf, Node, Origin
from .symbols import Symbol, bare

Array = np.ndarray[Any, Any]


@dataclass
class Slot:
    """The `grad` of a leaf that a program reads, fills or empties."""

    leaf: weakref.ref[Tensor]
    entry: Tensor | None  # what it held before the program came to it
    replaced: bool  # the program put something else there before it looked
    consumed: Tensor | None = None  # the gradient that an optimizer read

    def fill(self, array: Array | None) -> None:
        """What running the program does to the slot; None leaves it empty."""
        leaf = self.leaf()
        if leaf is None:
            return
        if array is not None and leaf._grad is not None and not self.replaced:
            array = leaf._grad._array + array
        leaf._grad = None if array is None else fresh(array)


class Recorder:
    """Writes down what a thread applies between `start` and `finish`."""

    def __init__(self, name: str = "program") -> None:
        self.graph = Graph(name)
        self.values: dict[int, int] = {}  # memory (id of its array) -> the value it holds now
        self.memory: dict[int, Array] = {}  # keeps those arrays, and with them their ids, alive
        self.leaf_memory: dict[int, Array] = {}  # leaf number -> its memory
        self.names: dict[int, str] = {}  # memory -> name for messages and pictures
        self.looked: dict[Any, int] = {}  # views already taken of a value
        self.grads: dict[int, Slot] = {}  # gradient slots that were filled or emptied
        self.written: dict[int, Storage] = {}  # memory that was written, and its versions
        self.count = 0

    # --- values -------------------------------------------------------------------------------
    def number(self) -> int:
        """The next free value number."""
        self.count += 1
        return self.count - 1

    def bind(self, array: Array, value: int) -> None:
        """The memory of `array` now holds `value`."""
        self.memory[id(array)] = array
        self.values[id(array)] = value

    def leaf(self, kind: str, array: Array, name: str = "") -> int:
        """A new input or state over the memory of `array`."""
        number = self.number()
        self.graph.leaves.append(Leaf(kind, number, Spec(array.shape, array.dtype), name))
        self.leaf_memory[number] = array
        self.bind(array, number)
        return number

    def node(self, op: str, operands: tuple[int, ...], attrs: dict[str, Any], spec: Spec) -> int:
        """A new node at the line that is running."""
        number = self.number()
        self.graph.nodes.append(Node(number, op, operands, attrs, spec, _origin()))
        return number

    def read(self, t: Tensor) -> int:
        """The value that `t` sees: what its memory holds, looked at through its views."""
        root = t._storage.value
        return self.look(self.read_whole(root), root, t._view.chain if t._view else ())

    def look(self, value: int, root: Array, chain: Chain) -> int:
        """`value` through a chain of views; the same look twice is one node."""
        spec = Spec(root.shape, root.dtype)
        for name, attrs in chain:
            infer = REGISTRY[name].infer
            assert infer is not None
            spec = infer(spec, **attrs)
            value = self.look_once(name, value, attrs, spec)
        return value

    def constant(self, array: Array) -> int:
        """The numbers of `array` as part of the program."""
        plain = array.astype(np.float32) if array.dtype.kind == "V" else array
        one = array.size and (plain == plain.flat[0]).all()  # one number, however many times
        value = plain.flat[0].item() if one else _nested(plain.tolist()) if array.size else 0
        attrs = {"value": value, "dtype": array.dtype.name, "shape": array.shape}
        return self.node("const", (), attrs, Spec(array.shape, array.dtype))

    # --- what the engine calls ----------------------------------------------------------------
    def record(self, op: Op, operands: tuple[Any, ...], attrs: dict[str, Any], y: Tensor) -> None:
        """`op` made `y`: a node, its operands brought to one shape and dtype where need be."""
        if op.family == "elementwise" and op.name != "cast":
            numbers = self.aligned(op, operands, y._array.shape)
        else:
            numbers = [self.operand(x, None) for x in operands]
        spec = Spec(y._array.shape, y._array.dtype)
        self.bind(y._storage.value, self.node(op.name, tuple(numbers), _plain(attrs), spec))

    def aligned(self, op: Op, operands: tuple[Any, ...], shape: tuple[int, ...]) -> list[int]:
        """The operands of an elementwise op, with explicit expands; numbers as constants."""
        free = operands[op.first_promoted :]
        dtype = next((x._array.dtype for x in free if isinstance(x, Tensor)), None)
        dtype = np.asarray(bare(free[0])).dtype if dtype is None else dtype  # numbers alone
        numbers = []
        for i, x in enumerate(operands):
            wanted = np.dtype(bool) if i < op.first_promoted else dtype
            value = self.operand(x, wanted)
            have = x._array.shape if isinstance(x, Tensor) else np.shape(bare(x))
            if have != shape:
                value = self.look_once("expand", value, {"shape": shape}, Spec(shape, wanted))
            numbers.append(value)
        return numbers

    def look_once(self, op: str, value: int, attrs: dict[str, Any], spec: Spec) -> int:
        """A view node, shared by all who ask for the same."""
        key = (value, op, tuple(sorted(attrs.items())))
        if key not in self.looked:
            self.looked[key] = self.node(op, (value,), attrs, spec)
        return self.looked[key]

    def operand(self, x: Any, dtype: np.dtype[Any] | None) -> int:
        """A tensor's value; a number or array as a constant, unless it is known as an input."""
        if isinstance(x, Tensor):
            return self.read(x)
        if isinstance(x, np.ndarray) and id(x) in self.values and dtype in (None, x.dtype):
            return self.values[id(x)]
        if isinstance(x, Symbol):
            return self.number_as(x, dtype)
        return self.constant(np.asarray(x, dtype))

    def number_as(self, x: Symbol, dtype: np.dtype[Any] | None) -> int:
        """A number that the program reads, in the dtype that is wanted."""
        have = np.dtype(np.int64 if isinstance(x, int) else np.float64)
        if dtype is None or dtype == have:
            return x.value
        return self.look_once("cast", x.value, {"dtype": dtype.name}, Spec((), dtype))

    def born(self, t: Tensor) -> None:
        """`t` was made from numbers in Python: they are part of the program."""
        self.bind(t._storage.value, self.constant(t._array))

    def knows(self, data: Any) -> bool:
        """Whether `data` is a tensor, or an array that is an input."""
        return isinstance(data, Tensor) or id(data) in self.values

    def before_write(self, target: Tensor) -> None:
        """What `target` looks at is about to be written: nothing to note, but for who undoes it."""

    def write(self, target: Tensor, value: Tensor) -> None:
        """`value` was written where `target` looks: its memory holds a new value."""
        root = target._storage.value
        self.written.setdefault(id(root), target._storage)
        new = self.read(value)
        if target._view is not None and target._view.chain:
            attrs = {"where": target._view.chain}
            old = self.read_whole(root)
            new = self.node("update", (old, new), attrs, Spec(root.shape, root.dtype))
        else:
            self.read_whole(root)  # memory from before must be known as a leaf to be assigned
        self.bind(root, new)

    def read_whole(self, root: Array) -> int:
        """What `root` holds now; memory that was never seen is state."""
        value = self.values.get(id(root))
        return self.leaf("state", root, self.names.get(id(root), "")) if value is None else value

    def alias(self, copy: Tensor, of: Tensor) -> None:
        """`copy` holds what `of` holds at this moment."""
        self.bind(copy._storage.value, self.read(of))

    def turned(self, t: Tensor, method: str) -> None:
        """`t` looks at its memory in another way. Errors: LL704 if it may have lived before."""
        root = t._storage.value
        known = id(root) in self.values
        if not known or any(root is memory for memory in self.leaf_memory.values()):
            self.refuse("LL704", method=method, plain=method.rstrip("_"))

    def touch_grad(self, leaf: Tensor, replaced: bool = False) -> None:
        """The gradient slot of `leaf` is about to be read or added to, or to be replaced."""
        known = self.grads.get(id(leaf))
        if known is None or known.leaf() is not leaf:
            self.grads[id(leaf)] = Slot(weakref.ref(leaf), leaf._grad, replaced)

    def consume_grad(self, leaf: Tensor) -> None:
        """An optimizer read the gradient of `leaf`."""
        self.touch_grad(leaf)
        self.grads[id(leaf)].consumed = leaf._grad

    def host(
        self, function: Callable[..., Any], args: Any, kwargs: Any, touched: Iterable[Any]
    ) -> None:
        """Errors: LL694: a bare recording repeats what is computed, not what Python does."""
        self.refuse("LL694", what=f"{function.__qualname__}()")

    def refuse(self, code: str, **facts: Any) -> None:
        """Raise: this cannot be part of a recorded program."""
        raise RecordError(code, rows=[Row("where", here(2))], **facts)

    # --- the end ------------------------------------------------------------------------------
    def finish(
        self, outputs: Sequence[Tensor]
    ) -> tuple[Graph, list[Array], list[Slot], list[Slot]]:
        """The graph, its states' memory, the slots it fills with its last outputs, and empties."""
        graph = self.graph
        graph.outputs = [self.read(t) for t in outputs]
        filled, emptied = [], []
        before = {id(array) for array in self.leaf_memory.values()}
        for slot in self.grads.values():
            leaf = slot.leaf()
            grad = leaf._grad if leaf is not None else None
            if grad is None:
                emptied += [slot] if slot.replaced or slot.entry is not None else []
            elif id(grad._storage.value) not in before:
                filled.append(slot)
                graph.outputs.append(self.read(grad))
        for number, array in self.leaf_memory.items():
            if self.values[id(array)] != number:
                graph.assigns.append((number, self.values[id(array)]))
        states = [self.leaf_memory[leaf.number] for leaf in graph.states]
        return graph, states, filled, emptied


def _origin() -> str:
    """The layer or composition, and the user's line: of the forward node during backward."""
    node = STATE.origin
    place = node.place if node is not None else here(3)
    scope = node.scope if node is not None else STATE.scope
    words = [".".join(scope)] if scope else []
    words += [f"grad of {node.op.name}"] if node is not None and node.op is not None else []
    if place is None:
        return " ".join(words)
    return Origin(" ".join([*words, str(place)]), place.code.co_filename)


def _plain(attrs: dict[str, Any]) -> dict[str, Any]:
    """Attributes without what only the eager engine needs; dtypes by name."""
    return {
        key: value.name if isinstance(value, (DType, np.dtype)) else value
        for key, value in attrs.items()
        if key != "starts"
    }


def _nested(value: Any) -> Any:
    return tuple(map(_nested, value)) if isinstance(value, list) else value


class Recording:
    """A function's program, and the memory it works on.

    `graph` can be printed; `run(arrays)` runs it with NumPy on new inputs.
    """

    def __init__(self, recorder: Recorder, outputs: Sequence[Tensor], returned: Any) -> None:
        self.graph, self.states, self.filled, self.emptied = recorder.finish(outputs)
        self.returned = returned
        self.results = len(outputs)

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs for new inputs; state, and the gradients it fills, change as when eager."""
        made = interpret.run(self.graph, arrays, self.states)
        for slot, array in zip(self.filled, made[self.results :], strict=True):
            slot.fill(array)
        for slot in self.emptied:
            slot.fill(None)
        return made[: self.results]


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Everything this thread applies inside is written down. Errors: LL701 if nested."""
    if STATE.recorder is not None:
        raise RecordError("LL701")
    with uncaptured():
        STATE.recorder = recorder
        try:
            yield recorder
        finally:
            STATE.recorder = None


def record(
    function: Callable[..., Any],
    inputs: Sequence[Tensor] = (),
    *,
    names: Mapping[str, Tensor] | None = None,
) -> Recording:
    """Run `function(*inputs)` once, eagerly, and write its program down.

    Inputs that are views are taken as they look. Other tensors that the function finds are
    state: read and written where they live. Errors: LL702 and LL703 with the line, where the
    function asks for a number or makes a shape that depends on one.

    Example:
        >>> import liuli
        >>> from liuli.compiler.trace import record
        >>> print(record(lambda x: (x * 2).sum(), [liuli.ones(3)]).graph)  # doctest: +ELLIPSIS
        graph <lambda>
          input  %0 float32[3]  x0
        ...
          return %4
    """
    recorder = Recorder(getattr(function, "__name__", "program"))
    given = [stand_in(t) for t in inputs]
    for i, t in enumerate(given):
        recorder.leaf("input", t._storage.value, f"x{i}")
    for name, t in (names or {}).items():
        recorder.names[id(t._storage.value)] = name
    with recording(recorder):
        returned = function(*given)
        finished = Recording(recorder, _tensors(returned), returned)
    for t, mine in zip(inputs, given, strict=True):
        _hand_back(t, mine, finished)
    return finished


def stand_in(t: Tensor) -> Tensor:
    """What the function gets for an input: the same numbers and history in memory of their own.

    So an input is told apart from another one, and from state, that lies in the same memory.
    """
    array = np.array(t._array)
    mine = make(array, Storage(array), edge_of(t))
    if isinstance(mine._edge, autodiff.Leaf):
        theirs, mine._edge = mine._edge, autodiff.Leaf(mine)
        mine._edge.hooks, mine._edge.after = theirs.hooks, theirs.after
    mine._grad = t._grad
    return mine


def take_back(t: Tensor, mine: Tensor) -> None:
    """What a function did to its stand-in it did to the caller's: writes, and the gradient."""
    if mine._storage.version:
        np.copyto(t._array, mine._array)
        t._storage.version += mine._storage.version
    t._grad = mine._grad


def _hand_back(t: Tensor, mine: Tensor, finished: Recording) -> None:
    """As `take_back`; and later runs do it to the caller's too."""
    take_back(t, mine)
    for slot in (*finished.filled, *finished.emptied):
        if slot.leaf() is mine:
            slot.leaf = weakref.ref(t)


def _tensors(returned: Any) -> list[Tensor]:
    """The tensors in what a function returned, in order."""
    if isinstance(returned, Tensor):
        return [returned]
    if isinstance(returned, (tuple, list)):
        return [t for each in returned for t in _tensors(each)]
    if isinstance(returned, dict):
        return [t for each in returned.values() for t in _tensors(each)]
    return []

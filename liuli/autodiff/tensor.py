"""Tensor: a look into a storage, with a history; and the one place where an op is applied."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .. import dtypes as dt
from ..devices import CPU, Device
from ..errors import DTypeError, GradientError, LiuliError
from ..ops import REGISTRY
from ..ops.op import FLOAT, KEEP, OUTPUT, Op
from ..ops.views import Chain, between, check_broadcast
from ..storage import Storage
from .describe import not_a_tensor, operand_rows, rows, warn
from .node import Edge, Leaf, Node, Nowhere
from .state import EDITS, STATE, _is_ours, _ours, sequence

Number: TypeAlias = "bool | int | float"
Array: TypeAlias = "np.ndarray[Any, Any]"
Operand: TypeAlias = "Tensor | Number | Array"

F32, F64 = np.dtype(np.float32), np.dtype(np.float64)
_ndarray = np.ndarray
_PLAIN = frozenset((bool, int, float))

if TYPE_CHECKING:
    from ..functions.methods import Methods
else:

    class Methods:
        """At run time `functions/methods.py` adds them; here they would be an import upwards."""

        __slots__ = ()


class View:
    """How a tensor looks into its storage, and the tensor whose history it shares."""

    __slots__ = ("base", "chain", "seen", "version")

    def __init__(self, base: Tensor | None, chain: Chain, seen: Edge, version: int = 0) -> None:
        self.base = base
        self.chain = chain  # from the whole storage
        self.seen = seen  # the history of `base` when ours was made from it
        self.version = version  # of the storage at that time

    def from_base(self) -> Chain:
        """The steps from the base, as it looks now, to this view."""
        assert self.base is not None
        above, memory = self.base._view, self.base._storage.value
        return self.chain if above is None else between(above.chain, self.chain, memory.shape)


class Tensor(Methods):
    """An n-dimensional array of numbers that remembers how it was computed.

    Make one with `liuli.tensor`, `zeros`, `rand` and so on. Every view of it shares its memory.

    Example:
        >>> import liuli
        >>> x = liuli.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4., 6.])
    """

    __slots__ = ("__dict__", "__weakref__", "_array", "_edge", "_grad", "_storage", "_view")

    _array: Array
    _storage: Storage
    _edge: Edge
    _grad: Tensor | None
    _view: View | None
    __array_priority__ = 1000  # NumPy's operators leave mixed expressions to ours
    _pending = False  # whether its numbers are not there yet, in a plain loop

    # --- what it is ---------------------------------------------------------------------------
    @property
    def shape(self) -> Size:
        """The length of every axis."""
        return Size(self._array.shape)

    @property
    def dtype(self) -> dt.DType:
        """The number type, such as `liuli.float32`."""
        return dt.as_dtype(self._array.dtype)

    @property
    def device(self) -> Device:
        """Where the numbers live."""
        return CPU

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return self._array.ndim

    # --- history ------------------------------------------------------------------------------
    @property
    def requires_grad(self) -> bool:
        """Whether `backward` computes a gradient for this tensor."""
        return edge_of(self) is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient, or no longer, and return the tensor itself.

        Errors: LL202 for a dtype that has no gradient; LL401 to switch off a computed tensor's.
        """
        if STATE.capture is not None:
            STATE.capture.refuse()
        edge = edge_of(self)
        if isinstance(edge, Node):
            if not requires_grad:
                raise GradientError("LL401", where=edge.where())
        elif requires_grad and edge is None:
            if not self.dtype.is_floating_point:
                raise DTypeError("LL202", dtype=self.dtype)
            self._edge = Leaf(self)
            EDITS.number += 1
        elif not requires_grad and edge is not None:
            self._edge = None
            EDITS.number += 1
        return self

    @property
    def is_leaf(self) -> bool:
        """True for tensors that no recorded operation made."""
        return not isinstance(edge_of(self), Node)

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor, or None for a leaf."""
        edge = edge_of(self)
        return edge if isinstance(edge, Node) else None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` added up here, or None (warns, LL426, if never kept)."""
        if self._grad is None and isinstance(edge := edge_of(self), Node) and not edge.retained:
            warn("LL426", where=edge.where(), shape=self._array.shape)
        if STATE.recorder is not None:
            STATE.recorder.touch_grad(self)
        held: Any = self._grad
        if held.__class__ is Dropped:
            raise GradientError("LL720")
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if not (value is None or isinstance(value, Tensor)):
            raise DTypeError("LL601", function="grad", argument="the gradient",
                             type=type(value).__name__, fix="x.grad = None")  # fmt: skip
        if value is not None and value._array.shape != self._array.shape:
            raise GradientError("LL402", rows=rows(tensor=self, gradient=value),
                                grad=tuple(value.shape), shape=tuple(self.shape))  # fmt: skip
        if STATE.recorder is not None:
            STATE.recorder.touch_grad(self, replaced=True)
        if STATE.capture is not None:
            STATE.capture.empties(self)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def detach(self) -> Tensor:
        """The same memory without the history: nothing flows back through the result."""
        if STATE.capture is not None:
            return STATE.capture.detach(self)  # type: ignore[no-any-return]
        return make(self._array, self._storage, None, self._apart())

    @property
    def data(self) -> Tensor:
        """The same memory without history and unwatched: writes are not versioned."""
        return make(self._array, Storage(self._storage.value), None, self._apart())

    @data.setter
    def data(self, value: Tensor) -> None:
        if STATE.recorder is not None:
            STATE.recorder.refuse("LL706", what="x.data = ...")
        self._look_into(value)

    def _look_into(self, other: Tensor) -> None:
        """See what `other` sees from now on; the history stays, as far as it is one's own."""
        if STATE.capture is not None:
            STATE.capture.refuse()
        EDITS.number += 1
        self._array, self._storage, self._view = other._array, other._storage, other._apart()
        if isinstance(self._edge, Leaf):
            self._edge.shape, self._edge.dtype = self._array.shape, self._array.dtype

    def _apart(self) -> View | None:
        return View(None, self._view.chain, None) if self._view else None

    @property
    def _base(self) -> Tensor | None:
        base = self._view.base if self._view else None
        return base if base is not None and base._storage is self._storage else None

    @property
    def _version(self) -> int:
        return self._storage.version

    def __hash__(self) -> int:
        return id(self)


class Size(tuple[int, ...]):
    """A shape: a tuple that prints in PyTorch's manner and knows its number of elements."""

    __slots__ = ()

    def numel(self) -> int:
        """The product of the lengths."""
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self) -> str:
        return f"liuli.Size([{', '.join(map(str, self))}])"

    __str__ = __repr__


class Dropped:
    """In the place of a gradient that a compiled step used and did not keep.

    Errors: LL720 whoever asks for something of it. If it is `over`, the training that it belongs
    to has ended, and a later backward begins anew.
    """

    __slots__ = ("over",)

    def __init__(self, over: bool = False) -> None:
        self.over = over

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise GradientError("LL720")


def make(array: Array, storage: Storage, edge: Edge = None, view: View | None = None) -> Tensor:
    """A Tensor from its parts."""
    t: Tensor = Tensor.__new__(Tensor)
    t._array = array
    t._storage = storage
    t._edge = edge
    t._view = view
    t._grad = None
    return t


def fresh(array: Array) -> Tensor:
    """A Tensor of its own memory, without history."""
    t = make(array, Storage(array))
    if STATE.recorder is not None:
        STATE.recorder.born(t)
    return t


# --- history of views ---------------------------------------------------------------------------
def edge_of(t: Tensor) -> Edge:
    """The history of `t`, made anew if a write through another view changed its base's.

    A view that was made under `no_grad` begins a history of its own, as in PyTorch, until its
    memory is written.
    """
    view = t._view
    if view is None or view.base is None:
        return t._edge
    base = view.base
    if base._storage is not t._storage:
        return t._edge  # the base has been given other memory
    history = base._edge if base._view is None else edge_of(base)
    if history is None and view.seen is not None and view.version == t._storage.version:
        return t._edge  # the base alone was detached
    unrecorded = history is not None and not isinstance(t._edge, Node)
    if view.seen is not history or (unrecorded and view.version != t._storage.version):
        edge = history
        for name, attrs in view.from_base() if edge is not None else ():
            edge = _step(REGISTRY[name], attrs, edge, base)
        t._edge, view.seen, view.version = edge, history, t._storage.version
    elif unrecorded and t._edge is None:
        t._edge = Nowhere(t)
    return t._edge


def _step(op: Op, attrs: dict[str, Any], edge: Edge, base: Tensor) -> Node:
    """One view's node on top of `edge`, without computing anything."""
    shape = edge.shape if isinstance(edge, Node) else base._array.shape
    like = np.broadcast_to(np.zeros((), base._array.dtype), shape)
    node = new_node(op, attrs, (edge,), op.forward(like, **attrs), 1)
    node.kept = [shape if source < 0 else None for source in node.plan.keep]
    return node


def new_node(
    op: Op, attrs: dict[str, Any], edges: tuple[Edge, ...], y: Array, wanted: int = 0
) -> Node:
    """A node at the user's line that is running; the caller sets `kept`."""
    node = Node.__new__(Node)
    node.op = op
    node.attrs = attrs
    node.edges = edges
    node.plan = op.plan(wanted or sum(1 << i for i, edge in enumerate(edges) if edge is not None))
    node.shape = y.shape
    node.dtype = y.dtype
    node.order = next(sequence)
    node.scope = STATE.scope
    node.hooks = node.retained = None
    mark(node)
    return node


def mark(node: Node) -> None:
    """Note the innermost running line that is not Liuli's own: a code object and a number.

    A frame becomes an object when it is asked for, which costs more than looking at it: so the
    first one asked for is where the user's line is when an operator was used.
    """
    depth = 5
    try:
        while True:
            frame = sys._getframe(depth)
            code = frame.f_code
            name = code.co_filename
            if not (_ours[name] if name in _ours else _is_ours(name)):
                node.code = code
                node.instruction = frame.f_lasti
                return
            depth += 1
    except ValueError:  # only Liuli's own frames are left
        node.code, node.instruction = None, 0


# --- applying -----------------------------------------------------------------------------------
# long: every operation comes through here, and each call less is a tenth of a microsecond
def apply(op: Op, *operands: Any, **attrs: Any) -> Tensor:
    """Apply `op` to tensors and Python numbers: compute, record, and remember for gradients."""
    state = STATE
    if state.capture is not None:
        return state.capture.apply(op, operands, attrs)  # type: ignore[no-any-return]
    edges: list[Edge] = []
    arrays: list[Any] = []
    wanted, bit = 0, 1  # which operands want a gradient
    dtype: Any = None
    for x in operands:
        edge = None
        if isinstance(x, Tensor):
            edge = x._edge if x._view is None else edge_of(x)
            if edge is not None:
                wanted |= bit
            x = x._array
            if dtype is None:
                dtype = x.dtype
            elif dtype is not x.dtype:
                dtype = False
        elif x.__class__ not in _PLAIN:
            dtype = False  # NumPy's arrays and numbers, and what is no operand at all
            x = getattr(x, "bare", x)  # a number that a recorded program knows by name
        arrays.append(x)
        edges.append(edge)
        bit += bit
    if dtype is not F32 and dtype is not F64 and op.dtypes is not KEEP:
        settled = _settle(op, operands)
        if settled is not operands:
            return apply(op, *settled, **attrs)
    recorder = state.recorder
    if recorder is not None and op.text is not None:
        return _apply_text(op, operands, attrs, edges, wanted)
    try:
        y = op.forward(*arrays, **attrs)
    except (ValueError, TypeError) as error:
        raise _explained(op, operands, error) from None
    if y.__class__ is not _ndarray:
        y = np.asarray(y)
    t = _view_of(op, attrs, operands[0], y) if op.is_view else None
    if t is None:
        t = make(y, Storage(y))
        if recorder is not None:
            recorder.record(op, operands, attrs, t)
    if wanted and state.grad and op.differentiable:
        _remember(op, operands, attrs, edges, wanted, t)
    return t


def _remember(
    op: Op, operands: Any, attrs: dict[str, Any], edges: list[Edge], wanted: int, t: Tensor
) -> None:
    """Give `t` the history of having been made by `op`, and keep what its gradient needs."""
    if t._array.dtype.kind not in "fV":
        return  # whole numbers and truth values do not move by a little: nothing flows through
    if op.variadic:
        lengths = [x.shape[attrs["axis"]] for x in operands]
        attrs = {**attrs, "starts": (0, *itertools.accumulate(lengths))}
    t._edge = node = new_node(op, attrs, tuple(edges), t._array, wanted)
    node.kept = kept = []
    for source in node.plan.keep:
        x = operands[source if source >= 0 else ~source] if source != OUTPUT else t
        if source < 0:
            kept.append(x._array.shape if isinstance(x, Tensor) else np.shape(x))
        elif isinstance(x, Tensor):
            storage = x._storage
            kept.append((x._array, storage, storage.version, x._view.chain if x._view else ()))
        else:
            kept.append(x)


def _view_of(op: Op, attrs: dict[str, Any], x: Tensor, y: Array) -> Tensor | None:
    """`y` as a view of `x`, unless making it had to copy."""
    if op is _RESHAPE and not x._array.flags.c_contiguous and not np.may_share_memory(x._array, y):
        return None
    above, step = x._view, (op.name, attrs)
    chain: Chain = (step,) if above is None else (*above.chain, step)
    base = x if above is None or above.base is None else above.base
    return make(y, x._storage, None, View(base, chain, base._edge, x._storage.version))


def _apply_text(
    op: Op, operands: Any, attrs: dict[str, Any], edges: list[Edge], wanted: int
) -> Tensor:
    """A composite while a program is recorded: its primitives, one by one."""
    state = STATE
    before, state.grad = state.grad, False
    scope, state.scope = state.scope, (*state.scope, op.name)
    assert op.text is not None
    try:
        t: Tensor = op.text(TENSORS, *operands, **attrs)
        if any(t is x for x in operands):
            t = make(t._array, t._storage, None, t._apart())
    finally:
        state.grad, state.scope = before, scope
    if before and op.differentiable and wanted:
        _remember(op, operands, attrs, edges, wanted, t)
    return t


_RESHAPE = REGISTRY["reshape"]


class _Tensors:
    """`F` for Tensors: every operation by name, applied."""

    def __getattr__(self, name: str) -> Any:
        if name not in REGISTRY:
            raise AttributeError(f"there is no operation {name!r}")
        op = REGISTRY[name]

        def call(*operands: Any, **attrs: Any) -> Tensor:
            return apply(op, *operands, **attrs)

        setattr(self, name, call)
        return call


TENSORS = _Tensors()


# --- dtypes and errors --------------------------------------------------------------------------
def result_dtype(operands: Any) -> dt.DType:
    """The dtype that tensors and numbers have together."""
    shaped: list[dt.DType] = []
    zero_d: list[dt.DType] = []
    numbers: list[dt.DType] = []
    for x in operands:
        if isinstance(x, (Tensor, np.ndarray)):
            (shaped if x.ndim else zero_d).append(dt.as_dtype(x.dtype))
        elif isinstance(x, (bool, int, float)) or (
            isinstance(x, np.generic) and x.dtype.kind in "biufV"
        ):
            numbers.append(dt.of_number(x))
        else:
            raise DTypeError("LL251", type=type(x).__name__)
    return dt.promote(shaped, zero_d, numbers)


def _settle(op: Op, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """`operands` in one dtype that `op` computes in; the same tuple if they are already."""
    fixed, free = operands[: op.first_promoted], operands[op.first_promoted :]
    target = result_dtype(free)
    if op.dtypes == FLOAT and not target.is_floating_point:
        target = dt.default_dtype()
    wanted = target.numpy
    settled = tuple(_as_dtype(plain(x), wanted) for x in free)
    if all(a is b for a, b in zip(settled, free, strict=True)):
        return operands
    return fixed + settled


def plain(x: Any) -> Any:
    """A number of NumPy's as Python's, which never decides about a dtype; else `x` itself."""
    if not isinstance(x, np.generic):
        return x
    return float(x) if x.dtype.kind in "fV" else x.item()


def _as_dtype(x: Any, wanted: np.dtype[Any]) -> Any:
    if isinstance(x, Tensor):
        return x if x._array.dtype == wanted else apply(REGISTRY["cast"], x, dtype=wanted.name)
    if isinstance(x, np.ndarray):
        return x if x.dtype == wanted else x.astype(wanted)
    if (wanted is F32 or wanted is F64) and isinstance(x, (bool, int, float)):
        return x
    if hasattr(x, "bare") and wanted.kind in "iu":
        return x
    return np.asarray(x).astype(wanted)  # wraps around, as PyTorch's numbers do


def _explained(op: Op, operands: tuple[Any, ...], error: Exception) -> Exception:
    """NumPy's complaint as ours where we can say more: it names both sides and their makers."""
    if op.family in ("elementwise", "composite"):
        table = operand_rows(op.operands, operands)
        shapes = [tuple(x.shape) for x in operands if hasattr(x, "shape")]
        check_broadcast(op.name, *shapes, rows=lambda: table)
    if isinstance(error, LiuliError):
        return error
    if op.name == "sub":
        return DTypeError("LL203", op="sub")
    kinds = ", ".join(str(getattr(x, "dtype", type(x).__name__)) for x in operands)
    return (
        DTypeError("LL209", op=op.name, operands=kinds) if isinstance(error, TypeError) else error
    )


def require_tensor(x: Any, function: str, argument: str) -> Tensor:
    """`x` itself, if it is a Tensor. Errors: LL601 names what it is instead."""
    if isinstance(x, Tensor):
        return x
    raise not_a_tensor(function, argument, x)

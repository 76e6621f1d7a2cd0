"""`Function`: an operation with a gradient that the user writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError
from ..ops.op import Op
from .modes import no_grad
from .node import Edge, Node
from .state import STATE
from .tensor import Tensor, edge_of, fresh, make, new_node

if TYPE_CHECKING:
    from .engine import Pass


# Stands in for an op while the node is made; a FunctionNode has no op of its own.
_PLAIN = Op("function", None, operands=["*inputs"])  # type: ignore[arg-type]


class Context:
    """What `forward` leaves for `backward`: `ctx.save_for_backward(...)` and any attribute."""

    def __init__(self) -> None:
        self._saved: tuple[Tensor | None, ...] = ()
        self._versions: tuple[int, ...] = ()
        self._not_differentiable: tuple[int, ...] = ()
        self._dirty: tuple[int, ...] = ()
        self._materialize = True
        self.needs_input_grad: tuple[bool, ...] = ()
        self._made: dict[int, int] = {}  # which of the saved tensors is which output
        self._node: FunctionNode | None = None  # while backward runs

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for `backward`; they are checked for later writes."""
        self._saved = tensors
        self._versions = tuple(t._version if t is not None else 0 for t in tensors)

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What was saved. Errors: LL404 if one was written since, LL403 if they were freed."""
        if self._saved is None:
            raise GradientError("LL403", where=self._place())
        for i, (t, version) in enumerate(zip(self._saved, self._versions, strict=True)):
            if t is not None and t._version != version:
                raise GradientError("LL404", where=self._place(), name=f"saved_tensors[{i}]",
                                    shape=tuple(t.shape), writes=t._version - version)  # fmt: skip
        return tuple(self._with_history(i, t) for i, t in enumerate(self._saved))

    def _with_history(self, i: int, t: Tensor | None) -> Tensor | None:
        """Saved tensor `i`; an output gets its history only now, for it would be a cycle before."""
        if t is None or self._node is None or i not in self._made:
            return t
        edge = _output_node(self._node, self._made[i], t)
        return make(t._array, t._storage, edge, t._apart())

    def _place(self) -> str:
        return self._node.where() if self._node else "forward"

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """These outputs get no gradient."""
        self._not_differentiable = tuple(id(t) for t in tensors)

    def mark_dirty(self, *tensors: Tensor) -> None:
        """These inputs were written in place."""
        self._dirty = tuple(id(t) for t in tensors)

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing gradients of outputs arrive as zeros (the default) or as None."""
        self._materialize = value


class FunctionNode(Node):
    """The node of a Function; its outputs' gradients are gathered before `backward` runs."""

    __slots__ = ("context", "function", "outputs")

    context: Context
    function: type[Function]
    outputs: list[tuple[tuple[int, ...], Any]]

    def name(self) -> str:
        return f"{self.function.__name__}Backward"

    def where(self) -> str:
        return f"{self.function.__name__}, {self.place}" if self.place else self.function.__name__

    def free(self) -> None:
        if self.context._saved:
            self.context._saved = None  # type: ignore[assignment]

    def gradients(self, g: Bundle, work: Pass) -> list[Any]:
        """Call the user's `backward` and fit what it returns to the inputs."""
        grads: list[Tensor | None] = []
        for number, (shape, dtype) in enumerate(self.outputs):
            one = g.parts.get(number)
            if one is None and self.context._materialize:
                one = np.zeros(shape, dtype)
            grads.append(one if one is None or isinstance(one, Tensor) else fresh(np.asarray(one)))
        self.context._node = self
        try:
            results: Any = self.function.backward(self.context, *grads)
        finally:
            self.context._node = None  # no cycle: the node goes with its last user
        results = results if isinstance(results, tuple) else (results,)
        results += (None,) * (len(self.edges) - len(results))
        if any(r is not None for r in results[len(self.edges) :]):
            raise GradientError("LL412", name=self.function.__name__, inputs=len(self.edges),
                                results=len(results))  # fmt: skip
        return [self._fit(r, edge, work) for r, edge in zip(results, self.edges, strict=False)]

    def _fit(self, result: Tensor | None, edge: Edge, work: Pass) -> Any:
        if result is None or edge is None:
            return None
        if tuple(result.shape) != edge.shape:
            raise GradientError("LL413", name=self.function.__name__, result=tuple(result.shape),
                                shape=edge.shape)  # fmt: skip
        result = result.to(edge.dtype)
        return result if work.as_tensors else result._array.copy()


class Bundle:
    """Gradients of several outputs on their way to one FunctionNode."""

    def __init__(self, parts: dict[int, Any]) -> None:
        self.parts = parts

    def __add__(self, other: Bundle) -> Bundle:
        merged = dict(self.parts)
        for number, g in other.parts.items():
            merged[number] = merged[number] + g if number in merged else g
        return Bundle(merged)


class OutputNode(FunctionNode):
    """One output of a Function: passes its gradient on to the FunctionNode, numbered."""

    __slots__ = ("number",)

    number: int

    def free(self) -> None:
        """Nothing is kept here."""

    def gradients(self, g: Any, work: Pass) -> list[Any]:
        return [Bundle({self.number: g})]


class Function:
    """Write an operation with its own gradient: subclass, give `forward` and `backward`.

    `forward(ctx, *args)` computes without a history; `backward(ctx, *grads)` returns one
    gradient an argument (None where there is none). Use it by `MyFunction.apply(...)`.

    Example:
        >>> import liuli
        >>> class Cube(liuli.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x * x
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return g * 3 * x * x
        >>> x = liuli.tensor(2.0, requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
    """

    @staticmethod
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Compute the gradients of the inputs from those of the outputs."""
        raise NotImplementedError

    setup_context: Any = None

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run `forward` and remember `backward`."""
        context = Context()
        edges = tuple(edge_of(x) if isinstance(x, Tensor) else None for x in args)
        context.needs_input_grad = tuple(edge is not None for edge in edges)
        with no_grad():
            if cls.setup_context is None:
                results = cls.forward(context, *args)
            else:
                results = cls.forward(*args)
                cls.setup_context(context, args, results)
        if not STATE.grad or not any(context.needs_input_grad):
            return results
        return _with_history(cls, context, edges, args, results)


def _with_history(cls: type[Function], context: Context, edges: tuple[Edge, ...], args: Any,
                  results: Any) -> Any:  # fmt: skip
    single = not isinstance(results, tuple)
    outputs = (results,) if single else results
    tensors = [t for t in outputs if isinstance(t, Tensor)]
    node = _node(FunctionNode, edges, tensors[0])
    node.context, node.function = context, cls
    node.outputs = [(t._array.shape, t._array.dtype) for t in tensors]
    _note_saved_outputs(context, tensors, args)
    made, number = [], 0
    for t in outputs:
        if not isinstance(t, Tensor):
            made.append(t)
            continue
        dirty = id(t) in context._dirty
        if not dirty:  # an input handed through gets an identity of its own
            t = make(t._array, t._storage, None, t._apart())
        if id(outputs[len(made)]) not in context._not_differentiable and t.dtype.is_floating_point:
            t._edge = _output_node(node, number, t)
        number += 1
        made.append(t)
    return made[0] if single else tuple(made)


def _note_saved_outputs(context: Context, outputs: list[Tensor], args: Any) -> None:
    """Know the outputs among the saved tensors, and keep them without the history they will get."""
    saved = list(context._saved)
    for number, output in enumerate(outputs):
        for i, t in enumerate(saved):
            if t is output and (id(t) in context._dirty or all(t is not x for x in args)):
                context._made[i] = number
                saved[i] = make(t._array, t._storage, None, t._apart())
    context._saved = tuple(saved)


def _output_node(node: FunctionNode, number: int, t: Tensor) -> OutputNode:
    output: OutputNode = _node(OutputNode, (node,), t)
    output.number, output.context, output.function = number, node.context, node.function
    return output


def _node(kind: Any, edges: tuple[Edge, ...], t: Tensor) -> Any:
    """A node of `kind` with the place of the user's line."""
    from_op = new_node(_PLAIN, {}, edges, t._array)
    node = kind.__new__(kind)
    for name in Node.__slots__:
        if name not in ("__weakref__", "kept"):
            setattr(node, name, getattr(from_op, name))
    node.op, node.kept = None, []
    return node

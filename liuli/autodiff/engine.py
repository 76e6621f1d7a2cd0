"""Backward: gradients flow from newer nodes to older ones, each exactly once.

Nodes are numbered as they are made, and an operand is always older than its result; so taking
the newest waiting node first is a right order, whatever the graph, and nothing recurses.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..errors import GradientError
from ..ops.op import ARRAYS, OUTPUT
from ..ops.views import sum_to
from .describe import rows
from .function import FunctionNode
from .node import Edge, Leaf, Node
from .state import STATE
from .tensor import (
    F32,
    F64,
    TENSORS,
    Dropped,
    Tensor,
    View,
    edge_of,
    fresh,
    make,
    require_tensor,
)

__mirrors__ = "torch"

Array: TypeAlias = "np.ndarray[Any, Any]"
Gradient: TypeAlias = "Any"  # an array, or a Tensor where a graph of gradients is wanted


class Pass:
    """One backward pass over a graph."""

    def __init__(self, *, create_graph: bool, retain_graph: bool) -> None:
        self.retain = retain_graph
        self.create = create_graph
        self.as_tensors = create_graph or STATE.recorder is not None
        self.waiting: dict[Node, Gradient] = {}
        self.heap: list[tuple[int, Node]] = []
        self.leaves: dict[Leaf, Gradient] = {}
        self.wanted: dict[Node, Gradient] | None = None  # for `grad`: nodes to stop and look at
        self.useful: set[Any] | None = None  # edges on the way to what is wanted
        self.through: set[Node] = set()  # nodes whose rules lead further on that way

    def deliver(self, edge: Node | Leaf, g: Gradient, owned: bool = False) -> None:
        """Add `g` to what has arrived at `edge`; `owned`: nobody else holds this array."""
        if isinstance(edge, Leaf):
            held = self.leaves.get(edge)
            if held is not None:
                g = held + g
            elif not self.as_tensors and not (owned and g.base is None):
                g = g.copy()
            self.leaves[edge] = g
            return
        held = self.waiting.get(edge)
        if held is None:
            heapq.heappush(self.heap, (-edge.order, edge))
            self.waiting[edge] = g
        else:
            self.waiting[edge] = held + g

    def run(self) -> None:
        """Take nodes, newest first, until none waits."""
        heap, waiting = self.heap, self.waiting
        while heap:
            node = heapq.heappop(heap)[1]
            g = waiting.pop(node)
            if node.hooks or node.retained is not None:
                g = self.observe(node, g)
            if self.wanted is not None and node in self.wanted:
                self.wanted[node] = g
                if node not in self.through:
                    continue
            self.step(node, g)
            if not self.retain:
                node.free()

    def step(self, node: Node, g: Gradient) -> None:
        """Run the rules of `node` and pass their results on."""
        if isinstance(node, FunctionNode):
            self.step_function(node, g)
            return
        exact = node.dtype is F32 or node.dtype is F64
        if self.as_tensors or not exact:
            STATE.origin = node
            values = self.tensor_arguments(node, g)
        else:
            values = node.arguments(g)
        edges: tuple[Any, ...] = node.edges
        useful, variadic = self.useful, node.op.variadic
        for number, rule, where in node.plan.calls:
            edge = edges[number]
            if useful is not None and edge not in useful:
                continue
            if variadic:
                values = [*values[: -len(node.plan.attrs)], *self.positioned(node, number)]
            try:
                result = rule(*[values[i] for i in where])
            except (ValueError, TypeError, IndexError) as error:
                raise _broken(node, rule, error) from error
            if result.shape != edge.shape or (
                result.dtype is not edge.dtype and result.dtype != edge.dtype
            ):
                result = _fitted(node, rule, result, edge.shape, edge.dtype)
            if not exact and not self.as_tensors:
                result = result._array
            self.deliver(edge, result, owned=result is not g)

    def positioned(self, node: Node, number: int) -> list[Any]:
        return [number if name == "i" else node.attrs.get(name) for name in node.plan.attrs]

    def step_function(self, node: FunctionNode, g: Gradient) -> None:
        """A node of a user's own Function: its gradients come from the user's `backward`."""
        for edge, result in zip(node.edges, node.gradients(g, self), strict=True):
            if edge is not None and result is not None:
                self.deliver(edge, result)

    def tensor_arguments(self, node: Node, g: Gradient) -> list[Any]:
        """The rule's arguments as Tensors; with their history if a graph is wanted."""
        node.arguments(g)  # checks that nothing was freed or overwritten
        values: list[Any] = [g if isinstance(g, Tensor) else fresh(g), TENSORS]
        for source, item in zip(node.plan.keep, node.kept or (), strict=True):
            if source >= 0 and item.__class__ is tuple:
                array, storage, _, chain = item
                values.append(rebuilt(array, storage, chain, self.history(node, source)))
            else:
                values.append(item)
        return values + [node.attrs.get(name) for name in node.plan.attrs]

    def history(self, node: Node, source: int) -> Edge:
        if not self.create:
            return None
        return node if source == OUTPUT else node.edges[source]

    def observe(self, node: Node, g: Gradient) -> Gradient:
        """Show the finished gradient of a node to its hooks, and keep it where asked."""
        t = g if isinstance(g, Tensor) else fresh(g)
        for hook in list((node.hooks or {}).values()):
            changed = hook(t)
            if changed is not None:
                t = changed
        holder = node.retained() if node.retained is not None else None
        if holder is not None:
            _add_to_grad(holder, t if self.as_tensors else t._array.copy(), self.create)
        return t if self.as_tensors else t._array

    def finish_leaf(self, leaf: Leaf, g: Gradient) -> Gradient:
        """What arrived at a leaf after its hooks."""
        if not leaf.hooks:
            return g
        t = g if isinstance(g, Tensor) else fresh(g)
        for hook in list(leaf.hooks.values()):
            changed = hook(t)
            if changed is not None:
                t = changed
        return t if self.as_tensors else t._array.copy()  # a hook may hold on to it


def rebuilt(array: Array, storage: Any, chain: Any, edge: Edge) -> Tensor:
    """A kept value as a Tensor again."""
    from_view = View(None, chain, None) if chain else None
    return make(array, storage, edge, from_view)


def _fitted(node: Node, rule: Any, result: Any, shape: Any, dtype: Any) -> Any:
    """`result` summed and cast to its operand's shape and dtype."""
    tensors = isinstance(result, Tensor)
    F = TENSORS if tensors else ARRAYS
    if tuple(result.shape) != shape:
        try:
            result = sum_to(F, result, shape)
        except (ValueError, IndexError) as error:
            raise _broken(node, rule, error) from error
    if tuple(result.shape) != shape:
        raise _broken(node, rule, f"its result has shape {tuple(result.shape)}, not {shape}")
    if result.dtype != dtype:
        result = F.cast(result, dtype=dtype)
    return result


def _broken(node: Node, rule: Any, error: object) -> GradientError:
    code = getattr(rule, "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code else repr(rule)
    return GradientError("LL405", where=node.where(), op=node.op.name, rule=place, error=error)


# --- the two ways to start a pass -------------------------------------------------------------
Tensors: TypeAlias = "Tensor | Sequence[Tensor]"
Seeds: TypeAlias = "Tensor | Sequence[Tensor | None] | None"


def _listed(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (list, tuple)) else [x]


def _tensors(x: Any, function: str, argument: str) -> list[Tensor]:
    """One tensor, or a list of them, as a list. Errors: LL601 for anything else."""
    return [require_tensor(t, function, argument) for t in _listed(x)]


def _seed(output: Tensor, seed: Tensor | None) -> Gradient:
    """The gradient that starts at `output`: 1 for one number, else what the caller gives."""
    if seed is None:
        if output._array.size != 1:
            raise GradientError("LL406", rows=rows(output=output), shape=tuple(output.shape),
                                count=output._array.size)  # fmt: skip
        return fresh(np.ones(output._array.shape, output._array.dtype))
    require_tensor(seed, "backward", "gradient")
    if seed._array.shape != output._array.shape:
        raise GradientError("LL402", rows=rows(output=output, gradient=seed),
                            grad=tuple(seed.shape), shape=tuple(output.shape))  # fmt: skip
    return seed if seed._array.dtype == output._array.dtype else seed.to(output.dtype)


def _start(work: Pass, outputs: list[Tensor], seeds: list[Tensor | None]) -> None:
    if len(seeds) != len(outputs):
        raise GradientError("LL407", outputs=len(outputs), seeds=len(seeds))
    for output, seed in zip(outputs, seeds, strict=True):
        edge = edge_of(output)
        if edge is None:
            ours = "_made_by_step" in output.__dict__
            raise GradientError("LL721" if ours else "LL408", shape=tuple(output.shape))
        g = _seed(output, seed)
        work.deliver(edge, g if work.as_tensors else g._array)


def _sweep(work: Pass) -> None:
    """Run, recording the gradients' own graph only if it is wanted."""
    before, STATE.grad = STATE.grad, work.create
    origin = STATE.origin
    try:
        with np.errstate(all="ignore"):
            work.run()
            for leaf, g in work.leaves.items():
                work.leaves[leaf] = work.finish_leaf(leaf, g)
    finally:
        STATE.grad, STATE.origin = before, origin


def backward(
    tensors: Tensors,
    grad_tensors: Seeds = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Compute d(tensors)/d(leaf) and add it to the `grad` of every leaf that wants it.

    With `grad_tensors` v the result is the sum of v . d(tensor)/d(leaf). The graph is freed
    unless `retain_graph` or `create_graph`; with `inputs` only these tensors get a gradient.

    Errors: LL402 and LL406 for a wrong or missing start, LL403 and LL404 for a graph that was
    used or whose values were overwritten, LL408 if nothing wants a gradient.
    """
    if STATE.capture is not None:
        STATE.capture.backward(tensors, grad_tensors, retain_graph, create_graph, inputs)
        return
    outputs = _tensors(tensors, "backward", "tensors")
    seeds = [None] * len(outputs) if grad_tensors is None else _listed(grad_tensors)
    work = Pass(
        create_graph=create_graph,
        retain_graph=create_graph if retain_graph is None else retain_graph,
    )
    chosen = _tensors(inputs, "backward", "inputs") if inputs is not None else None
    if chosen is not None:
        _aim(work, outputs, chosen)
    _start(work, outputs, seeds)
    _sweep(work)
    for leaf, g in work.leaves.items():
        t = leaf.tensor()
        if t is not None and (chosen is None or any(t is x for x in chosen)):
            with _ADDING:
                _add_to_grad(t, g, create_graph)
            for hook in list((leaf.after or {}).values()):
                hook(t)
    for t in chosen or ():
        edge = edge_of(t)
        if isinstance(edge, Node) and work.wanted and work.wanted.get(edge) is not None:
            with _ADDING:
                _add_to_grad(t, work.wanted[edge], create_graph)


_ADDING = threading.Lock()  # two threads may add to the gradient of one leaf


def _add_to_grad(t: Tensor, g: Gradient, create_graph: bool) -> None:
    """Put `g` into `t.grad`: in place where a gradient is there already."""
    held: Any = t._grad
    if held.__class__ is Dropped and held.over:
        t._grad = None
    if STATE.recorder is not None:
        STATE.recorder.touch_grad(t)
    if not isinstance(g, Tensor):
        if t._grad is None:
            t._grad = fresh(np.asarray(g))
        else:
            np.add(t._grad._array, g, out=t._grad._array)
            t._grad._storage.version += 1
        return
    if create_graph:
        t._grad = g if t._grad is None else t._grad + g
    elif t._grad is None:
        before, STATE.grad = STATE.grad, False
        t._grad = g.clone()
        STATE.grad = before
    else:
        before, STATE.grad = STATE.grad, False
        t._grad.add_(g)
        STATE.grad = before


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Seeds = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs` with respect to `inputs`, as a tuple; no `grad` is touched.

    With `create_graph` the results can be differentiated again. An input that the outputs do
    not depend on is an error, or None with `allow_unused`, or zeros with `materialize_grads`.

    Example:
        >>> import liuli
        >>> x = liuli.tensor(3.0, requires_grad=True)
        >>> (first,) = liuli.autograd.grad(x**3, x, create_graph=True)
        >>> liuli.autograd.grad(first, x)
        (tensor(18.),)
    """
    if is_grads_batched:
        raise GradientError("LL409")
    made, targets = _tensors(outputs, "grad", "outputs"), _tensors(inputs, "grad", "inputs")
    seeds = [None] * len(made) if grad_outputs is None else _listed(grad_outputs)
    work = Pass(
        create_graph=create_graph,
        retain_graph=create_graph if retain_graph is None else retain_graph,
    )
    _aim(work, made, targets)
    _start(work, made, seeds)
    _sweep(work)
    results: list[Tensor | None] = []
    for number, t in enumerate(targets):
        edge = edge_of(t)
        g = work.leaves.get(edge) if isinstance(edge, Leaf) else (work.wanted or {}).get(edge)  # type: ignore[arg-type]
        if g is None:
            if materialize_grads:
                g = np.zeros(t._array.shape, t._array.dtype)
            elif not allow_unused:
                raise GradientError("LL410", number=number, shape=tuple(t.shape))
        results.append(g if g is None or isinstance(g, Tensor) else fresh(np.asarray(g)))
    return tuple(results)


def _aim(work: Pass, outputs: Iterable[Tensor], targets: Iterable[Tensor]) -> None:
    """Mark the edges that lead to `targets`: nothing else is computed."""
    goals = [edge_of(t) for t in targets]
    for number, goal in enumerate(goals):
        if goal is None:
            raise GradientError("LL411", number=number)
    work.wanted = {goal: None for goal in goals if isinstance(goal, Node)}
    found: dict[Node, None] = {}
    stack = [edge for t in outputs if isinstance(edge := edge_of(t), Node)]
    while stack:
        node = stack.pop()
        if node not in found:
            found[node] = None
            stack += [edge for edge in node.edges if isinstance(edge, Node)]
    leaves = {goal for goal in goals if isinstance(goal, Leaf)}
    work.useful = set(leaves)
    through: set[Node] = set()
    for node in sorted(found, key=lambda n: n.order):
        if any(edge in work.useful for edge in node.edges):
            through.add(node)
            work.useful.add(node)
        elif node in work.wanted:
            work.useful.add(node)
    work.through = through

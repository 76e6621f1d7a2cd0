"""Is a graph well formed? Run between passes, and on every graph that a test makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..errors import GraphError, LiuliError
from ..ops import REGISTRY, Spec
from .graph import Graph, Node, spell


def check(graph: Graph) -> Graph:
    """The graph itself, if it is well formed.

    Errors: LL712 for a value used before it is made or made twice, LL713 for an unknown
    operation, LL714 for a shape or dtype that the operation does not give, LL715 for operands
    or attributes that an operation does not take, LL716 for a write that does not fit.
    """
    known: dict[int, Spec] = {}
    numbers: dict[int, tuple[int, int]] = {}
    for leaf in graph.leaves:
        _define(known, leaf.number, leaf.spec)
    for node in graph.nodes:
        for operand in node.operands:
            _use(known, operand, node.number)
        operands = [known[operand] for operand in node.operands]
        _check_node(node, operands)
        why = _outside(node, operands, numbers)
        if why:
            raise GraphError("LL715", value=node.number, op=node.op, operands=why)
        _define(known, node.number, node.spec)
    _check_ends(graph, known)
    return graph


def _define(known: dict[int, Spec], number: int, spec: Spec) -> None:
    if number in known:
        raise GraphError("LL712", value=number, why="it is made twice")
    known[number] = spec


def _use(known: dict[int, Spec], number: int, by: int) -> None:
    if number not in known:
        raise GraphError("LL712", value=number, why=f"%{by} uses it before it is made")


def _check_node(node: Node, operands: list[Spec]) -> None:
    op = REGISTRY.get(node.op)
    if op is None or op.infer is None:
        raise GraphError("LL713", value=node.number, op=node.op)
    if (
        op.family == "elementwise"
        and len({spec.dtype for spec in operands[op.first_promoted :]}) > 1
    ):
        raise GraphError("LL715", value=node.number, op=node.op,
                         operands=", ".join(map(spell, operands)))  # fmt: skip
    try:
        why = _refusal(node, operands)
        made = op.infer(*operands, **node.attrs)
    except (LiuliError, TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise GraphError("LL715", value=node.number, op=node.op, operands=error) from error
    if why:
        raise GraphError("LL715", value=node.number, op=node.op, operands=why)
    if made != node.spec:
        raise GraphError(
            "LL714", value=node.number, op=node.op, has=spell(node.spec), gives=spell(made)
        )


def _check_ends(graph: Graph, known: dict[int, Spec]) -> None:
    leaves = {leaf.number: leaf.spec for leaf in graph.leaves}
    for target, value in graph.assigns:
        _use(known, value, target)
        if target not in leaves or leaves[target] != known[value]:
            raise GraphError("LL716", target=target, value=value)
    if len({target for target, _ in graph.assigns}) != len(graph.assigns):
        raise GraphError("LL716", target="twice", value="")
    for output in graph.outputs:
        if output not in known:
            raise GraphError("LL712", value=output, why="it is returned but never made")


# --- attributes -----------------------------------------------------------------------------------
def _refusal(node: Node, operands: Sequence[Spec]) -> str:
    """Why an operation does not take these operands with these attributes, or ""."""
    names = _keywords(node.op)
    if names is not None and (unknown := node.attrs.keys() - names):
        return f"it has no attribute {min(unknown)}"
    if len(operands) > 1 and node.op in _OF_ONE_DTYPE:
        index = node.op.startswith("scatter")  # which stands between the two
        if len({spec.dtype for spec in operands[:: 2 if index else 1]}) > 1:
            return f"of several dtypes: {', '.join(map(spell, operands))}"
    axes = [int(a) for name in _AXES for a in np.ravel(node.attrs.get(name, ()))]
    if len(set(axes)) != len(axes) or not all(0 <= a < len(operands[0].shape) for a in axes):
        return f"axes {tuple(axes)} of {len(operands[0].shape)}"
    rule = _RULES.get(node.op)
    return rule(node, operands) if rule else ""


_AXES = ("axes", "axis", "axis1", "axis2")
_OF_ONE_DTYPE = ("contract", "concat", "update", "scatter_add", "scatter_set")


@cache
def _keywords(op: str) -> frozenset[str] | None:
    """The names of an operation's attributes; None where its forward does not tell them."""
    forward = REGISTRY[op].forward
    if isinstance(forward, np.ufunc):
        return frozenset()
    parameters = inspect.signature(forward).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters)


def _permute(node: Node, operands: Sequence[Spec]) -> str:
    whole = len(node.attrs["axes"]) == len(operands[0].shape)
    return "" if whole else f"axes {node.attrs['axes']}: some are missing"


def _slice(node: Node, operands: Sequence[Spec]) -> str:
    index, shape = node.attrs["index"], operands[0].shape
    ends = [(p, p) if isinstance(p, int) else (p[0], p[0] + (p[1] - 1) * p[2]) for p in index]
    empty = [not isinstance(p, int) and p[1] == 0 for p in index]
    inside = len(ends) == len(shape) and all(
        none or 0 <= min(pair) <= max(pair) < n
        for pair, none, n in zip(ends, empty, shape, strict=True)
    )
    return "" if inside else f"{index} of {shape}"


def _indexed(node: Node, operands: Sequence[Spec]) -> str:
    x, index, *source = operands
    batch, places = node.attrs["batch"], len(index.shape)
    if index.dtype.kind not in "iu" or not 0 <= batch <= min(places, len(x.shape) - 1):
        return f"{spell(index)} with batch {batch} as places in {spell(x)}"
    wanted = (*index.shape, *x.shape[batch + 1 :])
    if x.shape[:batch] != index.shape[:batch] or (source and source[0].shape != wanted):
        return ", ".join(map(spell, operands))
    return ""


def _concat(node: Node, operands: Sequence[Spec]) -> str:
    axis = node.attrs["axis"]
    rests = {(*spec.shape[:axis], *spec.shape[axis + 1 :]) for spec in operands}
    return ", ".join(map(spell, operands)) if len(rests) > 1 else ""


def _update(node: Node, operands: Sequence[Spec]) -> str:
    others = [name for name, _ in node.attrs["where"] if not REGISTRY[name].is_view]
    return f"{others[0]} is no view" if others else ""


_RULES: dict[str, Callable[[Node, Sequence[Spec]], str]] = {
    "permute": _permute, "slice": _slice, "gather": _indexed, "scatter_add": _indexed,
    "scatter_set": _indexed, "concat": _concat, "update": _update,
}  # fmt: skip


# --- places ---------------------------------------------------------------------------------------
def _outside(node: Node, operands: Sequence[Spec], known: dict[int, tuple[int, int]]) -> str:
    """Why places in a gather or scatter are outside, as far as numbers tell: in `known`."""
    bounds = _bounds(node, known)
    if bounds is not None:
        known[node.number] = bounds
    if node.op not in ("gather", "scatter_add", "scatter_set") or node.operands[1] not in known:
        return ""
    low, high = known[node.operands[1]]
    size = operands[0].shape[node.attrs["batch"]]
    fits = low >= 0 and high < size
    return "" if fits or not np.prod(operands[1].shape) else f"places {low} to {high} of {size}"


def _bounds(node: Node, known: dict[int, tuple[int, int]]) -> tuple[int, int] | None:
    """The least and the greatest of a value's whole numbers, if they follow from the graph."""
    attrs: dict[str, Any] = node.attrs
    if node.spec.dtype.kind not in "iu":
        return None
    if node.op == "const":
        array = np.asarray(attrs["value"])
        return (int(array.min()), int(array.max())) if array.size else None
    if node.op == "iota":
        return 0, int(attrs["size"]) - 1
    if node.op == "check":
        return int(attrs["low"]), int(attrs["high"]) - 1
    if node.op in ("reshape", "permute", "expand", "slice", "copy", "concat", "gather"):
        found = [
            known.get(operand) for operand in node.operands[: 1 if node.op == "gather" else None]
        ]
        if found and all(each is not None for each in found):
            pairs = [each for each in found if each is not None]
            return min(low for low, _ in pairs), max(high for _, high in pairs)
    return None

"""Is a graph well formed? Run between passes, and on every graph that a test makes."""

from __future__ import annotations

from ..errors import GraphError, LiuliError
from ..ops import REGISTRY, Spec
from .graph import Graph, Node, spell


def check(graph: Graph) -> Graph:
    """The graph itself, if it is well formed.

    Errors: LL712 for a value used before it is made or made twice, LL713 for an unknown
    operation, LL714 for a shape or dtype that the operation does not give, LL715 for operands
    of an elementwise operation that differ, LL716 for a write that does not fit.
    """
    known: dict[int, Spec] = {}
    for leaf in graph.leaves:
        _define(known, leaf.number, leaf.spec)
    for node in graph.nodes:
        for operand in node.operands:
            _use(known, operand, node.number)
        _check_node(node, [known[operand] for operand in node.operands])
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
        made = op.infer(*operands, **node.attrs)
    except (LiuliError, TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise GraphError("LL715", value=node.number, op=node.op, operands=error) from error
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

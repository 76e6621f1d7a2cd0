"""Running a graph with NumPy, node by node: the reference for every other way to run it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..ops import REGISTRY, Spec
from .graph import Graph, spell


def run(
    graph: Graph,
    inputs: Sequence[np.ndarray[Any, Any]],
    states: Sequence[np.ndarray[Any, Any]] = (),
) -> list[np.ndarray[Any, Any]]:
    """The outputs for `inputs`; `states`, and inputs that the program writes, change in place.

    Errors: LL717 if an input has another shape or dtype than the graph says.
    """
    values: dict[int, np.ndarray[Any, Any]] = {}
    for leaves, arrays in ((graph.inputs, inputs), (graph.states, states)):
        if len(leaves) != len(arrays):
            raise ShapeError("LL718", wanted=len(leaves), given=len(arrays))
        for leaf, array in zip(leaves, arrays, strict=True):
            if Spec(array.shape, array.dtype) != leaf.spec:
                given = spell(Spec(array.shape, array.dtype))
                raise ShapeError(
                    "LL717",
                    name=leaf.name or f"%{leaf.number}",
                    given=given,
                    wanted=spell(leaf.spec),
                )
            values[leaf.number] = array
    last = _last_uses(graph)
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            operands = [values[operand] for operand in node.operands]
            made = REGISTRY[node.op].forward(*operands, **node.attrs)
            values[node.number] = np.asarray(made)
            for operand in {*node.operands, node.number}:
                if last.get(operand, node.number) == node.number:
                    del values[operand]
    results = [np.array(values[output]) for output in graph.outputs]
    written = [(target, np.array(values[value])) for target, value in graph.assigns]
    for target, array in written:  # after everything was read
        np.copyto(values[target], array)
    return results


def _last_uses(graph: Graph) -> dict[int, int | None]:
    """The node after which each value is needed no more; None for what the end still reads."""
    last: dict[int, int | None] = {}
    for node in graph.nodes:
        last.update(dict.fromkeys(node.operands, node.number))
    kept = [leaf.number for leaf in graph.leaves] + graph.outputs
    return last | dict.fromkeys([*kept, *(value for _, value in graph.assigns)])

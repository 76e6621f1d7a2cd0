"""A recorded program as a graph of primitives, with a text form that people read and tests parse.

    graph step
      input  %0 float32[64,784]  x
      state  %1 float32[10,784]  weight
      %2 float32[64,10] = contract(%0, %1, labels='ab,cb->ac')  # linear model.py:21
      assign %1 <- %7
      return %5

Every node has one result. Shapes and dtypes are equal where the operation needs them equal:
casts and expands are nodes of their own. `assign` happens after everything else.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..dtypes import as_dtype
from ..errors import GraphError, LiuliError
from ..ops import Spec


class Origin(str):
    """Where an operation comes from, and the path of the user's file: to show the line itself."""

    file: str

    def __new__(cls, text: str, file: str = "") -> Origin:
        made = super().__new__(cls, text)
        made.file = file
        return made


@dataclass(frozen=True)
class Leaf:
    """A value that comes from outside: an input of each call, or state kept between calls."""

    kind: str  # "input" or "state"
    number: int
    spec: Spec
    name: str = ""


@dataclass(frozen=True)
class Node:
    """One operation: `%number = op(operands, attrs)`, and where it comes from."""

    number: int
    op: str
    operands: tuple[int, ...]
    attrs: dict[str, Any]
    spec: Spec
    origin: str = ""  # layer or composition, and the user's file:line


@dataclass
class Graph:
    """A program: leaves, nodes in order, what is written back, what is returned."""

    name: str = "program"
    leaves: list[Leaf] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    assigns: list[tuple[int, int]] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    @property
    def inputs(self) -> list[Leaf]:
        """The leaves that every call brings."""
        return [leaf for leaf in self.leaves if leaf.kind == "input"]

    @property
    def states(self) -> list[Leaf]:
        """The leaves that live between calls."""
        return [leaf for leaf in self.leaves if leaf.kind == "state"]

    def specs(self) -> dict[int, Spec]:
        """The shape and dtype of every value."""
        made = {node.number: node.spec for node in self.nodes}
        return {leaf.number: leaf.spec for leaf in self.leaves} | made

    def __str__(self) -> str:
        return "\n".join(_lines(self)) + "\n"


# --- printing ---------------------------------------------------------------------------------
def _lines(graph: Graph) -> Iterator[str]:
    yield f"graph {graph.name}"
    for leaf in graph.leaves:
        yield f"  {leaf.kind:<6} %{leaf.number} {spell(leaf.spec)}  {leaf.name}".rstrip()
    for node in graph.nodes:
        operands = [f"%{n}" for n in node.operands]
        attrs = [f"{key}={_literal(value)}" for key, value in sorted(node.attrs.items())]
        line = f"  %{node.number} {spell(node.spec)} = {node.op}({', '.join(operands + attrs)})"
        yield f"{line}  # {node.origin}" if node.origin else line
    for target, value in graph.assigns:
        yield f"  assign %{target} <- %{value}"
    yield "  return " + ", ".join(f"%{n}" for n in graph.outputs) if graph.outputs else "  return"


def spell(spec: Spec) -> str:
    """A spec as text, such as "float32[64,784]"."""
    return f"{spec.dtype.name}[{','.join(map(str, spec.shape))}]"


def _literal(value: Any) -> str:
    """`value` as a Python literal; infinities and NaN by name."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(_literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


# --- parsing ----------------------------------------------------------------------------------
_LEAF = re.compile(r"(input|state)\s+%(\d+) (\w+)\[([\d,]*)\]\s*(.*)")
_NODE = re.compile(r"%(\d+) (\w+)\[([\d,]*)\] = (\w+)\((.*?)\)(?:  # (.*))?")
_ASSIGN = re.compile(r"assign %(\d+) <- %(\d+)")


def parse(text: str) -> Graph:
    """The graph that `str(graph)` printed. Errors: LL711 names the line that is none."""
    graph = Graph()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            understood = not line.strip() or _parse_line(graph, line.strip())
        except (SyntaxError, ValueError, KeyError, TypeError, AssertionError, LiuliError):
            understood = False
        if not understood:
            raise GraphError("LL711", number=number, line=line.strip())
    return graph


def _parse_line(graph: Graph, line: str) -> bool:
    if line.startswith("graph "):
        graph.name = line.removeprefix("graph ")
    elif match := _LEAF.fullmatch(line):
        kind, number, dtype, shape, name = match.groups()
        graph.leaves.append(Leaf(kind, int(number), _spec(dtype, shape), name))
    elif match := _NODE.fullmatch(line):
        number, dtype, shape, op, arguments, origin = match.groups()
        operands, attrs = _arguments(arguments)
        node = Node(int(number), op, operands, attrs, _spec(dtype, shape), origin or "")
        graph.nodes.append(node)
    elif match := _ASSIGN.fullmatch(line):
        graph.assigns.append((int(match[1]), int(match[2])))
    elif line == "return" or line.startswith("return "):
        graph.outputs += [int(n) for n in re.findall(r"%(\d+)", line)]
    else:
        return False
    return True


def _spec(dtype: str, shape: str) -> Spec:
    return Spec(tuple(int(n) for n in shape.split(",") if n), as_dtype(dtype).numpy)


def _arguments(text: str) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Operands and attributes, read as a Python call of literals; nothing is executed."""
    call = ast.parse("f(" + re.sub(r"%([0-9]+)", r"_\1", text) + ")", mode="eval").body
    assert isinstance(call, ast.Call)
    operands = tuple(int(arg.id[1:]) for arg in call.args if isinstance(arg, ast.Name))
    return operands, {str(word.arg): _value(word.value) for word in call.keywords}


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Name):
        return {"inf": math.inf, "nan": math.nan}[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Name):
        return -_value(node.operand)
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        return {
            ast.literal_eval(k): _value(v) for k, v in zip(node.keys, node.values, strict=True) if k
        }
    return ast.literal_eval(node)

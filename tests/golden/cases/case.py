"""One row of the comparison with PyTorch, and the small words the rows are written in."""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
# What an input is made from: (kind, shape, ...), as the words below write it. (Any, since mypy
# would take `**inputs` for the other keywords too.)
Spec = Any

FLOAT_KINDS = frozenset(
    {"normal", "positive", "unit", "open", "distinct", "matrix", "values", "frozen", "lower"}
)


@dataclass(frozen=True)
class Case:
    """A piece of Python that must give the same in PyTorch and in Liuli.

    ``text`` sees its inputs by name, the library as ``T``, the functions of ``nn.functional`` as
    ``F`` and NumPy as ``np``; its last expression is the result. It never changes its inputs.
    """

    name: str
    text: str
    inputs: tuple[tuple[str, Spec], ...]
    family: str
    grad: bool = True
    later: bool = False

    @property
    def seed(self) -> int:
        """A number that is the same in every process, unlike hash()."""
        return zlib.crc32(repr((self.name, self.text, self.inputs)).encode())

    @property
    def id(self) -> str:
        """The name of the case in the index of the golden values."""
        return f"{self.name}-{self.seed:08x}"

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The float dtypes to run in; a case without float inputs runs once."""
        if any(spec[0] in FLOAT_KINDS for _, spec in self.inputs):
            return ("float32", "float64")
        return ("any",)

    def arrays(self, dtype: str, nudge: float = 0.0) -> Iterator[tuple[str, Array, bool]]:
        """Yield each input: its name, its array and whether a gradient is wanted."""
        for name, spec in self.inputs:
            rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
            value = make(rng, spec)
            if spec[0] in FLOAT_KINDS:
                # Values that float32 holds exactly: both precisions compute from the same numbers.
                value = value.astype(np.float32).astype(dtype)
                if nudge:
                    value = value * rng.choice([1 - nudge, 1 + nudge], size=value.shape)
                yield name, value, self.grad and spec[0] != "frozen"
            else:
                yield name, value, False

    def weights(self, number: int, shape: tuple[int, ...]) -> Array:
        """The fixed weights that turn one result into a scalar to differentiate."""
        rng = np.random.default_rng([self.seed, number])
        return np.asarray(rng.normal(size=shape)).astype(np.float32)


def make(rng: np.random.Generator, spec: Spec) -> Array:
    """Draw the array a spec describes."""
    kind, shape, *rest = spec
    if kind == "values":
        return np.array(shape, dtype=np.float64)
    if kind == "ints":
        return np.array(shape, dtype=np.int64)
    if kind == "bools":
        return np.array(shape, dtype=np.bool_)
    assert isinstance(shape, tuple)
    if kind == "int":
        low, high = rest
        return np.asarray(rng.integers(low, high, size=shape))
    if kind == "bool":
        return np.asarray(rng.random(size=shape) < 0.5)
    return _floats(rng, str(kind), shape)


def _floats(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> Array:
    if kind in ("normal", "frozen"):
        return np.asarray(rng.normal(size=shape))
    if kind == "positive":
        return np.asarray(rng.uniform(0.3, 3.0, size=shape))
    if kind == "unit":
        return np.asarray(rng.uniform(0.05, 0.95, size=shape))
    if kind == "open":
        return np.asarray(rng.uniform(-0.9, 0.9, size=shape))
    if kind == "distinct":
        # Multiples of a half, moved by 0.15: no ties, and away from whole and half numbers.
        count = int(np.prod(shape))
        return (rng.permutation(count).reshape(shape) - count // 2) * 0.5 + 0.15
    if kind == "matrix":
        # Symmetric positive definite, with eigenvalues well apart.
        square = rng.normal(size=shape)
        grade = np.diag(np.arange(1.0, shape[-1] + 1.0))
        return np.asarray(square @ np.swapaxes(square, -1, -2) + grade)
    if kind == "lower":
        return np.asarray(np.tril(rng.uniform(0.5, 1.5, size=shape)))
    raise ValueError(f"unknown kind of input {kind!r}")


def normal(*shape: int) -> Spec:
    """Standard normal numbers."""
    return ("normal", shape)


def frozen(*shape: int) -> Spec:
    """Standard normal numbers that want no gradient."""
    return ("frozen", shape)


def positive(*shape: int) -> Spec:
    """Between 0.3 and 3."""
    return ("positive", shape)


def unit(*shape: int) -> Spec:
    """Between 0.05 and 0.95."""
    return ("unit", shape)


def opened(*shape: int) -> Spec:
    """Between -0.9 and 0.9."""
    return ("open", shape)


def distinct(*shape: int) -> Spec:
    """No ties, and none near a whole or a half number."""
    return ("distinct", shape)


def matrix(*shape: int) -> Spec:
    """Symmetric positive definite matrices."""
    return ("matrix", shape)


def lower(*shape: int) -> Spec:
    """Lower triangular matrices with a positive diagonal."""
    return ("lower", shape)


def integers(*shape: int, low: int = 0, high: int = 5) -> Spec:
    """Integers of int64, low <= i < high."""
    return ("int", shape, low, high)


def booleans(*shape: int) -> Spec:
    """Fair coins."""
    return ("bool", shape)


def values(*numbers: object) -> Spec:
    """These floats, as they stand."""
    return ("values", numbers)


def ints(*numbers: object) -> Spec:
    """These integers, as they stand."""
    return ("ints", numbers)


def bools(*numbers: object) -> Spec:
    """These booleans, as they stand."""
    return ("bools", numbers)


_PREFIXES = {"T": "liuli", "F": "nn.functional"}
_OPERATORS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "MatMult": "@", "BitAnd": "&", "BitOr": "|", "BitXor": "^", "LShift": "<<", "RShift": ">>",
    "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Invert": "~",
    "USub": "neg", "UAdd": "pos",
}  # fmt: skip


def name_of(text: str) -> str:
    """Read the API name off the last expression: `T.cat([x])` is liuli.cat, `x.t().sum()` sum."""
    last = ast.parse(text).body[-1]
    if not isinstance(last, ast.Expr):
        raise ValueError(f"the last statement must be an expression: {text}")
    return _name_of_node(last.value)


def _name_of_node(node: ast.expr) -> str:
    if isinstance(node, ast.Tuple):
        return _name_of_node(node.elts[0])
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        return f"operator.{_OPERATORS[type(node.op).__name__]}"
    if isinstance(node, ast.Compare):
        if isinstance(node.ops[0], (ast.Is, ast.IsNot)):
            return _name_of_node(node.left)
        return f"operator.{_OPERATORS[type(node.ops[0]).__name__]}"
    if isinstance(node, ast.Subscript):
        whole = _is_call_or_attribute(node.value)
        return _name_of_node(node.value) if whole else "Tensor.__getitem__"
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        return _name_of_node(node.value)  # the shape of a call's result is about the call
    target = node.func if isinstance(node, ast.Call) else node
    if isinstance(target, ast.Attribute):
        owner = ast.unparse(target.value)
        prefix, _, rest = owner.partition(".")
        if prefix in _PREFIXES and "(" not in rest and "[" not in rest:
            return ".".join(filter(None, (_PREFIXES[prefix], rest, target.attr)))
        return f"Tensor.{target.attr}"
    if isinstance(target, ast.Name) and isinstance(node, ast.Call):
        return f"operator.{target.id}"
    raise ValueError(f"name the case, its text does not: {ast.unparse(node)}")


def _is_call_or_attribute(node: ast.expr) -> bool:
    return isinstance(node, (ast.Call, ast.Attribute))


def mentioned(text: str, inputs: dict[str, Spec]) -> dict[str, Spec]:
    """Keep the inputs that a text speaks of."""
    words = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return {name: spec for name, spec in inputs.items() if name in words}


class Table:
    """Collects the cases of one family."""

    def __init__(self, family: str, *, later: bool = False) -> None:
        self.family = family
        self.later = later
        self.cases: list[Case] = []

    def add(self, text: str, *, name: str = "", grad: bool = True, **inputs: Spec) -> None:
        """Add one case."""
        name = name or name_of(text)
        rows = tuple(inputs.items())
        self.cases.append(Case(name, text, rows, self.family, grad=grad, later=self.later))

    def rows(self, text: str, *, name: str = "", grad: bool = True, **inputs: Spec) -> None:
        """Add one case a line, each with the inputs it speaks of.

        "; " ends a statement. A line `# name` names the lines up to the next blank one.
        """
        current = name
        for line in text.strip("\n").splitlines():
            if not line or line.startswith("# "):
                current = line[2:] or name
                continue
            block = line.replace("; ", "\n")
            self.add(block, name=current, grad=grad, **mentioned(block, inputs))

    def both(self, name: str, arguments: str, *, grad: bool = True, **inputs: Spec) -> None:
        """Add the function `T.name(x, ...)` and the method `x.name(...)`."""
        first, _, rest = arguments.partition(", ")
        self.add(f"T.{name}({arguments})", name=f"liuli.{name}", grad=grad, **inputs)
        self.add(f"{first}.{name}({rest})", name=f"Tensor.{name}", grad=grad, **inputs)

    def functional(self, name: str, arguments: str, *, grad: bool = True, **inputs: Spec) -> None:
        """Add `F.name(...)`."""
        self.add(f"F.{name}({arguments})", name=f"nn.functional.{name}", grad=grad, **inputs)

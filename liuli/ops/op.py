"""What an operation is: a NumPy forward, one gradient rule per operand, a shape rule, samples.

A gradient rule is a function that asks by parameter name for what it reads, and nothing else
is kept for it:

| name               | what the rule gets                                             |
|--------------------|----------------------------------------------------------------|
| `g`                | the gradient that arrives at the output                        |
| `y`                | the output                                                     |
| an operand's name  | that operand (`a`, `b`, `x`, ...)                              |
| operand + `_shape` | only its shape                                                 |
| `F`                | the operations themselves, in whichever world the rule runs    |
| anything else      | an attribute of the operation (`axes`, `shape`, ...)           |

The same text is read by NumPy arrays (fast eager backward), by Tensors (higher derivatives,
hooks, recording). The engine sums and casts each gradient to its operand's shape and dtype.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from .. import dtypes as dt

Array: TypeAlias = "np.ndarray[Any, Any]"
Shape: TypeAlias = "tuple[int, ...]"
RuleText: TypeAlias = "Callable[..., Any]"

PROMOTE, FLOAT, KEEP = "promote", "float", "keep"  # what happens to operands' dtypes first


class Spec(NamedTuple):
    """The shape and NumPy dtype of a value, without its numbers."""

    shape: Shape
    dtype: np.dtype[Any]


class Sample(NamedTuple):
    """Operands and attributes to try an operation with."""

    operands: tuple[Any, ...]
    attrs: dict[str, Any]


def sample(*operands: Any, **attrs: Any) -> Sample:
    return Sample(operands, attrs)


class Plan(NamedTuple):
    """For one choice of wanted gradients: what to keep, and which rules to run on it.

    `keep` lists sources: operand number i as i, its shape as ~i, the output as OUTPUT. `values`
    says that there is more than shapes to keep: then a graph can run only once.
    Each call is (operand number, rule, where its arguments lie in g, F, *kept, *attributes).
    """

    keep: tuple[int, ...]
    calls: tuple[tuple[int, RuleText, tuple[int, ...]], ...]
    attrs: tuple[str, ...]
    values: bool


OUTPUT = 1 << 20


class Op:
    """One operation. Register with `register`; look up by name in `REGISTRY`.

    `text` is set for a composite: the same computation written in primitives with `F`.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *,
        operands: Sequence[str],
        rules: Sequence[RuleText | None] = (),
        infer: Callable[..., Spec] | None = None,
        samples: Callable[..., list[Sample]] | None = None,
        family: str = "",
        dtypes: str = KEEP,
        text: Callable[..., Any] | None = None,
    ) -> None:
        self.name, self.forward, self.family, self.text = name, forward, family, text
        self.variadic = bool(operands) and operands[0].startswith("*")
        self.operands = tuple(operand.removeprefix("*") for operand in operands)
        self.rules = tuple(rules) or (None,) * len(self.operands)
        self.infer = infer
        self.samples = samples
        self.dtypes = dtypes
        self.first_promoted = 1 if name == "where" else 0
        self.is_view = False
        self.differentiable = any(rule is not None for rule in self.rules)
        self._plans: dict[int, Plan] = {}

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def plan(self, wanted: int) -> Plan:
        """What backward needs if operand i wants a gradient wherever bit i of `wanted` is set."""
        found = self._plans.get(wanted)
        if found is None:
            found = self._plans[wanted] = self._make_plan(wanted)
        return found

    def _make_plan(self, wanted: int) -> Plan:
        keep: list[int] = []
        attrs: list[str] = []
        asked: list[tuple[int, RuleText, tuple[str, ...]]] = []
        for number in range(wanted.bit_length()):
            rule = self.rules[0 if self.variadic else number]
            if wanted >> number & 1 and rule is not None:
                names = tuple(inspect.signature(rule).parameters)
                asked.append((number, rule, names))
                for name in names:
                    source = self._source(name)
                    if source is None and name not in ("g", "F"):
                        attrs += [name] if name not in attrs else []
                    elif source is not None and source not in keep:
                        keep.append(source)

        def place(name: str) -> int:
            if name in ("g", "F"):
                return 0 if name == "g" else 1
            source = self._source(name)
            return 2 + (keep.index(source) if source is not None else len(keep) + attrs.index(name))

        calls = tuple((n, rule, tuple(map(place, names))) for n, rule, names in asked)
        return Plan(tuple(keep), calls, tuple(attrs), any(source >= 0 for source in keep))

    def _source(self, name: str) -> int | None:
        if name == "y":
            return OUTPUT
        if name in self.operands and not self.variadic:
            return self.operands.index(name)
        if name.endswith("_shape") and name.removesuffix("_shape") in self.operands:
            return ~self.operands.index(name.removesuffix("_shape"))
        return None


class Arrays:
    """`F` for NumPy arrays: every operation by name, as its forward."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in REGISTRY:
            raise AttributeError(f"there is no operation {name!r}")
        forward = REGISTRY[name].forward
        setattr(self, name, forward)  # the next look-up is a plain attribute
        return forward


REGISTRY: dict[str, Op] = {}
ARRAYS = Arrays()


def register(op: Op) -> Op:
    """Add `op` to the registry, which the tests and `F` read. A name is taken once."""
    if op.name in REGISTRY:
        raise ValueError(f"the operation {op.name!r} is registered twice")
    REGISTRY[op.name] = op
    return op


def composite(
    *operands: str,
    samples: Callable[..., list[Sample]],
    dtypes: str = FLOAT,
    **rules: RuleText,
) -> Callable[[Callable[..., Any]], Op]:
    """An operation written in primitives that has gradient rules of its own.

    The decorated function gets `F` and the operands; eager it runs on bare arrays, recorded it
    leaves its primitives in the graph.
    """

    def wrap(text: Callable[..., Any]) -> Op:
        def whole(F: Any, *values: Any, **attrs: Any) -> Any:
            dtype = values[0].dtype
            if dtype.itemsize > 2 or not dt.as_dtype(dtype).is_floating_point:
                return text(F, *values, **attrs)
            # 16-bit types are rounded once.
            wide = [F.cast(x, dtype="float32") if x.dtype == dtype else x for x in values]
            return F.cast(text(F, *wide, **attrs), dtype=dtype)

        def forward(*arrays: Any, **attrs: Any) -> Any:
            return whole(ARRAYS, *arrays, **attrs)

        in_order = [rules.get(name) for name in operands]
        return register(
            Op(text.__name__, forward, operands=operands, rules=in_order, text=whole,
               samples=samples, family="composite", dtypes=dtypes)
        )  # fmt: skip

    return wrap


def widened(x: Array) -> Array:
    """`x` in float32 if its own type is too narrow to add many numbers in."""
    return x.astype(np.float32) if x.dtype.kind in "fV" and x.dtype.itemsize < 4 else x

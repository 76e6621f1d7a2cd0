"""The history of a value: nodes, and the leaves where gradients arrive."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..errors import GradientError
from ..ops.op import ARRAYS, OUTPUT, Op, Plan, Shape
from .state import Place

if TYPE_CHECKING:
    from ..ops.views import Chain
    from ..storage import Storage
    from .tensor import Tensor

Array: TypeAlias = "np.ndarray[Any, Any]"
Hook: TypeAlias = "Callable[[Any], Any]"
# What is kept for a gradient rule: an array, and whose memory it is as of which version.
Kept: TypeAlias = "tuple[Array, Storage, int, Chain]"


class Leaf:
    """Where gradients arrive for a tensor that the user made and that wants them."""

    __slots__ = ("after", "dtype", "hooks", "shape", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = weakref.ref(tensor)  # a dead tensor needs no gradient
        self.shape = tensor._array.shape
        self.dtype = tensor._array.dtype
        self.hooks: dict[int, Hook] | None = None
        self.after: dict[int, Hook] | None = None  # run when the gradient has been added

    @property
    def next_functions(self) -> tuple[Any, ...]:
        return ()

    def name(self) -> str:
        return "AccumulateGrad"


class Nowhere(Leaf):
    """The history of a view made under `no_grad`: it wants a gradient, which then goes nowhere.

    PyTorch has this state too, between making such a view and the next write to its memory.
    """

    __slots__ = ()

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor)
        self.tensor = lambda: None  # type: ignore[assignment]


class Node:
    """One applied operation: what its gradient rules need, and where gradients go next.

    `edges` holds one Node, Leaf or None an operand. `kept` is None once it was freed.
    """

    __slots__ = (
        "__weakref__", "attrs", "code", "dtype", "edges", "hooks", "instruction", "kept", "op",
        "order", "plan", "retained", "scope", "shape",
    )  # fmt: skip

    op: Op
    attrs: dict[str, Any]
    edges: tuple[Edge, ...]
    plan: Plan
    kept: list[Any] | None
    shape: Shape
    dtype: np.dtype[Any]
    order: int
    code: Any
    instruction: int
    scope: tuple[str, ...]
    hooks: dict[int, Hook] | None
    retained: weakref.ref[Tensor] | None

    @property
    def place(self) -> Place | None:
        """The user's line that made this node."""
        return None if self.code is None else Place(self.code, self.instruction)

    @property
    def next_functions(self) -> tuple[tuple[Edge, int], ...]:
        """The nodes of the operands, as PyTorch shows them."""
        return tuple((edge, 0) for edge in self.edges)

    def name(self) -> str:
        """The name in PyTorch's manner, such as "MulBackward0"."""
        return grad_fn_name(self.op.name)

    def __repr__(self) -> str:
        return f"<{self.name()}>"

    def where(self) -> str:
        """The operation, its layer if any, and the user's line, for messages."""
        scope = "".join(f"{name}." for name in self.scope)
        return f"{scope}{self.op.name}, {self.place}" if self.place else f"{scope}{self.op.name}"

    def free(self) -> None:
        """Let go of kept values; and, as nothing can pass here again, of the graph below."""
        if self.plan.values:
            self.kept = None
            self.edges = ()

    def arguments(self, g: Any) -> list[Any]:
        """g, F and everything else that the rules ask for, as arrays.

        Errors: LL403 if this graph was used and freed, LL404 if a kept value was written since.
        """
        if self.kept is None:
            raise GradientError("LL403", where=self.where())
        values: list[Any] = [g, ARRAYS]
        for source, item in zip(self.plan.keep, self.kept, strict=True):
            if source >= 0 and item.__class__ is tuple:
                if item[1].version != item[2]:
                    self.refuse_stale(source, item)
                values.append(item[0])
            else:
                values.append(item)
        for name in self.plan.attrs:
            values.append(self.attrs.get(name))
        return values

    def refuse_stale(self, source: int, item: Kept) -> None:
        """Say which value was written, how often, and who needed it."""
        if source != OUTPUT and all(e is None or isinstance(e, Nowhere) for e in self.edges):
            return  # as in PyTorch: no gradient goes anywhere, so the operand is not missed
        name = f"{self.op.name}(...)" if source == OUTPUT else self.op.operands[source]
        raise GradientError("LL404", where=self.where(), name=name, shape=item[0].shape,
                            writes=item[1].version - item[2])  # fmt: skip


Edge: TypeAlias = "Node | Leaf | None"


def grad_fn_name(op: str) -> str:
    words = re.sub(r"(^|_)([a-z0-9])", lambda m: m.group(2).upper(), op)
    return f"{words}Backward0"

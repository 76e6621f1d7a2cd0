"""Hooks on tensors, and keeping the gradients of tensors that are no leaves."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

from ..errors import GradientError
from .node import Hook, Leaf, Node
from .state import EDITS, STATE
from .tensor import Tensor, edge_of

_numbers = itertools.count()


class RemovableHandle:
    """What registering a hook returns; `remove()` takes the hook away again."""

    def __init__(self, hooks: dict[int, Hook], number: int) -> None:
        self.hooks, self.number = hooks, number

    def remove(self) -> None:
        """Take the hook away."""
        _edited()
        self.hooks.pop(self.number, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


def _edited() -> None:
    """What a plain loop has put off is done first: it did not have the hook, or had it."""
    if STATE.capture is not None:
        STATE.capture.refuse()
    EDITS.number += 1


def _added(hooks: dict[int, Hook], hook: Hook) -> RemovableHandle:
    _edited()
    number = next(_numbers)
    hooks[number] = hook
    return RemovableHandle(hooks, number)


def _edge(input: Tensor) -> Node | Leaf:
    edge = edge_of(input)
    if edge is None:
        raise GradientError("LL418")
    return edge


def register_hook(input: Tensor, hook: Hook) -> RemovableHandle:
    """Call `hook(gradient)` when this tensor's gradient is known; what it returns replaces it."""
    edge = _edge(input)
    edge.hooks = {} if edge.hooks is None else edge.hooks
    return _added(edge.hooks, hook)


def register_post_accumulate_grad_hook(input: Tensor, hook: Hook) -> RemovableHandle:
    """Call `hook(tensor)` after a leaf's `grad` has been added to. Errors: LL419 for others."""
    edge = _edge(input)
    if not isinstance(edge, Leaf):
        raise GradientError("LL419")
    edge.after = {} if edge.after is None else edge.after
    return _added(edge.after, hook)


def retain_grad(input: Tensor) -> None:
    """Let `backward` fill `grad` of this tensor although it is no leaf."""
    edge = _edge(input)
    if isinstance(edge, Node):
        edge.retained = weakref.ref(input)


def retains_grad(input: Tensor) -> bool:
    """Whether `retain_grad` was asked of this tensor."""
    edge = edge_of(input)
    return isinstance(edge, Node) and edge.retained is not None

"""Hooks of a module: functions of the user that run before and after it, forwards and backwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

from ..autodiff.function import Function
from ..autodiff.hooks import RemovableHandle
from ..autodiff.state import EDITS, STATE
from ..autodiff.tensor import Tensor

_numbers = itertools.count()

BEFORE, AFTER, BACKWARD_BEFORE, BACKWARD = "before", "after", "backward before", "backward"


class Hook(NamedTuple):
    """One function that a user registered, and when it runs."""

    kind: str
    function: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False  # also when forward fails


def add(hooks: dict[int, Any], hook: Hook, prepend: bool) -> RemovableHandle:
    """Register `hook`, in front of the others if it is prepended."""
    EDITS.number += 1
    number = next(_numbers)
    others = dict(hooks) if prepend else {}
    if prepend:
        hooks.clear()
    hooks[number] = hook
    hooks.update(others)
    return RemovableHandle(hooks, number)


def of_kind(module: Any, kind: str) -> list[Hook]:
    """The hooks of a module that run at one time."""
    return [hook for hook in module._module_hooks.values() if hook.kind == kind]


def call(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """forward, with the hooks around it."""
    for hook in of_kind(module, BEFORE):
        args, kwargs = _before(module, hook, args, kwargs)
    watch = Watch(module) if of_kind(module, BACKWARD) + of_kind(module, BACKWARD_BEFORE) else None
    if watch is not None:
        args = watch.inputs(args)
    pending = of_kind(module, AFTER)
    result = None
    try:
        result = module.forward(*args, **kwargs)
        while pending:
            result = _after(module, pending.pop(0), args, kwargs, result)
    finally:
        for hook in pending:  # forward, or a hook before these, failed
            if hook.always:
                _after(module, hook, args, kwargs, result)
    return result if watch is None else watch.outputs(result)


def _before(module: Any, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the hook makes of the arguments."""
    if hook.with_kwargs:
        both = hook.function(module, args, kwargs)
        return (args, kwargs) if both is None else both
    given = hook.function(module, args)
    if given is None:
        return args, kwargs
    return given if isinstance(given, tuple) else (given,), kwargs


def _after(module: Any, hook: Hook, args: Any, kwargs: Any, result: Any) -> Any:
    """What the hook makes of the result."""
    given = (module, args, kwargs, result) if hook.with_kwargs else (module, args, result)
    other = hook.function(*given)
    return result if other is None else other


# --- backwards ----------------------------------------------------------------------------------
class Watch:
    """Sees the gradients that enter and leave one call of a module.

    The inputs and the outputs are handed through an identity each, whose backward steps meet
    here: first that of the outputs, then that of the inputs.
    """

    def __init__(self, module: Any) -> None:
        self.module = module
        self.places: list[int] = []  # of the inputs that pass through
        self.count = 0  # of inputs
        self.arrived: tuple[Any, ...] = ()

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, those that want a gradient through an identity."""
        self.count = len(args)
        wanted = [isinstance(x, Tensor) and x.requires_grad for x in args]
        self.places = [i for i, yes in enumerate(wanted) if yes] if STATE.grad else []
        if not self.places:
            return args
        passed = _Entry.apply(self, *(args[i] for i in self.places))
        both = dict(zip(self.places, passed, strict=True))
        return tuple(both.get(i, x) for i, x in enumerate(args))

    def outputs(self, result: Any) -> Any:
        """The result, its tensors through an identity."""
        several = isinstance(result, (tuple, list))
        outputs = list(result) if several else [result]
        places = [i for i, y in enumerate(outputs) if isinstance(y, Tensor)]
        if not (STATE.grad and any(outputs[i].requires_grad for i in places)):
            return result
        passed = _Exit.apply(self, *(outputs[i] for i in places))
        for i, y in zip(places, passed, strict=True):
            outputs[i] = y
        return type(result)(outputs) if several else outputs[0]

    def at_outputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the outputs are known."""
        for hook in of_kind(self.module, BACKWARD_BEFORE):
            other = hook.function(self.module, grads)
            if other is not None:
                grads = other if isinstance(other, tuple) else (other,)
        self.arrived = grads
        if not self.places:  # no gradient will leave
            self.at_inputs(())
        return grads

    def at_inputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the inputs are known: show them to the hooks, which may change them."""
        all_grads: list[Any] = [None] * self.count
        for i, g in zip(self.places, grads, strict=True):
            all_grads[i] = g
        shown = tuple(all_grads)
        for hook in of_kind(self.module, BACKWARD):
            other = hook.function(self.module, shown, self.arrived)
            if other is not None:
                shown = other if isinstance(other, tuple) else (other,)
        return tuple(shown[i] for i in self.places)


class _Entry(Function):
    @staticmethod
    def forward(ctx: Any, watch: Watch, *tensors: Tensor) -> Any:
        ctx.watch = watch
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None, *ctx.watch.at_inputs(grads))


class _Exit(Function):
    @staticmethod
    def forward(ctx: Any, watch: Watch, *tensors: Tensor) -> Any:
        ctx.watch = watch
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None, *ctx.watch.at_outputs(grads))

"""Derivatives of functions: Jacobians, Hessians and their products with vectors.

Every function takes `func` and its inputs, one tensor or a tuple, and differentiates at them;
the inputs themselves stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autodiff.engine import grad
from ..autodiff.modes import enable_grad
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError
from ..functions.arithmetic import mul
from ..functions.creation import ones_like, zeros_like
from ..functions.reductions import sum
from ..functions.shapes import cat, reshape, stack

__mirrors__ = "torch"

Function = Callable[..., Any]


def _listed(x: Any) -> list[Tensor]:
    return list(x) if isinstance(x, (tuple, list)) else [x]


def _as_given(results: list[Any], given: Any) -> Any:
    return tuple(results) if isinstance(given, (tuple, list)) else results[0]


def _fresh(inputs: Any, create_graph: bool) -> list[Tensor]:
    """The inputs as tensors that want a gradient; with `create_graph` tied to the given ones."""
    if create_graph:
        return [
            x.view_as(x) if x.requires_grad else x.detach().requires_grad_()
            for x in _listed(inputs)
        ]
    return [x.detach().requires_grad_() for x in _listed(inputs)]


def _gradients(output: Tensor, inputs: list[Tensor], seed: Tensor | None, create_graph: bool,
               strict: bool = False) -> list[Tensor]:  # fmt: skip
    """As `grad`; what the output does not depend on gets zeros, or is an error if `strict`."""
    if strict and not output.requires_grad:
        raise ArgumentError("LL660")
    if not output.requires_grad:
        return [zeros_like(x) for x in inputs]
    found = grad(
        output, inputs, seed, retain_graph=True, create_graph=create_graph, allow_unused=True
    )
    if strict and any(g is None for g in found):
        raise ArgumentError("LL660")
    return [zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True)]


@enable_grad()
def jacobian(func: Function, inputs: Any, create_graph: bool = False, strict: bool = False,
             vectorize: bool = False, strategy: str = "reverse-mode") -> Any:  # fmt: skip
    """All derivatives of all outputs: shape (*output, *input), nested as outputs, then inputs.

    One backward pass for each number of the outputs. (`vectorize` and `strategy` change nothing.)

    Example:
        >>> import liuli
        >>> liuli.autograd.functional.jacobian(lambda x: x * x, liuli.tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """
    points = _fresh(inputs, create_graph)
    outputs = func(*points)
    tables = []
    for output in _listed(outputs):
        flat = reshape(output, -1)
        rows = [_gradients(one, points, None, create_graph, strict) for one in flat]
        found = [
            reshape(stack([row[k] for row in rows]), (*output.shape, *x.shape))
            if rows else zeros_like(x).new_zeros((*output.shape, *x.shape))
            for k, x in enumerate(points)
        ]  # fmt: skip
        tables.append(_as_given(found, inputs))
    return _as_given(tables, outputs)


@enable_grad()
def hessian(func: Function, inputs: Any, create_graph: bool = False, strict: bool = False,
            vectorize: bool = False,
            outer_jacobian_strategy: str = "reverse-mode") -> Any:  # fmt: skip
    """All second derivatives of a function with one number as its result.

    Shape: (*input, *input); for several inputs a table of them.

    Example:
        >>> import liuli
        >>> liuli.autograd.functional.hessian(lambda x: (x**3).sum(), liuli.tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """

    def slope(*points: Tensor) -> Any:
        found = _gradients(_single(func(*points)), list(points), None, True, strict)
        return _as_given(found, inputs)

    return jacobian(slope, inputs, create_graph, strict)


def _single(output: Any) -> Tensor:
    """The output of a function that has one number. Errors: LL619."""
    if not isinstance(output, Tensor) or output.numel() != 1:
        raise ArgumentError("LL619", count=getattr(output, "numel", lambda: 0)())
    return reshape(output, ())


def _weights(v: Any, like: list[Tensor]) -> list[Tensor]:
    return [ones_like(x) for x in like] if v is None else _listed(v)


@enable_grad()
def vjp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:  # fmt: skip
    """(outputs, v times the Jacobian): what `backward` computes, with v as its start."""
    points = _fresh(inputs, create_graph)
    outputs = func(*points)
    made = _listed(outputs)
    total = _paired(made, _weights(v, made))
    found = _gradients(total, points, None, create_graph, strict)
    return _finished(made, outputs, create_graph), _as_given(found, inputs)


def _paired(values: list[Tensor], weights: list[Tensor]) -> Tensor:
    """The sum of all products."""
    parts = [reshape(mul(x, w), -1) for x, w in zip(values, weights, strict=True)]
    return sum(cat(parts))


def _finished(made: list[Tensor], outputs: Any, create_graph: bool) -> Any:
    return _as_given([x if create_graph else x.detach() for x in made], outputs)


@enable_grad()
def jvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:  # fmt: skip
    """(outputs, the Jacobian times v): how the outputs move when the inputs move along v.

    By differentiating the products of `vjp` once more.
    """
    points = _fresh(inputs, create_graph)
    outputs = func(*points)
    made = _listed(outputs)
    seeds = [zeros_like(x).requires_grad_() for x in made]
    back = _gradients(_paired(made, seeds), points, None, True, strict)
    moved = _gradients(_paired(back, _weights(v, points)), seeds, None, create_graph, strict)
    return _finished(made, outputs, create_graph), _as_given(moved, outputs)


@enable_grad()
def vhp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False,
        strict: bool = False) -> tuple[Any, Any]:  # fmt: skip
    """(output, v times the Hessian), of a function with one number as its result."""
    points = _fresh(inputs, create_graph)
    output = _single(func(*points))
    slopes = _gradients(output, points, None, True, strict)
    found = _gradients(_paired(slopes, _weights(v, points)), points, None, create_graph, strict)
    return output if create_graph else output.detach(), _as_given(found, inputs)


hvp = vhp  # the Hessian is symmetric

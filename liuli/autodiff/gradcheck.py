"""Checking gradients against finite differences, with PyTorch's signature and defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import GradientError, Row
from .engine import grad
from .tensor import Array, Tensor, edge_of, fresh

__mirrors__ = "torch"


def _wanting(inputs: Sequence[Any]) -> list[Tensor]:
    return [x for x in inputs if isinstance(x, Tensor) and edge_of(x) is not None]


def _outputs(result: Any) -> list[Tensor]:
    made = list(result) if isinstance(result, (tuple, list)) else [result]
    return [y for y in made if isinstance(y, Tensor) and edge_of(y) is not None]


def numerical_jacobian(function: Callable[[], Any], x: Tensor, number: int, eps: float) -> Array:
    """d(output `number`) / dx by central differences, two evaluations an element."""
    array = x._array
    columns = []
    for place in np.ndindex(array.shape):
        kept = array[place]
        sides = []
        for step in (eps, -eps):
            array[place] = kept + step
            sides.append(np.array(_all_outputs(function())[number]._array, np.float64))
        array[place] = kept
        columns.append((sides[0] - sides[1]).ravel() / (2 * eps))
    return np.stack(columns, axis=1) if columns else np.zeros((0, 0))


def _all_outputs(result: Any) -> list[Tensor]:
    made = list(result) if isinstance(result, (tuple, list)) else [result]
    return [y for y in made if isinstance(y, Tensor) and y.dtype.is_floating_point]


def analytical_jacobian(output: Tensor, x: Tensor) -> Array:
    """d(output)/dx by backward, one pass an element of the output."""
    rows = []
    for place in np.ndindex(output._array.shape):
        seed = np.zeros(output._array.shape, output._array.dtype)
        seed[place] = 1
        (g,) = grad(output, x, fresh(seed), retain_graph=True, materialize_grads=True)
        assert g is not None
        rows.append(g._array.astype(np.float64).ravel())
    return np.stack(rows) if rows else np.zeros((0, x._array.size))


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    fast_mode: bool = False,
) -> bool:
    """Compare the gradients of `func` with (f(x + eps) - f(x - eps)) / (2 eps).

    Every input that requires a gradient should be float64. Errors: LL421 names the first
    input whose gradient differs by more than atol + rtol |numerical|.

    Example:
        >>> import liuli
        >>> x = liuli.randn(3, dtype=liuli.float64, requires_grad=True)
        >>> liuli.autograd.gradcheck(liuli.sin, x)
        True
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    targets = _wanting(given)
    if not targets:
        raise GradientError("LL411", number=0)
    try:
        _check(func, given, targets, eps, atol, rtol)
        if fast_mode or nondet_tol < float("inf"):
            _check_same(func, given, targets, nondet_tol)
    except GradientError:
        if raise_exception:
            raise
        return False
    return True


def _check(
    func: Any, given: list[Any], targets: list[Tensor], eps: float, atol: float, rtol: float
) -> None:
    everything = _all_outputs(func(*given))
    for y, output in enumerate(everything):
        for i, x in enumerate(targets):
            if edge_of(output) is None:
                analytical = np.zeros((output._array.size, x._array.size))
            else:
                analytical = analytical_jacobian(output, x)
            numerical = numerical_jacobian(lambda: func(*given), x, y, eps)
            numerical = (
                numerical.reshape(analytical.shape)
                if numerical.size == analytical.size
                else numerical
            )
            if not np.allclose(analytical, numerical, rtol, atol, equal_nan=True):
                distance = float(np.abs(analytical - numerical).max())
                rows = [Row("numerical", numerical), Row("analytical", analytical)]
                raise GradientError(
                    "LL421", rows=rows, output=y, input=i, distance=f"{distance:.3g}"
                )


def _check_same(func: Any, given: list[Any], targets: list[Tensor], tolerance: float) -> None:
    """Two backward passes give the same gradients."""
    for output in _outputs(func(*given)):
        seed = fresh(np.ones(output._array.shape, output._array.dtype))
        first, second = (
            grad(output, targets, seed, retain_graph=True, materialize_grads=True) for _ in "ab"
        )
        for a, b in zip(first, second, strict=True):
            assert a is not None and b is not None
            if a._array.size and float(np.abs(a._array - b._array).max()) > tolerance:
                raise GradientError("LL422")


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    fast_mode: bool = False,
) -> bool:
    """Compare the gradients of the gradients of `func` with finite differences."""
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    outputs = _outputs(func(*given))
    if grad_outputs is None:
        draws = np.random.default_rng(0)
        seeds = [fresh(np.asarray(draws.standard_normal(y._array.shape))) for y in outputs]
    else:
        seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    for seed in seeds:
        seed.requires_grad_()
    count = len(given)

    def first(*args: Any) -> Any:
        targets = _wanting(args[:count])
        made = _outputs(func(*args[:count]))
        found = grad(made, targets, list(args[count:]), create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(first, [*given, *seeds], eps=eps, atol=atol, rtol=rtol,
                     raise_exception=raise_exception, nondet_tol=nondet_tol)  # fmt: skip

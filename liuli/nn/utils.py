"""Parameters as a whole: their gradients clipped, all of them as one vector and back."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..autodiff.describe import guard_all
from ..autodiff.modes import no_grad
from ..autodiff.tensor import Tensor
from ..errors import ArgumentError, GradientError, Row, ShapeError
from ..functions import reductions as R
from ..functions.creation import zeros
from ..functions.shapes import cat, stack
from ..messages.words import Word

__mirrors__ = "torch"


def _listed(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


@no_grad()
def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """The norm of all tensors as if they were one vector. Errors: LL673 as clip_grad_norm_.

    Example:
        >>> from liuli import nn
        >>> nn.utils.get_total_norm([liuli.tensor([3.0]), liuli.tensor([4.0])])
        tensor(5.)
    """
    found = _listed(tensors)
    if not found:
        return zeros(())
    total = R.norm(stack([R.norm(g, norm_type) for g in found]), norm_type)
    if error_if_nonfinite and not math.isfinite(float(total)):
        bad = [i for i, g in enumerate(found) if not bool(g.isfinite().all())]
        raise GradientError("LL673", total=float(total), bad=", ".join(map(str, bad[:10])))
    return total


@no_grad()
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
    error_if_nonfinite: bool = False, foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale all gradients by one factor so that their norm is at most max_norm; return the norm.

    factor = min(1, max_norm / (norm + 1e-6)). `norm_type` may be `float("inf")`.

    Errors: LL673 with `error_if_nonfinite` if the norm is nan or inf.
    Source: R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural
    networks", ICML 2013.

    Example:
        >>> from liuli import nn
        >>> x = liuli.tensor([3.0, 4.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> nn.utils.clip_grad_norm_([x], max_norm=1.0)
        tensor(10.)
        >>> x.grad
        tensor([0.6000, 0.8000])
    """
    grads = [p.grad for p in _listed(parameters) if p._grad is not None]
    found = [g for g in grads if g is not None]
    total = get_total_norm(found, norm_type, error_if_nonfinite)
    _scale(found, max_norm, total)
    return total


@no_grad()
def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor,
    foreach: bool | None = None,
) -> None:  # fmt: skip
    """As clip_grad_norm_, where the norm is known already.

    Example:
        >>> from liuli import nn
        >>> x = liuli.tensor([3.0, 4.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> nn.utils.clip_grads_with_norm_([x], 5.0, liuli.tensor(10.0))
        >>> x.grad
        tensor([3.0000, 4.0000])
    """
    _scale([p._grad for p in _listed(parameters) if p._grad is not None], max_norm, total_norm)


def _scale(grads: list[Tensor], max_norm: float, total: Tensor) -> None:
    factor = (max_norm / (total + 1e-6)).clamp(max=1.0)
    for g in grads:
        g.mul_(factor)


@no_grad()
def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Bring every element of all gradients between -clip_value and clip_value.

    Example:
        >>> from liuli import nn
        >>> x = liuli.tensor([3.0, 4.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> nn.utils.clip_grad_value_([x], 7.0)
        >>> x.grad
        tensor([6., 7.])
    """
    limit = float(clip_value)
    for p in _listed(parameters):
        if p._grad is not None:
            p._grad.clamp_(min=-limit, max=limit)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters, one after another, as one vector.

    Example:
        >>> from liuli import nn
        >>> nn.utils.parameters_to_vector(nn.Linear(3, 2).parameters()).shape
        liuli.Size([8])
    """
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the parts of a vector into the parameters, in order.

    Errors: LL676 if it has another number of elements than they have together.

    Example:
        >>> from liuli import nn
        >>> layer = nn.Linear(1, 1)
        >>> nn.utils.vector_to_parameters(liuli.tensor([2.0, 3.0]), layer.parameters())
        >>> layer(liuli.ones(1)).item()
        5.0
    """
    if not isinstance(vec, Tensor):
        raise ArgumentError("LL664", argument="vec", type=type(vec).__name__,
                            expected=Word("a tensor"))  # fmt: skip
    found = _listed(parameters)
    total = sum(p.numel() for p in found)
    if vec.ndim != 1 or vec.numel() != total:
        have = Word("{count} elements in all", count=total)
        rows = [Row("vec", tuple(vec.shape)), Row("parameters", have)]
        raise ShapeError("LL676", rows=rows, shape=tuple(vec.shape), total=total)
    start = 0
    for p in found:
        p.data = vec.detach()[start : start + p.numel()].reshape(p.shape)
        start += p.numel()


__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm",
    "parameters_to_vector", "vector_to_parameters",
]  # fmt: skip
_public = {name: globals()[name] for name in __all__}
guard_all(_public)
globals().update(_public)

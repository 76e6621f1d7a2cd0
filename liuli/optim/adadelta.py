"""Adadelta: steps in the units of the parameters, without a learning rate to choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import Optimizer, decayed
from .ranges import NOT_NEGATIVE, UNIT

__mirrors__ = "torch"


class Adadelta(Optimizer):
    """Adadelta: the step is the gradient, times the usual step over the usual gradient.

        v <- rho v + (1 - rho) g^2
        d  = sqrt(u + eps) / sqrt(v + eps) g
        u <- rho u + (1 - rho) d^2
        p <- p - lr d

    Source: Zeiler 2012, ADADELTA: An Adaptive Learning Rate Method.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.Adadelta([w])
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.9968], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE,
        "rho": UNIT,
        "eps": NOT_NEGATIVE,
        "weight_decay": NOT_NEGATIVE,
    }

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay,
             "maximize": maximize, "capturable": capturable, "foreach": foreach,
             "differentiable": differentiable},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps."""
        return {"step": 0.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """v and u, the averages of squared gradients and of squared steps."""
        return {"square_avg": 0.0, "acc_delta": 0.0}

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        g = decayed(g, p, h)
        s.square_avg *= h.rho
        s.square_avg += (1 - h.rho) * g * g
        d = F.sqrt(s.acc_delta + h.eps) / F.sqrt(s.square_avg + h.eps) * g
        s.acc_delta *= h.rho
        s.acc_delta += (1 - h.rho) * d * d
        p -= h.lr * d

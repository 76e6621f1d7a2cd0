"""Adamax: Adam with the largest gradient in place of the root of squares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import Optimizer, decayed
from .ranges import FRACTION, NOT_NEGATIVE

__mirrors__ = "torch"


class Adamax(Optimizer):
    """Adam by the largest gradient: each element's step is divided by a decaying maximum.

        m <- beta1 m + (1 - beta1) g
        u <- max(beta2 u, |g| + eps)
        p <- p - lr / (1 - beta1^t) m / u

    Source: Kingma and Ba 2015, section 7.1.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.Adamax([w], lr=0.1)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.9000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE, "betas": (FRACTION, FRACTION), "eps": NOT_NEGATIVE,
        "weight_decay": NOT_NEGATIVE,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
             "maximize": maximize, "foreach": foreach, "capturable": capturable,
             "differentiable": differentiable},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps."""
        return {"step": 0.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """m and u."""
        return {"exp_avg": 0.0, "exp_inf": 0.0}

    @staticmethod
    def advance(F: Any, c: Any, h: Any) -> None:
        """Count, and correct the rate for m having begun at zero."""
        c.step += 1
        h.rate = h.lr / (1 - F.pow(h.betas[0], c.step))

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        beta1, beta2 = h.betas
        g = decayed(g, p, h)
        s.exp_avg *= beta1
        s.exp_avg += (1 - beta1) * g
        s.exp_inf[...] = F.maximum(s.exp_inf * beta2, F.abs(g) + h.eps)
        p -= h.rate * s.exp_avg / s.exp_inf

"""RMSprop: steps divided by the root of the average squared gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .optimizer import Optimizer, decayed
from .ranges import BOOL, NOT_NEGATIVE

__mirrors__ = "torch"


class RMSprop(Optimizer):
    """RMSprop: AdaGrad that forgets, so that steps do not die out.

        v <- alpha v + (1 - alpha) g^2
        d  = g / (sqrt(v) + eps)                    centered: sqrt(v - a^2), a the average of g
        p <- p - lr d                               momentum: b <- momentum b + d, p <- p - lr b

    Source: Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013.
    Errors: LL681 for a value out of its range.

    Example:
        >>> w = liuli.tensor([4.0], requires_grad=True)
        >>> optimizer = liuli.optim.RMSprop([w], lr=0.01)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([3.9000], requires_grad=True)
    """

    limits: ClassVar[Mapping[str, Any]] = {
        "lr": NOT_NEGATIVE, "alpha": NOT_NEGATIVE, "eps": NOT_NEGATIVE,
        "weight_decay": NOT_NEGATIVE, "momentum": NOT_NEGATIVE, "centered": BOOL,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
             "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach,
             "maximize": maximize, "differentiable": differentiable},
        )  # fmt: skip

    def counters_of(self, h: Any) -> Mapping[str, float]:
        """The number of steps."""
        return {"step": 0.0}

    def arrays_of(self, h: Any) -> Mapping[str, float]:
        """v, and with momentum b, and centered a."""
        names = ["square_avg"]
        names += ["momentum_buffer"] if h.momentum else []
        names += ["grad_avg"] if h.centered else []
        return dict.fromkeys(names, 0.0)

    @staticmethod
    def update(F: Any, p: Any, g: Any, s: Any, h: Any) -> None:
        """One step of one parameter."""
        g = decayed(g, p, h)
        s.square_avg *= h.alpha
        s.square_avg += (1 - h.alpha) * g * g
        v = s.square_avg
        if h.centered:
            s.grad_avg *= h.alpha
            s.grad_avg += (1 - h.alpha) * g
            v = v - s.grad_avg * s.grad_avg
        d = g / (F.sqrt(v) + h.eps)
        if h.uses("momentum"):
            s.momentum_buffer *= h.momentum
            s.momentum_buffer += d
            d = s.momentum_buffer
        p -= h.lr * d
